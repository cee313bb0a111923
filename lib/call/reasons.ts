/** Why we end something, told in Reason (RFC 3326). That of a CANCEL decides what a phone shows as a missed call (edge case 69). */

import type { Headers, HeadersToSend, ReleaseReason } from '../sip-server/sip-server.js';
import type { Why } from '../store/types.js';

export type CancelReason =
  | 'no-answer'
  | 'expired'
  | 'unreachable'
  | 'forwarded'
  | 'answered-elsewhere'
  | 'caller-left'
  | 'shut-down'
  | 'fault';

/** Why a leg is released that has been answered, beside those. */
export type Releasing = CancelReason | 'no-contact';

const REASONS: Record<Releasing, string> = {
  'no-answer': 'SIP;cause=480;text="No answer"',
  // The INVITE's Expires ran out (RFC 3261 §13.3.1, item 1).
  expired: 'SIP;cause=480;text="No answer"',
  unreachable: 'SIP;cause=408;text="No response"',
  forwarded: 'SIP;cause=480;text="Forwarding is active"',
  // Only if somebody did answer: the phone then shows no missed call.
  'answered-elsewhere':
    'SIP;cause=200;text="Call completed elsewhere", Q.850;cause=26;text="Non-selected user clearing"',
  'caller-left': 'SIP;cause=487;text="ORIGINATOR_CANCEL"',
  'shut-down': 'SIP;cause=503;text="Service is being shut down", Q.850;cause=41;text="Temporary failure"',
  'no-contact': 'SIP;cause=400;text="Answer without Contact", Q.850;cause=111;text="Protocol error, unspecified"',
  fault: 'SIP;cause=500;text="Internal error", Q.850;cause=41;text="Temporary failure"',
};

/** @param callers the headers of the caller's CANCEL: its Reason is copied (edge case 58) */
export function cancelHeaders(cancelReason: CancelReason, callers: Headers = {}): HeadersToSend {
  return { reason: (cancelReason === 'caller-left' ? callers.reason : undefined) ?? REASONS[cancelReason] };
}

export const releaseHeaders = (releasing: Releasing): HeadersToSend => ({ reason: REASONS[releasing] });

/** RFC 3398 §8.2.6.1 */
const CAUSES: Readonly<Record<number, string>> = {
  408: 'Q.850;cause=102;text="Recovery on timer expiry"',
  481: 'Q.850;cause=41;text="Temporary failure"',
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
const RELEASED: Readonly<Record<ReleaseReason, string>> = {
  'no-ack': 'ACK timeout',
  'session-expired': 'Session timer expired',
  'peer-silent': 'Session refresh was not answered',
  'peer-gone': 'Session is unknown to the peer',
  fault: 'Internal error',
  other: 'Ended by the SIP server',
};

/** The server has ended one leg by itself: for the BYE of the other. */
export const releasedHeaders = (reason: ReleaseReason): HeadersToSend => failureHeaders(408, RELEASED[reason]);

const RESULT_WHEN_CANCELLED: Record<CancelReason, Why> = {
  'no-answer': 'no-answer',
  expired: 'no-answer',
  unreachable: 'unreachable',
  forwarded: 'forwarded',
  'answered-elsewhere': 'not-needed',
  'caller-left': 'caller-left',
  'shut-down': 'failed',
  fault: 'fault',
};

/** Why an attempt ends that was left so. A phone that never rang gave no answer: there the caller's patience was over. */
export const whyLeft = (cancelReason: CancelReason, rang: boolean): Why =>
  cancelReason === 'expired' && !rang ? 'caller-left' : RESULT_WHEN_CANCELLED[cancelReason];
