/** A request of one side about the session: which ones are, how one is refused, and what is known of it while the other side decides. */
import { randomInt } from 'node:crypto';
import type { Timer } from '../base/clock.js';
import type { OfferAnswerVerdict } from '../sip/offer-answer.js';
import { ALLOW } from '../sip-server/abilities.js';
import type { IncomingRequest } from '../sip-server/sip-server.js';
import type { Side } from './call-legs.js';
import { hasOffer } from './descriptions.js';
import { EarlyAnswers } from './early-answer.js';

/** Whether a request is about the session: any INVITE is, and an UPDATE that offers something or has no body at all. */
export function concernsSession(request: IncomingRequest): boolean {
  const { method, body } = request;
  return method === 'INVITE' || (method === 'UPDATE' && (body === '' || hasOffer(request)));
}

/** A request whose offer, or whose asking for one, is carried to the other side. */
export interface Carried {
  readonly side: Side;
  readonly request: IncomingRequest;
  readonly early: EarlyAnswers;
  /** Who asked has a final response. */
  isAnswered: boolean;
  limit: Timer | undefined;
}

export const NONE: readonly Carried[] = [];

export const carriedFrom = (side: Side, request: IncomingRequest): Carried => ({
  side,
  request,
  early: new EarlyAnswers(),
  isAnswered: false,
  limit: undefined,
});

/** Of an answer of ours. */
export const ABILITIES = { allow: ALLOW, supported: 'timer' } as const;

/** Refuses what is asked at the wrong moment (RFC 3261 §14.2, RFC 3311 §5.2). True: it is refused. */
export function refuse(request: IncomingRequest, verdict: OfferAnswerVerdict | undefined): boolean {
  if (verdict === undefined) return false;
  if (verdict === 'pending') request.respond(491);
  else request.respond(500, { headers: { 'retry-after': String(randomInt(0, 11)) } });
  return true;
}
