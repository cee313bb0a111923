/** Lines that may wait a little: they are made many at a time, while the code for them is warm. */
import type { Clock, Timer } from './clock.js';

/** So long a reader waits for a line at most. */
const WAIT_MS = 100;
/** Each holds on to what it tells of. */
const MOST_WAITING = 64;

/** Makes and writes a line that has been called for: whoever called for it does not change what is in it. */
export type LogLine = () => void;

export class LogQueue {
  readonly #clock: Clock;
  readonly #written: () => void;
  #waiting: LogLine[] = [];
  #timer: Timer | undefined;
  #isClosed = false;

  /** @param written called within 100 ms of whatever has been written */
  constructor(clock: Clock, written: () => void) {
    this.#clock = clock;
    this.#written = written;
  }

  add(line: LogLine): void {
    if (this.#isClosed) {
      line();
      return;
    }
    if (this.#waiting.push(line) === MOST_WAITING) this.drain();
    else this.soon();
  }

  /** Something waits, here or where it is written to. */
  soon(): void {
    this.#timer ??= this.#clock.after(WAIT_MS, () => this.#flush());
  }

  /** Writes all that wait, in their order: what is written at once comes behind them. */
  drain(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const line of waiting) line();
  }

  /** Nothing waits any more. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.drain();
  }

  #flush(): void {
    this.#timer = undefined;
    this.drain();
    this.#written();
  }
}
