import { randomBytes, randomUUID } from 'node:crypto';

/** Source of unguessable identifiers (RFC 3261 §19.3: tags and branches are cryptographically random, at least 32 bits). */
export interface Ids {
  /** A lower-case token of 96 random bits, safe in tags, branches and Call-IDs. */
  token(): string;
  /** A UUIDv4. */
  uuid(): string;
}

const POOL_BYTES = 12 * 512;

/** Draws from a pool, because one system call per identifier costs more than the identifier. */
class PooledIds implements Ids {
  #pool = '';
  #offset = 0;

  token(): string {
    if (this.#offset >= this.#pool.length) {
      this.#pool = randomBytes(POOL_BYTES).toString('hex');
      this.#offset = 0;
    }
    const token = this.#pool.slice(this.#offset, this.#offset + 24);
    this.#offset += 24;
    return token;
  }

  uuid(): string {
    return randomUUID();
  }
}

export const createIds = (): Ids => new PooledIds();
