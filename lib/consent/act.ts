/** An act as it is asked for, and as it stands in a person's list for ever. Pure. */
import type { NoticeRef } from './catalogue.js';

export const ACTS = ['served', 'grant', 'deny', 'withdraw', 'object', 'correct', 'restrict', 'erase'] as const;
export type ActKind = (typeof ACTS)[number];

/** In which contact channel the customer said it. There is no import among them: what has no evidence is no grant. */
export const METHODS = ['web', 'app', 'call', 'sms', 'email', 'post', 'shop', 'api', 'cli'] as const;
export type Method = (typeof METHODS)[number];

/** Why a person is erased: he asked for it, or the number has another holder, who inherits nothing. */
export const CAUSES = ['request', 'reassigned'] as const;
export type Cause = (typeof CAUSES)[number];

/** What somebody asks the register to take. What is wrong with it is a CONSENT_REFUSED, and nothing is written. */
export interface ActRequest {
  readonly act: string;
  /** In any form that people write; the register keeps none. */
  readonly number: string;
  /** `offers:sms`, each by name; `all` where something is refused or withdrawn. */
  readonly pairs?: readonly string[] | 'all' | undefined;
  /** `offers@1`: what the customer was shown. */
  readonly notice?: string | undefined;
  readonly language?: string | undefined;
  readonly method: string;
  /** Who acts: the customer where nobody else is named. */
  readonly by?: string | undefined;
  /** The same id again changes nothing, for a day. */
  readonly request?: string | undefined;
  /** What the customer saw when he granted: another state by now is a conflict. A withdrawal is always taken. */
  readonly expectedSeq?: number | undefined;
  /** The number of the act that is corrected. */
  readonly corrects?: number | undefined;
  /** The customer's words at a correction or an objection: kept beside the list, and erased with the person. */
  readonly text?: string | undefined;
  readonly cause?: string | undefined;
  /** Ends a restriction. */
  readonly lift?: boolean | undefined;
  /** An act binds from its receipt: a moment that is given is refused. */
  readonly at?: unknown;
}

/** One record of a person's list. Its canonical text is what is kept, hashed and signed. It holds no number. */
export interface Act {
  readonly schema: 1;
  /** The person: a keyed hash. */
  readonly sid: string;
  readonly seq: number;
  /** SHA-256 of the record before; of the first one, zeros. */
  readonly prev: string;
  readonly act: ActKind;
  /** Its receipt: ISO 8601 in UTC. */
  readonly at: string;
  readonly pairs: readonly string[];
  readonly notice?: NoticeRef;
  /** When a grant ends by itself. */
  readonly until?: string;
  readonly method: Method;
  readonly by: string;
  readonly request: string;
  /** The registration number of the controller. */
  readonly controller: string;
  readonly corrects?: number;
  /** SHA-256 of the customer's words with a salt: they are beside the list. */
  readonly words?: string;
  readonly cause?: Cause;
  readonly lift?: true;
}

export const GENESIS = '0'.repeat(64);
