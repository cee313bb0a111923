/**
 * Which message offers and which answers (RFC 3261 §13.2.1, RFC 3262 §5; RFC 6337 table 1): from the messages of an INVITE to
 * the state of its session, and to the descriptions in force.
 */
import { type Description, descriptionIn, descriptionOf } from '../../sip/description.js';
import type { SipMessage } from '../../sip/message.js';
import type { Session } from './session.js';

/** A reliable provisional response to our INVITE. @param offer of the INVITE */
export function earlyAnswerReceived(session: Session, offer: Description | undefined, response: SipMessage): void {
  const description = descriptionIn(response);
  if (description === undefined) return;
  if (session.exchange === 'inviting') {
    session.agreeEarly(offer, description);
    session.submit('earlyAnswerReceived');
  } else if (session.exchange === 'asking') {
    session.proposed = description;
    session.submit('offerReceived');
  }
}

/** The 2xx to our INVITE. */
export function acceptanceReceived(session: Session, offer: Description | undefined, response: SipMessage): void {
  const description = descriptionIn(response);
  if (session.exchange === 'asking' && description !== undefined) {
    session.proposed = description;
    session.submit('offerReceived');
    return;
  }
  if (session.exchange === 'inviting') session.agree(offer, description);
  session.submit('acceptanceReceived');
}

/** Our ACK for it. */
export function ackSent(session: Session, ack: SipMessage): void {
  if (session.exchange !== 'answering') return;
  session.agree(descriptionOf(ack.fields, ack.body), session.proposed);
  session.submit('ackSent');
}

/** Our reliable provisional response to the peer's INVITE. */
export function earlyAnswerSent(session: Session, invite: SipMessage, response: SipMessage): void {
  const description = descriptionOf(response.fields, response.body);
  if (description === undefined) return;
  if (session.exchange === 'invited') {
    session.agreeEarly(description, descriptionIn(invite));
    session.submit('earlyAnswerSent');
  } else if (session.exchange === 'asked') {
    session.proposed = description;
    session.submit('offerSent');
  }
}

/** Our 2xx. */
export function acceptanceSent(session: Session, invite: SipMessage, response: SipMessage): void {
  session.awaitedAck = invite.cseq.number;
  const description = descriptionOf(response.fields, response.body);
  if (session.exchange === 'asked' && description !== undefined) {
    session.proposed = description;
    session.submit('offerSent');
    return;
  }
  if (session.exchange === 'invited') session.agree(description, descriptionIn(invite));
  session.submit('acceptanceSent');
}

/** The ACK for our 2xx. */
export function ackReceived(session: Session, ack: SipMessage): void {
  if (session.awaitedAck !== ack.cseq.number) return;
  if (session.exchange === 'offering') session.agree(session.proposed, descriptionIn(ack));
  session.submit('ackReceived');
}

/** A PRACK for our reliable provisional response. @returns the offer that it makes, if it makes one */
export function prackReceived(session: Session, description: Description | undefined): Description | undefined {
  if (session.exchange === 'offering') session.agree(session.proposed, description);
  else if (description !== undefined) {
    session.submit('receivePrackOffer');
    return description;
  }
  session.submit('prackReceived');
  return undefined;
}
