import type { SipMessage } from '../../sip/message.js';

const MAGIC_COOKIE = 'z9hG4bK';

/**
 * The key under which a request finds its server transaction (RFC 3261 §17.2.3): branch, sent-by and method.
 * @param method `INVITE` for an ACK or a CANCEL that looks for its INVITE
 */
export function serverKey(message: SipMessage, method: string): string {
  const { host, port, branch } = message.via;
  if (branch.startsWith(MAGIC_COOKIE)) return `${branch}|${host}:${port ?? 5060}|${method}`;
  // RFC 2543 clients: Request-URI, tags, Call-ID, CSeq number and top Via instead. The To tag is left out, because the ACK
  // carries one and its INVITE does not.
  return `${message.uri}|${message.callId}|${message.fromTag}|${message.cseq.number}|${host}:${port ?? 5060};${branch}|${method}`;
}

/**
 * The key under which a request that came here on two ways meets itself (RFC 3261 §8.2.2.2); it also finds the INVITE of a
 * CANCEL whose Via was changed on the way.
 */
export function mergeKey(message: SipMessage, method: string): string {
  return `${message.callId}|${message.fromTag}|${message.cseq.number}|${method}`;
}
