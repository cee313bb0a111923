import type { Clock, Timer } from '../../lib/base/clock.js';

interface Entry {
  at: number;
  sequence: number;
  action: () => void;
}

const nothing = (): void => {};

/** A clock that stands still until told to move. Timers fire in the order of their times, then of their setting. */
export class FakeClock implements Clock {
  #now: number;
  #sequence = 0;
  readonly #timers = new Set<Entry>();

  constructor(now = Date.UTC(2026, 0, 5, 8, 0, 0)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(delay: number, action: () => void): Timer {
    const entry = { at: this.#now + Math.max(0, delay), sequence: this.#sequence++, action };
    this.#timers.add(entry);
    const cancel = (): void => {
      this.#timers.delete(entry);
      // As the real one: whoever keeps the timer does not keep what it would have done.
      entry.action = nothing;
    };
    return { cancel };
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
