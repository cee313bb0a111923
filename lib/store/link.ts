import type { Duplex } from 'node:stream';
import { Command, Redis } from 'ioredis';
import type { Clock, Timer } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import type { Meter } from '../base/meter.js';
import { createClient, mastersOf, type RedisClient } from './client.js';
import { fromRedis, StoreError, unavailable } from './errors.js';
import { ensureLibrary, type Library } from './functions/library.js';
import { RECORDS_KEY } from './keys.js';
import { identityOf } from './master.js';
import type { Node } from './scan.js';
import { SwitchMaster } from './switch-master.js';
import type { Target } from './url.js';

/** `degraded`: Redis answers, and refuses: a replica, no memory left, no permission. Nobody waits for it then, as if it were away. */
export type LinkState = 'ready' | 'degraded' | 'away';

interface LinkOptions {
  readonly target: Target;
  readonly library: Library;
  /** Milliseconds. A Redis that hangs holds a call no longer than this. */
  readonly commandTimeout: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** In small letters, as the client looks names up: it would make a new text of others, several times for each command. */
const FCALL = 'fcall';
/** How replies are read. */
const TEXT = { replyEncoding: 'utf8' } as const;
const PROBE_EVERY = 250;
/** How often a server that is ready is asked who it is, where another one may take its place without closing a connection. */
const LOOK_EVERY = 5000;
const REST_MS = 20;
/** A start waits no longer for Redis: calls then get 503 until it is there. */
const OPEN_WITHIN = 2000;
/** Probes without an answer, after which the connection is taken for dead and made anew. */
const PROBES_LOST = 8;
/** What passes the probe and is refused again soon: the longer until the next try, in milliseconds. */
const PATIENCE_LONGEST = 30_000;

/**
 * The way to Redis. `ready`: it answers and the library is loaded. One lost answer makes it `away`, one refusal `degraded`: then nobody
 * waits for it, and only a probe, which tries to write, finds out when it is back.
 */
export class Link {
  readonly #options: LinkOptions;
  readonly #client: RedisClient;
  readonly #listeners: ((state: LinkState) => void)[] = [];
  readonly #onOtherMaster: (() => void)[] = [];
  #master: string | undefined;
  #switchMaster: SwitchMaster | undefined;
  #state: LinkState = 'away';
  #closed = false;
  #reason = 'not connected yet';
  #told = false;
  #patience = PROBE_EVERY;
  #notBefore = 0;
  #probing: Promise<void> | undefined;
  #lost = 0;
  #timer: Timer | undefined;
  #clockOffset = 0;
  #onFailure: (() => void) | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#client = createClient(options.target, options.commandTimeout);
    this.#client.on('error', (error: Error) => this.#failed(error));
    this.#client.on('ready', () => void this.#probe());
    // A replica is left in search of the new master; that is no news while it is what we have.
    this.#client.on('close', () => this.#state === 'ready' && this.#leave('away', 'connection closed'));
    options.meter.gauge('store_ready', 'Whether Redis answers and the library is loaded', () =>
      this.#state === 'ready' ? 1 : 0,
    );
    options.meter.gauge('store_degraded', 'Whether Redis answers, and refuses what we write', () =>
      this.#state === 'degraded' ? 1 : 0,
    );
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Why it is not ready; empty when it is. */
  get reason(): string {
    return this.#state === 'ready' ? '' : this.#reason;
  }

  /** Connects. Resolves when ready, or, with Redis away, after the first failure or when nothing has come of it for a while. */
  async open(): Promise<LinkState> {
    this.#watch();
    const { target } = this.#options;
    if (target.kind === 'sentinel') this.#switchMaster = new SwitchMaster(target, this.#client);
    // The client itself tells nothing while it goes through its list of Sentinels again and again.
    const failed = new Promise<void>((resolve) => {
      this.#onFailure = resolve;
    });
    const patience = this.#options.clock.after(OPEN_WITHIN, () => this.#leave('away', 'no answer'));
    const connected = this.#client.connect().then(
      () => this.#probe(),
      (error: unknown) => this.#failed(error),
    );
    await Promise.race([connected, failed]);
    patience.cancel();
    this.#onFailure = undefined;
    return this.#state;
  }

  onChange(listener: (state: LinkState) => void): void {
    this.#listeners.push(listener);
  }

  /** With Sentinel or in a Cluster: another server answers than before, and may lack what that one acknowledged. Heard before `ready`. */
  onOtherMaster(listener: () => void): void {
    this.#onOtherMaster.push(listener);
  }

  /** For what no function of the library does. Rejects with what the client rejects with. */
  ask<Result>(question: (client: RedisClient) => Promise<Result>): Promise<Result> {
    return question(this.#client);
  }

  /** What reads page by page waits so long between two of them: 100 records take the process some 10 ms, and calls come first. */
  rest(): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.after(REST_MS, resolve));
  }

  /** Milliseconds since 1970 as Redis counts them; the injected clock's where Redis never answered. */
  redisTime(): number {
    return Math.floor(this.#options.clock.now() + this.#clockOffset);
  }

  /** Runs a function of the library on one key. Rejects with StoreError, at once when away. */
  fcall(name: string, key: string, args: readonly (string | number)[]): Promise<unknown> {
    return this.#send(this.#client, FCALL, [name, '1', key, ...args]);
  }

  /** What `send` sends leaves in one system call, and Redis wakes up once for it. */
  together<Result>(send: () => Result): Result {
    // Each node of a Cluster has a connection of its own; there is none at all before the first is made.
    const stream = this.#client instanceof Redis ? (this.#client.stream as Duplex | undefined) : undefined;
    stream?.cork();
    try {
      return send();
    } finally {
      stream?.uncork();
    }
  }

  /** Runs any command. Rejects with StoreError, at once when not ready. */
  command(name: string, args: readonly (string | number)[]): Promise<unknown> {
    return this.#send(this.#client, name, args);
  }

  async #send(client: RedisClient, name: string, args: readonly (string | number)[]): Promise<unknown> {
    if (this.#state !== 'ready') throw unavailable(`Redis is ${this.#state}`);
    const { clock, meter } = this.#options;
    const began = clock.precise();
    try {
      // What `call` does, without looking for a callback, a prefix and a pipeline with each command.
      return await client.sendCommand(new Command(name, args as (string | number)[], TEXT));
    } catch (thrown) {
      const error = fromRedis(thrown);
      if (error.everywhere) this.#failed(error);
      throw error;
    } finally {
      const labels = { function: name === FCALL || name === 'FCALL' ? String(args[0]) : name };
      meter.observe('redis_command_seconds', (clock.precise() - began) / 1000, labels);
    }
  }

  /** Each node that holds keys: one, or the masters of a Cluster. Their commands reject as `command` does. */
  get nodes(): readonly Node[] {
    return mastersOf(this.#client).map((client) => ({ command: (name, args) => this.#send(client, name, args) }));
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#state = 'away';
    this.#switchMaster?.close();
    this.#client.disconnect();
  }

  /** An error reply says that Redis is there; everything else, that it is not. */
  #failed(thrown: unknown): void {
    const replied = thrown instanceof StoreError && !thrown.inDoubt;
    this.#leave(replied ? 'degraded' : 'away', messageOf(thrown) || 'no connection');
  }

  #leave(state: 'degraded' | 'away', reason: string): void {
    if (this.#closed) return;
    this.#reason = reason;
    this.#onFailure?.();
    if (!this.#told) {
      this.#told = true;
      const what = state === 'away' ? 'is away' : 'refuses what is written';
      this.#options.log.error(
        { redis: this.#options.target.shown, reason },
        `Redis ${what}; calls go on from memory and records are spooled`,
      );
    }
    if (this.#state === state) return;
    const { meter, clock } = this.#options;
    meter.count(state === 'away' ? 'store_away_total' : 'store_degraded_total');
    if (state === 'degraded' && this.#state === 'ready') {
      const soon = clock.now() < this.#notBefore + PATIENCE_LONGEST;
      this.#patience = soon ? Math.min(2 * this.#patience, PATIENCE_LONGEST) : PROBE_EVERY;
      this.#notBefore = clock.now() + this.#patience;
    }
    this.#change(state);
    this.#watch();
  }

  #change(state: LinkState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }

  #watch(): void {
    this.#timer?.cancel();
    const every = this.#state === 'ready' ? LOOK_EVERY : PROBE_EVERY;
    this.#timer = this.#options.clock.after(every, () => {
      if (this.#closed) return;
      if (this.#state !== 'ready') {
        this.#watch();
        void this.#probe();
      } else if (this.#options.target.kind !== 'single') {
        this.#watch();
        this.#look().catch(() => {}); // a command that fails says so itself
      }
    });
  }

  /** One server alone stays what it is. */
  async #look(): Promise<void> {
    if (this.#options.target.kind === 'single') return;
    const master = await identityOf(this.#client);
    const before = this.#master;
    this.#master = master;
    if (before === undefined || before === master) return;
    this.#options.meter.count('store_other_master_total');
    this.#options.log.warn(
      { redis: this.#options.target.shown },
      'Another Redis is master: it is asked for what the one before acknowledged',
    );
    for (const listener of this.#onOtherMaster) listener();
  }

  #probe(): Promise<void> {
    this.#probing ??= this.#ask().finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  async #ask(): Promise<void> {
    if (this.#closed || !isConnected(this.#client)) return;
    if (this.#state === 'degraded' && this.#options.clock.now() < this.#notBefore) return;
    try {
      const time = await ensureLibrary(this.#client, this.#options.library);
      await this.#client.call('FCALL', 'record_probe', 1, RECORDS_KEY);
      await this.#look();
      this.#lost = 0;
      this.#back(time);
    } catch (thrown) {
      const error = fromRedis(thrown);
      this.#failed(error);
      this.#lostProbe(error);
    }
  }

  #back(time: number): void {
    if (this.#closed || this.#state === 'ready') return;
    this.#clockOffset = time - this.#options.clock.now();
    this.#told = false;
    this.#reason = '';
    this.#options.log.info({ redis: this.#options.target.shown }, 'Redis is ready');
    this.#change('ready');
    this.#watch();
  }

  // A peer that vanished without a FIN would otherwise hold the connection until TCP gives up, many minutes later.
  #lostProbe(error: StoreError): void {
    if (!error.inDoubt) return;
    this.#lost += 1;
    if (this.#lost < PROBES_LOST) return;
    this.#lost = 0;
    this.#client.disconnect(true);
  }
}

/** A connection that the client has begun to close, as it does with each READONLY, is still called ready for a moment. */
const isConnected = (client: RedisClient): boolean =>
  client.status === 'ready' && (!(client instanceof Redis) || client.stream.writable);
