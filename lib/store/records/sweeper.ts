import type { Clock, Timer } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Meter } from '../../base/meter.js';
import { RECORDS_KEY } from '../keys.js';
import type { Link } from '../link.js';

export interface SweeperParts {
  readonly link: Link;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Days for which records are kept. */
  readonly retentionDays: number;
}

/** How often it is looked for what is past its life, in milliseconds. */
const EVERY = 10_000;
/** So many go in one command: some 2 ms of Redis. */
const AT_ONCE = 100;
/** Between two commands of one round Redis belongs to the calls. */
const PAUSE = 50;
/** Of those that are too old, no more go in one round than this share of all; where that is less, so many. */
const SHARE = 0.1;
const AT_LEAST = 100;
/** In a quiet running some go now and then: more than this share in one round is worth a line. */
const LARGE_SHARE = 0.05;

/** Removes records past their retention, with what finds them, bit by bit. Any number of nodes may do so at once. */
export class Sweeper {
  readonly #parts: SweeperParts;
  #timer: Timer | undefined;
  #gone = 0;
  #of = 0;
  /** When the oldest record was written; 0: there is none. Milliseconds since 1970, by Redis. */
  #oldest = 0;
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
    const { link, log, retentionDays } = this.#parts;
    try {
      if (link.state === 'ready') {
        const reply = await link.fcall('record_sweep', RECORDS_KEY, [retentionDays, AT_ONCE]);
        const [gone, length, oldest] = reply as [number, number, number];
        this.#oldest = oldest;
        this.#count(gone, length);
        if (gone === AT_ONCE && this.#gone < Math.max(AT_LEAST, this.#of * SHARE)) return this.#after(PAUSE);
      }
    } catch (thrown) {
      log.warn({ reason: messageOf(thrown) }, 'Records past their retention stay for now; it will be tried again');
    }
    this.#tell();
    this.#after(EVERY);
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
