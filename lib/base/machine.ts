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

/** What an action does, in the one to whom the machine belongs. */
type Perform<Owner> = (owner: Owner, event: never) => void;

/** A row, and all that it names, found already: most inputs come when nothing of the tables is in the processor's caches. */
interface Step<State, Input, Action> {
  readonly next: Resolved<State, Input, Action>;
  readonly action: Action | undefined;
  readonly perform: Perform<unknown> | undefined;
}

interface Resolved<State, Input, Action> {
  readonly state: State;
  readonly steps: Map<Input, Step<State, Input, Action>>;
}

/** A table and what its actions do, made once for all machines of a kind: none has functions of its own. */
export class MachineKind<State extends string, Input extends string, Action extends string, Owner> {
  readonly #states = new Map<State, Resolved<State, Input, Action>>();

  constructor(table: Table<State, Input, Action>, actions: Readonly<Record<Action, Perform<Owner>>>) {
    for (const state of Object.keys(table) as State[]) this.#states.set(state, { state, steps: new Map() });
    for (const { state, steps } of this.#states.values()) {
      for (const [input, row] of Object.entries(table[state]) as [Input, Row<State, Action>][]) {
        const [next, action] = row;
        const perform = action && (actions[action] as Perform<unknown>);
        steps.set(input, { next: this.#states.get(next) as Resolved<State, Input, Action>, action, perform });
      }
    }
  }

  /** A machine of this kind. */
  of(owner: Owner, initial: State, trace?: Tracer): Machine<State, Input, Action> {
    return new Machine(owner, this.#states.get(initial) as Resolved<State, Input, Action>, trace);
  }
}

/** An input that was sent from within an action. Nearly always it is the only one, so there is no array for them. */
interface Waiting<Input extends string> {
  readonly input: Input;
  readonly event: unknown;
  next: Waiting<Input> | undefined;
}

export class Machine<State extends string, Input extends string, Action extends string> {
  readonly #owner: unknown;
  readonly #trace: Tracer | undefined;
  #now: Resolved<State, Input, Action>;
  #running = false;
  #firstWaiting: Waiting<Input> | undefined;
  #lastWaiting: Waiting<Input> | undefined;

  /** For {@link MachineKind}. */
  constructor(owner: unknown, initial: Resolved<State, Input, Action>, trace: Tracer | undefined) {
    this.#owner = owner;
    this.#now = initial;
    this.#trace = trace;
  }

  get state(): State {
    return this.#now.state;
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
    const now = this.#now;
    const step = now.steps.get(input);
    if (step === undefined) return;
    const { next, action, perform } = step;
    this.#trace?.(now.state, input, next.state, action);
    this.#now = next;
    if (perform !== undefined) perform(this.#owner, event as never);
  }
}
