import type { Clock, Timer } from '../base/clock.js';
import { Recent } from '../base/recent.js';
import type { Answer } from './transport/dns.js';

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

/** The system's own look-up tells none. */
const UNKNOWN_TTL_S = 60;
/** How long "no such name" holds. */
const NOTHING_S = 5;
/** RFC 8767 §5: when DNS cannot be asked, it is not asked again before. */
export const STALE_S = 30;
/** RFC 8767 §5: how long an old answer serves when there is no newer one. */
const LONGEST_STALE_MS = 86_400_000;
/** RFC 9520 §3.2: as the former two, where there has never been an answer. */
const FAILED_S = 2;
const LONGEST_FAILED_MS = 30_000;
/** RFC 8767 §5: how long a new answer is waited for where there is an old one. A call is waiting. */
const PATIENCE_MS = 200;

/** What DNS has said to one question, and whether it is being asked again. */
class Entry<Item> {
  /** The last answer, until it is too old. */
  records: readonly Item[] | undefined;
  recordsUntil = Number.NEGATIVE_INFINITY;
  /** Why the last look-up has failed. */
  failure: unknown;
  /** Milliseconds of the clock: nobody asks before. */
  expires = Number.NEGATIVE_INFINITY;
  asked = Number.NEGATIVE_INFINITY;
  /** The look-up that is under way; never rejects. */
  pending: Promise<void> | undefined;
  /** As {@link pending}, but no longer than the patience. */
  soon: Promise<void> | undefined;

  /** Whether what was learnt last is better than waiting. */
  isUsable(now: number): boolean {
    if (this.records !== undefined) return now < this.recordsUntil;
    return this.failure !== undefined && now < this.expires + LONGEST_FAILED_MS;
  }
}

/**
 * Answers by question, until their TTL ends; from then on DNS is asked again, and while it keeps silent the last answer counts
 * (RFC 8767). Questions asked at the same time share one query.
 */
export class DnsCache<Item> {
  readonly #clock: Clock;
  readonly #limits: CacheLimits;
  readonly #entries: Recent<Entry<Item>>;

  constructor(clock: Clock, limits: CacheLimits = { entries: 1000, seconds: 300 }) {
    this.#clock = clock;
    this.#limits = limits;
    this.#entries = new Recent(limits.entries);
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Rejects when DNS could not be asked and never has answered.
   * @param used learns how long the answer holds; who wants to know it waits for DNS
   */
  async get(question: string, ask: () => Promise<Answer<Item>>, used?: Validity): Promise<readonly Item[]> {
    const entry = this.#entries.get(question, () => new Entry<Item>());
    const now = this.#clock.now();
    if (now >= entry.expires) entry.pending ??= this.#look(entry, ask);
    if (entry.pending !== undefined) {
      if (used !== undefined || !entry.isUsable(now)) await entry.pending;
      else if (entry.failure === undefined && now < entry.asked + PATIENCE_MS) await this.#soon(entry, entry.pending);
    }
    const { records } = entry;
    if (records === undefined) throw entry.failure;
    // That there is no SRV or AAAA record is seldom what changes.
    const least = records.length > 0 ? 0 : this.#clock.now() + UNKNOWN_TTL_S * 1000;
    used?.add(Math.max(entry.expires, least), entry.failure);
    return records;
  }

  #soon(entry: Entry<Item>, pending: Promise<void>): Promise<void> {
    entry.soon ??= new Promise((resolve) => {
      const timer: Timer = this.#clock.after(PATIENCE_MS, resolve);
      void pending.then(() => {
        timer.cancel();
        resolve();
      });
    });
    return entry.soon;
  }

  async #look(entry: Entry<Item>, ask: () => Promise<Answer<Item>>): Promise<void> {
    entry.asked = this.#clock.now();
    let seconds: number;
    try {
      const { records, ttl = UNKNOWN_TTL_S } = await ask();
      entry.records = records;
      entry.failure = undefined;
      seconds = records.length === 0 ? NOTHING_S : Math.min(ttl, this.#limits.seconds);
      entry.recordsUntil = this.#clock.now() + seconds * 1000 + LONGEST_STALE_MS;
    } catch (error) {
      entry.failure = error ?? new Error('DNS cannot be asked');
      if (this.#clock.now() >= entry.recordsUntil) entry.records = undefined;
      seconds = entry.records === undefined ? FAILED_S : STALE_S;
    }
    entry.expires = this.#clock.now() + seconds * 1000;
    entry.pending = undefined;
    entry.soon = undefined;
  }
}
