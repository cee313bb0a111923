import { type Clock, type Timer, untilNext } from './clock.js';

export interface OverloadControlOptions {
  readonly clock: Clock;
  /** The share of the time since it was last asked, 0 … 1, in which the event loop was busy. */
  readonly occupancy: () => number;
}

const INTERVAL_MS = 100;
/** What is aimed at: nearly all of the loop, but idle moments left, so that the sockets are read before they overflow. */
const TARGET = 0.94;
/** From here on nobody knows how much more is offered than can be served. */
const SATURATED = 0.985;
const RETREAT = 0.7;
/** Intervals in a row that must be saturated before anybody is refused: a garbage collection, or code not yet compiled, is none. */
const PATIENCE = 20;
const FASTEST_RISE = 2;
const SMALLEST_SHARE = 0.02;
/** Calls a second that are taken whatever the load, and how many of them at once: a busy moment of a quiet service refuses nobody. */
const FREE_PER_SECOND = 20;
const FREE_AT_ONCE = 20;
/** How long requests are counted by source before they are compared, in intervals. */
const WINDOW = 10;
/** More sources than this are counted as one. */
const MOST_SOURCES = 4096;
const OTHERS = '';
/** How many may be let in on account of those that come next. */
const MOST_DEBT = 50;

/**
 * Decides which new calls are let in, so that those that are can be served: the occupancy algorithm (Hilt and Widjaja,
 * "Controlling Overload in Networks of SIP Servers", 2008; RFC 7339 leaves the algorithm to the server). The share of calls let
 * in follows target / occupancy. Unlike the delay of the loop, occupancy tells before a queue builds up.
 *
 * It is fair between sources: who asks for less than an equal part of what is let in gets all of it, so that a flood is cut, and
 * not who calls beside it.
 */
export class OverloadControl {
  readonly #options: OverloadControlOptions;
  #timer: Timer;
  #share = 1;
  /** The part of a call that is due: at a share of 0.4 two of five calls are let in, evenly. */
  #due = 1;
  #free = FREE_AT_ONCE;
  #saturated = 0;
  /** What each source has asked for in this window. */
  #asked = new Map<string, number>();
  #total = 0;
  /** What was asked for in the last window, and by how many. */
  #lastTotal = 0;
  #lastSources = 1;
  #untilNextWindow = WINDOW;

  constructor(options: OverloadControlOptions) {
    this.#options = options;
    options.occupancy();
    this.#timer = this.#arm();
  }

  /** How many sources have asked in this window. */
  get sources(): number {
    return this.#asked.size;
  }

  /** The share of new calls that is let in, 0 … 1. */
  get share(): number {
    return this.#share;
  }

  /** Whether the request that has just come may be served. To be asked once for each. */
  admit(source: string): boolean {
    const asked = this.#count(source);
    if (this.#share === 1) return true;
    this.#due += this.#share;
    if (this.#due >= 1 || (this.#isModest(asked) && this.#due > -MOST_DEBT)) {
      this.#due -= 1;
      return true;
    }
    if (this.#free < 1) return false;
    this.#free -= 1;
    return true;
  }

  /** Whether a source has asked for no more than an equal part, until now, of what is let in at the present share. */
  #isModest(asked: number): boolean {
    if (this.#lastSources === 1) return false; // Nobody to be compared with.
    const elapsed = (WINDOW - this.#untilNextWindow + 1) / WINDOW;
    return asked <= Math.max(1, (elapsed * this.#share * this.#lastTotal) / this.#lastSources);
  }

  /** @returns how many have come from there in this window */
  #count(source: string): number {
    const known = this.#asked.get(source);
    const key = known === undefined && this.#asked.size >= MOST_SOURCES ? OTHERS : source;
    const asked = (known ?? this.#asked.get(key) ?? 0) + 1;
    this.#asked.set(key, asked);
    this.#total++;
    return asked;
  }

  #renewWindow(): void {
    this.#untilNextWindow = WINDOW;
    this.#lastTotal = this.#total;
    this.#lastSources = Math.max(1, this.#asked.size);
    this.#total = 0;
    if (this.#asked.size > 0) this.#asked = new Map();
  }

  stop(): void {
    this.#timer.cancel();
  }

  #arm(): Timer {
    const { clock } = this.#options;
    return clock.after(untilNext(clock, INTERVAL_MS), () => {
      // First: one sample that fails must not be the last.
      this.#timer = this.#arm();
      this.#adjust(this.#options.occupancy());
    });
  }

  #adjust(occupancy: number): void {
    if (--this.#untilNextWindow <= 0) this.#renewWindow();
    this.#saturated = occupancy >= SATURATED ? this.#saturated + 1 : 0;
    if (this.#share === 1 && this.#saturated < PATIENCE) return;
    const wanted = occupancy >= SATURATED ? RETREAT : TARGET / Math.max(occupancy, TARGET / FASTEST_RISE);
    this.#share = Math.min(1, Math.max(SMALLEST_SHARE, this.#share * wanted));
    this.#free = Math.min(FREE_AT_ONCE, this.#free + (FREE_PER_SECOND * INTERVAL_MS) / 1000);
  }
}
