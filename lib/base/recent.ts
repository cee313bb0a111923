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
    const key = detached(text);
    const value = this.#old.get(text) ?? make(key);
    this.#keep(key, value);
    return value;
  }

  /** What is remembered of this text, which thereby has been asked for. */
  find(text: string): Value | undefined {
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    const old = this.#old.get(text);
    if (old !== undefined) this.#keep(detached(text), old);
    return old;
  }

  keep(text: string, value: Value): void {
    if (this.#young.has(text)) this.#young.set(text, value);
    else this.#keep(detached(text), value);
  }

  forget(text: string): void {
    this.#young.delete(text);
    this.#old.delete(text);
  }

  #keep(key: string, value: Value): void {
    this.#old.delete(key);
    if (this.#young.size >= this.#limit / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
