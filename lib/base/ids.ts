import { randomFillSync } from 'node:crypto';

/** Source of unguessable identifiers (RFC 3261 §19.3: tags and branches are cryptographically random, at least 32 bits). */
export interface Ids {
  /** A lower-case token of 96 random bits, safe in tags, branches and Call-IDs. */
  token(): string;
  /** A UUIDv4. */
  uuid(): string;
}

const TOKEN_BYTES = 12;
const UUID_BYTES = 16;
const POOL_BYTES = 512 * TOKEN_BYTES;

const HEX_CODES = Buffer.from('0123456789abcdef', 'latin1');
/** Where each byte of a UUID stands in its text. */
const UUID_PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/**
 * Draws from a pool, because one system call per identifier costs more than the identifier. The pool is bytes and no text: a
 * slice of a text keeps all of it in memory, for as long as the call that was named by the slice.
 */
class PooledIds implements Ids {
  readonly #pool = Buffer.allocUnsafeSlow(POOL_BYTES);
  readonly #uuid = Buffer.from('00000000-0000-0000-0000-000000000000', 'latin1');
  #next = POOL_BYTES;

  token(): string {
    const from = this.#draw(TOKEN_BYTES);
    return this.#pool.toString('hex', from, from + TOKEN_BYTES);
  }

  /** As randomUUID(), which leaves eight times the garbage. */
  uuid(): string {
    const from = this.#draw(UUID_BYTES);
    const pool = this.#pool;
    // RFC 9562 §5.4: version and variant
    pool[from + 6] = ((pool[from + 6] as number) & 0x0f) | 0x40;
    pool[from + 8] = ((pool[from + 8] as number) & 0x3f) | 0x80;
    for (let i = 0; i < UUID_BYTES; i++) {
      const byte = pool[from + i] as number;
      const at = UUID_PLACES[i] as number;
      this.#uuid[at] = HEX_CODES[byte >> 4] as number;
      this.#uuid[at + 1] = HEX_CODES[byte & 0x0f] as number;
    }
    return this.#uuid.toString('latin1');
  }

  /** Where that many fresh bytes begin in the pool. */
  #draw(bytes: number): number {
    if (this.#next + bytes > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#next = 0;
    }
    const from = this.#next;
    this.#next += bytes;
    return from;
  }
}

export const createIds = (): Ids => new PooledIds();
