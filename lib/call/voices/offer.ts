/** Which offers a media server can take here. Pure. */

import type { Message } from '../../sip-server/sip-server.js';
import { hasOffer } from '../descriptions.js';

/** Why it cannot. */
export type Unfit =
  /** The INVITE has none (RFC 3261 §13.2.1). */
  | 'no-offer'
  /** It is part of a body that holds something else, too. */
  | 'multipart'
  /** No audio over plain RTP: SRTP (RFC 3711), or no audio at all. */
  | 'no-plain-audio'
  /** It relies on ICE (RFC 8839 §5.4). */
  | 'ice';

/** Undefined: it fits. */
export function unfitOf(invite: Message): Unfit | undefined {
  const { body, headers } = invite;
  if (!hasOffer(invite)) return 'no-offer';
  if (/^\s*multipart\//i.test(headers['content-type'] ?? '')) return 'multipart';
  if (!/^m=audio [1-9]\d*(?:\/\d+)? RTP\/AVP /m.test(body)) return 'no-plain-audio';
  return /^a=(?:ice-ufrag|ice-lite|candidate):?/m.test(body) ? 'ice' : undefined;
}
