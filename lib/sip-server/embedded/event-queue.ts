/** The next microtask, as a promise gives it: queueMicrotask makes an AsyncResource and two functions each time. */
const NEXT = Promise.resolve();
/** The lists of a longer burst are not kept. */
const LONGEST = 1000;

type Handler = (event: unknown) => void;

/** For what has been handled: the lists hold nothing longer than it takes. */
const nothing: Handler = () => {};

const call = (action: () => void): void => action();

/**
 * Events one behind the other, all of them behind what is under way. Each stands beside its handler in lists that are used again and
 * again, so that none costs a closure or a new list.
 */
export class EventQueue {
  readonly #failed: (thrown: unknown) => void;
  #handlers: Handler[] = [];
  #events: unknown[] = [];
  #size = 0;

  /** @param failed gets what a handler throws; the other events are handled all the same */
  constructor(failed: (thrown: unknown) => void) {
    this.#failed = failed;
  }

  get size(): number {
    return this.#size;
  }

  /** @param handle is called as a function, without `this` */
  add<Event>(handle: (event: Event) => void, event: Event): void {
    const at = this.#size++;
    this.#handlers[at] = handle as Handler;
    this.#events[at] = event;
    if (at === 0) void NEXT.then(this.#drain);
  }

  later(action: () => void): void {
    this.add(call, action);
  }

  readonly #drain = (): void => {
    // What is added meanwhile is handled in the same go, behind what was there.
    for (let at = 0; at < this.#size; at++) {
      const handle = this.#handlers[at] as Handler;
      const event = this.#events[at];
      this.#handlers[at] = nothing;
      this.#events[at] = undefined;
      try {
        handle(event);
      } catch (thrown) {
        this.#failed(thrown);
      }
    }
    if (this.#size > LONGEST) {
      this.#handlers = [];
      this.#events = [];
    }
    this.#size = 0;
  };
}
