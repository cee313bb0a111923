/** The lines of one call: each has its id and the Call-IDs of both legs, and no number whole. */
import { type Log, maskNumber } from '../base/log.js';
import type { NotSent } from '../sip-server/not-sent.js';
import type { CallRecord } from '../store/types.js';
import type { AttemptNotes } from './attempt-notes.js';
import type { CallIds } from './call-context.js';
import type { Parties } from './parties.js';

const masked = (number: string | null): string | undefined =>
  number === null || number === '' ? undefined : maskNumber(number);

/** Of an attempt. */
interface Tried {
  readonly member: string;
  readonly notes: AttemptNotes;
}

export function tellBegun(log: Log, { call, callId }: CallIds, pilot: string, { caller, hidden }: Parties): void {
  const told = (): object => {
    const who = hidden ? undefined : masked(caller);
    return { call, sipCallId: callId, pilot: maskNumber(pilot), caller: who };
  };
  log.info(told, 'call begins');
}

/** The member has not answered. */
export function tellTried(log: Log, { call, callId }: CallIds, { member, notes }: Tried): void {
  const { callId: memberCallId, result: why, said, local } = notes;
  const told = (): object => ({
    ...{ call, sipCallId: callId, memberCallId: memberCallId || undefined, member: maskNumber(member), why },
    ...{ status: said?.status, local: local ?? undefined },
  });
  log.info(told, 'member tried');
}

export function tellAnswered(log: Log, { call, callId }: CallIds, { member, notes }: Tried): void {
  const memberCallId = notes.callId;
  log.info(() => ({ call, sipCallId: callId, memberCallId, by: maskNumber(member) }), 'call answered');
}

export function tellEnded(log: Log, record: CallRecord): void {
  log.info(
    () => ({
      call: record.call,
      sipCallId: record.callId,
      memberCallId: record.attempts.find(({ member }) => member === record.by)?.callIds.at(-1),
      pilot: maskNumber(record.pilot),
      caller: record.hidden ? undefined : masked(record.caller),
      status: record.status,
      by: masked(record.by),
      released: record.released ?? undefined,
      refused: record.refused ?? undefined,
      cause: record.cause ?? undefined,
      endReason: record.endReason ?? undefined,
      attempts: record.attempts.map(({ why }) => why),
      milliseconds: record.waited + record.talked,
    }),
    record.refused === null ? 'call ended' : 'call refused',
  );
}

export function tellNotSent(
  log: Log,
  { call, callId }: CallIds,
  { callId: memberCallId }: AttemptNotes,
  why: NotSent,
): void {
  const told = { call, sipCallId: callId, memberCallId, code: why.code, error: maskNumber(why.message) };
  log[why.code === 'local' ? 'error' : 'info'](told, 'INVITE could not be sent');
}

export function tellUnusable(log: Log, { call, callId }: CallIds, member: string, notes: AttemptNotes): void {
  const told = { call, sipCallId: callId, memberCallId: notes.callId, member: maskNumber(member) };
  log.error(told, 'answer without Contact: the call cannot be kept');
}
