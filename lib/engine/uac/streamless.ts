import type { Clock } from '../../base/clock.js';
import type { Destination } from '../destination.js';

const REMEMBERED = 1024;

/** Peers to which no TCP connection could be made: for a while they are not tried again. */
export class Streamless {
  readonly #clock: Clock;
  readonly #rememberMs: number;
  /** Until when, the one that was added first at the beginning. */
  readonly #until = new Map<string, number>();

  constructor(clock: Clock, rememberMs: number) {
    this.#clock = clock;
    this.#rememberMs = rememberMs;
  }

  add(peer: Destination): void {
    const key = keyOf(peer);
    this.#until.delete(key);
    if (this.#until.size >= REMEMBERED) this.#forgetOldest();
    this.#until.set(key, this.#clock.now() + this.#rememberMs);
  }

  has(peer: Destination): boolean {
    const key = keyOf(peer);
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (until > this.#clock.now()) return true;
    this.#until.delete(key);
    return false;
  }

  get size(): number {
    return this.#until.size;
  }

  #forgetOldest(): void {
    const { value } = this.#until.keys().next();
    if (value !== undefined) this.#until.delete(value);
  }
}

const keyOf = ({ address, port }: Destination): string => `${address} ${port}`;
