/** What is written down of a call. Pure. */
import type { CallRecord, Turn } from '../store/types.js';
import type { Attempt } from './attempt.js';
import type { HuntListEntry } from './hunt-list.js';
import type { AdmittedCall } from './intake.js';
import { NOT_CALLED, type ResultRecord } from './results.js';

export interface CallSoFar {
  readonly call: string;
  readonly pilot: string;
  readonly caller: string;
  readonly started: number;
  readonly answered: number | null;
  readonly ended: number;
  readonly status: number;
  readonly winner: Attempt | undefined;
  readonly released: CallRecord['released'];
  readonly turn: Turn | undefined;
  readonly huntList: readonly HuntListEntry[];
  readonly attempts: readonly Attempt[];
}

/** Field by field: taking an object apart with a rest pattern was a twelfth of a call's time in this folder. */
export function recordOf(sofar: CallSoFar): CallRecord {
  const group = sofar.turn?.group;
  return {
    call: sofar.call,
    pilot: sofar.pilot,
    caller: sofar.caller,
    started: sofar.started,
    answered: sofar.answered,
    ended: sofar.ended,
    status: sofar.status,
    by: sofar.answered === null ? null : (sofar.winner?.member ?? null),
    released: sofar.released,
    policy: group?.policy ?? null,
    turn: sofar.turn?.number ?? 0,
    version: group?.version ?? 0,
    attempts: attemptRecords(sofar.huntList, sofar.attempts),
    ...UNSAID,
    waited: Math.round((sofar.answered ?? sofar.ended) - sofar.started),
    talked: sofar.answered === null ? 0 : Math.round(sofar.ended - sofar.answered),
  };
}

const UNSAID = {
  ...{ node: '', callId: '', presented: '', hidden: false, diverted: [], owner: null, cause: null, refused: null },
};

/** Of a call that ended by a fault before more could be said of it. */
export function bareRecord(
  call: string,
  admitted: AdmittedCall,
  started: number,
  ended: number,
  status: number,
): CallRecord {
  const { pilot, caller } = admitted;
  return {
    call,
    pilot,
    caller,
    started,
    answered: null,
    ended,
    status,
    by: null,
    released: 'system',
    policy: null,
    turn: 0,
    version: 0,
    attempts: [],
    ...UNSAID,
    waited: Math.round(ended - started),
    talked: 0,
  };
}

/** One entry for each member of the hunt list, in its order. */
export function attemptRecords(huntList: readonly HuntListEntry[], attempts: readonly Attempt[]): ResultRecord[] {
  return huntList.map(({ member, skip }, index) => {
    const attempt = attempts.find(({ position }) => position === index + 1);
    if (attempt !== undefined) return attempt.record;
    const nothing = { started: null, rang: null, ended: null, status: null, ...NOT_CALLED };
    return { member, why: skip ?? 'not-needed', ...nothing };
  });
}
