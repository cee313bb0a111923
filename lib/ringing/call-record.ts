/** What is written down of a call. Pure. */
import type { AttemptRecord, CallRecord, Turn } from '../store/types.js';
import type { Attempt } from './attempt.js';
import type { PlanStep } from './plan.js';

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
  readonly plan: readonly PlanStep[];
  readonly attempts: readonly Attempt[];
}

export function recordOf({ winner, turn, plan, attempts, ...call }: CallSoFar): CallRecord {
  const group = turn?.group;
  return {
    ...call,
    by: call.answered === null ? null : (winner?.member ?? null),
    policy: group?.policy ?? null,
    turn: turn?.number ?? 0,
    version: group?.version ?? 0,
    attempts: attemptRecords(plan, attempts),
  };
}

/** One entry for each member of the plan, in its order. */
export function attemptRecords(plan: readonly PlanStep[], attempts: readonly Attempt[]): AttemptRecord[] {
  return plan.map(({ member, skip }, index) => {
    const attempt = attempts.find(({ position }) => position === index + 1);
    if (attempt !== undefined) return attempt.record;
    return { member, started: null, rang: null, ended: null, why: skip ?? 'not-needed', status: null };
  });
}
