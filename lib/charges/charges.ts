import { CodedError } from '../base/errors.js';
import type { Ids } from '../base/ids.js';
import { isOfOneKey } from '../store/errors.js';
import { auditKey } from '../store/keys.js';
import { groupsOf } from '../store/scan.js';
import { type ChargesRedis, notice, readHistory } from './audits.js';
import { ClosedMonths, type NamedCorrection } from './closing.js';
import { type Correction, documentOf, type Line, linesOf } from './document.js';
import { type Fee, type FeeRules, feesOf, unpricedPlans } from './fees.js';
import type { History } from './history.js';
import { isMonthName, type Month, monthNameAt, monthOf } from './month.js';

interface ChargesOptions extends FeeRules {
  readonly redis: ChargesRedis;
  readonly ids: Ids;
  /** The operator's: his months begin and end there. */
  readonly timeZone: string;
  /** Milliseconds since 1970, by Redis's clock. */
  now(): number;
}

export interface MonthOfCharges {
  readonly isClosed: boolean;
  /** Of the document: jsonOf and csvOf print them. A month has the same before and after it is closed. */
  readonly pieces: AsyncIterable<string>;
}

interface WantedCorrection {
  /** The closed month. */
  readonly of: string;
  readonly group: string;
  /** Absent: who pays for the group in that month. */
  readonly owner?: string | null;
  /** With a sign, never 0. */
  readonly cents: number;
  readonly reason: string;
  /** An open month; absent: the one that runs. */
  readonly into?: string;
  /** Absent: what is said above, so that the same words twice are one correction. */
  readonly id?: string;
}

/** `unreadable`: an entry of an audit that was written by hand; `unpriced`: a group was in use with a plan that had no price. */
export interface Doubt {
  readonly kind: 'unreadable' | 'unpriced';
  readonly group: string;
  /** What it is, and what is to be done. */
  readonly text: string;
}

type Tell = (doubt: Doubt) => void;

/** Groups that are read at once. */
const AT_ONCE = 32;

const refused = (text: string): CodedError => new CodedError('CHARGES_REFUSED', text);

/** What every group costs its owner, month by month: the front door. */
export class Charges {
  readonly #options: ChargesOptions;
  readonly #closed: ClosedMonths;

  constructor(options: ChargesOptions) {
    this.#options = options;
    this.#closed = new ClosedMonths(options.redis);
  }

  /**
   * A month's charges: those that were closed, or what they are by now. Throws CHARGES_REFUSED for a month that is none, or has not
   * begun. @param doubt is told what somebody ought to look at, while the pieces are made
   */
  async month(name: string, doubt: Tell): Promise<MonthOfCharges> {
    const month = this.#begun(name);
    if (await this.#closed.has(name)) return { isClosed: true, pieces: this.#closed.read(name) };
    const corrections = await this.#closed.corrections(name);
    return { isClosed: false, pieces: this.#document(month, corrections, doubt) };
  }

  /**
   * Closes a month that is over: from then on it is what it is. Any number may close it, also at once, and all get the same.
   * Throws CHARGES_REFUSED for a month that is not over, and where an audit cannot be read.
   */
  async close(name: string, doubt: Tell): Promise<MonthOfCharges> {
    const month = this.#begun(name);
    if (month.end > this.#now) throw refused(`${name} is not over: it ends at ${new Date(month.end).toISOString()}`);
    if (!(await this.#closed.has(name))) await this.#close(month, doubt);
    return { isClosed: true, pieces: this.#closed.read(name) };
  }

  /**
   * Corrects a closed month by a line in an open one. Throws CHARGES_REFUSED where that makes no sense.
   * @returns false where the very same correction was there before
   */
  async correct(wanted: WantedCorrection): Promise<boolean> {
    const into = wanted.into ?? monthNameAt(this.#now, this.#options.timeZone);
    this.#begun(into);
    checkCorrection(wanted);
    const { of, group, cents, reason } = wanted;
    if (!(await this.#closed.has(this.#begun(of).name)))
      throw refused(`${of} is not closed: nothing of it needs a correction`);
    const owner = wanted.owner === undefined ? await this.#ownerIn(of, group) : wanted.owner;
    const line: Correction = { kind: 'correction', of, group, owner, cents, reason };
    return this.#closed.correct(into, { id: wanted.id ?? JSON.stringify([of, group, owner, cents, reason]), line });
  }

  get #now(): number {
    return this.#options.now();
  }

  #begun(name: string): Month {
    if (!isMonthName(name)) throw refused(`"${name}" is no month: write it as 2026-11`);
    const month = monthOf(name, this.#options.timeZone);
    if (month.start > this.#now) throw refused(`${name} has not begun`);
    return month;
  }

  async #close(month: Month, doubt: Tell): Promise<void> {
    const corrections = await this.#closed.corrections(month.name);
    let unreadable = 0;
    const counted: Tell = (one) => {
      if (one.kind === 'unreadable') unreadable += 1;
      doubt(one);
    };
    const draft = await this.#closed.draft(
      month.name,
      this.#options.ids.token(),
      this.#document(month, corrections, counted),
    );
    if (unreadable > 0) throw refused(`${month.name} stays open: ${unreadable} entries or audits cannot be read`);
    await this.#closed.close(month.name, draft, corrections.length);
  }

  #document(month: Month, corrections: readonly NamedCorrection[], doubt: Tell): AsyncGenerator<string> {
    return documentOf(month, this.#options.prices.currency, this.#lines(month, corrections, doubt));
  }

  async *#lines(month: Month, corrections: readonly NamedCorrection[], doubt: Tell): AsyncGenerator<Line> {
    const groups = await groupsOf(this.#options.redis);
    for (let at = 0; at < groups.length; at += AT_ONCE) {
      const some = groups.slice(at, at + AT_ONCE);
      for (const fees of await Promise.all(some.map((group) => this.#feesOf(group, month, doubt)))) yield* fees;
    }
    for (const { line } of corrections) yield line;
  }

  async #feesOf(group: string, month: Month, doubt: Tell): Promise<readonly Fee[]> {
    const history = await this.#historyOf(group, month, doubt);
    if (history === undefined) return [];
    const { changes, unreadable } = history;
    for (const id of unreadable) {
      doubt({ kind: 'unreadable', group, text: `the entry ${id} of ${auditKey(group)} cannot be read: XDEL it` });
    }
    for (const plan of unpricedPlans(changes, month, this.#options.prices)) {
      const text = `${group} was in use with the plan "${plan}", which had no price then: give it one, or the group another plan`;
      doubt({ kind: 'unpriced', group, text });
    }
    return feesOf(group, changes, month, this.#options);
  }

  /** Undefined where a key of the group is not what it must be: that is a matter of this group alone. */
  async #historyOf(group: string, month: Month, doubt: Tell): Promise<History | undefined> {
    const { redis } = this.#options;
    try {
      await notice(redis, group);
      return await readHistory(redis, group, month);
    } catch (thrown) {
      if (!isOfOneKey(thrown)) throw thrown;
      doubt({
        kind: 'unreadable',
        group,
        text: `${group} cannot be read: ${thrown.message}; FCALL hunt_check says what is wrong`,
      });
      return undefined;
    }
  }

  /** Who pays for the group in a closed month; null where that is nobody, or more than one. */
  async #ownerIn(month: string, group: string): Promise<string | null> {
    const owners = new Set<string | null>();
    for await (const rows of linesOf(this.#closed.read(month))) {
      for (const row of rows) if (row.group === group) owners.add(row.owner);
    }
    const [owner = null, ...others] = owners;
    if (others.length > 0)
      throw refused(`${group} has several owners in ${month}: name one of ${[...owners].join(', ')}`);
    return owner;
  }
}

const LONGEST_REASON = 200;
const MOST_CENTS = 100_000_000;

function checkCorrection({ cents, reason, group, owner }: WantedCorrection): void {
  if (!Number.isSafeInteger(cents) || cents === 0 || Math.abs(cents) > MOST_CENTS) {
    throw refused('a correction is a whole number of cents with a sign, and not 0');
  }
  if (reason.trim() === '' || reason.length > LONGEST_REASON || /\p{Cc}/u.test(reason)) {
    throw refused(`a correction has a reason, of at most ${LONGEST_REASON} characters`);
  }
  if (!/^\+[1-9]\d{6,14}$/.test(group)) throw refused(`"${group}" is no group: write its number in E.164`);
  if (owner !== undefined && owner !== null && (owner === '' || owner.length > 64))
    throw refused('an owner has 1 to 64 characters');
}
