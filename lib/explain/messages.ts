/** The messages of a call between its parties: from its trace, or, without one, what the record says must have been. Pure. */
import type { AttemptRecord, CallRecord } from '../store/types.js';
import { isMessage, type KeptMessage, type KeptTrace } from '../trace/kept-trace.js';

export const CALLER = 'caller';
export const SERVICE = 'service';

export interface Message {
  /** Milliseconds since the call began. */
  readonly at: number;
  /** `caller`, `service`, or a member as the record names it. */
  readonly from: string;
  readonly to: string;
  /** `INVITE`, `180 INVITE`. */
  readonly label: string;
  readonly times: number;
  readonly hasBody: boolean;
}

/** Whose leg it is. */
type PartyOf = (leg: number) => string;

/** By the Call-IDs that the record names; of a leg that it does not name, in the order of those who were called. */
export function partyOf(record: CallRecord, legs: readonly string[]): PartyOf {
  const byCallId = new Map<string, string>();
  for (const { member, callIds } of record.attempts) for (const callId of callIds) byCallId.set(callId, member);
  const called = record.attempts.filter(({ started }) => started !== null).map(({ member }) => member);
  return (leg) => {
    if (leg === 0) return CALLER;
    return byCallId.get(legs[leg] ?? '') ?? called[leg - 1] ?? `leg ${leg}`;
  };
}

const labelOf = (status: number, method: string): string => (status === 0 ? method : `${status} ${method}`);

export function messageOf([at, leg, way, status, method, , times, body]: KeptMessage, party: PartyOf): Message {
  const other = party(leg);
  const [from, to] = way === '>' ? [SERVICE, other] : [other, SERVICE];
  return { at, from, to, label: labelOf(status, method), times, hasBody: body !== '' };
}

/** The provisional responses of that member, in order, each once. */
export function heardFrom(member: string, record: CallRecord, trace: KeptTrace | undefined): readonly number[] {
  if (trace === undefined) return [];
  const party = partyOf(record, trace.legs);
  const heard = new Set<number>();
  for (const row of trace.rows) {
    if (!isMessage(row)) continue;
    const [, leg, way, status, method] = row;
    if (way === '<' && leg > 0 && status >= 100 && status < 200 && method === 'INVITE' && party(leg) === member) {
      heard.add(status);
    }
  }
  return [...heard];
}

/** What must have been said, in order of time; repetitions, ACKs and whatever nobody wrote down are not there. */
export function messagesOfRecord(record: CallRecord): Message[] {
  const { started, answered, ended, status, released, by } = record;
  const messages: Message[] = [];
  const add = (time: number | null, from: string, to: string, label: string): void => {
    if (time !== null) messages.push({ at: time - started, from, to, label, times: 1, hasBody: false });
  };
  add(started, CALLER, SERVICE, 'INVITE');
  const rang = record.attempts.flatMap((attempt) => attempt.rang ?? []).sort((one, other) => one - other)[0];
  for (const attempt of record.attempts) ofAttempt(attempt, record, add);
  add(rang ?? null, SERVICE, CALLER, '180 INVITE');
  if (status === 487 && answered === null && record.refused === null) add(ended, CALLER, SERVICE, 'CANCEL');
  add(answered ?? ended, SERVICE, CALLER, `${answered === null ? status : 200} INVITE`);
  if (answered !== null && by !== null) {
    if (released !== 'callee')
      add(ended, released === 'caller' ? CALLER : SERVICE, released === 'caller' ? SERVICE : CALLER, 'BYE');
    if (released === 'callee') add(ended, by, SERVICE, 'BYE');
    else add(ended, SERVICE, by, 'BYE');
    if (released === 'callee') add(ended, SERVICE, CALLER, 'BYE');
  }
  return messages.sort((one, other) => one.at - other.at);
}

type Add = (time: number | null, from: string, to: string, label: string) => void;

const CANCELLED = new Set(['no-answer', 'caller-left', 'not-needed', 'fault']);

function ofAttempt(
  { member, started, rang, ended, why, said, status }: AttemptRecord,
  record: CallRecord,
  add: Add,
): void {
  if (started === null) return;
  add(started, SERVICE, member, 'INVITE');
  add(rang, member, SERVICE, '180 INVITE');
  const final = said?.status ?? status;
  if (why === 'answered') add(record.answered, member, SERVICE, `${final ?? 200} INVITE`);
  else if (final !== null && final >= 200) add(ended, member, SERVICE, `${final} INVITE`);
  else if (CANCELLED.has(why) || (why === 'forwarded' && final !== null)) add(ended, SERVICE, member, 'CANCEL');
}
