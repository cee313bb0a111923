import type { Clock, Timer } from '../../base/clock.js';
import type { Machine } from '../../base/machine.js';
import type { TimerValues } from '../api.js';

/** What any transaction needs from the core. */
export interface TransactionUser {
  /** @param isAgain it was sent before */
  transmit(text: string, isAgain?: boolean): void;
  /** The transaction has ended: forget it. */
  ended(): void;
  /** A programming error has stopped the transaction. */
  faulted(thrown: unknown): void;
  /** Over UDP, the core itself absorbs what comes twice behind the final response: there is no timer D, I, J or K. */
  readonly absorbs?: boolean;
}

/** What the four transactions of RFC 3261 §17 have in common; what each one does stands in its table and its actions. */
export abstract class Transaction<
  State extends string,
  Input extends string,
  Action extends string,
  User extends TransactionUser,
> {
  protected abstract readonly machine: Machine<State, Input | 'transport-error', Action>;
  protected readonly user: User;
  protected readonly timers: TimerValues;
  /** The transport loses nothing: nothing is repeated, and nothing that comes twice is waited for. */
  protected readonly reliable: boolean;
  /** Until timer A, E or G fires. */
  protected interval: number;
  readonly #clock: Clock;
  #repetition: Timer | undefined;
  #limit: Timer | undefined;

  constructor(clock: Clock, timers: TimerValues, reliable: boolean, user: User) {
    this.#clock = clock;
    this.timers = timers;
    this.reliable = reliable;
    this.interval = timers.t1;
    this.user = user;
  }

  get state(): State {
    return this.machine.state;
  }

  transportError(): void {
    this.enter('transport-error');
  }

  /** Stops all timers. */
  stop(): void {
    this.#repetition?.cancel();
    this.#limit?.cancel();
    this.#repetition = undefined;
    this.#limit = undefined;
  }

  /** From outside, a timer included: a fault ends this transaction. */
  protected enter(input: Input | 'transport-error', event?: unknown): void {
    try {
      this.machine.send(input, event);
    } catch (thrown) {
      this.stop();
      this.user.faulted(thrown);
    }
  }

  protected end(): void {
    this.stop();
    this.user.ended();
  }

  /** Sets timer A, E or G. */
  protected repeatOn(input: Input): void {
    this.#repetition = this.#clock.after(this.interval, () => this.enter(input));
  }

  /** Sets the timer that says how long this state lasts at most. */
  protected limitTo(input: Input, delay: number): void {
    this.#limit = this.#clock.after(delay, () => this.enter(input));
  }

  protected get isLimited(): boolean {
    return this.#limit !== undefined;
  }

  /** Sets timer D, I, J or K, which absorbs what comes twice: 0 over TCP and TLS (§17.1.1.2, §17.1.2.2, §17.2.1, §17.2.2). */
  protected absorbUntil(input: Input, delay: number): void {
    if (this.reliable) this.machine.send(input);
    else if (this.user.absorbs !== true) this.limitTo(input, delay);
  }
}
