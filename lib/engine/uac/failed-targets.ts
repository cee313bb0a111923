import type { Clock } from '../../base/clock.js';
import { Recent } from '../../base/recent.js';
import type { Destination } from '../destination.js';

/** The last half as many at least. */
const REMEMBERED = 2048;
/** RFC 3261 §21.5.4: a Retry-After of a day is not meant for us. */
const LONGEST_MS = 600_000;

interface Failure {
  readonly until: number;
  /** By a Retry-After: a sign of life does not end it. */
  readonly isAskedFor: boolean;
}

/** Targets that refused, could not be reached or kept silent: for a while the others of their name come first (RFC 3263 §4.3). */
export class FailedTargets {
  readonly #clock: Clock;
  readonly #restMs: number;
  readonly #failures = new Recent<Failure>(REMEMBERED);

  constructor(clock: Clock, restMs: number) {
    this.#clock = clock;
    this.#restMs = restMs;
  }

  /** @param askedForSeconds Retry-After, where it is more than 0 */
  add(target: Destination, askedForSeconds = 0): void {
    const isAskedFor = askedForSeconds > 0;
    const ms = isAskedFor ? Math.min(askedForSeconds * 1000, LONGEST_MS) : this.#restMs;
    this.#failures.keep(keyOf(target), { until: this.#clock.now() + ms, isAskedFor });
  }

  has(target: Destination): boolean {
    if (this.#failures.size === 0) return false;
    const key = keyOf(target);
    const failure = this.#failures.find(key);
    if (failure === undefined) return false;
    if (failure.until > this.#clock.now()) return true;
    this.#failures.forget(key);
    return false;
  }

  /** It has answered. */
  works(target: Destination): void {
    if (this.#failures.size === 0) return;
    const key = keyOf(target);
    if (this.#failures.find(key)?.isAskedFor === false) this.#failures.forget(key);
  }
}

const keyOf = ({ protocol, address, port }: Destination): string => `${protocol} ${address} ${port}`;
