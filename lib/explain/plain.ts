/** What a customer is told of his calls: what happened, and not what the wire said of it. Pure. */
import type { AttemptRecord, CallRecord } from '../store/types.js';

/** Busy is busy: what was answered on the wire is for the operator, who has the whole explanation. */
const CLEAR: ReadonlySet<string> = new Set(['answered', 'busy', 'declined', 'no-answer']);

const plainAttempt = ({ hint: _, ...attempt }: AttemptRecord): AttemptRecord =>
  CLEAR.has(attempt.why) ? { ...attempt, said: null, status: null, local: null } : attempt;

export const plainRecord = (record: CallRecord): CallRecord => ({
  ...record,
  attempts: record.attempts.map(plainAttempt),
});

/** The call was over before it came to that one. */
export const isUnreached = ({ started, why }: AttemptRecord): boolean =>
  started === null && (why === 'not-needed' || why === 'caller-left');
