/**
 * State machines as tables: `TABLE[state][input] = [next state, action]`. This file is the only place that assigns a state.
 * A missing row changes nothing: an input that means nothing in a state is not an error.
 */
export type Row<State extends string, Action extends string> = readonly [next: State, action?: Action];

export type Table<State extends string, Input extends string, Action extends string> = {
  readonly [state in State]: { readonly [input in Input]?: Row<State, Action> };
};

/** Receives each step before its action runs. */
export type Tracer = (state: string, input: string, next: string, action: string | undefined) => void;

/** An input that was sent from within an action. Nearly always it is the only one, so there is no array for them. */
interface Waiting<Input extends string> {
  readonly input: Input;
  readonly event: unknown;
  next: Waiting<Input> | undefined;
}

export class Machine<State extends string, Input extends string, Action extends string> {
  readonly #table: Table<State, Input, Action>;
  readonly #perform: (action: Action, event: unknown) => void;
  readonly #trace: Tracer | undefined;
  #state: State;
  #running = false;
  #firstWaiting: Waiting<Input> | undefined;
  #lastWaiting: Waiting<Input> | undefined;

  constructor(
    table: Table<State, Input, Action>,
    initial: State,
    perform: (action: Action, event: unknown) => void,
    trace?: Tracer,
  ) {
    this.#table = table;
    this.#state = initial;
    this.#perform = perform;
    this.#trace = trace;
  }

  get state(): State {
    return this.#state;
  }

  /**
   * Takes one step. An input that an action sends is handled after that action has ended (run to completion), also where it has
   * ended by an exception: that is thrown when nothing waits any more, the first one if there were several.
   */
  send(input: Input, event?: unknown): void {
    if (this.#running) {
      this.#wait({ input, event, next: undefined });
      return;
    }
    this.#running = true;
    try {
      this.#step(input, event);
      if (this.#firstWaiting !== undefined) this.#catchUp();
    } catch (thrown) {
      this.#catchUpAfterFault();
      throw thrown;
    } finally {
      this.#running = false;
    }
  }

  #catchUp(): void {
    for (let next = this.#firstWaiting; next !== undefined; next = this.#firstWaiting) {
      this.#firstWaiting = next.next;
      if (next.next === undefined) this.#lastWaiting = undefined;
      this.#step(next.input, next.event);
    }
  }

  #catchUpAfterFault(): void {
    while (this.#firstWaiting !== undefined) {
      try {
        this.#catchUp();
      } catch {
        // Whoever gets the first one ends what this machine belongs to.
      }
    }
  }

  #wait(waiting: Waiting<Input>): void {
    if (this.#lastWaiting === undefined) this.#firstWaiting = waiting;
    else this.#lastWaiting.next = waiting;
    this.#lastWaiting = waiting;
  }

  #step(input: Input, event: unknown): void {
    const row = this.#table[this.#state][input];
    if (row === undefined) return;
    const next = row[0];
    const action = row[1];
    this.#trace?.(this.#state, input, next, action);
    this.#state = next;
    if (action !== undefined) this.#perform(action, event);
  }
}
