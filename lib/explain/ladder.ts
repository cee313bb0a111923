/** The rows of a ladder: messages, and what the machines made of them. Pure. */
import type { CallRecord } from '../store/types.js';
import { isMessage, type KeptRow, type KeptStep, type KeptTrace } from '../trace/kept-trace.js';
import type { Language } from './language.js';
import { CALLER, type Message, messageOf, messagesOfRecord, partyOf, SERVICE } from './messages.js';

/** A column. */
export interface Party {
  /** `caller`, `service`, or the member as the explanation names it. */
  readonly id: string;
  readonly name: string;
}

/** A message where `from` is there; else something that the service noted of the party `of`. */
export interface LadderRow {
  /** Milliseconds since the call began. */
  readonly at: number;
  readonly from?: string;
  readonly to?: string;
  /** `INVITE`, `180 INVITE`, or what was noted. */
  readonly label: string;
  /** How many times it came, or was sent. */
  readonly times?: number;
  readonly body?: boolean;
  readonly of?: string;
}

interface Ladder {
  readonly parties: readonly Party[];
  readonly rows: readonly LadderRow[];
}

export function ladderOf(
  record: CallRecord,
  trace: KeptTrace | undefined,
  language: Language,
  nameOf: (party: string) => string,
): Ladder {
  const rows = trace === undefined ? [] : ofTrace(record, trace, language, nameOf);
  // A drachtio-server beside us keeps its messages to itself.
  const isSilent = !rows.some(({ from }) => from !== undefined);
  const all = isSilent
    ? merged(
        messagesOfRecord(record).map((one) => rowOf(one, nameOf)),
        rows,
      )
    : rows;
  return { parties: partiesOf(all, record, language, nameOf), rows: all };
}

/** Both in their order; of what came in the same millisecond, the messages first. */
const merged = (messages: readonly LadderRow[], notes: readonly LadderRow[]): LadderRow[] =>
  [...messages, ...notes].sort((one, other) => one.at - other.at);

function rowOf({ at, from, to, label, times, hasBody }: Message, nameOf: (party: string) => string): LadderRow {
  const row = { at: Math.max(0, Math.round(at)), from: idOf(from, nameOf), to: idOf(to, nameOf), label };
  return { ...row, ...(times > 1 && { times }), ...(hasBody && { body: true }) };
}

const idOf = (party: string, nameOf: (party: string) => string): string =>
  party === CALLER || party === SERVICE ? party : nameOf(party);

function ofTrace(
  record: CallRecord,
  { legs, rows, gap, of }: KeptTrace,
  language: Language,
  nameOf: (party: string) => string,
): LadderRow[] {
  const party = partyOf(record, legs);
  const isCut = gap > 0 && of > rows.length;
  return rows.flatMap((row, index): LadderRow[] => {
    const before: LadderRow[] = isCut && index === gap ? [{ at: row[0], label: language.gap(of - rows.length) }] : [];
    return [...before, ...rowsOf(row)];
  });

  function rowsOf(row: KeptRow): LadderRow[] {
    if (isMessage(row)) return [rowOf(messageOf(row, party), nameOf)];
    const label = meaningOf(row, language);
    if (label === undefined) return [];
    const member = memberOf(row, record);
    return [{ at: row[0], label, ...(member !== undefined && { of: idOf(member, nameOf) }) }];
  }
}

/** Of whom a step speaks: `attempt 2` is the second of the hunt list. */
function memberOf([, machine]: KeptStep, record: CallRecord): string | undefined {
  const [kind, position] = machine.split(' ');
  return kind === 'attempt' ? record.attempts[Number(position) - 1]?.member : undefined;
}

function meaningOf([, machine, , input]: KeptStep, { steps }: Language): string | undefined {
  const key = `${machine.split(' ')[0]}.${input}`;
  // A machine of a version that we do not know: better its words than nothing.
  if (!Object.hasOwn(steps, key)) return key;
  return steps[key] ?? undefined;
}

/** The caller, the service, then everybody in the order of the first message. */
function partiesOf(
  rows: readonly LadderRow[],
  record: CallRecord,
  { names }: Language,
  nameOf: (party: string) => string,
): Party[] {
  const seen = new Set(rows.flatMap(({ from, to }) => [from ?? [], to ?? []].flat()));
  const inOrder = record.attempts.map(({ member }) => nameOf(member)).filter((member) => seen.has(member));
  const others = [...seen].filter((id) => id !== CALLER && id !== SERVICE);
  const members = [...new Set([...inOrder, ...others])];
  return [
    { id: CALLER, name: names.caller },
    { id: SERVICE, name: names.service },
    ...members.map((id) => ({ id, name: id })),
  ];
}

/** What stands beside an arrow, or in the place of one. @param bodyWords that there is a body */
export function noteOf({ from, label, times, body, of }: LadderRow, bodyWords: string): string {
  if (from === undefined) return of === undefined ? label : `${of}: ${label}`;
  return [...(body ? [bodyWords] : []), ...(times === undefined ? [] : [`×${times}`])].join(', ');
}
