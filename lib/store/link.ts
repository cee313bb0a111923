import type { Duplex } from 'node:stream';
import { Redis } from 'ioredis';
import type { Clock, Timer } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import type { Meter } from '../base/meter.js';
import { createClient, type RedisClient } from './client.js';
import { fromRedis, type StoreError, unavailable } from './errors.js';
import { ensureLibrary, type Library } from './functions/library.js';
import type { Target } from './url.js';

export type LinkState = 'ready' | 'away';

export interface LinkOptions {
  readonly target: Target;
  readonly library: Library;
  /** Milliseconds. A Redis that hangs holds a call no longer than this. */
  readonly commandTimeout: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

const PROBE_EVERY = 250;
/** Probes without an answer, after which the connection is taken for dead and made anew. */
const PROBES_LOST = 8;

/**
 * The way to Redis. `ready`: it answers and the library is loaded. One lost answer makes it `away`: then nobody waits for it,
 * and only a probe finds out when it is back.
 */
export class Link {
  readonly #options: LinkOptions;
  readonly #client: RedisClient;
  readonly #listeners: ((state: LinkState) => void)[] = [];
  #state: LinkState = 'away';
  #closed = false;
  #toldAway = false;
  #probing: Promise<void> | undefined;
  #lost = 0;
  #timer: Timer | undefined;
  #clockOffset = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#client = createClient(options.target, options.commandTimeout);
    this.#client.on('error', (error: Error) => this.#failed(error));
    this.#client.on('ready', () => void this.#probe());
    this.#client.on('close', () => this.#away('connection closed'));
    options.meter.gauge('store_ready', 'Whether Redis answers and the library is loaded', () =>
      this.#state === 'ready' ? 1 : 0,
    );
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Connects. Resolves when ready, or, with Redis away, after the first failure. */
  async open(): Promise<LinkState> {
    this.#watch();
    await this.#client.connect().catch((error: unknown) => this.#failed(error));
    if (this.#state === 'away') await this.#probe();
    return this.#state;
  }

  onChange(listener: (state: LinkState) => void): void {
    this.#listeners.push(listener);
  }

  /** Milliseconds since 1970 as Redis counts them; the injected clock's where Redis never answered. */
  redisTime(): number {
    return Math.floor(this.#options.clock.now() + this.#clockOffset);
  }

  /** Runs a function of the library on one key. Rejects with StoreError, at once when away. */
  fcall(name: string, key: string, args: readonly (string | number)[]): Promise<unknown> {
    return this.command('FCALL', [name, 1, key, ...args]);
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

  /** Runs any command. Rejects with StoreError, at once when away. */
  async command(name: string, args: readonly (string | number)[]): Promise<unknown> {
    if (this.#state === 'away') throw unavailable('Redis is away');
    try {
      return await this.#client.call(name, ...args);
    } catch (thrown) {
      const error = fromRedis(thrown);
      if (error.code === 'STORE_UNAVAILABLE') this.#failed(error);
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#state = 'away';
    this.#client.disconnect();
  }

  #failed(thrown: unknown): void {
    this.#away(messageOf(thrown) || 'no connection');
  }

  #away(reason: string): void {
    if (this.#closed) return;
    if (!this.#toldAway) {
      this.#toldAway = true;
      this.#options.log.error(
        { redis: this.#options.target.shown, reason },
        'Redis is away; calls go on from memory and records are spooled',
      );
    }
    if (this.#state === 'away') return;
    this.#options.meter.count('store_away_total');
    this.#change('away');
    this.#watch();
  }

  #change(state: LinkState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }

  #watch(): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(PROBE_EVERY, () => {
      if (this.#closed || this.#state === 'ready') return;
      void this.#probe();
      this.#watch();
    });
  }

  #probe(): Promise<void> {
    this.#probing ??= this.#ask().finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  async #ask(): Promise<void> {
    if (this.#closed || this.#client.status !== 'ready') return;
    try {
      const time = await ensureLibrary(this.#client, this.#options.library);
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
    this.#toldAway = false;
    this.#options.log.info({ redis: this.#options.target.shown }, 'Redis is ready');
    this.#change('ready');
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
