/** A record without a number, as record_rewrite takes it. Pure. */
import { fieldReader, pairsOf } from '../store/flat.js';
import { ERASED, type Subject } from './subject.js';

const NOT_NEEDED = 'not-needed';
/** Digits that are nobody's number. */
const NUMERIC = new Set([
  ...['started', 'answered', 'ended', 'status', 'turn', 'version', 'schema', 'cause', 'waited', 'talked'],
]);

interface Attempt {
  readonly member?: unknown;
  readonly why?: unknown;
  readonly callIds?: unknown;
}

/**
 * Whatever else the entry holds stays, fields of other versions too. A caller who is erased is no caller, so that all who are erased
 * are not found as one person.
 * @param flat the entry's fields: a flat list of name and value
 * @returns undefined where the number is nowhere in it
 */
export function rewritten(flat: readonly string[], subject: Subject, now: number): string | undefined {
  const call = fieldReader(flat)('call');
  const fields: string[] = [];
  let revision = 0;
  let changed = false;
  for (const [name, value] of pairsOf(flat)) {
    if (name === 'revision') revision = Number(value) || 0;
    if (name === 'revision' || name === 'revised') continue;
    const rest = erased(name, value, subject, call);
    changed ||= rest !== value;
    fields.push(name, rest);
  }
  if (!changed) return undefined;
  fields.push('revision', String(revision + 1), 'revised', String(Math.floor(now)));
  return JSON.stringify([fields, ...findable(fields)]);
}

function erased(name: string, value: string, subject: Subject, call: string): string {
  if (name === 'call' || NUMERIC.has(name) || !subject.isIn(value)) return value;
  if (name === 'attempts') return erasedJson(value, subject, call);
  return name === 'caller' ? '' : subject.erasedFrom(value);
}

/** In texts alone: a time may have the digits of a number. Our own Call-IDs begin with the call's id, and hold none. */
function erasedJson(text: string, subject: Subject, call: string): string {
  try {
    return JSON.stringify(JSON.parse(text), (_, value: unknown) =>
      typeof value === 'string' && !(call !== '' && value.startsWith(call)) ? subject.erasedFrom(value) : value,
    );
  } catch {
    return subject.erasedFrom(text);
  }
}

/** Members, ids of the call, and the caller's Call-ID: by what the record is found, as records/fields.ts has it. */
function findable(fields: readonly string[]): [members: string[], ids: string[], callId: string] {
  const value = fieldReader(fields);
  const call = value('call');
  if (value('masked') === 'yes') return [[], [call], ''];
  const members: string[] = [];
  const ids = [call];
  for (const { member, why, callIds } of attemptsOf(value('attempts'))) {
    if (typeof member === 'string' && !member.includes(ERASED) && why !== NOT_NEEDED) members.push(member);
    for (const id of Array.isArray(callIds) ? callIds : [])
      if (typeof id === 'string' && !id.startsWith(call)) ids.push(id);
  }
  return [members, ids, value('callId')];
}

function attemptsOf(text: string): readonly Attempt[] {
  try {
    const attempts: unknown = JSON.parse(text);
    return Array.isArray(attempts) ? attempts.filter((one) => typeof one === 'object' && one !== null) : [];
  } catch {
    return [];
  }
}
