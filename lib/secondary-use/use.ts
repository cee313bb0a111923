/** What every use of call data beyond the service is given: the gate of the register, and the register itself. */
import { CodedError } from '../base/errors.js';
import { retentionDaysOf } from '../consent/catalogue.js';
import type { Denial, Question, Ruling } from '../consent/gate.js';
import { keepFor } from '../consent/keep.js';
import type { Consent } from '../consent/open.js';

/** The part of the register that uses need. */
export type Uses = Pick<Consent, 'gate' | 'link' | 'persons' | 'register'>;

/** Nothing was done with the data, and why. */
export interface NotAllowed {
  readonly allowed: false;
  readonly reason: Denial;
}

/** Why a use does not do what was asked of it: a closed list, for programs. */
export type UseRefusalReason =
  | 'REVIEW_UNKNOWN'
  | 'REVIEW_CLOSED'
  | 'REVIEWER_MISSING'
  | 'REASON_MISSING'
  | 'OUTCOME_UNKNOWN'
  | 'PERIOD_OPEN'
  | 'PERIOD_UNPUBLISHED'
  | 'PERIOD_PAST'
  | 'LIST_EXPIRED'
  | 'LIST_INVALID'
  | 'FILE_INVALID'
  | 'NAME_INVALID';

/** USE_REFUSED: nothing was written. */
export class UseRefusal extends CodedError {
  readonly reason: UseRefusalReason;

  constructor(reason: UseRefusalReason, text: string) {
    super('USE_REFUSED', `${reason} ${text}`);
    this.reason = reason;
  }
}

export function refuseUse(reason: UseRefusalReason, text: string): never {
  throw new UseRefusal(reason, text);
}

/** Allowed, and by which state of the register. */
type Allowed = { readonly allowed: true } & Required<Omit<Ruling, 'verdict'>>;

export async function mayUse({ gate }: Pick<Uses, 'gate'>, question: Question): Promise<Allowed | NotAllowed> {
  const { verdict, grounds } = await gate.rule(question);
  if (!verdict.allowed) return verdict;
  return grounds === undefined ? { allowed: false, reason: 'UNAVAILABLE' } : { allowed: true, grounds };
}

/** Keeps something for one purpose alone, for as long as its notice says, if it is allowed at this very moment. */
export async function keep(
  { gate, link, register }: Uses,
  question: Question,
  fields: Readonly<Record<string, string>>,
): Promise<{ readonly allowed: true } | NotAllowed> {
  const days = retentionDaysOf(register.catalogue, question.purpose, link.now);
  if (days === undefined) return { allowed: false, reason: 'UNKNOWN' };
  const outcome = await keepFor({ gate, link }, question, { days, fields: Object.entries(fields).flat() });
  if (outcome === 'kept') return { allowed: true };
  return { allowed: false, reason: outcome === 'changed' ? 'UNAVAILABLE' : outcome };
}
