import type { Clock, Timer } from '../../lib/base/clock.js';

interface Entry {
  readonly at: number;
  readonly sequence: number;
  action: (() => void) | undefined;
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.sequence < b.sequence);

/** The fake clock of the tests, for thousands of timers at a time: a binary heap. */
export class HeapClock implements Clock {
  /** Timers that are set: a leak check. */
  pending = 0;
  readonly #heap: Entry[] = [];
  #now = Date.UTC(2026, 0, 5, 8, 0, 0);
  #sequence = 0;

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#now;
  }

  precise(): number {
    return this.#now;
  }

  after(delay: number, action: () => void): Timer {
    const entry: Entry = { at: this.#now + Math.max(0, delay), sequence: this.#sequence++, action };
    this.pending++;
    this.#push(entry);
    return {
      cancel: () => {
        if (entry.action !== undefined) this.pending--;
        entry.action = undefined;
      },
    };
  }

  /** Moves time on by `ms`, firing what falls due on the way, synchronously. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let first = this.#heap[0]; first !== undefined && first.at <= end; first = this.#heap[0]) {
      this.#pop();
      const { action } = first;
      if (action === undefined) continue;
      first.action = undefined;
      this.pending--;
      this.#now = Math.max(this.#now, first.at);
      action();
    }
    this.#now = end;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Entry;
      if (isBefore(above, entry)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child++;
      const below = heap[child] as Entry;
      if (isBefore(last, below)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}
