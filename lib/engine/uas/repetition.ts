import type { Clock, Timer } from '../../base/clock.js';
import type { TimerValues } from '../api.js';

/** Whose response it is. */
export interface RepetitionUser {
  /** Whether it goes out once more. */
  mayRepeat(): boolean;
  faulted(thrown: unknown): void;
}

/** What becomes of it. */
export interface Repeated {
  /** It goes out. */
  send(): void;
  /** Nothing has acknowledged it. */
  expired(): void;
}

/**
 * Sends something again, at T1, 2·T1, 4·T1 …, until it is acknowledged or 64·T1 have passed: the 2xx to an INVITE, whatever the
 * transport (RFC 3261 §13.3.1.4), and the reliable provisional response (RFC 3262 §3).
 */
export class Repetition {
  readonly #clock: Clock;
  readonly #until: number;
  readonly #longest: number;
  readonly #repeated: Repeated;
  readonly #user: RepetitionUser;
  #interval: number;
  #timer: Timer | undefined;

  /** @param longest interval in milliseconds: T2 for a 2xx, no limit for a reliable provisional response */
  constructor(clock: Clock, timers: TimerValues, longest: number, repeated: Repeated, user: RepetitionUser) {
    const now = clock.now();
    this.#clock = clock;
    this.#until = now + timers.timeout;
    this.#longest = longest;
    this.#repeated = repeated;
    this.#user = user;
    this.#interval = timers.t1;
    repeated.send();
    this.#arm(now);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #arm(now: number): void {
    this.#timer = this.#clock.after(Math.min(this.#interval, this.#until - now), () => this.#fire());
  }

  #fire(): void {
    try {
      this.#due(this.#clock.now());
    } catch (thrown) {
      this.#user.faulted(thrown);
    }
  }

  #due(now: number): void {
    if (now >= this.#until) {
      this.#repeated.expired();
      return;
    }
    if (this.#user.mayRepeat()) this.#repeated.send();
    this.#interval = Math.min(this.#interval * 2, this.#longest);
    this.#arm(now);
  }
}
