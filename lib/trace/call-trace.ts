import type { Clock } from '../base/clock.js';
import type { Tracer } from '../base/machine.js';
import { bounded } from '../base/text.js';
import { type KeptRow, type KeptTrace, TRACE_VERSION } from './kept-trace.js';

/** Rows that are kept of one call: its beginning, and its end. A call may last for hours. */
const FIRST = 180;
const LAST = 60;
const MOST = FIRST + LAST;
/** A message that comes again after the longest time of a transaction (RFC 3261 §17: 64*T1) is another one. */
const SAME_WITHIN_MS = 32_000;
const MOST_TIMES = 63;
const LONGEST_CALL_ID = 256;

/** A message, in what a ladder shows of it: nothing that is secret, and no number of anybody. */
export interface SeenMessage {
  /** 0: a request. */
  readonly status: number;
  /** Of the request, or in the CSeq of the response. */
  readonly method: string;
  /** Of CSeq. */
  readonly sequence: number;
  readonly hasBody: boolean;
}

/** Rows of a call that the first phone answers: the list of one that goes on to others grows once. */
const USUAL = 32;
/** Each row is so many entries. */
const WIDTH = 6;

/**
 * What happened in one call, in the order in which it happened: the steps of its machines, and its messages. One flat list of what
 * is there anyway, words of the machines' tables and small numbers; it is put into a form when somebody reads it: nobody reads those
 * of most calls. To look up a number for each word cost more than the words' places.
 *
 *   a step     time, -1 - machine,                state,  input,  next state,      action
 *   a message  time, leg * 4 + sent * 2 + a body, status, method, sequence number, how many times
 */
export class CallTrace {
  /** The Call-ID of each leg, the caller's first. */
  readonly legs: string[] = [];
  /** As long from the beginning as many calls need: a list that grows is copied each time. */
  readonly #rows = new Array<string | number>(USUAL * WIDTH);
  /** Those whose steps are among the rows. */
  readonly #machines: string[] = [];
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
    const who = -this.#machines.push(machine);
    return (state, input, next, action = '') => this.#add(who, state, input, next, action);
  }

  message(leg: number, sent: boolean, { status, method, sequence, hasBody }: SeenMessage): void {
    const who = leg * 4 + (sent ? 2 : 0) + (hasBody ? 1 : 0);
    if (!this.#isAgain(who, status, method, sequence)) this.#add(who, status, method, sequence, 1);
  }

  /** Counts a message that has been before. */
  #isAgain(who: number, status: number, method: string, sequence: number): boolean {
    const rows = this.#rows;
    for (let at = this.#length - WIDTH; at >= 0; at -= WIDTH) {
      if (rows[at + 1] !== who || rows[at + 2] !== status || rows[at + 4] !== sequence) continue;
      if (rows[at + 3] !== method || this.#clock.now() - this.#began - (rows[at] as number) > SAME_WITHIN_MS) continue;
      const times = rows[at + 5] as number;
      if (times < MOST_TIMES) rows[at + 5] = times + 1;
      return true;
    }
    return false;
  }

  #add(who: number, first: string | number, second: string, third: string | number, fourth: string | number): void {
    const rows = this.#rows;
    const at = this.#count < MOST ? this.#length : (FIRST + ((this.#count - FIRST) % LAST)) * WIDTH;
    rows[at] = this.#clock.now() - this.#began;
    rows[at + 1] = who;
    rows[at + 2] = first;
    rows[at + 3] = second;
    rows[at + 4] = third;
    rows[at + 5] = fourth;
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
    const row: unknown = this.#rows.slice(index * WIDTH, (index + 1) * WIDTH);
    const [at, who, status, method, sequence, times] = row as [number, number, number, string, number, number];
    if (who < 0) {
      const [, , state, input, next, action] = row as [number, number, string, string, string, string];
      return [at, this.#machines[-1 - who] as string, state, input, next, action];
    }
    return [at, who >> 2, (who & 2) === 0 ? '<' : '>', status, method, sequence, times, (who & 1) === 0 ? '' : 'body'];
  }
}
