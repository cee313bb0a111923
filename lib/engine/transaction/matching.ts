import type { SipMessage } from '../../sip/message.js';
import { folded, isSameToken } from '../../sip/tokens.js';

const MAGIC_COOKIE = 'z9hG4bK';

/** RFC 3261 §8.1.1.7: the branch is unique, and tells the transaction. */
export const hasCookie = (branch: string): boolean =>
  branch.startsWith(MAGIC_COOKIE) || isSameToken(branch.slice(0, MAGIC_COOKIE.length), MAGIC_COOKIE);

/** A branch of ours as we wrote it, whatever case a peer gave it. */
export const ownBranch = (branch: string): string => MAGIC_COOKIE + folded(branch.slice(MAGIC_COOKIE.length));

/**
 * The key under which a request finds its server transaction (RFC 3261 §17.2.3): branch, sent-by and method.
 * @param method `INVITE` for an ACK or a CANCEL that looks for its INVITE
 */
export function serverKey(message: SipMessage, method: string): string {
  const { host, port, branch } = message.via;
  if (hasCookie(branch)) return `${folded(`${branch}|${host}`)}:${port ?? 5060}|${method}`;
  // RFC 2543 clients: Request-URI, tags, Call-ID, CSeq number and top Via instead. The To tag is left out, because the ACK
  // carries one and its INVITE does not.
  const via = folded(`${host}:${port ?? 5060};${branch}`);
  return `${message.uri}|${message.callId}|${folded(message.fromTag)}|${message.cseq.number}|${via}|${method}`;
}

/**
 * The key under which a request that came here on two ways meets itself (RFC 3261 §8.2.2.2); it also finds the INVITE of a
 * CANCEL whose Via was changed on the way.
 */
export function mergeKey(message: SipMessage, method: string): string {
  return `${message.callId}|${folded(message.fromTag)}|${message.cseq.number}|${method}`;
}
