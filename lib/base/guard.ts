/**
 * Code that belongs to one thing (a call, a transaction, a connection) is entered from outside at few places: by a timer, a
 * socket, a promise. There it runs guarded: a programming error that comes out ends that thing, and nothing else.
 */
import type { Clock, Timer } from './clock.js';

/** Gets what was thrown, and ends what the code belongs to. Never throws itself. */
export type FaultHandler = (thrown: unknown) => void;

/** Runs it; what it throws goes to `fault`. */
export function guarded(action: () => void, fault: FaultHandler): void {
  try {
    action();
  } catch (thrown) {
    fault(thrown);
  }
}

/** Runs one of several steps of an ending: that it fails must not keep the others from being taken. */
export function regardless(action: () => void): void {
  try {
    action();
  } catch {
    // The fault that this ending is for has been told; there is nobody to tell of another.
  }
}

/** What runs actions guarded. */
export interface Guard {
  run(action: () => void): void;
}

/** A guard whose faults go to that handler. */
export const guardWith = (fault: FaultHandler): Guard => ({ run: (action) => guarded(action, fault) });

/** That clock; what it calls back runs guarded. A class, because every call has one. */
class GuardedClock implements Clock {
  readonly #clock: Clock;
  readonly #guard: Guard;

  constructor(clock: Clock, guard: Guard) {
    this.#clock = clock;
    this.#guard = guard;
  }

  now(): number {
    return this.#clock.now();
  }

  wall(): number {
    return this.#clock.wall();
  }

  precise(): number {
    return this.#clock.precise();
  }

  after(delay: number, action: () => void): Timer {
    return this.#clock.after(delay, () => this.#guard.run(action));
  }
}

export const guardedClock = (clock: Clock, guard: Guard): Clock => new GuardedClock(clock, guard);
