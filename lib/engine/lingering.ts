import type { Clock, Timer } from '../base/clock.js';

/** How late one may be forgotten, in milliseconds: one timer for many. */
const TICK = 500;

/** What lies in a {@link LingeringTransactions}. */
export interface Lingering {
  /** Milliseconds of the clock; set when it is laid there. */
  until: number;
}

/** Transactions of one kind that have said all: they lie for the same time, so the oldest is the first to go. */
export class LingeringTransactions<T extends Lingering> {
  readonly #clock: Clock;
  readonly #lifetime: number;
  readonly #forget: (rest: T) => void;
  #queue: T[] = [];
  #first = 0;
  #timer: Timer | undefined;

  /**
   * @param lifetime in milliseconds
   * @param forget called when its time is over
   */
  constructor(clock: Clock, lifetime: number, forget: (rest: T) => void) {
    this.#clock = clock;
    this.#lifetime = lifetime;
    this.#forget = forget;
  }

  get size(): number {
    return this.#queue.length - this.#first;
  }

  add(rest: T): void {
    rest.until = this.#clock.now() + this.#lifetime;
    this.#arm(this.#lifetime);
    this.#queue.push(rest);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #arm(delay: number): void {
    this.#timer ??= this.#clock.after(delay, () => this.#purge());
  }

  #purge(): void {
    this.#timer = undefined;
    try {
      this.#forgetOld(this.#clock.now());
    } finally {
      // One that could not be forgotten must not keep all the others.
      const next = this.#queue[this.#first];
      if (next !== undefined) this.#arm(Math.max(TICK, next.until - this.#clock.now()));
    }
  }

  #forgetOld(now: number): void {
    let rest = this.#queue[this.#first];
    for (; rest !== undefined && rest.until <= now; rest = this.#queue[this.#first]) {
      this.#first++;
      this.#forget(rest);
    }
    // Half of it is past: the array is cut, at a cost that each of those has paid for.
    if (this.#first * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
  }
}
