/** What every use of call data beyond the service is given: the gate of the register, and the register itself. */
import { CodedError } from '../base/errors.js';
import { noticeAt, purposeOf } from '../consent/catalogue.js';
import type { Denial, Question, Ruling } from '../consent/gate.js';
import type { Consent } from '../consent/open.js';
import { metadataKey, stateKey } from '../store/consent/keys.js';

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
export type Allowed = { readonly allowed: true } & Required<Omit<Ruling, 'verdict'>>;

export async function mayUse({ gate }: Pick<Uses, 'gate'>, question: Question): Promise<Allowed | NotAllowed> {
  const { verdict, grounds } = await gate.rule(question);
  if (!verdict.allowed) return verdict;
  return grounds === undefined ? { allowed: false, reason: 'UNAVAILABLE' } : { allowed: true, grounds };
}

const MOST_TRIES = 3;

/** Keeps something for one purpose alone, for as long as its notice says, if it is allowed at this very moment. */
export async function keep(
  { gate, link, register }: Uses,
  question: Question,
  fields: Readonly<Record<string, string>>,
): Promise<{ readonly allowed: true } | NotAllowed> {
  const purpose = purposeOf(register.catalogue, question.purpose);
  const days = purpose && noticeAt(purpose, link.now)?.retentionDays;
  if (days === undefined) return { allowed: false, reason: 'UNKNOWN' };
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const ruling = await mayUse({ gate }, question);
    if (!ruling.allowed) return ruling;
    const { sid, seq, entry } = ruling.grounds;
    const until = entry?.until ? Date.parse(entry.until) : '';
    const kept = await link.fcall(
      'consent_keep',
      [metadataKey(sid, question.purpose), stateKey(sid)],
      [seq, days, until, ...Object.entries(fields).flat()],
    );
    if (kept === 1) return { allowed: true };
  }
  return { allowed: false, reason: 'UNAVAILABLE' };
}
