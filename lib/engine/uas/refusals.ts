/** Why a request within a dialog is not handed on (RFC 3261 §12.2.2, §14.2; RFC 3262 §3; RFC 3311 §5.2; RFC 4028 §9). */
import { randomInt } from 'node:crypto';
import type { Description } from '../../sip/description.js';
import type { Field, SipMessage } from '../../sip/message.js';
import type { OfferAnswerVerdict } from '../../sip/offer-answer.js';
import { unsupportedValue } from '../../sip/unsupported.js';
import type { Dialog } from '../dialog/dialog.js';
import type { Session } from '../dialog/session.js';
import { SHORTEST_SESSION, sessionExpires, supportsTimer } from '../dialog/session-expires.js';

export type Refusal = readonly [status: number, reason: string, fields?: readonly Field[]];

const TOO_SMALL: Refusal = [422, 'Session Interval Too Small', [['Min-SE', String(SHORTEST_SESSION)]]];

/** Seconds after which a request that came at the wrong moment may come again (RFC 3261 §14.2: at random). */
const retryAfter = (): Field => ['Retry-After', String(randomInt(0, 11))];

export function refusalInside(
  request: SipMessage,
  dialog: Dialog,
  offer: Description | undefined,
): Refusal | undefined {
  const { method } = request;
  const { session } = dialog;
  if (request.cseq.number < dialog.state.remoteSequence) return [500, 'CSeq Out of Order']; // §12.2.2
  if (method === 'BYE') return undefined;
  if (method === 'PRACK') return refusalOfPrack(request, session, offer);
  if (method === 'INVITE' || method === 'UPDATE') {
    const asked = sessionExpires(request, SHORTEST_SESSION);
    // RFC 4028 §9: only who knows session timers understands 422.
    if (asked !== undefined && asked.seconds < SHORTEST_SESSION && supportsTimer(request)) return TOO_SMALL;
  }
  if (dialog.owner === undefined) return [500, 'Application Gone', [retryAfter()]];
  if (session === undefined) return undefined;
  if (method === 'INVITE')
    return refusalFor(session.submit(offer === undefined ? 'receiveBareInvite' : 'receiveInvite'));
  if (method === 'UPDATE')
    return refusalFor(session.submit(offer === undefined ? 'receiveBareUpdate' : 'receiveUpdate'));
  return undefined;
}

/** RFC 3261 §14.2, RFC 3311 §5.2 */
const refusalFor = (verdict: OfferAnswerVerdict | undefined): Refusal | undefined => {
  if (verdict === undefined) return undefined;
  return verdict === 'pending' ? [491, 'Request Pending'] : [500, 'Request Pending', [retryAfter()]];
};

/** Before it acknowledges anything, so that the response is repeated until a PRACK comes that can be taken. */
function refusalOfPrack(
  prack: SipMessage,
  session: Session | undefined,
  description: Description | undefined,
): Refusal | undefined {
  const unsupported = prack.values('require').filter((option) => option.toLowerCase() !== '100rel');
  if (unsupported.length > 0) return [420, 'Bad Extension', [['Unsupported', unsupportedValue(unsupported)]]]; // §8.2.2.3
  const isOffer = description !== undefined && session !== undefined && session.exchange !== 'offering';
  return isOffer ? refusalFor(session.verdictOn('receivePrackOffer')) : undefined;
}
