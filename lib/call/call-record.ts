/** What is written down of a call. Pure. */
import { type CallRecord, NOTHING_KNOWN, type Turn } from '../store/types.js';
import type { MemberAttempt } from './attempt-user.js';
import type { CallIds } from './call-context.js';
import { END_REASONS, type EndReason } from './end-reasons.js';
import type { HuntListEntry } from './hunt-list.js';
import type { AdmittedCall } from './intake.js';
import type { Attempted } from './outcome.js';
import { refusedCause } from './outcome.js';
import type { Parties } from './parties.js';
import type { RefusedWord } from './refusals.js';
import type { ResultRecord } from './results.js';

/** What is known of a call from its beginning. */
export interface CallBegun extends CallIds {
  readonly node: string;
  readonly admitted: Parties & Pick<AdmittedCall, 'pilot'> & Partial<Pick<AdmittedCall, 'metadataRefused'>>;
  /** By the clock that nobody sets. */
  readonly started: number;
  /** What that clock lacked of the time of day then. */
  readonly utc: number;
  /** Its id as a Session-ID says it, for a caller who says none; undefined: none are made. */
  readonly session?: string | undefined;
}

/** What the record says of the end; null where nothing is said. */
export interface Ending {
  readonly released: CallRecord['released'];
  readonly cause: number | null;
  readonly refused: RefusedWord | null;
  readonly endReason: EndReason | null;
}

export interface CallSoFar {
  readonly begun: CallBegun;
  readonly answered: number | null;
  readonly ended: number;
  readonly status: number;
  readonly winner: MemberAttempt | undefined;
  readonly how: Partial<Ending>;
  readonly turn: Turn | undefined;
  readonly huntList: readonly HuntListEntry[];
  readonly attempts: readonly MemberAttempt[];
  /** What became of the voices that its group wishes for; null where there was nothing of the kind. */
  readonly media?: string | null;
}

/**
 * Field by field: taking an object apart with a rest pattern was a twelfth of a call's time in this folder. The time of day counts at
 * the INVITE; all later times are as long after it as the clock says that nobody sets, so that none is before another.
 */
export function recordOf(sofar: CallSoFar): CallRecord {
  const { begun, answered, ended } = sofar;
  const { released = null, cause = null, refused = null, endReason = null } = sofar.how;
  const { admitted, utc, started } = begun;
  const group = sofar.turn?.group;
  const record: { -readonly [Field in keyof CallRecord]: CallRecord[Field] } = {
    call: begun.call,
    pilot: admitted.pilot,
    caller: admitted.caller,
    started: Math.round(started + utc),
    answered: answered === null ? null : Math.round(answered + utc),
    ended: Math.round(ended + utc),
    status: sofar.status,
    by: answered === null ? null : (sofar.winner?.member ?? null),
    released,
    policy: group?.policy ?? null,
    turn: sofar.turn?.number ?? 0,
    version: group?.version ?? 0,
    attempts: attemptRecords(sofar.huntList, sofar.attempts, utc),
    node: begun.node,
    callId: begun.callId,
    presented: admitted.presented,
    hidden: admitted.hidden,
    diverted: admitted.diverted,
    owner: group?.owner ?? null,
    cause,
    refused,
    endReason,
    endEstimated: endReason !== null && END_REASONS[endReason],
    waited: Math.round((answered ?? ended) - started),
    talked: answered === null ? 0 : Math.round(ended - answered),
  };
  if (sofar.media != null) record.media = sofar.media;
  if (admitted.metadataRefused || sofar.winner?.notes.metadataRefused) record.metadataRefused = true;
  return record;
}

/** Of a call that was refused, or ended by a fault, before there was more to say. */
export function bareRecord(
  begun: CallBegun,
  ended: number,
  status: number,
  refused: RefusedWord | null,
  released: CallRecord['released'] = null,
): CallRecord {
  const endReason = released === 'system' ? 'fault' : null;
  const nothing = { answered: null, winner: undefined, turn: undefined, huntList: [], attempts: [] };
  const cause = refused === null ? null : refusedCause(status).cause;
  return recordOf({ begun, ...nothing, ended, status, how: { refused, released, endReason, cause } });
}

/** One entry for each member of the hunt list, in its order. */
function attemptRecords(
  huntList: readonly HuntListEntry[],
  attempts: readonly MemberAttempt[],
  utc: number,
): ResultRecord[] {
  const records: ResultRecord[] = [];
  // Attempts stand in the order of their positions.
  let next = 0;
  for (const { member, skip } of huntList) {
    const attempt = attempts[next];
    if (attempt?.position === records.length + 1) {
      records.push(attempt.record(utc));
      next++;
    } else records.push({ member, why: skip ?? 'not-needed', ...NOTHING_KNOWN });
  }
  return records;
}

/** What the caller is told follows from these. */
export const attempted = (huntList: readonly HuntListEntry[], attempts: readonly MemberAttempt[]): Attempted[] =>
  huntList.map(({ skip }, index) => {
    const attempt = attempts.find(({ position }) => position === index + 1);
    return { why: attempt?.notes.result ?? skip ?? 'not-needed', status: attempt?.notes.status ?? null };
  });
