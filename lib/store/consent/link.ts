/** The way to the Redis of the consent register: a connection of its own. Calls have no part in it. */
import type { Duplex } from 'node:stream';
import { Redis } from 'ioredis';
import type { Clock, Timer } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import { createClient, mastersOf, type RedisClient } from '../client.js';
import { fromRedis, type StoreError, unavailable } from '../errors.js';
import { ensureLibrary } from '../functions/library.js';
import type { Target } from '../url.js';
import { consentLibrary } from './library.js';

interface ConsentLinkOptions {
  readonly target: Target;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds for one command. */
  readonly commandTimeout: number;
  /**
   * What must be so on a Redis before anything is asked of it. Rejects where it is not: with REGISTER_UNFIT it stays unfit.
   * Resolves to whether it is on the disk what was acknowledged.
   */
  readonly prepare: (link: ConsentLink) => Promise<boolean>;
}

/** `unfit`: it is there, and is not what a register may be kept in. */
type ConsentLinkState = 'ready' | 'away' | 'unfit';

const OPEN_WITHIN = 2_000;
const PROBE_EVERY = 1_000;
/** Commands without an answer, one after another, after which the connection is made anew: a peer may be gone without a FIN. */
const LOST = 8;

export class ConsentLink {
  readonly #options: ConsentLinkOptions;
  readonly #client: RedisClient;
  #state: ConsentLinkState = 'away';
  #failure: unknown = unavailable('the Redis of the consent register is not connected yet');
  #closed = false;
  #preparing: Promise<void> | undefined;
  #timer: Timer | undefined;
  #lost = 0;
  #corked = false;
  readonly #library = consentLibrary();
  #durable = false;
  #offset = 0;

  constructor(options: ConsentLinkOptions) {
    this.#options = options;
    this.#client = createClient(options.target, options.commandTimeout);
    this.#client.on('error', (error: Error) => this.#left(error));
    this.#client.on('close', () => this.#left(unavailable('connection closed')));
    this.#client.on('ready', () => void this.#prepare());
  }

  get state(): ConsentLinkState {
    return this.#state;
  }

  /** Why it is not ready. */
  get failure(): unknown {
    return this.#failure;
  }

  /** What it has acknowledged is on the disk. */
  get durable(): boolean {
    return this.#durable;
  }

  /** Milliseconds since 1970 as Redis counts them. */
  get now(): number {
    return Math.floor(this.#options.clock.now() + this.#offset);
  }

  /** Redis has just told its time. */
  heard(time: number): void {
    if (Number.isFinite(time)) this.#offset = time - this.#options.clock.now();
  }

  /** Resolves when it is known whether the register can be used: with Redis away, after a while. */
  async open(): Promise<ConsentLinkState> {
    let patience: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      patience = this.#options.clock.after(OPEN_WITHIN, resolve);
    });
    const connected = this.#client.connect().then(
      () => this.#prepare(),
      (error: unknown) => this.#left(error),
    );
    await Promise.race([connected, late]);
    patience?.cancel();
    this.#watch();
    return this.#state;
  }

  /** Rejects with StoreError, at once when not ready. */
  async command(name: string, args: readonly (string | number)[]): Promise<unknown> {
    if (this.#state !== 'ready')
      throw unavailable(`the consent register is ${this.#state}: ${messageOf(this.#failure)}`);
    return this.ask(name, args);
  }

  fcall(name: string, keys: readonly string[], args: readonly (string | number)[] = []): Promise<unknown> {
    return this.command('FCALL', [name, keys.length, ...keys, ...args]);
  }

  read(name: string, keys: readonly string[]): Promise<unknown> {
    return this.command('FCALL_RO', [name, keys.length, ...keys]);
  }

  /** As `command`, while the register is being prepared. */
  async ask(name: string, args: readonly (string | number)[]): Promise<unknown> {
    try {
      this.#together();
      const reply = await this.#client.call(name, ...args);
      this.#lost = 0;
      return reply;
    } catch (thrown) {
      const error = fromRedis(thrown);
      if (error.everywhere) this.#failed(error);
      throw error;
    }
  }

  /** What is sent before the program waits again leaves in one system call, and Redis wakes up once for it. */
  #together(): void {
    const stream = this.#client instanceof Redis ? (this.#client.stream as Duplex | undefined) : undefined;
    if (this.#corked || stream === undefined) return;
    this.#corked = true;
    stream.cork();
    process.nextTick(() => {
      this.#corked = false;
      stream.uncork();
    });
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#client.disconnect();
  }

  /** Nobody waits for a register that does not answer: it is asked again once a second whether it does. */
  #failed(error: StoreError): void {
    this.#left(error);
    if (!error.inDoubt) return;
    this.#lost += 1;
    if (this.#lost < LOST) return;
    this.#lost = 0;
    this.#client.disconnect(true);
  }

  #left(thrown: unknown): void {
    if (this.#closed || this.#state === 'unfit') return;
    if (this.#state === 'ready')
      this.#options.log.error(
        { reason: messageOf(thrown) },
        'the consent register is away: nothing is allowed until it is back',
      );
    this.#failure = thrown;
    this.#state = 'away';
  }

  #watch(): void {
    this.#timer = this.#options.clock.after(PROBE_EVERY, () => {
      if (this.#closed) return;
      if (this.#state !== 'ready' && this.#client.status === 'ready') void this.#prepare();
      this.#watch();
    });
  }

  #prepare(): Promise<void> {
    this.#preparing ??= this.#prepared().finally(() => {
      this.#preparing = undefined;
    });
    return this.#preparing;
  }

  async #prepared(): Promise<void> {
    if (this.#closed || this.#state === 'ready') return;
    try {
      this.heard(await ensureLibrary(this.#client, this.#library));
      this.#durable = await this.#options.prepare(this);
      this.#state = 'ready';
      this.#options.log.info({ redis: this.#options.target.shown }, 'the consent register is ready');
    } catch (thrown) {
      if (this.#closed) return;
      this.#failure = thrown;
      const isUnfit = (thrown as { code?: unknown }).code === 'REGISTER_UNFIT';
      if (isUnfit && this.#state !== 'unfit')
        this.#options.log.error({ reason: messageOf(thrown) }, 'the consent register is not fit for use');
      this.#state = isUnfit ? 'unfit' : 'away';
    }
  }

  /** Every server that holds a part of the register. */
  get servers(): number {
    return mastersOf(this.#client).length;
  }
}
