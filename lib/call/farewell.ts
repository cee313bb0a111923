/** What our BYE says, from what has ended the call first: the other side's BYE, or our Reason (RFC 3326). Pure. */
import type { Content, HeadersToSend, Message } from '../sip-server/sip-server.js';
import type { EndReason } from './end-reasons.js';
import { causeIn, NORMAL_CLEARING } from './reasons.js';

export interface Farewell {
  readonly content: Content;
  /** Of Q.850, with which the call ended. */
  readonly cause: number | null;
  /** Why we have ended it; null where we have not. */
  readonly reason: EndReason | null;
}

/** We have ended it. */
export const ourFarewell = (headers: HeadersToSend, reason: EndReason | null): Farewell => ({
  content: { headers },
  cause: causeIn(String(headers.reason ?? '')),
  reason,
});

/** One side has. @param content its BYE, as the other side gets it */
export const theirFarewell = (bye: Message, content: Content): Farewell => ({
  content,
  cause: causeIn(bye.headers.reason) ?? NORMAL_CLEARING,
  reason: null,
});
