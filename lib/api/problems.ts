/** Errors of the API: problem details (RFC 9457), each with a code of this list, which stays as it is. */
import { CodedError } from '../base/errors.js';
import { ConsentRefusal, type RefusalReason } from '../consent/refusal.js';
import { UseRefusal } from '../secondary-use/use.js';
import { StoreError } from '../store/errors.js';

/** Code → status and title. What a Redis function refuses has the word with which it does. */
export const PROBLEMS = {
  UNAUTHENTICATED: [401, 'A valid bearer token is needed'],
  FORBIDDEN: [403, 'The role of the token does not allow this'],
  FOREIGN: [403, 'Another site has made the browser send this'],
  NOT_FOUND: [404, 'There is nothing at this path'],
  METHOD_NOT_ALLOWED: [405, 'The method is not allowed here'],
  NOT_ACCEPTABLE: [406, 'None of the accepted types is there'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'The body must be JSON'],
  TOO_LARGE: [413, 'The request is too long'],
  TOO_MANY_REQUESTS: [429, 'Too many requests'],
  INVALID: [400, 'The request is not as it must be'],
  GROUP_UNKNOWN: [404, 'There is no such group'],
  CALL_UNKNOWN: [404, 'There is no such call'],
  MEMBERS: [422, 'The members are not allowed'],
  POLICY: [422, 'The policy is not allowed'],
  RING: [422, 'The ring time is not allowed'],
  PLAN: [422, 'The plan cannot be had'],
  OWNER: [422, 'The name of the owner is not allowed'],
  REASON: [422, 'The reason is not allowed'],
  POSITION: [422, 'The position is not in the list'],
  TIME: [422, 'The time is not allowed'],
  CURSOR: [400, 'The cursor is none that was given'],
  REFUSED: [422, 'Redis refused it'],
  CHARGES_REFUSED: [409, 'The charges cannot be given or changed so'],
  CONSENT_REFUSED: [422, 'The consent register does not take it'],
  CONSENT_CONFLICT: [409, 'The consent register has another state'],
  USE_REFUSED: [409, 'What is asked cannot be done with it now'],
  REVIEW_UNKNOWN: [404, 'There is no such decision'],
  CONSENT_OFF: [503, 'There is no consent register'],
  STORE_UNAVAILABLE: [503, 'Redis is away'],
  INTERNAL: [500, 'The service failed at this request'],
} as const satisfies Readonly<Record<string, readonly [status: number, title: string]>>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface Mistake {
  /** Where in the request: `query.since`, `body.members[1]`. */
  readonly place: string;
  readonly detail: string;
}

interface ProblemMore {
  readonly place?: string;
  readonly mistakes?: readonly Mistake[];
  /** One word of a closed list, where the code has several. */
  readonly reason?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Problem extends Error {
  readonly code: ProblemCode;
  readonly more: ProblemMore;

  constructor(code: ProblemCode, detail: string, more: ProblemMore = {}) {
    super(detail);
    this.code = code;
    this.more = more;
  }

  get status(): number {
    return PROBLEMS[this.code][0];
  }

  /** What leaves. Its `type` leads to the page that says what the code means. */
  get document() {
    const [status, title] = PROBLEMS[this.code];
    const { place, mistakes, reason } = this.more;
    return {
      type: `/openapi#${this.code}`,
      title,
      status,
      detail: this.message,
      code: this.code,
      ...(reason !== undefined && { reason }),
      ...(place !== undefined && { place }),
      ...(mistakes !== undefined && { mistakes }),
    };
  }
}

export const PROBLEM_TYPE = 'application/problem+json';

/** The word that begins a refusal of a Redis function, where it is not itself the code. */
const WORDS: Readonly<Record<string, ProblemCode>> = { GROUP: 'GROUP_UNKNOWN', CHARGES: 'CHARGES_REFUSED' };
const RETRY = { 'retry-after': '5' };

function ofStore({ refusal, message }: StoreError): Problem {
  if (refusal === undefined)
    return new Problem('STORE_UNAVAILABLE', 'Redis does not answer, or refuses what is written', { headers: RETRY });
  const known = Object.hasOwn(PROBLEMS, refusal) ? (refusal as ProblemCode) : 'REFUSED';
  return new Problem(WORDS[refusal] ?? known, message.slice(refusal.length + 1));
}

const CONFLICTS: ReadonlySet<RefusalReason> = new Set(['STATE_CHANGED', 'REQUEST_REUSED', 'BUSY']);

const ofConsent = ({ reason, message }: ConsentRefusal): Problem =>
  new Problem(CONFLICTS.has(reason) ? 'CONSENT_CONFLICT' : 'CONSENT_REFUSED', message.slice(reason.length + 1), {
    reason,
  });

const ofUse = ({ reason, message }: UseRefusal): Problem =>
  new Problem(reason === 'REVIEW_UNKNOWN' ? reason : 'USE_REFUSED', message.slice(reason.length + 1), { reason });

/** What fastify itself refuses: bodies that cannot be read. */
const BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'INVALID',
  413: 'TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

/** @returns INTERNAL for what is an error of ours */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof StoreError) return ofStore(thrown);
  if (thrown instanceof ConsentRefusal) return ofConsent(thrown);
  if (thrown instanceof UseRefusal) return ofUse(thrown);
  if (thrown instanceof CodedError && thrown.code === 'CHARGES_REFUSED')
    return new Problem('CHARGES_REFUSED', thrown.message);
  const { statusCode, message } = (thrown ?? {}) as { statusCode?: unknown; message?: unknown };
  const code = typeof statusCode === 'number' ? BY_STATUS[statusCode] : undefined;
  if (code !== undefined) return new Problem(code, String(message), { place: 'body' });
  return new Problem('INTERNAL', 'the service failed at this request; its log says why');
}
