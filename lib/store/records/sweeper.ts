import type { Clock, Timer } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Meter } from '../../base/meter.js';
import { RECORDS_KEY, REWRITTEN_KEY } from '../keys.js';
import type { Link } from '../link.js';
import { maskedDocument } from './masked.js';

interface SweeperParts {
  readonly link: Link;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Days for which records are kept. */
  readonly retentionDays: number;
  /** Days after which their numbers are masked; 0: they are not. */
  readonly maskAfterDays: number;
}

type Entry = [id: string, fields: string[]];

const DAY_MS = 86_400_000;
/** How often it is looked for what is past its life, in milliseconds. */
const EVERY = 10_000;
/** So many go in one command: some 2 ms of Redis. */
const AT_ONCE = 50;
/** So many are masked in one command: each is written again. Some 3 ms of Redis where each has 12 members. */
const MASKED_AT_ONCE = 10;
/** Between two commands of one round Redis belongs to the calls. */
const PAUSE = 25;
/** Of those that are too old, no more go in one round than this share of all; where that is less, so many. */
const SHARE = 0.1;
const AT_LEAST = 100;
/** In a quiet running some go now and then: more than this share in one round is worth a line. */
const LARGE_SHARE = 0.05;

/** Masks records, and removes those past their retention, with what finds them, bit by bit. Any number of nodes may do so at once. */
export class Sweeper {
  readonly #parts: SweeperParts;
  #timer: Timer | undefined;
  #gone = 0;
  #of = 0;
  /** When the oldest record was written; 0: there is none. Milliseconds since 1970, by Redis. */
  #oldest = 0;
  /** Of this round that part is going on. */
  #isMasking = false;
  #closed = false;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
    parts.meter.gauge('records_oldest_age_seconds', 'Age of the oldest call record; 0 without one', () =>
      this.#oldest === 0 ? 0 : Math.max(0, (parts.link.redisTime() - this.#oldest) / 1000),
    );
    this.#after(EVERY);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #after(milliseconds: number): void {
    if (this.#closed) return;
    this.#timer = this.#parts.clock.after(milliseconds, () => void this.#sweep());
  }

  async #sweep(): Promise<void> {
    try {
      if (this.#parts.link.state === 'ready') {
        if (!this.#isMasking && (await this.#remove())) return this.#after(PAUSE);
        this.#isMasking = (await this.#mask()) === MASKED_AT_ONCE;
        if (this.#isMasking) return this.#after(PAUSE);
      }
    } catch (thrown) {
      this.#isMasking = false;
      const { log } = this.#parts;
      log.warn({ reason: messageOf(thrown) }, 'Records past their retention stay for now; it will be tried again');
    }
    this.#tell();
    this.#after(EVERY);
  }

  /** @returns whether more of them may go in this round */
  async #remove(): Promise<boolean> {
    const { link, retentionDays } = this.#parts;
    const reply = await link.fcall('record_sweep', RECORDS_KEY, [retentionDays, AT_ONCE]);
    const [gone, length, oldest] = reply as [number, number, number];
    this.#oldest = oldest;
    this.#count(gone, length);
    return gone === AT_ONCE && this.#gone < Math.max(AT_LEAST, this.#of * SHARE);
  }

  /** @returns how many were looked at */
  async #mask(): Promise<number> {
    const { link, meter, maskAfterDays } = this.#parts;
    if (maskAfterDays === 0) return 0;
    const now = link.redisTime();
    const limit = now - maskAfterDays * DAY_MS;
    const entries = [...(await this.#until(limit)), ...(await this.#rewrittenUntil(limit))].slice(0, MASKED_AT_ONCE);
    if (entries.length === 0) return 0;
    const args = entries.flatMap(([id, fields]) => [id, maskedDocument(fields, now)]);
    const moved = (await link.fcall('record_mask', RECORDS_KEY, args)) as number;
    meter.count('records_masked_total', {}, moved);
    return moved === 0 ? 0 : entries.length;
  }

  async #until(limit: number): Promise<Entry[]> {
    const page = ['-', Math.floor(limit), 'COUNT', MASKED_AT_ONCE];
    return (await this.#parts.link.command('XRANGE', [RECORDS_KEY, ...page])) as Entry[];
  }

  /** Those that were written again are younger in the stream than they are. */
  async #rewrittenUntil(limit: number): Promise<Entry[]> {
    const { link } = this.#parts;
    const page = ['-inf', Math.floor(limit), 'LIMIT', 0, MASKED_AT_ONCE];
    const ids = (await link.command('ZRANGEBYSCORE', [REWRITTEN_KEY, ...page])) as string[];
    const found = await Promise.all(ids.map((id) => link.command('XRANGE', [RECORDS_KEY, id, id])));
    return (found as Entry[][]).flat();
  }

  #count(gone: number, length: number): void {
    if (this.#gone === 0) this.#of = length;
    this.#gone += gone;
    this.#parts.meter.count('records_expired_total', {}, gone);
  }

  /** Of the round that is over. */
  #tell(): void {
    const { log, retentionDays } = this.#parts;
    if (this.#gone > this.#of * LARGE_SHARE)
      log.warn({ gone: this.#gone, of: this.#of, retentionDays }, 'Records past their retention went');
    this.#gone = 0;
    this.#of = 0;
  }
}
