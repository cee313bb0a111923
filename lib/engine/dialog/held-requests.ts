import type { Clock, Timer } from '../../base/clock.js';

/** A request of the application that waits. */
export interface HeldRequest {
  send(): void;
  /** It waited too long, or the dialog is over. */
  drop(): void;
}

const HELD_LIMIT = 8;
/** Well below the 32 s after which the peer who asked for it gives up. */
const HOLD_MS = 10_000;
/** What an application wants sent in a dialog in which something is in the way yet, in order. */
export class HeldRequests {
  readonly #clock: Clock;
  #requests: HeldRequest[] = [];
  #patience: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#requests.length === 0;
  }

  /** False: too many wait already. */
  add(request: HeldRequest): boolean {
    if (this.#requests.length >= HELD_LIMIT) return false;
    this.#requests.push(request);
    this.#patience ??= this.#clock.after(HOLD_MS, () => this.drop());
    return true;
  }

  send(): void {
    for (const request of this.#take()) request.send();
  }

  drop(): void {
    for (const request of this.#take()) request.drop();
  }

  #take(): readonly HeldRequest[] {
    const requests = this.#requests;
    if (requests.length > 0) this.#requests = [];
    this.#patience?.cancel();
    this.#patience = undefined;
    return requests;
  }
}
