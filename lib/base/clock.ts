// The global one is a getter: one more call for each reading.
import { performance } from 'node:perf_hooks';
import { TimerQueues } from './timer-queue.js';

/** Time as a dependency. Nothing else in the code reads the time or sets a timer, so tests can run an hour in milliseconds. */
export interface Clock {
  /**
   * Whole milliseconds since 1970-01-01 UTC as they were when the process started, and as many as have passed since: it never goes
   * backwards, and nobody sets it. For durations, and for what waits.
   */
  now(): number;
  /** Milliseconds since 1970-01-01 UTC as the machine says now: somebody may set it an hour back. For people and other machines. */
  wall(): number;
  /** Milliseconds with their fractions, since some moment that stays the same: it never goes backwards. For what takes less than one. */
  precise(): number;
  /** Calls `action` once after `delay` milliseconds. */
  after(delay: number, action: () => void): Timer;
}

/** A timer that has been set. Cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/** Milliseconds until the next multiple of `interval`: what several parts do now and then wakes the process up once. */
export const untilNext = (clock: Clock, interval: number): number => interval - (clock.now() % interval);

/** Asked for once: it is a getter that checks more than it gives. */
const ORIGIN = performance.timeOrigin;

const timers = new TimerQueues({ now: () => performance.now(), set: (delay, wake) => setTimeout(wake, delay) });

/** The clock of the machine: monotonic, anchored to the wall time at which the process started. */
export const systemClock: Clock = {
  now: () => Math.floor(ORIGIN + performance.now()),
  wall: () => Date.now(),
  precise: () => performance.now(),
  after: (delay, action) => timers.after(delay, action),
};
