/** A group's past as its audit tells it. */

/** An entry of the stream hunt:{P}:audit. `before` and `after` are the group as JSON, empty where there was none. */
export interface AuditEntry {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly before: string;
  readonly after: string;
}

/** What decides about a charge. */
export interface GroupState {
  readonly enabled: boolean;
  readonly plan: string;
  /** Empty: nobody is named. */
  readonly owner: string;
}

/** From `at` on the group is so; undefined: there is none. */
export interface Change {
  readonly at: number;
  readonly state: GroupState | undefined;
}

export interface History {
  /** In the order of time. */
  readonly changes: readonly Change[];
  /** Ids of entries that somebody wrote by hand and nobody can read. */
  readonly unreadable: readonly string[];
}

interface Document {
  readonly state: GroupState | undefined;
  /** When the group was made, where that was written down. */
  readonly since: number | undefined;
}

const NO_GROUP: Document = { state: undefined, since: undefined };
const WHOLE = /^\d{1,15}$/;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Undefined: that is no group. */
function read(text: string): Document | undefined {
  if (text === '') return NO_GROUP;
  let group: unknown;
  try {
    group = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof group !== 'object' || group === null || Array.isArray(group)) return undefined;
  const { enabled, plan, owner, since } = group as Readonly<Record<string, unknown>>;
  return {
    state: { enabled: enabled === 'yes', plan: textOf(plan), owner: textOf(owner) },
    since: WHOLE.test(textOf(since)) ? Number(since) : undefined,
  };
}

/**
 * @param entries in the order of time
 * @param isWhole whether the first of them is the first of the audit at all. A group that it found is older than the audit, and has
 * been so since it was made; where nobody wrote that down, it counts from the entry on.
 */
export function historyOf(entries: readonly AuditEntry[], isWhole: boolean): History {
  const changes: Change[] = [];
  const unreadable: string[] = [];
  for (const { id, at, before, after } of entries) {
    const next = read(after);
    const last = isWhole && changes.length === 0 ? read(before) : NO_GROUP;
    if (next === undefined || last === undefined) {
      unreadable.push(id);
      continue;
    }
    if (last.since !== undefined && last.since < at) changes.push({ at: last.since, state: last.state });
    changes.push({ at, state: next.state });
  }
  return { changes, unreadable };
}
