import type { Clock } from '../../base/clock.js';
import { Recent } from '../../base/recent.js';
import type { Destination } from '../destination.js';

/** The last half as many at least. */
const REMEMBERED = 2048;

/** Peers to which no TCP connection could be made: for a while they are not tried again. */
export class Streamless {
  readonly #clock: Clock;
  readonly #rememberMs: number;
  /** Until when. */
  readonly #until = new Recent<number>(REMEMBERED);

  constructor(clock: Clock, rememberMs: number) {
    this.#clock = clock;
    this.#rememberMs = rememberMs;
  }

  add(peer: Destination): void {
    this.#until.keep(keyOf(peer), this.#clock.now() + this.#rememberMs);
  }

  has(peer: Destination): boolean {
    const key = keyOf(peer);
    const until = this.#until.find(key);
    if (until === undefined) return false;
    if (until > this.#clock.now()) return true;
    this.#until.forget(key);
    return false;
  }

  get size(): number {
    return this.#until.size;
  }
}

const keyOf = ({ address, port }: Destination): string => `${address} ${port}`;
