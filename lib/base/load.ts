import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { type Clock, type Timer, untilNext } from './clock.js';

const SAMPLE_MS = 100;
/** Each sample counts for a quarter, so one long garbage collection alone is no overload. */
const WEIGHT = 0.25;

/** How late the event loop is: the time that a timer fires after it was due, smoothed over the last few samples. */
export class LoopDelay {
  readonly #clock: Clock;
  #timer: Timer;
  #due = 0;
  #delay = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#timer = this.#arm();
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
    this.#timer = this.#arm();
    this.#delay += WEIGHT * (late - this.#delay);
  }

  #arm(): Timer {
    const delay = untilNext(this.#clock, SAMPLE_MS);
    this.#due = this.#clock.now() + delay;
    return this.#clock.after(delay, () => this.#sample());
  }
}

/** Each call tells the share of the time since the last one, 0 … 1, in which the event loop did not wait for something to do. */
export function createOccupancy(): () => number {
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
