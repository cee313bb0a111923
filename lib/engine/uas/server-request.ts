import { responseTo } from '../../sip/build.js';
import { type Description, descriptionOf } from '../../sip/description.js';
import type { SipMessage } from '../../sip/message.js';
import type { Owner, ResponseDraft, ResponseSent, Sent } from '../api.js';
import type { Context } from '../context.js';
import type { Dialog } from '../dialog/dialog.js';
import { settleSession } from '../dialog/settle-session.js';
import { notified, subscribed } from '../dialog/subscription.js';
import { NonInviteServerTransaction, type NonInviteServerUser } from '../transaction/non-invite-server.js';
import { type ReceivedRequest, unknownTransaction } from './received-request.js';
import { ServerTransactionUser } from './server-transaction-user.js';

/** A request from the network other than INVITE, ACK and CANCEL. */
export class ServerRequest extends ServerTransactionUser implements NonInviteServerUser {
  /** {@link linger} does, from the final response on. */
  readonly absorbs = true;
  readonly #transaction: NonInviteServerTransaction;
  readonly #came: number;
  /** Of an UPDATE or PRACK: it is open in the dialog, and our final response answers it. */
  described: Description | undefined;

  constructor(context: Context, received: ReceivedRequest, owner: Owner | undefined, dialog: Dialog | undefined) {
    super(context, received, owner, dialog);
    this.#came = context.bareClock.now();
    this.#transaction = new NonInviteServerTransaction(
      context.bareClock,
      context.timers,
      received.flow.protocol !== 'udp',
      this,
    );
  }

  /** Hands the request to its owner. */
  offer(): void {
    this.notify(this.dialog === undefined ? 'new' : 'in-dialog', this.request, this.flow);
    this.#transaction.expectResponse();
  }

  repeated(): void {
    this.#transaction.repeated();
  }

  trying(): string {
    this.#expectAnswer();
    return responseTo(this.request, 100, 'Trying').text;
  }

  /** Not before the first provisional response, its own or ours: nearly always the final one is there by then. */
  #expectAnswer(): void {
    if (this.silence !== undefined) return;
    const { clock, timers } = this.context;
    const left = Math.max(0, this.#came + timers.appSilence - clock.now());
    this.watchOwner(left);
  }

  protected giveUp(): void {
    this.reject(504, 'Server Time-out');
  }

  respond(draft: ResponseDraft, told?: ResponseSent): Sent {
    const { status } = draft;
    if (!this.isUnanswered) throw unknownTransaction();
    const { method } = this.request;
    const success = status >= 200 && status < 300;
    const isUpdate = success && method === 'UPDATE';
    const contact = isUpdate || (method === 'SUBSCRIBE' && (success || this.dialog !== undefined));
    const message = this.build(draft, contact, isUpdate ? this.sessionFields(draft) : undefined);
    if (isUpdate && this.dialog !== undefined) this.#update(this.dialog, message);
    if (status >= 200 && this.described !== undefined) this.#answerOffer(this.described, message);
    if (success && method === 'SUBSCRIBE') subscribed(this.context, this.makeDialog(message), this.request, message);
    if (status >= 200) this.closed(status);
    else this.#expectAnswer();
    this.#transaction.respond(status, message.text);
    const sent = { message, flow: this.flow, transactionId: this.id, dialogId: this.dialogId };
    if (status >= 200 && method === 'NOTIFY' && this.dialog) notified(this.context, this.dialog, this.request);
    if (status >= 200) this.linger(message.text, '');
    told?.(sent.dialogId);
    return sent;
  }

  #update(dialog: Dialog, response: SipMessage): void {
    dialog.refreshTarget(this.request, this.flow, this.context.natDetection);
    settleSession(this.context, dialog, 'uas', this.request, response);
  }

  #answerOffer(offer: Description, { status, fields, body }: SipMessage): void {
    const session = this.dialog?.session;
    this.described = undefined;
    if (status < 300) session?.agree(descriptionOf(fields, body), offer);
    session?.submit('updatedOver');
  }

  abandon(): void {
    // RFC 3261 §15.1.2: a BYE succeeds whoever is there to hear it.
    if (this.request.method === 'BYE') this.reject(200, 'OK');
    else this.reject(503, 'Service Unavailable');
    this.owner = undefined;
  }

  stop(): void {
    this.silence?.cancel();
    this.#transaction.stop();
  }
}
