import type { Clock, Timer } from '../../base/clock.js';
import { guarded } from '../../base/guard.js';
import type { TimerValues } from '../api.js';

/** Whose response it is. */
export interface RepetitionUser {
  /** Whether it goes out once more. */
  mayRepeat(): boolean;
  faulted(thrown: unknown): void;
}

/**
 * Sends something again, at T1, 2·T1, 4·T1 …, until it is acknowledged or 64·T1 have passed: the 2xx to an INVITE, whatever the
 * transport (RFC 3261 §13.3.1.4), and the reliable provisional response (RFC 3262 §3).
 */
export class Repetition {
  readonly #clock: Clock;
  readonly #until: number;
  readonly #longest: number;
  readonly #send: () => void;
  readonly #expired: () => void;
  readonly #user: RepetitionUser;
  #interval: number;
  #timer: Timer | undefined;

  /** @param longest interval in milliseconds: T2 for a 2xx, no limit for a reliable provisional response */
  constructor(
    clock: Clock,
    timers: TimerValues,
    longest: number,
    send: () => void,
    expired: () => void,
    user: RepetitionUser,
  ) {
    this.#clock = clock;
    this.#until = clock.now() + timers.timeout;
    this.#longest = longest;
    this.#send = send;
    this.#expired = expired;
    this.#user = user;
    this.#interval = timers.t1;
    send();
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #arm(): void {
    const left = this.#until - this.#clock.now();
    this.#timer = this.#clock.after(Math.min(this.#interval, left), () => this.#fire());
  }

  #fire(): void {
    guarded(
      () => this.#due(),
      (thrown) => this.#user.faulted(thrown),
    );
  }

  #due(): void {
    if (this.#clock.now() >= this.#until) {
      this.#expired();
      return;
    }
    if (this.#user.mayRepeat()) this.#send();
    this.#interval = Math.min(this.#interval * 2, this.#longest);
    this.#arm();
  }
}
