import { pairsOf } from '../store/flat.js';
import { chargesKey } from '../store/keys.js';
import type { ChargesRedis } from './audits.js';
import type { Correction } from './document.js';

/** What Redis keeps of charges: the closed months, piece by piece, and the corrections of open ones. */

/** A draft that nobody closes goes by itself. */
const DRAFT_SECONDS = 3600;

export interface NamedCorrection {
  /** Whoever sends one again by the same id sends the same one. */
  readonly id: string;
  readonly line: Correction;
}

export class ClosedMonths {
  readonly #redis: Pick<ChargesRedis, 'command' | 'fcall'>;

  constructor(redis: Pick<ChargesRedis, 'command' | 'fcall'>) {
    this.#redis = redis;
  }

  async has(month: string): Promise<boolean> {
    return (await this.#redis.command('EXISTS', [chargesKey(month)])) === 1;
  }

  /** The pieces of a closed month. */
  async *read(month: string): AsyncGenerator<string> {
    for (let at = 0; ; at++) {
      const piece = await this.#redis.command('LINDEX', [chargesKey(month), at]);
      if (typeof piece !== 'string') return;
      yield piece;
    }
  }

  /** Puts the pieces where `close` finds them. @returns the draft's name */
  async draft(month: string, name: string, pieces: AsyncIterable<string>): Promise<string> {
    const key = `${chargesKey(month)}:draft:${name}`;
    for await (const piece of pieces) {
      await this.#redis.command('RPUSH', [key, piece]);
      await this.#redis.command('EXPIRE', [key, DRAFT_SECONDS]);
    }
    return name;
  }

  /** Keeps a draft for good. @returns false where the month was closed before, which stays as it is */
  async close(month: string, draft: string, corrections: number): Promise<boolean> {
    return (await this.#redis.fcall('charges_close', chargesKey(month), [draft, corrections])) === 1;
  }

  /** In the order of their ids. */
  async corrections(month: string): Promise<readonly NamedCorrection[]> {
    const flat = (await this.#redis.command('HGETALL', [`${chargesKey(month)}:corrections`])) as
      | readonly string[]
      | Readonly<Record<string, string>>;
    const pairs = Array.isArray(flat) ? pairsOf(flat) : Object.entries(flat);
    return pairs
      .map(([id, text]) => ({ id, line: JSON.parse(text) as Correction }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** @returns false where there was one of that id before */
  async correct(month: string, { id, line }: NamedCorrection): Promise<boolean> {
    return (await this.#redis.fcall('charges_correct', chargesKey(month), [id, JSON.stringify(line)])) === 1;
  }
}
