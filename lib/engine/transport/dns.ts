import { lookup, Resolver as SystemResolver } from 'node:dns/promises';
import type { Clock } from '../../base/clock.js';

export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** Empty records: there is no such name. `ttl`: seconds, where the answer tells. */
export interface Answer<Item> {
  readonly records: readonly Item[];
  readonly ttl?: number;
}

/** The DNS as the resolver uses it. A rejection means that it could not be asked, never that a name does not exist. */
export interface Dns {
  srv(name: string): Promise<Answer<SrvRecord>>;
  addresses(name: string, family: 4 | 6): Promise<Answer<string>>;
  /** The way of the operating system, which reads /etc/hosts. */
  hosts(name: string): Promise<Answer<string>>;
}

const NO_SUCH_NAME = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NODATA']);

/**
 * The name servers of the system, or those given.
 * @param servers addresses such as `127.0.0.1:53`
 * @param timeout milliseconds for each of two tries
 */
export function createDns(servers: readonly string[] = [], timeout = 1500): Dns {
  const resolver = new SystemResolver({ timeout, tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  return {
    srv: (name) => orEmpty(resolver.resolveSrv(name).then((records) => ({ records }))),
    addresses: (name, family) => {
      const asked = family === 4 ? resolver.resolve4(name, { ttl: true }) : resolver.resolve6(name, { ttl: true });
      return orEmpty(
        asked.then((found) => ({
          records: found.map(({ address }) => address),
          ttl: Math.min(...found.map(({ ttl }) => ttl)),
        })),
      );
    },
    hosts: (name) =>
      orEmpty(lookup(name, { all: true }).then((found) => ({ records: found.map(({ address }) => address) }))),
  };
}

async function orEmpty<Item>(asked: Promise<Answer<Item>>): Promise<Answer<Item>> {
  try {
    return await asked;
  } catch (error) {
    if (NO_SUCH_NAME.has((error as NodeJS.ErrnoException).code ?? '')) return { records: [] };
    throw error;
  }
}

interface Entry<Item> {
  readonly answer: Promise<readonly Item[]>;
  /** Milliseconds of the clock; infinite while the answer is awaited. */
  expires: number;
  /** Why an old answer is believed once more. */
  failure?: unknown;
}

/** How long what was learnt from several answers holds, and whether all of them are fresh. */
export class Validity {
  /** Milliseconds of the clock at which the first of them is over. */
  expires = Number.POSITIVE_INFINITY;
  /** Why DNS could not be asked for one of them, which is an old one. */
  failure: unknown;

  add(expires: number, failure?: unknown): void {
    this.expires = Math.min(this.expires, expires);
    this.failure ??= failure;
  }
}

export interface CacheLimits {
  readonly entries: number;
  /** The longest time, in seconds, that an answer is believed, whatever its TTL. */
  readonly seconds: number;
}

/** Node does not tell the TTL of SRV records. */
const UNKNOWN_TTL_S = 60;
/** How long "no such name" holds, and how long an old answer is believed once more when DNS cannot be asked (RFC 8767). */
const NOTHING_S = 5;
export const STALE_S = 30;

/** Answers by question, until their TTL ends. Questions asked at the same time share one query. */
export class DnsCache<Item> {
  readonly #clock: Clock;
  readonly #limits: CacheLimits;
  readonly #entries = new Map<string, Entry<Item>>();

  constructor(clock: Clock, limits: CacheLimits = { entries: 1000, seconds: 300 }) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** @param used learns how long the answer holds */
  get(question: string, ask: () => Promise<Answer<Item>>, used?: Validity): Promise<readonly Item[]> {
    const known = this.#entries.get(question);
    const isValid = known !== undefined && this.#clock.now() < known.expires;
    const entry = isValid ? known : this.#renew(question, ask, known);
    if (used === undefined) return entry.answer;
    return entry.answer.then((records) => {
      // That there is no SRV or AAAA record is seldom what changes.
      const least = records.length > 0 ? 0 : this.#clock.now() + UNKNOWN_TTL_S * 1000;
      used.add(Math.max(entry.expires, least), entry.failure);
      return records;
    });
  }

  #renew(question: string, ask: () => Promise<Answer<Item>>, known: Entry<Item> | undefined): Entry<Item> {
    const entry: Entry<Item> = { answer: this.#ask(question, ask, known), expires: Number.POSITIVE_INFINITY };
    this.#entries.delete(question);
    this.#entries.set(question, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limits.entries) break;
      this.#entries.delete(oldest);
    }
    return entry;
  }

  async #ask(question: string, ask: () => Promise<Answer<Item>>, known: Entry<Item> | undefined) {
    try {
      const { records, ttl = UNKNOWN_TTL_S } = await ask();
      this.#expire(question, records.length === 0 ? NOTHING_S : Math.min(ttl, this.#limits.seconds));
      return records;
    } catch (error) {
      if (known === undefined) this.#entries.delete(question);
      else this.#expire(question, STALE_S, error);
      if (known !== undefined) return known.answer;
      throw error;
    }
  }

  #expire(question: string, seconds: number, failure?: unknown): void {
    const entry = this.#entries.get(question);
    if (entry === undefined) return;
    entry.expires = this.#clock.now() + seconds * 1000;
    entry.failure = failure;
  }
}
