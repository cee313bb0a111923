/** Why we end something, told in Reason (RFC 3326). That of a CANCEL decides what a phone shows as a missed call (edge case 69). */

import { mainValue, paramsOf, splitValues } from '../sip/headers.js';
import { FINAL_STATUS } from '../sip/link-headers.js';
import { numberWithin } from '../sip/number.js';
import { isSameToken } from '../sip/tokens.js';
import type { Headers, HeadersToSend, ReleaseReason } from '../sip-server/sip-server.js';
import { CANCEL_HEADERS, type CancelReason } from './results.js';

/** Why a leg is released that has been answered, beside those. */
export type Releasing = CancelReason | 'no-contact' | 'too-large' | 'not-confirmed' | 'failed';

const REASONS: Readonly<Record<Releasing, string>> = {
  ...CANCEL_HEADERS,
  'no-contact': 'SIP;cause=400;text="Answer without Contact", Q.850;cause=111;text="Protocol error, unspecified"',
  'not-confirmed': 'SIP;cause=480;text="Not confirmed", Q.850;cause=19;text="No answer from user"',
  failed: 'SIP;cause=500;text="No media", Q.850;cause=41;text="Temporary failure"',
  'too-large': 'SIP;cause=513;text="Message Too Large", Q.850;cause=127;text="Interworking, unspecified"',
};

/** @param callers the headers of the caller's CANCEL: its Reason is copied (edge case 58) */
export function cancelHeaders(cancelReason: CancelReason, callers: Headers = {}): HeadersToSend {
  return { reason: (cancelReason === 'caller-left' ? callers.reason : undefined) ?? REASONS[cancelReason] };
}

export const releaseHeaders = (releasing: Releasing): HeadersToSend => ({ reason: REASONS[releasing] });

const Q850 = 'Q.850';
const MOST_CAUSE = 999;

/** The cause of Q.850 in a Reason (RFC 6432); null where it has none. */
export function causeIn(reason: string | undefined): number | null {
  if (reason === undefined) return null;
  const value = splitValues(reason).find((one) => isSameToken(mainValue(one), Q850));
  const cause = value === undefined ? undefined : paramsOf(value).get('cause');
  return numberWithin(cause ?? undefined, 0, MOST_CAUSE) ?? null;
}

/** RFC 3398 §7.2.3: whoever hangs up, or gives up, and does not say why clears the call normally. */
export const NORMAL_CLEARING = 16;
const TIMER_EXPIRED = 102;

/** Of the CANCEL that ended the caller's INVITE; it is not his where the server gave up waiting. */
export const causeOfCancel = (headers: Headers): number =>
  causeIn(headers.reason) ?? (headers[FINAL_STATUS] === undefined ? NORMAL_CLEARING : TIMER_EXPIRED);

/** RFC 3398 §8.2.6.1 */
const CAUSES: Readonly<Record<number, string>> = {
  408: 'Q.850;cause=102;text="Recovery on timer expiry"',
  481: 'Q.850;cause=41;text="Temporary failure"',
  500: 'Q.850;cause=41;text="Temporary failure"',
};

/**
 * One leg of a call is released because the other one failed.
 * @param status what the failing side answered; 408 where it kept silent
 */
export function failureHeaders(status: number, text: string): HeadersToSend {
  const cause = CAUSES[status];
  const sip = `SIP;cause=${status};text="${text}"`;
  return { reason: cause === undefined ? sip : `${sip}, ${cause}` };
}

/** For the other leg. */
const RELEASED: Readonly<Record<ReleaseReason, readonly [status: number, text: string]>> = {
  'no-ack': [408, 'ACK timeout'],
  'session-expired': [408, 'Session timer expired'],
  'peer-silent': [408, 'Session refresh was not answered'],
  'peer-gone': [481, 'Session is unknown to the peer'],
  fault: [500, 'Internal error'],
  other: [408, 'Ended by the SIP server'],
};

/** The server has ended one leg by itself: for the BYE of the other. */
export const releasedHeaders = (reason: ReleaseReason): HeadersToSend => failureHeaders(...RELEASED[reason]);
