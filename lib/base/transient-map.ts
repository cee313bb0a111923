/** Fewer insertions than this are not worth a new table. */
const SHORTEST = 1000;
const PER_ENTRY = 4;

/**
 * A Map whose entries come and go, as those of calls under way do. V8 chains the hash tables of one Map, each to the one that
 * took its place, for the sake of iterators. Once a table has grown old enough to be left alone by young collections, all that
 * is behind it in the chain stays, entries long deleted included, until a full one: with it whole calls, after any quiet second.
 * A new Map now and then cuts the chain.
 */
export class TransientMap<Key, Value> {
  #entries = new Map<Key, Value>();
  #untilRenewal = SHORTEST;

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  has(key: Key): boolean {
    return this.#entries.has(key);
  }

  set(key: Key, value: Value): void {
    if (this.#untilRenewal-- === 0) {
      this.#entries = new Map(this.#entries);
      this.#untilRenewal = SHORTEST + PER_ENTRY * this.#entries.size;
    }
    this.#entries.set(key, value);
  }

  delete(key: Key): boolean {
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** As of a Map. */
  entries(): IterableIterator<[Key, Value]> {
    return this.#entries.entries();
  }

  /** As of a Map: in the order of insertion. What is added meanwhile may be left out. */
  values(): IterableIterator<Value> {
    return this.#entries.values();
  }
}
