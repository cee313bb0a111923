/** The one final response of a call that nobody answered, chosen by meaning (edge cases 64 to 68). Pure. */

import type { HeadersToSend } from '../sip-server/sip-server.js';
import { type OutcomeClass, type ResultRecord, rowOf } from './results.js';

export interface Outcome {
  readonly status: number;
  readonly headers: HeadersToSend;
  /** Of Q.850, where it says one. */
  readonly cause: number | null;
}

/**
 * Causes of ITU-T Q.850, carried in Reason (RFC 3326, RFC 6432), by RFC 3398 §8.2.6.1. Of a 480 that has only 18, no user responding:
 * we know which it was, and say 19, 20, 21 or 41.
 */
const CAUSES = {
  unallocated: [1, 'Unallocated number'],
  routing: [25, 'Exchange routing error'],
  busy: [17, 'User busy'],
  noAnswer: [19, 'No answer from user'],
  absent: [20, 'Subscriber absent'],
  rejected: [21, 'Call rejected'],
  // §7.2.4.1: a gateway makes 488 of it again, where 88 would become 503.
  incompatible: [65, 'Bearer capability not implemented'],
  interworking: [127, 'Interworking, unspecified'],
  failure: [41, 'Temporary failure'],
  timer: [102, 'Recovery on timer expiry'],
} as const;

type Cause = keyof typeof CAUSES;

const q850 = (cause: Cause): string => `Q.850;cause=${CAUSES[cause][0]};text="${CAUSES[cause][1]}"`;

const final = (status: number, cause: Cause, headers: HeadersToSend = {}): Outcome => ({
  status,
  cause: CAUSES[cause][0],
  headers: { ...headers, reason: q850(cause) },
});

/** No group has that number (RFC 3261 §21.4.5). */
export const UNKNOWN: Outcome = final(404, 'unallocated');
const REFUSALS: Readonly<Record<number, Outcome>> = {
  404: UNKNOWN,
  482: final(482, 'routing'),
  483: final(483, 'routing'),
};

/** Of a call that is refused with that status before it is one. */
export const refusedCause = (status: number): Pick<Outcome, 'headers' | 'cause'> =>
  REFUSALS[status] ?? { headers: {}, cause: null };

/** The INVITE's Expires ran out (RFC 3261 §13.3.1, item 1). */
export const EXPIRED: Outcome = final(487, 'timer');
/** The service ends calls that outlast its own shutdown. */
export const SHUT_DOWN: Outcome = final(480, 'failure');
/** An error of ours ends the call. */
export const FAULT: Outcome = final(500, 'failure');

/** The store is out of order: another node may do better (RFC 3261 §21.5.4). */
export const retryLater = (seconds: number): Outcome => ({
  status: 503,
  headers: { 'retry-after': String(seconds) },
  cause: null,
});

/** All busy is 486, all out of reach 480; a mixture is "no answer", because somebody might have answered. */
const OUTCOMES: Readonly<Record<OutcomeClass, Outcome>> = {
  busy: final(486, 'busy'),
  absent: final(480, 'absent'),
  rejected: final(480, 'rejected'),
  failure: final(480, 'failure'),
  'too-large': final(513, 'interworking'), // RFC 3261 §21.5.7
  mixed: final(480, 'noAnswer'),
};

/** How it ended with one member; the status is what counts as his response, which nobody may have sent. */
export type Attempted = Pick<ResultRecord, 'why' | 'status'>;

const isIncompatible = ({ status }: Attempted): boolean => status === 488 || status === 606;

/**
 * A member's 401, 407, 503 or 6xx is never passed on (RFC 3261 §16.7, items 5 and 6).
 * @param attempts all members of the call, those not rung included
 */
export function outcomeOf(attempts: readonly Attempted[]): Outcome {
  const tried = attempts.filter(({ why }) => rowOf(why).tried);
  const [first] = tried;
  if (first === undefined) return OUTCOMES.absent;
  if (tried.every(isIncompatible)) {
    return final(488, 'incompatible', { warning: '305 ringing "Incompatible media format"' });
  }
  // RFC 3261 §16.7, item 6: a 503 would say that this service is down.
  if (tried.every(({ status }) => status === 503)) return final(500, 'failure');
  const { outcome } = rowOf(first.why);
  return OUTCOMES[tried.every(({ why }) => rowOf(why).outcome === outcome) ? outcome : 'mixed'];
}
