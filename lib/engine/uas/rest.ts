import type { Clock, Timer } from '../../base/clock.js';
import { sendBack, type WayBack } from '../network.js';

/**
 * What is left of a server transaction that has had its last word and only waits for its timer J or L (RFC 3261 §17.2.2, RFC
 * 6026 §7.1): for half a minute it knows its request when that comes again. Most of a busy server's memory is this.
 */
export class Rest {
  readonly key: string;
  /** Empty within a dialog. */
  readonly mergeKey: string;
  /** The To tag of our responses. */
  readonly localTag: string;
  /** The final response to send again; empty: a repeated request is absorbed. */
  readonly #text: string;
  readonly #way: WayBack;
  /** Milliseconds of the clock. */
  readonly until: number;

  constructor(key: string, mergeKey: string, localTag: string, text: string, way: WayBack, until: number) {
    this.key = key;
    this.mergeKey = mergeKey;
    this.localTag = localTag;
    this.#text = text;
    this.#way = way;
    this.until = until;
  }

  /** The request came again. */
  repeated(): void {
    if (this.#text !== '') sendBack(this.#text, this.#way);
  }
}

/** How late one may be forgotten, in milliseconds: one timer for many. */
const TICK = 500;

/** All of them. They lie for the same time, so the oldest is the first to go. */
export class Resting {
  readonly #clock: Clock;
  readonly #forget: (rest: Rest) => void;
  #queue: Rest[] = [];
  #first = 0;
  #timer: Timer | undefined;

  /** @param forget called when its time is over */
  constructor(clock: Clock, forget: (rest: Rest) => void) {
    this.#clock = clock;
    this.#forget = forget;
  }

  add(rest: Rest): void {
    this.#queue.push(rest);
    this.#timer ??= this.#clock.after(rest.until - this.#clock.now(), () => this.#purge());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #purge(): void {
    const now = this.#clock.now();
    let rest = this.#queue[this.#first];
    for (; rest !== undefined && rest.until <= now; rest = this.#queue[this.#first]) {
      this.#first++;
      this.#forget(rest);
    }
    // Half of it is past: the array is cut, at a cost that each of those has paid for.
    if (this.#first * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
    this.#timer = rest && this.#clock.after(Math.max(TICK, rest.until - now), () => this.#purge());
  }
}
