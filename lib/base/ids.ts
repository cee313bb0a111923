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
/** So many of a kind are made at a time, while the code for them is warm: one by one they cost several times as much. */
const AT_ONCE = 64;

const HEX_CODES = Buffer.from('0123456789abcdef', 'latin1');
/** Where each byte of a UUID stands in its text. */
const UUID_PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/**
 * Many at once of the same bytes, because one system call per identifier costs more than the identifier. Each is a text of its own: a
 * slice of one text keeps all of it in memory, for as long as the call that was named by the slice.
 */
class PooledIds implements Ids {
  readonly #random = Buffer.allocUnsafeSlow(AT_ONCE * UUID_BYTES);
  readonly #uuid = Buffer.from('00000000-0000-0000-0000-000000000000', 'latin1');
  readonly #tokens = new Array<string>(AT_ONCE).fill('');
  readonly #uuids = new Array<string>(AT_ONCE).fill('');
  #nextToken = AT_ONCE;
  #nextUuid = AT_ONCE;

  token(): string {
    if (this.#nextToken === AT_ONCE) this.#makeTokens();
    return this.#tokens[this.#nextToken++] as string;
  }

  uuid(): string {
    if (this.#nextUuid === AT_ONCE) this.#makeUuids();
    return this.#uuids[this.#nextUuid++] as string;
  }

  #makeTokens(): void {
    const random = randomFillSync(this.#random);
    for (let i = 0; i < AT_ONCE; i++) this.#tokens[i] = random.toString('hex', i * TOKEN_BYTES, (i + 1) * TOKEN_BYTES);
    this.#nextToken = 0;
  }

  #makeUuids(): void {
    randomFillSync(this.#random);
    for (let i = 0; i < AT_ONCE; i++) this.#uuids[i] = this.#uuidAt(i * UUID_BYTES);
    this.#nextUuid = 0;
  }

  /** As randomUUID(), which leaves eight times the garbage. */
  #uuidAt(from: number): string {
    const random = this.#random;
    // RFC 9562 §5.4: version and variant
    random[from + 6] = ((random[from + 6] as number) & 0x0f) | 0x40;
    random[from + 8] = ((random[from + 8] as number) & 0x3f) | 0x80;
    for (let i = 0; i < UUID_BYTES; i++) {
      const byte = random[from + i] as number;
      const at = UUID_PLACES[i] as number;
      this.#uuid[at] = HEX_CODES[byte >> 4] as number;
      this.#uuid[at + 1] = HEX_CODES[byte & 0x0f] as number;
    }
    return this.#uuid.toString('latin1');
  }
}

export const createIds = (): Ids => new PooledIds();
