/** What runs for the same time fires in the order in which it was set: one timer of Node serves a queue of them. */

/** Node's timers run for a millisecond at least, ... */
const SHORTEST = 1;
/** ... and for so many at most: then another one follows. */
const LONGEST = 2 ** 31 - 1;
/** Node's timers count whole milliseconds of their own: they may be early by less than one. */
const EARLY = 1;
/** Queues in which nothing waits may stay for the next timer of their delay; with more delays than that in use, few come again. */
const MOST_IDLE = 64;

/** What Node has: a time in milliseconds that never goes backwards, and timers. */
export interface Alarms {
  now(): number;
  set(delay: number, wake: () => void): Alarm;
}

interface Alarm {
  /** It keeps the process alive, ... */
  ref(): void;
  /** ... and does no more, ... */
  unref(): void;
  /** ... or is gone. */
  close(): void;
}

/**
 * All timers with one delay. A call sets a dozen of them and cancels nearly all: that costs two links in a list, where Node makes and
 * takes apart several objects. A timer of Node that finds nothing due is set on; while nothing waits, it keeps no process alive.
 */
class TimerQueue {
  readonly #alarms: Alarms;
  readonly #delay: number;
  readonly #queues: Map<number, TimerQueue>;
  readonly #wake = (): void => this.#fire();
  #first: QueuedTimer | undefined;
  #last: QueuedTimer | undefined;
  #alarm: Alarm | undefined;

  constructor(alarms: Alarms, delay: number, queues: Map<number, TimerQueue>) {
    this.#alarms = alarms;
    this.#delay = delay;
    this.#queues = queues;
    queues.set(delay, this);
  }

  add(action: () => void): QueuedTimer {
    const last = this.#last;
    const timer = new QueuedTimer(this, this.#alarms.now() + this.#delay, action, last);
    this.#last = timer;
    if (last !== undefined) {
      last.next = timer;
      return timer;
    }
    this.#first = timer;
    if (this.#alarm === undefined) this.#arm(this.#delay);
    else this.#alarm.ref();
    return timer;
  }

  /** The timer keeps no link: it may be old when its neighbours are young, and would hold them until a full collection. */
  remove(timer: QueuedTimer): void {
    const { previous, next } = timer;
    timer.previous = undefined;
    timer.next = undefined;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    if (this.#first !== undefined || this.#alarm === undefined) return;
    if (this.#queues.size <= MOST_IDLE) this.#alarm.unref();
    else {
      this.#alarm.close();
      this.#queues.delete(this.#delay);
    }
  }

  #arm(delay: number): void {
    this.#alarm = this.#alarms.set(Math.min(Math.max(delay, SHORTEST), LONGEST), this.#wake);
  }

  #fire(): void {
    this.#alarm = undefined;
    try {
      this.#fireDue(this.#alarms.now() + EARLY);
    } finally {
      // One that has thrown must not keep all the others.
      if (this.#alarm === undefined) this.#goOn(this.#first);
    }
  }

  #goOn(first: QueuedTimer | undefined): void {
    if (first === undefined) this.#queues.delete(this.#delay);
    else this.#arm(first.due - this.#alarms.now());
  }

  #fireDue(until: number): void {
    for (let timer = this.#first; timer !== undefined && timer.due < until; timer = this.#first) timer.fire();
  }
}

class QueuedTimer {
  readonly due: number;
  previous: QueuedTimer | undefined;
  next: QueuedTimer | undefined;
  /** Until it has fired, or was cancelled. */
  private queue: TimerQueue | undefined;
  private action: (() => void) | undefined;

  constructor(queue: TimerQueue, due: number, action: () => void, previous: QueuedTimer | undefined) {
    this.due = due;
    this.previous = previous;
    this.next = undefined;
    this.queue = queue;
    this.action = action;
  }

  cancel(): void {
    const queue = this.queue;
    if (queue === undefined) return;
    this.queue = undefined;
    // Who set a timer often keeps it for as long as a call lasts.
    this.action = undefined;
    queue.remove(this);
  }

  fire(): void {
    const action = this.action;
    this.cancel();
    action?.();
  }
}

/** Timers of Node, by their delays. */
export class TimerQueues {
  readonly #alarms: Alarms;
  readonly #queues = new Map<number, TimerQueue>();

  constructor(alarms: Alarms) {
    this.#alarms = alarms;
  }

  /** How many there are: one for each delay in use. */
  get size(): number {
    return this.#queues.size;
  }

  /** Calls `action` once after `delay` milliseconds. */
  after(delay: number, action: () => void): QueuedTimer {
    const whole = delay >= SHORTEST ? delay : SHORTEST;
    const queue = this.#queues.get(whole) ?? new TimerQueue(this.#alarms, whole, this.#queues);
    return queue.add(action);
  }
}
