/** Lines that somebody outside can call forth: so many of a kind, then one a second, with a count of those left out. */
import type { Clock, Timer } from './clock.js';

/** Several trunks may fail in one second, and each has its line. */
const AT_ONCE = 10;
const EVERY_MS = 1_000;
/** Kinds are texts of ours; should one not be, those beyond share a place. */
const MOST_KINDS = 200;
const OTHERS = '';

interface Kind {
  /** Lines that may be written before the next second. */
  left: number;
  second: number;
  swallowed: number;
  timer: Timer | undefined;
}

export class LogThrottle {
  readonly #clock: Clock;
  readonly #kinds = new Map<string, Kind>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Writes a line now, or counts it. What was counted is told within a second.
   * @param write with how many of the kind were left out since the last one
   */
  line(text: string, write: (swallowed: number) => void): void {
    const kind = this.#kindOf(text);
    this.#refill(kind);
    if (kind.timer === undefined && kind.left > 0) {
      kind.left--;
      write(0);
      return;
    }
    kind.swallowed++;
    kind.timer ??= this.#clock.after(EVERY_MS, () => {
      const { swallowed } = kind;
      this.#refill(kind);
      kind.left--;
      kind.timer = undefined;
      kind.swallowed = 0;
      write(swallowed);
    });
  }

  /** Each second is one more line that may be written. */
  #refill(kind: Kind): void {
    const second = Math.floor(this.#clock.now() / EVERY_MS);
    kind.left = Math.min(AT_ONCE, kind.left + second - kind.second);
    kind.second = second;
  }

  #kindOf(text: string): Kind {
    const name = this.#kinds.has(text) || this.#kinds.size < MOST_KINDS ? text : OTHERS;
    let kind = this.#kinds.get(name);
    if (kind === undefined) {
      kind = { left: AT_ONCE, second: Math.floor(this.#clock.now() / EVERY_MS), swallowed: 0, timer: undefined };
      this.#kinds.set(name, kind);
    }
    return kind;
  }
}
