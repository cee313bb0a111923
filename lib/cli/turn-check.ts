/** Whether turns were given as the policy says: their numbers without gap or double, each start with whom it was due. */

export interface Turn {
  readonly number: number;
  readonly call: string;
  /** Who rang first. */
  readonly start: string;
  /** Of the group, when the turn was taken. */
  readonly version: number;
  /** Taken from memory while Redis was away: it began where that node had been. */
  readonly replayed: boolean;
}

/** What a version of the group says. */
export interface Setting {
  readonly policy: string;
  readonly members: readonly string[];
}

type FindingKind = 'gap' | 'double' | 'unfair' | 'cursor' | 'count' | 'record';

export interface Finding {
  readonly kind: FindingKind;
  readonly turn: number;
  readonly what: string;
}

/** What the group is now. */
interface Present {
  readonly version: number;
  readonly turns: number;
  readonly cursor: number;
}

/** Takes the turns in their order, and then the present. */
export class TurnCheck {
  readonly findings: Finding[] = [];
  readonly byNumber = new Map<number, Turn>();
  readonly starts = new Map<string, number>();
  readonly #byCall = new Map<string, number>();
  readonly #settings: ReadonlyMap<number, Setting>;
  #last: Turn | undefined;
  /** The member with whom the next circular turn is due: his place in the list; undefined where nobody can know. */
  #due: number | undefined;
  #unchecked = 0;

  /** @param settings by version of the group; one that is not known leaves starts unchecked */
  constructor(settings: ReadonlyMap<number, Setting>) {
    this.#settings = settings;
  }

  /** Turns whose start could not be judged. */
  get unchecked(): number {
    return this.#unchecked;
  }

  get first(): number {
    return this.byNumber.keys().next().value ?? 0;
  }

  get last(): number {
    return this.#last?.number ?? 0;
  }

  take(turn: Turn): void {
    this.#number(turn);
    this.#start(turn);
    this.byNumber.set(turn.number, turn);
    this.#byCall.set(turn.call, turn.number);
    this.#last = turn;
  }

  /** Says what is wrong between the turns and what the group counts. */
  end(present: Present): void {
    if (this.last !== present.turns) {
      this.#find(
        'count',
        this.last,
        `the group counts ${present.turns} turns, and the last one written is ${this.last}`,
      );
    }
    if (this.#last === undefined) return;
    this.#follow(this.#last.version, present.version);
    const setting = this.#settings.get(present.version);
    if (setting?.policy !== 'circular' || this.#due === undefined || setting.members.length === 0) return;
    const due = this.#due % setting.members.length;
    if (due === present.cursor) return;
    const [is, must] = [setting.members[present.cursor], setting.members[due]];
    this.#find('cursor', this.last, `the cursor is at ${is}, and ${must} is due next: was it set by hand?`);
  }

  find(kind: FindingKind, turn: number, what: string): void {
    this.#find(kind, turn, what);
  }

  #find(kind: FindingKind, turn: number, what: string): void {
    this.findings.push({ kind, turn, what });
  }

  #number({ number, call }: Turn): void {
    const before = this.#last?.number;
    const other = this.#byCall.get(call);
    if (other !== undefined) this.#find('double', number, `call ${call} has the turns ${other} and ${number}`);
    if (this.byNumber.has(number)) this.#find('double', number, `two turns have the number ${number}`);
    else if (before !== undefined && number < before) {
      this.#find('double', number, `turn ${number} was written behind turn ${before}`);
    } else if (before !== undefined && number > before + 1) {
      const missing = number - before - 1;
      const are = missing === 1 ? 'one turn is' : `${missing} turns are`;
      this.#find('gap', number, `${are} missing before turn ${number}`);
    }
  }

  #start(turn: Turn): void {
    if (!turn.replayed) this.starts.set(turn.start, (this.starts.get(turn.start) ?? 0) + 1);
    if (this.#last !== undefined) this.#follow(this.#last.version, turn.version);
    const setting = this.#settings.get(turn.version);
    if (setting === undefined || setting.members.length === 0) {
      this.#due = undefined;
      this.#unchecked += 1;
    } else if (setting.policy === 'circular') this.#circular(turn, setting.members);
    else this.#linear(turn, setting.members);
  }

  #linear({ number, start, replayed }: Turn, [top = '']: readonly string[]): void {
    if (!replayed && start !== top)
      this.#find('unfair', number, `turn ${number} began with ${start}, and ${top} is the first`);
  }

  #circular({ number, start, replayed }: Turn, members: readonly string[]): void {
    const due = this.#due === undefined ? undefined : this.#due % members.length;
    if (replayed) {
      this.#unchecked += 1;
      this.#due = due === undefined ? undefined : due + 1;
      return;
    }
    const at = members.indexOf(start);
    if (at < 0) this.#find('unfair', number, `turn ${number} began with ${start}, who is not in the group`);
    else if (due === undefined) this.#unchecked += 1;
    else if (at !== due)
      this.#find('unfair', number, `turn ${number} began with ${start}, and ${members[due]} was due`);
    this.#due = at < 0 ? undefined : at + 1;
  }

  /** The list changed: the turn stays with whom it was; if he has gone, with the next one who is still there. */
  #follow(from: number, to: number): void {
    for (let version = from; version < to && this.#due !== undefined; version++) {
      const old = this.#settings.get(version)?.members ?? [];
      const now = this.#settings.get(version + 1)?.members;
      if (now === undefined) this.#due = undefined;
      else this.#due = moved(old, now, this.#due);
    }
    if (to < from) this.#due = undefined;
  }
}

function moved(old: readonly string[], now: readonly string[], due: number): number {
  for (let i = 0; i < old.length; i++) {
    const at = now.indexOf(old[(due + i) % old.length] ?? '');
    if (at >= 0) return at;
  }
  return due;
}
