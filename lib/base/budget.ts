/**
 * How far a source may go beyond what is free: alone it gets four fifths of all, ten that want all get a tenth each and a fortieth
 * stays free for whoever comes next. As switches share their memory between queues (Choudhury and Hahne, "Dynamic Queue Length
 * Thresholds", 1998): no table of shares, and nobody is cut short while there is room.
 */
const SHARE = 4;
/** One thing takes no more than this part of what its source may still have: the costliest are refused first. */
const PART = 64;

export interface BudgetRules {
  readonly share: number;
  readonly part: number;
}

/** Bytes that wait or rest on behalf of others, in all and for each source. Whoever holds some says how many. */
export class Budget {
  readonly limit: number;
  #used = 0;
  readonly #accounts = new Map<string, Account>();

  readonly #rules: BudgetRules;

  /** @param limit in bytes, or whatever is counted */
  constructor(limit = Number.MAX_SAFE_INTEGER, rules: BudgetRules = { share: SHARE, part: PART }) {
    this.limit = limit;
    this.#rules = rules;
  }

  get used(): number {
    return this.#used;
  }

  /** How many sources hold something. */
  get accounts(): number {
    return this.#accounts.size;
  }

  /** More than half is used: {@link admits} is worth asking. */
  get isTight(): boolean {
    return this.#used * 2 > this.limit;
  }

  /** Whether something new of that source may be held. */
  admits(source: string, bytes: number): boolean {
    if (!this.isTight) return true;
    const { share, part } = this.#rules;
    const allowed = share * (this.limit - this.#used) - (this.#accounts.get(source)?.used ?? 0);
    return bytes * part <= allowed;
  }

  /** Holds them for that source, admitted or not, until they are given back to its account. */
  charge(source: string, bytes: number): Account {
    let account = this.#accounts.get(source);
    if (account === undefined) {
      account = new Account(this, source);
      this.#accounts.set(source, account);
    }
    account.change(bytes);
    return account;
  }

  /** For {@link Account}. */
  changed(account: Account, bytes: number): void {
    this.#used += bytes;
    if (account.used === 0) this.#accounts.delete(account.source);
  }
}

/** What one source holds. Kept only by who holds some of it. */
export class Account {
  readonly source: string;
  readonly #budget: Budget;
  #used = 0;

  constructor(budget: Budget, source: string) {
    this.#budget = budget;
    this.source = source;
  }

  get used(): number {
    return this.#used;
  }

  /** Whether so many more may be held. */
  admits(bytes: number): boolean {
    return this.#budget.admits(this.source, bytes);
  }

  /** So many more are held; fewer, where it is negative. Always more than none in the end, but for the last that is given back. */
  change(bytes: number): void {
    this.#used += bytes;
    this.#budget.changed(this, bytes);
  }
}
