import type { Clock } from '../../base/clock.js';
import { Recent } from '../../base/recent.js';

/** What is sent again to a source that has not acknowledged anything yet. */
const FULL = 100;
/** What an ACK or PRACK earns: a link that loses half of all never comes to its end. */
const EARNED = 2;
/** What comes back by itself: a source whose ACKs were lost for a while finds its way back. */
const PER_SECOND = 4;
const SOURCES = 4096;

interface Credit {
  left: number;
  /** When it was counted, in milliseconds of the clock. */
  at: number;
}

/**
 * How often responses that wait for an ACK or PRACK are sent again, by source. Whoever writes somebody else's address into a request has
 * our responses sent there, eleven times each (RFC 3261 §17.2.1, §13.3.1.4); but that one never acknowledges any.
 */
export class RepetitionCredit {
  readonly #clock: Clock;
  /** Of sources that something was sent to again. */
  readonly #credits = new Recent<Credit>(SOURCES);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether something may be sent there once more. */
  spend(source: string): boolean {
    const credit = this.#credits.get(source, () => ({ left: FULL, at: this.#clock.now() }));
    const now = this.#clock.now();
    credit.left = Math.min(FULL, credit.left + ((now - credit.at) * PER_SECOND) / 1000);
    credit.at = now;
    if (credit.left < 1) return false;
    credit.left--;
    return true;
  }

  /** It has acknowledged something. */
  earn(source: string): void {
    const credit = this.#credits.find(source);
    if (credit !== undefined) credit.left = Math.min(FULL, credit.left + EARNED);
  }
}
