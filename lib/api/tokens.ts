/** The secrets that let somebody in. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Identity, Role } from './roles.js';

/** As configured: the secret itself, or its SHA-256 in hexadecimal. */
export interface Token {
  readonly name: string;
  readonly role: Role;
  readonly secret?: string | undefined;
  readonly sha256?: string | undefined;
}

const digestOf = (secret: string): Buffer => createHash('sha256').update(secret, 'utf8').digest();

interface Known {
  readonly identity: Identity;
  readonly digest: Buffer;
}

export class Tokens {
  readonly #known: readonly Known[];

  constructor(tokens: readonly Token[]) {
    this.#known = tokens.map(({ name, role, secret, sha256 }) => ({
      identity: { name, role },
      digest: sha256 === undefined ? digestOf(secret ?? '') : Buffer.from(sha256, 'hex'),
    }));
  }

  /** Whose secret it is. Takes as long for any: digests are compared, each of them, to their last byte. */
  find(secret: string): Identity | undefined {
    const digest = digestOf(secret);
    let found: Identity | undefined;
    for (const one of this.#known) if (timingSafeEqual(one.digest, digest)) found = one.identity;
    return found;
  }

  /** By its name: whoever has come in keeps the role that the configuration says now. */
  named(name: string): Identity | undefined {
    return this.#of(name)?.identity;
  }

  /** By which a token is told from a later one of its name: says nothing of the secret. Undefined: there is no such name. */
  markOf(name: string): string | undefined {
    const known = this.#of(name);
    return known && createHash('sha256').update('mark').update(known.digest).digest('base64url');
  }

  #of(name: string): Known | undefined {
    return this.#known.find(({ identity }) => identity.name === name);
  }
}

/** RFC 6750 §2.1; the scheme in any case (RFC 9110 §11.1). Undefined: it is something else. */
export const bearerOf = (authorization: string): string | undefined =>
  /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization)?.[1];
