import type { Clock, Timer } from '../../lib/base/clock.js';

const nothing = (): void => {};

/** As small as the real one: calls keep their timers. */
class Entry implements Timer {
  readonly at: number;
  readonly sequence: number;
  action: () => void;
  readonly #timers: Set<Entry>;

  constructor(at: number, sequence: number, action: () => void, timers: Set<Entry>) {
    this.at = at;
    this.sequence = sequence;
    this.action = action;
    this.#timers = timers;
    timers.add(this);
  }

  cancel(): void {
    this.#timers.delete(this);
    // Whoever keeps the timer does not keep what it would have done.
    this.action = nothing;
  }
}

/** A clock that stands still until told to move. Timers fire in the order of their times, then of their setting. */
export class FakeClock implements Clock {
  #now: number;
  #sequence = 0;
  /** How far the machine's clock has been set. */
  #stepped = 0;
  readonly #timers = new Set<Entry>();

  constructor(now = Date.UTC(2026, 0, 5, 8, 0, 0)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#now + this.#stepped;
  }

  precise(): number {
    return this.#now;
  }

  /** Somebody sets the clock of the machine. */
  step(ms: number): void {
    this.#stepped += ms;
  }

  after(delay: number, action: () => void): Timer {
    return new Entry(this.#now + Math.max(0, delay), this.#sequence++, action, this.#timers);
  }

  /** How many timers are set: a leak check. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves time on by `ms`, firing what falls due on the way, synchronously. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#due(end); next !== undefined; next = this.#due(end)) this.#fire(next);
    this.#now = end;
  }

  /** As {@link advance}, but lets promises and in-process streams settle after each timer. */
  async run(ms: number, settle: () => Promise<void> = immediates): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#due(end); next !== undefined; next = this.#due(end)) {
      this.#fire(next);
      await settle();
    }
    this.#now = end;
    await settle();
  }

  #fire(entry: Entry): void {
    this.#timers.delete(entry);
    this.#now = Math.max(this.#now, entry.at);
    entry.action();
  }

  #due(end: number): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.#timers) {
      if (entry.at > end) continue;
      if (!first || entry.at < first.at || (entry.at === first.at && entry.sequence < first.sequence)) first = entry;
    }
    return first;
  }
}

/** A few turns of the event loop: enough for promise chains and in-process streams to run dry. */
export async function immediates(rounds = 8): Promise<void> {
  for (let i = 0; i < rounds; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
