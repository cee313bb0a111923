import type { Dispatcher, Owner } from '../engine/api.js';
import type { SipMessage } from '../sip/message.js';

/** Applications in the order in which they registered, and whose turn it is. */
class Rotation {
  readonly #owners: Owner[];
  #turn = 0;

  constructor(owners: readonly Owner[] = []) {
    this.#owners = [...owners];
  }

  get owners(): readonly Owner[] {
    return this.#owners;
  }

  /** Does nothing the second time: drachtio-srf registers the same verb again and again. */
  add(owner: Owner): void {
    if (!this.#owners.includes(owner)) this.#owners.push(owner);
  }

  /** The others keep their order, and nobody loses a turn. */
  remove(owner: Owner): void {
    const index = this.#owners.indexOf(owner);
    if (index < 0) return;
    this.#owners.splice(index, 1);
    if (index < this.#turn) this.#turn--;
  }

  next(): Owner | undefined {
    if (this.#turn >= this.#owners.length) this.#turn = 0;
    return this.#owners[this.#turn++];
  }
}

/** How many verbs have a rotation at once: applications name them freely. */
const VERBS_LIMIT = 256;

/** Which application gets a new request: a strict rotation for each method. */
export class Routes implements Dispatcher {
  readonly #rotations = new Map<string, Rotation>();
  /** Those who take every method; they take part in each rotation. */
  readonly #all = new Rotation();

  add(owner: Owner, verb: string): void {
    let rotation = this.#rotations.get(verb);
    if (rotation === undefined) {
      if (this.#rotations.size >= VERBS_LIMIT) return;
      rotation = new Rotation(this.#all.owners);
      this.#rotations.set(verb, rotation);
    }
    rotation.add(owner);
  }

  addAll(owner: Owner): void {
    this.#all.add(owner);
    for (const rotation of this.#rotations.values()) rotation.add(owner);
  }

  /** Only this verb; drachtio-server drops all of them. */
  remove(owner: Owner, verb: string): void {
    const rotation = this.#rotations.get(verb);
    if (rotation === undefined) return;
    rotation.remove(owner);
    // With nobody left the verb is forgotten, unless those who take everything would get it back by that.
    if (rotation.owners.length === 0 && this.#all.owners.length === 0) this.#rotations.delete(verb);
  }

  removeAll(owner: Owner): void {
    this.#all.remove(owner);
    for (const verb of [...this.#rotations.keys()]) this.remove(owner, verb);
  }

  choose(message: SipMessage): Owner | undefined {
    // Verbs are compared in lower case, as the library registers them.
    return (this.#rotations.get(message.method.toLowerCase()) ?? this.#all).next();
  }
}
