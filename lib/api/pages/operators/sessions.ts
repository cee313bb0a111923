/** Who has signed in to the operators' pages: in Redis, known there by digests alone, so that any node knows him. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Asked } from '../../../lookups/redis.js';
import { operatorSessionKey } from '../../../store/keys.js';
import type { Identity } from '../../roles.js';
import type { Tokens } from '../../tokens.js';

/** A working day; there is no longer one. */
const LIFE_SECONDS = 8 * 3600;
const ID = /^[\w-]{43}$/;

const digestOf = (id: string): string => createHash('sha256').update(id).digest('base64url');

/** All reject with StoreError. */
export class Sessions {
  readonly #tokens: Tokens;

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  /** @returns its id, for the browser alone */
  async begin(redis: Asked, who: Identity): Promise<string> {
    const id = randomBytes(32).toString('base64url');
    const value = `${this.#tokens.markOf(who.name)} ${who.name}`;
    await redis.command('SET', [operatorSessionKey(digestOf(id)), value, 'EX', LIFE_SECONDS]);
    return id;
  }

  /** Undefined: there is none, or its token is another one by now. The role is the one that the token has now. */
  async find(redis: Asked, id: string): Promise<Identity | undefined> {
    if (!ID.test(id)) return undefined;
    const value = (await redis.command('GET', [operatorSessionKey(digestOf(id))])) as string | null;
    const [, mark, name = ''] = /^(\S+) (.+)$/.exec(value ?? '') ?? [];
    return mark !== undefined && mark === this.#tokens.markOf(name) ? this.#tokens.named(name) : undefined;
  }

  async end(redis: Asked, id: string): Promise<void> {
    if (ID.test(id)) await redis.command('DEL', [operatorSessionKey(digestOf(id))]);
  }
}

/** Stands in the forms of a session: another site cannot know it. */
export const formTokenOf = (id: string): string => createHmac('sha256', id).update('form').digest('base64url');

export function isFormToken(id: string, given: unknown): boolean {
  const wanted = Buffer.from(formTokenOf(id));
  const got = Buffer.from(typeof given === 'string' ? given : '');
  return got.length === wanted.length && timingSafeEqual(got, wanted);
}
