import type { Clock } from '../../base/clock.js';

const LIMIT = 20_000;

/**
 * The INVITEs that were refused for overload a moment ago. One of them that comes again is refused again: its caller has the
 * refusal and is gone, so letting the repetition in would ring phones for nobody. Two generations of bounded size, no timers.
 */
export class Refused {
  readonly #clock: Clock;
  readonly #lifetime: number;
  #young = new Map<string, number>();
  #old = new Map<string, number>();
  #until = 0;

  /** @param lifetime in milliseconds for which an INVITE may be repeated: 64·T1 */
  constructor(clock: Clock, lifetime: number) {
    this.#clock = clock;
    this.#lifetime = lifetime;
  }

  /**
   * @param key the `serverKey` of the INVITE
   * @param retryAfter seconds, as it was told
   */
  add(key: string, retryAfter: number): void {
    this.#renew();
    this.#young.set(key, retryAfter);
  }

  /** What this INVITE was told; undefined: it was not refused. */
  get(key: string): number | undefined {
    if (this.#young.size === 0 && this.#old.size === 0) return undefined;
    this.#renew();
    return this.#young.get(key) ?? this.#old.get(key);
  }

  #renew(): void {
    const now = this.#clock.now();
    if (now < this.#until && this.#young.size < LIMIT) return;
    // Nothing was refused for a whole lifetime: the young ones are too old as well.
    this.#old = now < this.#until + this.#lifetime ? this.#young : new Map();
    this.#young = new Map();
    this.#until = now + this.#lifetime;
  }
}
