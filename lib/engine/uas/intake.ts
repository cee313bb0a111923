import { guarded } from '../../base/guard.js';
import { detached } from '../../base/text.js';
import { responseTo, stampReceived } from '../../sip/build.js';
import { type Description, descriptionIn } from '../../sip/description.js';
import type { Field, SipMessage } from '../../sip/message.js';
import { MAX_FORWARDS } from '../../sip/names.js';
import { numberWithin } from '../../sip/number.js';
import { defectOf } from '../../sip/validate.js';
import type { Dispatcher, EngineOptions, Flow } from '../api.js';
import { type Context, protectedly, tellFault } from '../context.js';
import type { Dialog } from '../dialog/dialog.js';
import { prackReceived } from '../dialog/exchange.js';
import { endFaulty } from '../dialog/faulty.js';
import { mergeKey, serverKey } from '../transaction/matching.js';
import { LingeringServerTransaction } from './lingering.js';
import { dialogOf, inviteOf } from './matching.js';
import { OverloadRefusals } from './overload.js';
import { INTERNAL_ERROR, type ReceivedRequest } from './received-request.js';
import { type Refusal, refusalInside } from './refusals.js';
import { ServerInvite } from './server-invite.js';
import { ServerRequest } from './server-request.js';
import { ServerTransactionUser } from './server-transaction-user.js';
import { respondStatelessly } from './stateless.js';

/** Methods that an application may want outside a dialog. */
const OUTSIDE = ['INVITE', 'OPTIONS', 'REGISTER', 'MESSAGE', 'INFO', 'NOTIFY', 'SUBSCRIBE', 'PUBLISH', 'REFER'];
/** Methods that have no meaning outside a dialog or transaction. */
const INSIDE = ['BYE', 'UPDATE', 'PRACK'];
const KNOWN = new Set(OUTSIDE);
const ALLOW: Field = ['Allow', [...OUTSIDE, ...INSIDE, 'ACK', 'CANCEL'].join(', ')];

const MERGED = 482;
const NO_DIALOG = 'Call/Transaction Does Not Exist';
/** Whether its body may be an offer or an answer. */
const carriesOffer = (method: string): boolean => method === 'INVITE' || method === 'UPDATE' || method === 'PRACK';

/** The UAS core's reception: each request finds its transaction, its dialog or an application (RFC 3261 §8.2, §9.2, §12.2.2). */
export class Intake {
  readonly #context: Context;
  readonly #overload: OverloadRefusals;
  readonly #dispatcher: () => Dispatcher;
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
    this.#overload = new OverloadRefusals(context, overload);
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
    // Cut out of the request, its keys would keep all of it for as long as the transaction lives.
    const key = detached(serverKey(request, request.method));
    const known = this.#context.servers.get(key);
    if (known !== undefined) {
      const { retransmissions } = this.#context;
      retransmissions.receivedRequests.add();
      if (known instanceof LingeringServerTransaction && known.isHeard) retransmissions.sentResponses.add();
      known.repeated();
    } else if (request.toTag !== '') this.#inDialog({ request, flow, key, mergeKey: '' });
    else this.#outside({ request, flow, key, mergeKey: '' });
  }

  #acknowledge(ack: SipMessage, flow: Flow): void {
    const context = this.#context;
    const dialog = dialogOf(context, ack, flow);
    const answered = dialog === 'foreign' ? undefined : dialog?.unacknowledged.get(ack.cseq.number);
    if (answered !== undefined) {
      try {
        answered.acknowledged(ack, flow);
      } catch (thrown) {
        answered.faulted(thrown);
      }
      return;
    }
    // §17.1.1.3: that of a refusal has the branch of its INVITE.
    const invite = context.servers.get(serverKey(ack, 'INVITE'));
    if (invite instanceof ServerInvite) invite.acknowledgedFailure(ack);
    else if (invite === undefined && dialog === undefined) context.meter.count('sip_engine_stray_acks_total');
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

  #outside(received: ReceivedRequest): void {
    const context = this.#context;
    const { request, flow } = received;
    const refusal = this.#refusalOutside(received);
    const owner = refusal === undefined ? this.#dispatcher().choose(request, flow) : undefined;
    if (owner === undefined) {
      const told = refusal ?? unwanted(request.method);
      respondStatelessly(context, request, flow, ...told);
      // A merged request is of a call that there is.
      if (request.method === 'INVITE' && told[0] !== MERGED && !this.#overload.isAgain(told)) {
        this.#told(told[0], request);
      }
      return;
    }
    const Kind = request.method === 'INVITE' ? ServerInvite : ServerRequest;
    new Kind(context, received, owner, undefined).offer();
  }

  #refusalOutside(received: ReceivedRequest): Refusal | undefined {
    const { request } = received;
    const { method } = request;
    if (INSIDE.includes(method)) return [481, NO_DIALOG];
    if (method !== 'OPTIONS' && numberWithin(request.firstNumbered(MAX_FORWARDS), 0, 0) === 0)
      return [483, 'Too Many Hops'];
    const overloaded = this.#overload.outside(received);
    if (overloaded !== undefined) return overloaded;
    received.mergeKey = detached(mergeKey(request, method));
    return this.#context.merged.has(received.mergeKey) ? [MERGED, 'Request Merged'] : undefined; // §8.2.2.2
  }

  #told(status: number, invite: SipMessage): void {
    protectedly(this.#context, () => this.#tell(status, invite));
  }

  #inDialog(received: ReceivedRequest): void {
    const context = this.#context;
    const { request, flow } = received;
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
    const offer = carriesOffer(method) ? descriptionIn(request) : undefined;
    const refusal = this.#overload.inside(received) ?? refusalInside(request, dialog, offer);
    dialog.sequenceReceived(request.cseq.number);
    if (refusal !== undefined) respondStatelessly(context, request, flow, ...refusal);
    else if (method === 'BYE') this.#bye(received, dialog);
    else if (method === 'PRACK') this.#prack(received, dialog, offer);
    else if (method === 'INVITE') new ServerInvite(context, received, dialog.owner, dialog).offer();
    else {
      const server = new ServerRequest(context, received, dialog.owner, dialog);
      server.described = offer;
      server.offer();
    }
  }

  /** §15.1.2: the dialog is over, and so is every INVITE in it that is still open. */
  #bye(received: ReceivedRequest, dialog: Dialog): void {
    const context = this.#context;
    const { request, flow } = received;
    const { serverInvite } = dialog;
    const isEarly = dialog.state.phase === 'early';
    const bye = new ServerRequest(context, received, dialog.owner, dialog);
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
  #prack(received: ReceivedRequest, dialog: Dialog, description: Description | undefined): void {
    const { request, flow } = received;
    const invite = dialog.serverInvite;
    const match = invite?.prack(request) ?? 'unknown';
    if (match === 'unknown') {
      respondStatelessly(this.#context, request, flow, 481, NO_DIALOG);
      return;
    }
    const prack = new ServerRequest(this.#context, received, dialog.owner, dialog);
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
