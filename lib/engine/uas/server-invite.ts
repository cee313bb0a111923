import { regardless } from '../../base/guard.js';
import { responseTo } from '../../sip/build.js';
import type { Field, SipMessage } from '../../sip/message.js';
import type { Flow, Owner, ResponseDraft, ResponseSent, Sent } from '../api.js';
import type { Context } from '../context.js';
import type { Dialog } from '../dialog/dialog.js';
import { acceptanceSent, earlyAnswerSent } from '../dialog/exchange.js';
import { settleSession } from '../dialog/settle-session.js';
import { InviteServerTransaction } from '../transaction/invite-server.js';
import { endDialog, INTERNAL } from '../uac/bye.js';
import { Acceptance } from './acceptance.js';
import { INTERNAL_ERROR, type ReceivedRequest, unknownTransaction } from './received-request.js';
import { type PrackAnswerer, ReliableProvisionals, reliabilityOf } from './reliable.js';
import { ServerTransactionUser } from './server-transaction-user.js';
import { cancelAfter, cancelAs, cancelAsReceived, type ToldOwner, tellCancelled } from './told-cancel.js';

const UNAVAILABLE = [503, 'Service Unavailable'] as const;
const TEMPORARILY_UNAVAILABLE = [480, 'Temporarily Unavailable'] as const;

/** An INVITE from the network, initial or within a dialog (RFC 3261 §13.3, §14.2). */
export class ServerInvite extends ServerTransactionUser {
  readonly #transaction: InviteServerTransaction;
  /** False: a re-INVITE. */
  readonly #initial: boolean;
  #rang = false;
  /** On the wire; a 2xx may be held back until the PRACK. */
  #finalSent = false;
  #reliable: ReliableProvisionals | undefined;
  /** Is told when the 2xx goes out that is held back. */
  #answerSent: ResponseSent | undefined;
  #acceptance: Acceptance | undefined;

  /** Sends 100 at once. */
  constructor(context: Context, received: ReceivedRequest, owner: Owner | undefined, dialog: Dialog | undefined) {
    super(context, received, owner, dialog);
    const { request, flow } = received;
    this.#initial = dialog === undefined;
    if (dialog !== undefined) dialog.serverInvite = this;
    const { bareClock, timers } = context;
    this.#transaction = new InviteServerTransaction(bareClock, timers, flow.protocol !== 'udp', this);
    this.watchOwner(timers.appSilence);
    this.#transaction.respond(100, responseTo(request, 100, 'Trying').text);
  }

  /** Hands the INVITE to its owner. */
  offer(): void {
    this.notify(this.#initial ? 'new' : 'in-dialog', this.request, this.flow);
  }

  repeated(): void {
    this.#transaction.repeated();
  }

  /** Whether a 2xx is decided but waits for a PRACK. */
  get holdsAnswer(): boolean {
    return this.#reliable?.holdsAnswer === true;
  }

  respond(draft: ResponseDraft, sent?: ResponseSent): Sent {
    // A 2xx that is held back may still be taken back, as long as nobody has heard of it, but not be said again.
    const isDecided = draft.status < 300 && this.holdsAnswer;
    if (isDecided || !this.isUnanswered) throw unknownTransaction();
    const message = this.#respond(draft, sent);
    return { message, flow: this.flow, transactionId: this.id, dialogId: this.dialogId };
  }

  #respond(draft: ResponseDraft, sent: ResponseSent | undefined): SipMessage {
    if (draft.status < 200) return this.#provisional(draft, sent);
    if (draft.status < 300) return this.#answer(draft, sent);
    const message = this.#finish(draft);
    sent?.(this.dialogId);
    return message;
  }

  #answer(draft: ResponseDraft, sent: ResponseSent | undefined): SipMessage {
    const message = this.build(draft, true, this.sessionFields(draft));
    this.makeDialog(message);
    if (this.#reliable === undefined) this.#accept(message);
    else this.#reliable.answer(() => this.#accept(message));
    if (this.holdsAnswer) this.#answerSent = sent;
    else sent?.(this.dialogId);
    return message;
  }

  #provisional(draft: ResponseDraft, sent: ResponseSent | undefined): SipMessage {
    this.silence?.cancel();
    const isTrying = draft.status === 100;
    this.#rang ||= !isTrying;
    const answerer = isTrying ? undefined : reliabilityOf(this.request, draft);
    if (answerer !== undefined) return this.#provisionalReliably(draft, answerer, sent);
    // §12.1.1: what makes an early dialog must say where that dialog's requests go.
    const message = this.build(draft, !isTrying);
    if (!isTrying) this.makeDialog(message).serverInvite = this;
    this.#transaction.respond(draft.status, message.text);
    sent?.(this.dialogId);
    return message;
  }

  #provisionalReliably(draft: ResponseDraft, answerer: PrackAnswerer, sent: ResponseSent | undefined): SipMessage {
    this.#reliable ??= new ReliableProvisionals(
      this.context,
      this.request.cseq.number,
      (text) => this.#transaction.respond(draft.status, text),
      () => this.#giveUp(504, 'Server Time-out'), // RFC 3262 §3: no PRACK within 64·T1
      this,
    );
    const number = this.#reliable.nextNumber();
    const extra: Field[] = [['RSeq', String(number)]];
    if (answerer === 'automatic') extra.push(['Require', '100rel']);
    const message = this.build(draft, true, extra);
    const dialog = this.makeDialog(message);
    dialog.serverInvite = this;
    if (dialog.session !== undefined) earlyAnswerSent(dialog.session, this.request, message);
    this.#reliable.send({ number, message, answerer, sent: sent && (() => sent(this.dialogId)) });
    return message;
  }

  /** What a PRACK acknowledges, and who is to answer it. */
  prack(request: SipMessage): PrackAnswerer | 'unknown' {
    const match = this.#reliable?.acknowledged(request) ?? 'unknown';
    if (match !== 'unknown') this.seen();
    return match;
  }

  /** Goes on behind a PRACK that has been dealt with. */
  proceed(): void {
    this.#reliable?.proceed();
  }

  protected giveUp(): void {
    this.#giveUp(...TEMPORARILY_UNAVAILABLE);
  }

  /** We answer in place of the owner, who learns of it as of a CANCEL, and with what the INVITE was answered. */
  #giveUp(status: number, reason: string): void {
    if (this.#finalSent) return;
    const told = this.#told;
    const cancel = cancelAs(this.request, status);
    this.#finish({ status, reason, fields: [], body: '' });
    tellCancelled(this.context, told, cancel, this.flow);
  }

  /** The 2xx goes out, again and again until the ACK (§13.3.1.4). */
  #accept(message: SipMessage): void {
    const { context, dialog } = this;
    if (this.#finalSent || dialog === undefined) return;
    this.#finalSent = true;
    this.closed(message.status);
    // At once: who learns of it late must know the dialog before he learns what a fault below makes of it.
    this.#answerSent?.(dialog.id);
    this.#answerSent = undefined;
    dialog.serverInvite = undefined;
    if (!this.#initial) dialog.refreshTarget(this.request, this.flow, context.natDetection);
    context.dialogs.confirm(dialog);
    if (dialog.session !== undefined) acceptanceSent(dialog.session, this.request, message);
    settleSession(context, dialog, 'uas', this.request, message);
    const send = (): void => this.#transaction.respond(message.status, message.text);
    const acceptance = new Acceptance(context, dialog, this.request.cseq.number, this, send);
    this.#acceptance = acceptance;
    if (this.flow.connection !== undefined) this.undelivered = () => acceptance.unreachable();
    acceptance.repeat();
  }

  /** The ACK of the 2xx came. */
  acknowledged(ack: SipMessage, flow: Flow): void {
    this.seen();
    const { dialog } = this;
    this.#acceptance?.acknowledged(ack);
    dialog?.heard(ack);
    this.owner = dialog?.owner;
    this.notify('ack', ack, flow, this.#initial ? this.id : this.context.ids.uuid());
    this.shed();
    dialog?.releaseHeld();
  }

  stopRepeating(): void {
    this.#acceptance?.stop();
    this.shed();
  }

  /** The ACK of a response ≥ 300. */
  acknowledgedFailure(ack: SipMessage): void {
    // The tag proves that our response was seen: who writes a foreign address into an INVITE can make an ACK, but not that.
    if (this.localTag !== '' && ack.toTag === this.localTag) this.seen();
    this.#transaction.acknowledged();
  }

  /** A CANCEL came and has its 200 already (§9.2). Without effect once there is a final response. */
  cancelled(cancel: SipMessage, flow: Flow): void {
    if (this.#finalSent) return;
    this.#terminate(cancelAsReceived(this.request, cancel), flow, true);
  }

  /** A BYE ended the dialog before the answer (§15.1.2); for the owner of an initial INVITE that is a CANCEL. */
  endedByBye(bye: SipMessage, flow: Flow): void {
    if (this.#finalSent) return;
    // The owner of a re-INVITE learns of it from the BYE.
    this.#terminate(cancelAfter(this.request, bye), flow, this.#initial);
  }

  #terminate(cancel: SipMessage, flow: Flow, isTold: boolean): void {
    const told = this.#told;
    this.#finish({ status: 487, reason: 'Request Terminated', fields: [], body: '' });
    if (isTold) tellCancelled(this.context, told, cancel, flow);
  }

  get #told(): ToldOwner {
    const { owner, id, dialogId } = this;
    return { owner, id, dialogId };
  }

  #finish(draft: ResponseDraft): SipMessage {
    const message = this.build(draft, !this.#initial);
    this.#finalSent = true;
    this.#reliable?.end();
    const { dialog } = this;
    if (dialog !== undefined) {
      dialog.serverInvite = undefined;
      if (this.#initial) this.context.dialogs.remove(dialog);
      else dialog.session?.submit('refusalSent');
    }
    this.closed(draft.status);
    this.#transaction.respond(draft.status, message.text);
    this.shed(message.text);
    if (this.#initial) dialog?.releaseHeld();
    return message;
  }

  protected override shed(text = ''): void {
    super.shed(text);
    this.#acceptance = undefined;
    this.#reliable = undefined;
    this.#answerSent = undefined;
    if (this.#transaction.state === 'accepted') this.linger('', this.localTag);
  }

  protected override refuseFaulted(): boolean {
    if (!this.#finalSent) return this.#giveUpRegardless();
    this.#takeBack();
    return false;
  }

  /** As {@link #giveUp}; the owner learns of it also where the response does not get out. */
  #giveUpRegardless(): boolean {
    const told = this.#told;
    const cancel = cancelAs(this.request, 500);
    let isOut = false;
    regardless(() => {
      this.#finish({ status: 500, reason: INTERNAL_ERROR, fields: [], body: '' });
      isOut = true;
    });
    if (this.#initial) tellCancelled(this.context, told, cancel, this.flow);
    return isOut;
  }

  /** Its final response is out, or just not: whichever the peer has, it learns that there is no call, and so does the owner. */
  #takeBack(): void {
    const { context, dialog } = this;
    const isUp = dialog?.state.phase === 'confirmed';
    if (!this.#isConfirmed) {
      const refusal = responseTo(this.request, 500, INTERNAL_ERROR, { toTag: this.localTag });
      regardless(() => this.transmit(refusal.text));
    }
    if (isUp) {
      this.#acceptance?.forget();
      endDialog(context, dialog, INTERNAL, dialog.owner);
    } else if (this.#initial) {
      tellCancelled(context, this.#told, cancelAs(this.request, 500), this.flow);
    }
  }

  /** Its final response has had its ACK. */
  get #isConfirmed(): boolean {
    const { state } = this.#transaction;
    if (state !== 'accepted') return state === 'confirmed' || state === 'terminated';
    return this.#acceptance?.isAcknowledged !== false;
  }

  protected override discard(): void {
    super.discard();
    const { dialog, context } = this;
    if (dialog?.serverInvite === this) dialog.serverInvite = undefined;
    if (dialog?.state.phase === 'early') regardless(() => context.dialogs.remove(dialog));
  }

  abandon(): void {
    if (!this.#finalSent) {
      const [status, reason] = this.#rang ? TEMPORARILY_UNAVAILABLE : UNAVAILABLE;
      this.#finish({ status, reason, fields: [], body: '' });
    }
    this.owner = undefined;
  }

  stop(): void {
    this.silence?.cancel();
    this.#acceptance?.stop();
    this.#reliable?.stop();
    this.#transaction.stop();
  }
}
