import type { Clock } from '../base/clock.js';
import type { Tracer } from '../base/machine.js';
import { bounded } from '../base/text.js';
import { type KeptRow, type KeptTrace, TRACE_VERSION } from './kept-trace.js';
import { numberOf, wordOf } from './words.js';

/** Rows that are kept of one call: its beginning, and its end. A call may last for hours. */
const FIRST = 180;
const LAST = 60;
const MOST = FIRST + LAST;
/** A message that comes again after the longest time of a transaction (RFC 3261 §17: 64*T1) is another one. */
const SAME_WITHIN_MS = 32_000;
const MOST_TIMES = 63;
const LONGEST_CALL_ID = 256;

/** Rows of a call that the second phone answers. */
const USUAL = 44;
/** Each row is so many numbers. */
const WIDTH = 4;
const BITS = 1024;

/**
 * What happened in one call, in the order in which it happened: the steps of its machines, and its messages. One flat list of small
 * numbers, which are put into words when somebody reads them: nobody reads those of most calls.
 *
 *   a step     time, machine * 2,           state and input,                        next state and action
 *   a message  time, leg * 4 + sent * 2 + 1, status, method and whether with a body, sequence number and how many times
 */
export class CallTrace {
  /** The Call-ID of each leg, the caller's first. */
  readonly legs: string[] = [];
  /** As long from the beginning as most calls need: a list that grows is copied each time. */
  readonly #rows = new Array<number>(USUAL * WIDTH);
  readonly #clock: Clock;
  readonly #began: number;
  #count = 0;
  /** Of what is used of the list. */
  #length = 0;
  /** Whether it is to be kept; undefined: the call goes on. */
  isKept: boolean | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#began = clock.now();
  }

  /** A tracer for one machine: `hunt`, `attempt 2`. */
  of(machine: string): Tracer {
    const who = numberOf(machine) * 2;
    return (state, input, next, action) => {
      const what = numberOf(state) * BITS + numberOf(input);
      this.#add(who, what, numberOf(next) * BITS + (action === undefined ? 0 : numberOf(action)));
    };
  }

  /**
   * A message, in what a ladder shows of it: nothing that is secret, and no number of anybody.
   * @param status 0: a request
   * @param method of the request, or in the CSeq of the response, as a number of words.ts
   */
  message(leg: number, sent: boolean, status: number, method: number, sequence: number, hasBody: boolean): void {
    const who = leg * 4 + (sent ? 3 : 1);
    const what = (status * BITS + method) * 2 + (hasBody ? 1 : 0);
    if (!this.#isAgain(who, what, sequence)) this.#add(who, what, sequence * BITS + 1);
  }

  /** Counts a message that has been before. */
  #isAgain(who: number, what: number, sequence: number): boolean {
    const rows = this.#rows;
    for (let at = this.#length - WIDTH; at >= 0; at -= WIDTH) {
      if (rows[at + 2] !== what || rows[at + 1] !== who) continue;
      const more = rows[at + 3] as number;
      if (Math.floor(more / BITS) !== sequence) continue;
      if (this.#after - (rows[at] as number) > SAME_WITHIN_MS) continue;
      if (more % BITS < MOST_TIMES) rows[at + 3] = more + 1;
      return true;
    }
    return false;
  }

  get #after(): number {
    return this.#clock.now() - this.#began;
  }

  #add(who: number, what: number, more: number): void {
    const rows = this.#rows;
    const at = this.#count < MOST ? this.#length : (FIRST + ((this.#count - FIRST) % LAST)) * WIDTH;
    rows[at] = this.#after;
    rows[at + 1] = who;
    rows[at + 2] = what;
    rows[at + 3] = more;
    if (this.#count++ < MOST) this.#length += WIDTH;
  }

  /** In words, for whoever reads it. */
  get kept(): KeptTrace {
    const rows: KeptRow[] = [];
    const length = this.#length / WIDTH;
    const oldest = this.#count > MOST ? (this.#count - FIRST) % LAST : 0;
    for (let i = 0; i < length; i++) rows.push(this.#rowAt(i < FIRST ? i : FIRST + ((i - FIRST + oldest) % LAST)));
    return {
      trace: TRACE_VERSION,
      began: this.#began,
      of: this.#count,
      gap: this.#count > MOST ? FIRST : 0,
      legs: this.legs.map((callId) => bounded(callId, LONGEST_CALL_ID)),
      rows,
    };
  }

  #rowAt(index: number): KeptRow {
    const [at = 0, who = 0, what = 0, more = 0] = this.#rows.slice(index * WIDTH, (index + 1) * WIDTH);
    if (who % 2 === 0) {
      const [state, input] = [Math.floor(what / BITS), what % BITS].map(wordOf) as [string, string];
      const [next, action] = [Math.floor(more / BITS), more % BITS].map(wordOf) as [string, string];
      return [at, wordOf(who / 2), state, input, next, action];
    }
    const start = Math.floor(what / 2);
    const status = Math.floor(start / BITS);
    const body = what % 2 === 1 ? 'body' : '';
    const way = who % 4 === 3 ? '>' : '<';
    return [at, Math.floor(who / 4), way, status, wordOf(start % BITS), Math.floor(more / BITS), more % BITS, body];
  }
}
