/** What things cost in memory, for the budget: estimates, in bytes. */
import type { SipMessage } from '../sip/message.js';

/** Of a transaction under way, with its timers and its owner's part. */
const TRANSACTION_BYTES = 1500;
/** Of one that only knows its request when it comes again. */
export const LINGERING_BYTES = 400;
/** Of a dialog with its session. */
export const DIALOG_BYTES = 1500;
/** Of a connection with its socket; over TLS most of it is OpenSSL's. */
export const CONNECTION_BYTES = { tcp: 4000, tls: 50_000 };
/** The request as it came, and its copy in the responses or, of an INVITE, on the way to a member. */
const COPIES = 2;

/** Of a request that waits for its final response. */
export function weightOf({ head, body }: SipMessage): number {
  let bytes = body.length;
  for (let at = 0; at < head.count; at++) bytes += head.length(at);
  return TRANSACTION_BYTES + COPIES * bytes;
}
