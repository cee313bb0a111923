/** From acts to the state: what each of them changes, and whether a purpose is allowed by what came of it. Pure. */
import type { Act } from './act.js';
import { type ConsentCatalogue, isRetired, nameOfNotice, oldestValid, partsOf, purposeOf } from './catalogue.js';

export type Decision = 'served' | 'granted' | 'denied' | 'withdrawn' | 'objected';

/** The last word on one purpose over one channel. */
export interface Entry {
  readonly decision: Decision;
  /** The act's receipt, as all times here ISO 8601 in UTC. */
  readonly at: string;
  /** From when on it has been so without a break: a grant that is renewed in time goes on. */
  readonly since: string;
  readonly until: string | null;
  /** `offers@1:lv` */
  readonly notice: string | null;
  readonly seq: number;
}

/** What is known of a person: the fold of all his acts. */
export interface Folded {
  readonly seq: number;
  readonly head: string;
  /** The last act's receipt; empty before the first. */
  readonly at: string;
  /** Since when nothing may be done with what is kept. */
  readonly restricted: string | null;
  readonly erased: string | null;
  /** The number has another holder since then. */
  readonly closed: string | null;
  readonly entries: Readonly<Record<string, Entry>>;
}

export const NOBODY: Folded = {
  seq: 0,
  head: '',
  at: '',
  restricted: null,
  erased: null,
  closed: null,
  entries: {},
};

const DECISIONS = { grant: 'granted', deny: 'denied', withdraw: 'withdrawn', object: 'objected' } as const;
const isDecision = (act: Act['act']): act is keyof typeof DECISIONS => Object.hasOwn(DECISIONS, act);

/** @param head SHA-256 of the act's canonical text */
export function fold(before: Folded, act: Act, head: string): Folded {
  const after = { ...before, seq: act.seq, head, at: act.at };
  if (act.act === 'restrict') return { ...after, restricted: act.lift ? null : act.at };
  if (act.act === 'erase') {
    return { ...after, entries: {}, erased: act.at, closed: act.cause === 'reassigned' ? act.at : before.closed };
  }
  if (act.act === 'correct') return after;
  const entries = { ...before.entries };
  for (const pair of act.pairs) entries[pair] = entryOf(before.entries[pair], act);
  return { ...after, entries };
}

function entryOf(before: Entry | undefined, act: Act): Entry {
  // Who is shown a notice has decided nothing: what he said before stays, but for a grant that is over.
  if (!isDecision(act.act)) {
    const isOver = before?.decision === 'granted' && before.until !== null && before.until <= act.at;
    if (before !== undefined && !isOver && before.decision !== 'served') return before;
    return { ...plain(act), decision: 'served' };
  }
  const decision = DECISIONS[act.act];
  const goesOn = before?.decision === decision && (before.until === null || before.until > act.at);
  return { ...plain(act), decision, since: goesOn ? before.since : act.at, until: act.until ?? null };
}

const plain = (act: Act): Omit<Entry, 'decision'> => ({
  at: act.at,
  since: act.at,
  until: null,
  notice: act.notice === undefined ? null : nameOfNotice(act.notice),
  seq: act.seq,
});

/** As CAMARA Consent Info words it, as far as this register knows such a state. */
export type Reason = 'PENDING' | 'REQUESTED' | 'DENIED' | 'EXPIRED' | 'OBJECTED';
/** No such purpose, or nobody known. */
export type Unsaid = 'UNKNOWN';

/** Why a purpose is not allowed over a channel at that moment (milliseconds since 1970); undefined: it is. */
export function whyNot(
  catalogue: ConsentCatalogue,
  folded: Pick<Folded, 'seq' | 'restricted' | 'closed'>,
  pair: string,
  entry: Entry | undefined,
  moment: number,
): Reason | Unsaid | undefined {
  const { purpose: id, channel } = partsOf(pair);
  const purpose = purposeOf(catalogue, id);
  if (purpose === undefined || !purpose.notices.some(({ channels }) => channels.includes(channel))) return 'UNKNOWN';
  if (folded.seq === 0 || folded.closed !== null) return 'UNKNOWN';
  if (folded.restricted !== null) return 'OBJECTED';
  if (entry === undefined) return 'PENDING';
  if (entry.decision === 'served') return 'REQUESTED';
  if (entry.decision === 'objected') return 'OBJECTED';
  if (entry.decision !== 'granted') return 'DENIED';
  if (entry.until !== null && Date.parse(entry.until) <= moment) return 'EXPIRED';
  if (isRetired(purpose, moment)) return 'EXPIRED';
  // A notice that is not read as one is none.
  const version = Number(/@(\d+):/.exec(entry.notice ?? '')?.[1] ?? Number.NaN);
  return version >= oldestValid(purpose, moment) ? undefined : 'PENDING';
}
