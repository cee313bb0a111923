/**
 * Timers that share those of the machine. A call sets a dozen timers and cancels nearly all of them, which as timers of Node's was
 * a tenth of what it cost. What is due within the same few milliseconds fires by one of them: a little late, never early.
 */

/** How late one may fire, in milliseconds. */
const TICK = 16;
/** What is due sooner than this is not put off. */
const SOON = 100;

interface Cancellable {
  cancel(): void;
}

export type SetTimer = (delay: number, action: () => void) => Cancellable;

/** A place in a ring of timers. */
class Link {
  next: Link = this;
  previous: Link = this;
}

class SharedTimer extends Link implements Cancellable {
  #tick: Tick | undefined;
  #action: (() => void) | undefined;

  constructor(tick: Tick, action: () => void) {
    super();
    this.#tick = tick;
    this.#action = action;
    this.next = tick;
    this.previous = tick.previous;
    this.previous.next = this;
    tick.previous = this;
  }

  cancel(): void {
    this.#take()?.forgetIfEmpty();
  }

  fire(): void {
    const action = this.#action;
    this.#take();
    action?.();
  }

  /** Out of the ring. Who set a timer often keeps it for as long as a call lasts, so it keeps nothing itself. */
  #take(): Tick | undefined {
    const tick = this.#tick;
    if (tick === undefined) return undefined;
    this.#tick = undefined;
    this.#action = undefined;
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.next = this;
    this.previous = this;
    return tick;
  }
}

/** Those that fire together; itself where their ring begins. */
class Tick extends Link {
  readonly #forget: () => void;
  #timer: Cancellable | undefined;

  constructor(set: SetTimer, delay: number, forget: () => void) {
    super();
    this.#forget = forget;
    this.#timer = set(delay, () => {
      this.#end();
      this.#fire();
    });
  }

  forgetIfEmpty(): void {
    if (this.next !== this) return;
    this.#timer?.cancel();
    this.#end();
  }

  #end(): void {
    if (this.#timer === undefined) return;
    this.#timer = undefined;
    this.#forget();
  }

  /** One after another, each behind what the one before has put off, as Node does it. What one throws costs no other. */
  #fire(): void {
    const { next } = this;
    if (!(next instanceof SharedTimer)) return;
    try {
      next.fire();
    } finally {
      if (this.next !== this) queueMicrotask(() => this.#fire());
    }
  }
}

export class SharedTimers {
  readonly #now: () => number;
  readonly #set: SetTimer;
  /** Ticks are counted from here, so that their numbers stay small integers. */
  readonly #began: number;
  readonly #ticks = new Map<number, Tick>();

  /**
   * @param now in whole milliseconds
   * @param set a timer of the machine
   */
  constructor(now: () => number, set: SetTimer) {
    this.#now = now;
    this.#set = set;
    this.#began = now();
  }

  after(delay: number, action: () => void): Cancellable {
    if (delay < SOON) return this.#set(delay, action);
    const passed = this.#now() - this.#began;
    const number = Math.ceil((passed + delay) / TICK);
    let tick = this.#ticks.get(number);
    if (tick === undefined) {
      tick = new Tick(this.#set, number * TICK - passed, () => this.#ticks.delete(number));
      this.#ticks.set(number, tick);
    }
    return new SharedTimer(tick, action);
  }
}
