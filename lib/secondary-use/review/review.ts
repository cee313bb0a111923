/** A decision about a person, and what a human makes of it. The decision itself never changes. Pure. */
import { refuseUse } from '../use.js';

export const OUTCOMES = ['approved', 'refused'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface Reason {
  /** For programs. */
  readonly code: string;
  readonly met: boolean;
  readonly en: string;
  readonly lv: string;
}

export interface Decision {
  readonly id: string;
  /** What it decides. */
  readonly kind: 'eligibility' | 'credit';
  /** Of whom: a keyed hash. */
  readonly sid: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Whether a program has decided. */
  readonly automated: boolean;
  /** By which version of its logic; null where no program has looked. */
  readonly logic: string | null;
  /** `human`: somebody has to look at it. */
  readonly outcome: Outcome | 'human';
  readonly reasons: readonly Reason[];
  /** What it was decided from, or is to be. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}

export interface Contest {
  readonly at: string;
  /** Who wrote it down. */
  readonly by: string;
  /** The customer's words. */
  readonly text: string;
}

export interface Resolution {
  readonly at: string;
  /** The human who has looked at it. */
  readonly by: string;
  readonly reason: string;
  readonly outcome: Outcome;
}

export interface Review {
  readonly decision: Decision;
  readonly contested: Contest | null;
  readonly resolution: Resolution | null;
}

/** By when a human must have answered (Regulation (EU) 2016/679, Article 12(3): one month). */
export const ANSWER_WITHIN_MS = 30 * 86_400_000;

/** Whether it waits for a human. */
export const isOpen = ({ decision, contested, resolution }: Review): boolean =>
  resolution === null && (contested !== null || decision.outcome === 'human');

/** When a human must be done, in milliseconds since 1970; undefined: nobody waits for one. */
const deadlineOf = (review: Review): number | undefined =>
  isOpen(review) ? Date.parse(review.contested?.at ?? review.decision.at) + ANSWER_WITHIN_MS : undefined;

/** What counts now: `held` has no effect until a human has resolved it. */
export function effectOf(review: Review): Outcome | 'held' {
  const { decision, resolution } = review;
  if (resolution !== null) return resolution.outcome;
  return isOpen(review) || decision.outcome === 'human' ? 'held' : decision.outcome;
}

export interface ReviewView extends Review {
  readonly id: string;
  readonly effect: Outcome | 'held';
  /** ISO 8601, UTC; null: nobody waits for a human. */
  readonly deadline: string | null;
  readonly overdue: boolean;
}

/** @param now milliseconds since 1970 */
export function viewOf(review: Review, now: number): ReviewView {
  const deadline = deadlineOf(review);
  return {
    id: review.decision.id,
    ...review,
    effect: effectOf(review),
    deadline: deadline === undefined ? null : new Date(deadline).toISOString(),
    overdue: deadline !== undefined && deadline < now,
  };
}

const NAME = /^\p{L}[\p{L}\p{M} .'’-]{1,63}$/u;
const LONGEST_TEXT = 2_000;

export const textOf = (text: string): string => text.normalize('NFC').trim().slice(0, LONGEST_TEXT);

/** Throws UseRefusal where nobody is named, nothing is written, or it is no outcome. */
export function resolutionOf(asked: { by: string; reason: string; outcome: string }, at: number): Resolution {
  const { outcome } = asked;
  const [by, reason] = [textOf(asked.by), textOf(asked.reason)];
  if (!NAME.test(by)) refuseUse('REVIEWER_MISSING', 'a human has to sign it with his name: letters, 2 to 64');
  if (!/\p{L}/u.test(reason)) refuseUse('REASON_MISSING', 'a human has to write why');
  if (outcome !== 'approved' && outcome !== 'refused')
    return refuseUse('OUTCOME_UNKNOWN', `say one of ${OUTCOMES.join(', ')}`);
  return { at: new Date(at).toISOString(), by, reason, outcome };
}
