import { detached } from './text.js';

/** What was worked out lately, by text: that of the last `limit` / 2 texts at least, and never of more than `limit`. */
export class Recent<Value extends NonNullable<unknown> | null> {
  readonly #limit: number;
  /** Whoever is asked for moves to the young ones; when they are many, all that is still old goes. No order to keep on each use. */
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many are kept. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** What `make` gave for this text, as long as that is remembered. */
  get(text: string, make: (text: string) => Value): Value {
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    const known = this.#old.get(text);
    const key = detached(text);
    const value = known ?? make(key);
    if (known !== undefined) this.#old.delete(text);
    if (this.#young.size >= this.#limit / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
    return value;
  }
}
