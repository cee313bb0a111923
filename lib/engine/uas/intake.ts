import { randomInt } from 'node:crypto';
import { guarded } from '../../base/guard.js';
import { responseTo, stampReceived } from '../../sip/build.js';
import { type Description, descriptionIn } from '../../sip/description.js';
import type { Field, SipMessage } from '../../sip/message.js';
import { numberWithin } from '../../sip/number.js';
import type { OfferAnswerVerdict } from '../../sip/offer-answer.js';
import { unsupportedValue } from '../../sip/unsupported.js';
import { defectOf } from '../../sip/validate.js';
import type { Dispatcher, EngineOptions, Flow } from '../api.js';
import { type Context, protectedly, tellFault } from '../context.js';
import type { Dialog } from '../dialog/dialog.js';
import { prackReceived } from '../dialog/exchange.js';
import { endFaulty } from '../dialog/faulty.js';
import type { Session } from '../dialog/session.js';
import { SHORTEST_SESSION, sessionExpires, supportsTimer } from '../dialog/session-expires.js';
import { mergeKey, serverKey } from '../transaction/matching.js';
import { weightOf } from '../weight.js';
import { LingeringServerTransaction } from './lingering.js';
import { dialogOf, inviteOf } from './matching.js';
import { Refused } from './refused.js';
import { ServerInvite } from './server-invite.js';
import { ServerRequest } from './server-request.js';
import { INTERNAL_ERROR, ServerTransactionUser } from './server-transaction-user.js';
import { respondStatelessly } from './stateless.js';

/** Methods that an application may want outside a dialog. */
const OUTSIDE = ['INVITE', 'OPTIONS', 'REGISTER', 'MESSAGE', 'INFO', 'NOTIFY', 'SUBSCRIBE', 'PUBLISH', 'REFER'];
/** Methods that have no meaning outside a dialog or transaction. */
const INSIDE = ['BYE', 'UPDATE', 'PRACK'];
const KNOWN = new Set(OUTSIDE);
const DIALOG_ONLY = new Set(INSIDE);
const ALLOW: Field = ['Allow', [...OUTSIDE, ...INSIDE, 'ACK', 'CANCEL'].join(', ')];

const MERGED = 482;
const NO_DIALOG = 'Call/Transaction Does Not Exist';
const TOO_SMALL: Refusal = [422, 'Session Interval Too Small', [['Min-SE', String(SHORTEST_SESSION)]]];

/** Half of what rests is gone by then. */
const NO_ROOM_SECONDS = 16;
/** Any session description of an ordinary call is shorter. */
const SHORT_BODY = 4096;

/** Why a request is not handed on. */
type Refusal = readonly [status: number, reason: string, fields?: readonly Field[]];

/** Seconds after which a request that came at the wrong moment may come again (RFC 3261 §14.2: at random). */
const retryAfter = (): Field => ['Retry-After', String(randomInt(0, 11))];

/** The UAS core's reception: each request finds its transaction, its dialog or an application (RFC 3261 §8.2, §9.2, §12.2.2). */
export class Intake {
  readonly #context: Context;
  readonly #overload: NonNullable<EngineOptions['overload']>;
  readonly #dispatcher: () => Dispatcher;
  readonly #refused: Refused;
  /** The refusal of a request that is only repeated. */
  #again: Refusal | undefined;
  readonly #tell: (status: number, invite: SipMessage) => void;

  constructor(
    context: Context,
    dispatcher: () => Dispatcher,
    overload: NonNullable<EngineOptions['overload']> = () => undefined,
    tell: (status: number, invite: SipMessage) => void = () => {},
  ) {
    this.#tell = tell;
    this.#context = context;
    this.#dispatcher = dispatcher;
    this.#overload = overload;
    this.#refused = new Refused(context.clock, context.timers.timeout);
  }

  receive(raw: SipMessage, flow: Flow): void {
    const context = this.#context;
    const defect = defectOf(raw);
    const request = stampReceived(raw, flow.address, flow.port);
    if (defect !== undefined) {
      context.meter.count('sip_engine_malformed_total');
      respondStatelessly(context, request, flow, defect.status, defect.reason);
      if (isNewInvite(request)) this.#told(defect.status, request);
      return;
    }
    if (request.method === 'ACK') this.#acknowledge(request, flow);
    else if (request.method === 'CANCEL') this.#cancel(request, flow);
    else this.#request(request, flow);
  }

  /** A programming error at a message: whatever it found, or has begun to make, is ended; a request gets its response. */
  faulted(raw: SipMessage, flow: Flow, thrown: unknown): void {
    const context = this.#context;
    const request = stampReceived(raw, flow.address, flow.port);
    const begun = context.servers.get(serverKey(request, request.method));
    if (begun instanceof ServerTransactionUser) begun.faulted(thrown);
    else tellFault(context, thrown, 'A SIP request could not be handled', request.callId);
    if (begun === undefined || !context.servers.has(serverKey(request, request.method)))
      respondStatelessly(context, request, flow, 500, INTERNAL_ERROR);
    const dialog = dialogOf(context, request, flow);
    if (dialog === 'foreign') return;
    if (dialog?.state.phase === 'confirmed') endFaulty(context, dialog, thrown);
    else dialog?.serverInvite?.faulted(thrown);
  }

  #request(request: SipMessage, flow: Flow): void {
    const key = serverKey(request, request.method);
    const known = this.#context.servers.get(key);
    if (known !== undefined) {
      const { retransmissions } = this.#context;
      retransmissions.receivedRequests.add();
      if (known instanceof LingeringServerTransaction && known.isHeard) retransmissions.sentResponses.add();
      known.repeated();
    } else if (request.toTag !== '') this.#inDialog(request, flow, key);
    else this.#outside(request, flow, key);
  }

  #acknowledge(ack: SipMessage, flow: Flow): void {
    const context = this.#context;
    const invite = context.servers.get(serverKey(ack, 'INVITE'));
    if (invite instanceof ServerInvite) invite.acknowledgedFailure(ack);
    const dialog = dialogOf(context, ack, flow);
    if (dialog === 'foreign') return;
    const answered = dialog?.unacknowledged.get(ack.cseq.number);
    if (answered !== undefined) {
      guarded(
        () => answered.acknowledged(ack, flow),
        (thrown) => answered.faulted(thrown),
      );
    } else if (invite === undefined && dialog === undefined) context.meter.count('sip_engine_stray_acks_total');
  }

  #cancel(cancel: SipMessage, flow: Flow): void {
    const context = this.#context;
    const invite = inviteOf(context, cancel, flow);
    if (!(invite instanceof ServerInvite || invite instanceof LingeringServerTransaction)) {
      respondStatelessly(context, cancel, flow, 481, NO_DIALOG);
      return;
    }
    // §9.2: 200 whatever the state of the INVITE, with the To tag of its responses, and before its 487.
    if (invite instanceof ServerInvite && invite.localTag === '') invite.localTag = context.ids.token();
    const ok = responseTo(cancel, 200, 'OK', { toTag: invite.localTag });
    context.network.respond(ok.text, cancel, flow);
    if (!(invite instanceof ServerInvite)) return;
    guarded(
      () => invite.cancelled(cancel, flow),
      (thrown) => invite.faulted(thrown),
    );
  }

  #outside(request: SipMessage, flow: Flow, key: string): void {
    const context = this.#context;
    const refusal = this.#refusalOutside(request, flow, key);
    const owner = refusal === undefined ? this.#dispatcher().choose(request, flow) : undefined;
    if (owner === undefined) {
      const told = refusal ?? unwanted(request.method);
      respondStatelessly(context, request, flow, ...told);
      // A merged request is of a call that there is.
      if (request.method === 'INVITE' && told[0] !== MERGED && told !== this.#again) this.#told(told[0], request);
      return;
    }
    const Kind = request.method === 'INVITE' ? ServerInvite : ServerRequest;
    new Kind(context, owner, request, flow, key, undefined).offer();
  }

  #refusalOutside(request: SipMessage, flow: Flow, key: string): Refusal | undefined {
    const context = this.#context;
    const { method } = request;
    if (DIALOG_ONLY.has(method)) return [481, NO_DIALOG];
    if (method !== 'OPTIONS' && numberWithin(request.first('max-forwards'), 0, 0) === 0) return [483, 'Too Many Hops'];
    const overloaded = this.#refusalForOverload(request, flow, key);
    if (overloaded !== undefined) return overloaded;
    return context.merged.has(mergeKey(request, method)) ? [MERGED, 'Request Merged'] : undefined; // §8.2.2.2
  }

  #refusalForOverload(request: SipMessage, { address }: Flow, key: string): Refusal | undefined {
    const { budget, meter, sourceOf } = this.#context;
    const { method } = request;
    const source = sourceOf(address);
    const known = this.#refused.get(key);
    let retryAfter = known ?? this.#overload(method, source);
    if (retryAfter === undefined && budget.isTight && !budget.admits(source, weightOf(request))) {
      retryAfter = NO_ROOM_SECONDS;
      meter.count('sip_engine_budget_refusals_total');
    }
    // RFC 7090: a call-back of the emergency services is not refused for load.
    if (retryAfter === undefined || /^psap-callback$/i.test(request.first('priority') ?? '')) return undefined;
    // Only an INVITE that comes again would ring for nobody.
    if (method === 'INVITE') this.#refused.add(key, retryAfter);
    meter.count('sip_engine_overload_refusals_total');
    const refusal: Refusal = [503, 'Service Unavailable', [['Retry-After', String(retryAfter)]]];
    this.#again = known === undefined ? undefined : refusal;
    return refusal;
  }

  #told(status: number, invite: SipMessage): void {
    protectedly(this.#context, () => this.#tell(status, invite));
  }

  #inDialog(request: SipMessage, flow: Flow, key: string): void {
    const context = this.#context;
    const dialog = dialogOf(context, request, flow);
    if (dialog === 'foreign') {
      // It is known, and is not this peer's: 481 would end the call where the peer is right after all (RFC 5057 §5.1).
      respondStatelessly(context, request, flow, 403, 'Forbidden');
      return;
    }
    if (dialog === undefined) {
      // §12.2.2; whatever Route it carries: a back-to-back user agent forwards nothing.
      respondStatelessly(context, request, flow, 481, NO_DIALOG);
      return;
    }
    const { method } = request;
    dialog.reconnected(flow);
    const offer = CARRIES_OFFER.has(method) ? descriptionIn(request) : undefined;
    const refusal = this.#refusalForBytes(request, flow) ?? refusalInside(request, dialog, offer);
    dialog.sequenceReceived(request.cseq.number);
    if (refusal !== undefined) respondStatelessly(context, request, flow, ...refusal);
    else if (method === 'BYE') this.#bye(request, flow, key, dialog);
    else if (method === 'PRACK') this.#prack(request, flow, key, dialog, offer);
    else if (method === 'INVITE') new ServerInvite(context, dialog.owner, request, flow, key, dialog).offer();
    else {
      const server = new ServerRequest(context, dialog.owner, request, flow, key, dialog);
      server.described = offer;
      server.offer();
    }
  }

  /** Within a call only what is long is refused for want of room, and never its end. */
  #refusalForBytes(request: SipMessage, { address }: Flow): Refusal | undefined {
    const { budget, meter, sourceOf } = this.#context;
    const { method, body } = request;
    if (!budget.isTight || body.length < SHORT_BODY || method === 'BYE' || method === 'PRACK') return undefined;
    if (budget.admits(sourceOf(address), weightOf(request))) return undefined;
    meter.count('sip_engine_budget_refusals_total');
    return [503, 'Service Unavailable', [['Retry-After', String(NO_ROOM_SECONDS)]]];
  }

  /** §15.1.2: the dialog is over, and so is every INVITE in it that is still open. */
  #bye(request: SipMessage, flow: Flow, key: string, dialog: Dialog): void {
    const context = this.#context;
    const { serverInvite } = dialog;
    const isEarly = dialog.state.phase === 'early';
    const bye = new ServerRequest(context, dialog.owner, request, flow, key, dialog);
    if (isEarly && dialog.state.role === 'uas') bye.reject(200, 'OK');
    else bye.offer();
    context.dialogs.remove(dialog);
    dialog.stopRepeating();
    dialog.releaseHeld();
    if (serverInvite !== undefined) {
      guarded(
        () => serverInvite.endedByBye(request, flow),
        (thrown) => serverInvite.faulted(thrown),
      );
    }
    if (bye.owner === undefined) bye.reject(200, 'OK');
  }

  /** RFC 3262 §3. */
  #prack(request: SipMessage, flow: Flow, key: string, dialog: Dialog, description: Description | undefined): void {
    const invite = dialog.serverInvite;
    const match = invite?.prack(request) ?? 'unknown';
    if (match === 'unknown') {
      respondStatelessly(this.#context, request, flow, 481, NO_DIALOG);
      return;
    }
    const prack = new ServerRequest(this.#context, dialog.owner, request, flow, key, dialog);
    if (dialog.session !== undefined) prack.described = prackReceived(dialog.session, description);
    // An offer that the application never sees is not acceptable; nobody would answer it.
    if (match !== 'automatic' && dialog.owner !== undefined) prack.offer();
    else if (prack.described === undefined) prack.reject(200, 'OK');
    else prack.reject(488, 'Not Acceptable Here');
    if (invite === undefined) return;
    guarded(
      () => invite.proceed(),
      (thrown) => invite.faulted(thrown),
    );
  }
}

/** Whether it would have become a call. */
const isNewInvite = (request: SipMessage): boolean => request.method === 'INVITE' && !request.tryToTag();

/** No application wants it. */
const unwanted = (method: string): Refusal =>
  KNOWN.has(method) ? [503, 'Service Unavailable'] : [501, 'Not Implemented', [ALLOW]];

const CARRIES_OFFER = new Set(['INVITE', 'UPDATE', 'PRACK']);

function refusalInside(request: SipMessage, dialog: Dialog, offer: Description | undefined): Refusal | undefined {
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
