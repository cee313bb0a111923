import type { Clock, Timer } from './clock.js';

const SAMPLE_MS = 100;
/** Each sample counts for a quarter, so one long garbage collection alone is no overload. */
const WEIGHT = 0.25;

/** How late the event loop is: the time that a timer fires after it was due, smoothed over the last few samples. */
export class LoopDelay {
  readonly #clock: Clock;
  #timer: Timer;
  #due: number;
  #delay = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#due = clock.now() + SAMPLE_MS;
    this.#timer = clock.after(SAMPLE_MS, () => this.#sample());
  }

  /** In milliseconds. Also counts the sample that is overdue right now, so a blocked loop shows at once. */
  get current(): number {
    const overdue = this.#clock.now() - this.#due;
    return overdue > this.#delay ? this.#delay + WEIGHT * (overdue - this.#delay) : this.#delay;
  }

  stop(): void {
    this.#timer.cancel();
  }

  #sample(): void {
    const late = Math.max(0, this.#clock.now() - this.#due);
    this.#delay += WEIGHT * (late - this.#delay);
    this.#due = this.#clock.now() + SAMPLE_MS;
    this.#timer = this.#clock.after(SAMPLE_MS, () => this.#sample());
  }
}
