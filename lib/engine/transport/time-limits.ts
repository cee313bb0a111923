import type { Clock, Timer } from '../../base/clock.js';
import { ANSWER_MS } from './unanswered.js';

/**
 * How long a connection may take: to be established, to say anything, to end a message that has begun, to answer, and to lie
 * idle.
 */
export class TimeLimits {
  readonly #clock: Clock;
  #lastActive: number;
  #unansweredSince: number | undefined;
  /** Anything at all has come. */
  #isHeard = false;
  /** Runs while the connection is being established, and while the beginning of a message waits for its end. */
  #deadline: Timer | undefined;
  #idle: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastActive = clock.now();
  }

  /** When the last byte passed. */
  get lastActive(): number {
    return this.#lastActive;
  }

  /** The peer has said nothing for longer than any request waits, and owes an answer. */
  get isSilent(): boolean {
    return this.#unansweredSince !== undefined && this.#clock.now() - this.#unansweredSince >= ANSWER_MS;
  }

  heard(): void {
    this.#lastActive = this.#clock.now();
    this.#unansweredSince = undefined;
    if (!this.#isHeard) this.clearDeadline();
    this.#isHeard = true;
  }

  wrote(expectsAnswer: boolean): void {
    this.#lastActive = this.#clock.now();
    if (expectsAnswer) this.#unansweredSince ??= this.#lastActive;
  }

  /** Where a deadline runs already, that one counts. */
  setDeadline(ms: number, passed: () => void): void {
    this.#deadline ??= this.#clock.after(ms, passed);
  }

  clearDeadline(): void {
    this.#deadline?.cancel();
    this.#deadline = undefined;
  }

  /**
   * One timer for the whole life: it looks when the last byte passed and sets itself anew.
   * @param passed called when nothing has passed for so long; true: it has been closed
   */
  watchIdleness(ms: number, passed: () => boolean): void {
    const left = this.#lastActive + ms - this.#clock.now();
    if (left <= 0 && passed()) return;
    this.#idle = this.#clock.after(left > 0 ? left : ms, () => this.watchIdleness(ms, passed));
  }

  stop(): void {
    this.clearDeadline();
    this.#idle?.cancel();
  }
}
