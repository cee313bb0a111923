import type { Account } from '../../base/budget.js';
import type { Timer } from '../../base/clock.js';
import { guarded, regardless } from '../../base/guard.js';
import { detached } from '../../base/text.js';
import { tagOf } from '../../sip/address.js';
import { type Field, SipMessage } from '../../sip/message.js';
import { CONTACT, SESSION_ID } from '../../sip/names.js';
import { isSipsUri } from '../../sip/uri.js';
import type { Flow, Owner, RequestKind, ResponseDraft, ResponseSent, Sent } from '../api.js';
import { type Context, tellFault, tellOwnersFault } from '../context.js';
import { type Dialog, dialogAsServer } from '../dialog/dialog.js';
import { fieldsForAnswer, settlesSession } from '../dialog/session-expires.js';
import { contactOf, type ListeningPoint, type ResponseDestination, sendResponse } from '../network.js';
import { responseFields, sort } from '../outgoing-headers.js';
import type { TransactionUser } from '../transaction/transaction.js';
import { LINGERING_BYTES, weightOf } from '../weight.js';
import { LingeringServerTransaction } from './lingering.js';
import { INTERNAL_ERROR, type ReceivedRequest } from './received-request.js';

/** A request from the network with its server transaction and its owner. */
export abstract class ServerTransactionUser implements TransactionUser {
  readonly id: string;
  readonly context: Context;
  readonly flow: Flow;
  /** On which it came. */
  readonly local: ListeningPoint;
  owner: Owner | undefined;
  /** The dialog it came in, or made. */
  dialog: Dialog | undefined;
  /** Ours, chosen with the first response that carries one. */
  localTag: string;
  protected silence: Timer | undefined;
  /** What to do when a response cannot reach the peer over its connection. RFC 6026 §8.8: the transaction goes on. */
  protected undelivered: (() => void) | undefined;
  readonly #destination: ResponseDestination;
  #request: SipMessage | undefined;
  readonly #key: string;
  /** Under which it is in the table of ongoing requests; empty: it is not, as within a dialog. */
  #mergeKey: string;
  /** It has no final response yet, and is in that table. */
  protected isUnanswered = true;
  /** It is in the table of server transactions: by itself, not by what is left of it. */
  #isKnown = true;
  #isFaulted = false;
  /** Charged with what this holds; undefined when that is nothing any more. */
  #account: Account | undefined;
  #held: number;

  constructor(
    context: Context,
    { request, flow, key, mergeKey }: ReceivedRequest,
    owner: Owner | undefined,
    dialog: Dialog | undefined,
  ) {
    this.context = context;
    this.owner = owner;
    this.#request = request;
    this.local = context.network.of(flow);
    this.#destination = context.network.responseDestination(request, flow, this.local);
    this.flow = flow;
    this.dialog = dialog;
    this.id = context.ids.uuid();
    this.localTag = request.toTag;
    this.#key = key;
    this.#mergeKey = mergeKey;
    this.#held = weightOf(request);
    this.#account = context.budget.charge(context.sourceOf(flow.address), this.#held);
    context.servers.set(this.#key, this);
    context.unanswered.set(this.id, this);
    if (this.#mergeKey !== '') context.merged.set(this.#mergeKey, this);
  }

  /** Until {@link shed}. */
  get request(): SipMessage {
    if (this.#request === undefined) throw new Error('the request of this transaction is forgotten');
    return this.#request;
  }

  get dialogId(): string {
    return this.dialog === undefined || this.dialog.state.phase === 'terminated' ? '' : this.dialog.id;
  }

  transmit(text: string, isAgain = false): void {
    if (isAgain) this.context.retransmissions.sentResponses.add();
    const { undelivered } = this;
    const failed = undelivered && (() => guarded(undelivered, (thrown) => this.faulted(thrown)));
    sendResponse(text, this.#destination, this.#request, failed);
  }

  ended(): void {
    this.silence?.cancel();
    this.#forget();
    this.#close();
    this.#unmerge();
    this.#hold(0);
  }

  /** Gives up when the owner has said nothing for so many milliseconds. */
  protected watchOwner(delay: number): void {
    this.silence = this.context.bareClock.after(delay, () => {
      try {
        this.giveUp();
      } catch (thrown) {
        this.faulted(thrown);
      }
    });
  }

  /** Answers in place of the owner, who keeps silent. */
  protected abstract giveUp(): void;

  /** Whether a response that waits for its ACK or PRACK goes out again. */
  mayRepeat(): boolean {
    const { meter, repetitions, retransmissions, sourceOf } = this.context;
    const isPaid = repetitions.spend(sourceOf(this.flow.address));
    if (isPaid) retransmissions.sentResponses.add();
    else meter.count('sip_engine_repetitions_withheld_total');
    return isPaid;
  }

  /** What was sent has been seen by whom it was for. */
  protected seen(): void {
    this.context.repetitions.earn(this.context.sourceOf(this.flow.address));
  }

  #hold(bytes: number): void {
    const account = this.#account;
    const change = bytes - this.#held;
    if (account === undefined || change === 0) return;
    this.#held = bytes;
    if (bytes === 0) this.#account = undefined;
    account.change(change);
  }

  /**
   * All has been said: what lives on, 32 s long, only knows the request when it comes again.
   * @param text what is still sent again
   */
  protected shed(text = ''): void {
    this.#hold(LINGERING_BYTES + text.length);
    this.#request = undefined;
    this.dialog = undefined;
    this.owner = undefined;
    this.undelivered = undefined;
  }

  /**
   * Nothing but its timer J or L is waited for: something smaller takes its place.
   * @param text the response to repeat; empty: none
   * @param localTag what a CANCEL is answered with
   */
  protected linger(text: string, localTag: string): void {
    const { context } = this;
    // Over TCP these timers are 0, and it has ended already.
    if (!this.#isKnown) return;
    this.stop();
    const account = this.#account;
    // What is not kept is not said again: a repeated request is absorbed.
    const kept = account === undefined || account.admits(text.length) ? detached(text) : '';
    this.#hold(LINGERING_BYTES + kept.length);
    const rest = new LingeringServerTransaction(
      this.#key,
      this.#mergeKey,
      detached(localTag),
      kept,
      this.#destination,
      account,
      this.#held,
    );
    context.lingeringServers.add(rest);
    // From here on it is what is charged, not this.
    this.#account = undefined;
    context.servers.set(rest.key, rest);
    this.#isKnown = false;
    if (rest.mergeKey !== '') context.merged.set(rest.mergeKey, rest);
    this.#mergeKey = '';
  }

  /** A programming error in what belongs to this request: it is refused if it can be, and nothing of it is left. */
  faulted(thrown: unknown): void {
    tellFault(this.context, thrown, 'A fault has ended a SIP server transaction', this.#request?.callId);
    let isRefused = false;
    const isFirst = !this.#isFaulted;
    this.#isFaulted = true;
    if (isFirst) {
      regardless(() => {
        isRefused = this.refuseFaulted();
      });
    }
    // Refused, it lives on as any rejected request does.
    if (!isRefused) this.discard();
  }

  /** False: it has a final response already. Throws where it can be given none. */
  protected refuseFaulted(): boolean {
    if (!this.isUnanswered) return false;
    this.reject(500, INTERNAL_ERROR);
    return true;
  }

  /** Takes it out of every table, whatever state it is in; it may not even be wholly made. */
  protected discard(): void {
    regardless(() => this.stop());
    regardless(() => this.#hold(0));
    this.#forget();
    this.#close();
    this.#unmerge();
  }

  /** The request came again. */
  abstract repeated(): void;
  abstract respond(draft: ResponseDraft, sent?: ResponseSent): Sent;
  /** The application is gone. */
  abstract abandon(): void;
  abstract stop(): void;

  /** Hands a request of this transaction or its dialog to the owner. */
  protected notify(kind: RequestKind, message: SipMessage, flow: Flow, transactionId = this.id): void {
    const { owner, dialogId } = this;
    if (owner === undefined) return;
    // Not `protectedly`: no closure for each request.
    try {
      owner.onRequest({ kind, message, flow, transactionId, dialogId });
    } catch (thrown) {
      tellOwnersFault(this.context, thrown);
      if (kind !== 'ack') this.reject(500, INTERNAL_ERROR);
    }
  }

  /** Answers with a status of the engine's own. */
  reject(status: number, reason: string): void {
    if (this.isUnanswered) this.respond({ status, reason, fields: [], body: '' });
  }

  /** The response as it goes out. @param hasContact where the draft has none */
  protected build(draft: ResponseDraft, hasContact: boolean, extra?: readonly Field[]): SipMessage {
    const { status, reason, body } = draft;
    const sorted = sort(draft, this.local);
    if (this.localTag === '' && status > 100) {
      this.localTag = (sorted.to !== undefined && tagOf(sorted.to)) || this.context.ids.token();
    }
    const contact = hasContact ? this.contact : undefined;
    const localTag = status > 100 ? this.localTag : '';
    const parts = { status, localTag, contact, extra, sessionId: this.dialog?.state.sessionId };
    const message = SipMessage.response(status, reason, responseFields(this.request, parts, sorted), body);
    // RFC 7989 §8: whom the peer says it is now is taken over with our 2xx.
    if (status >= 200 && status < 300) this.dialog?.spokeAs(message.firstNumbered(SESSION_ID));
    return message;
  }

  protected get contact(): string {
    if (this.dialog !== undefined && this.dialog.state.contact !== '') return this.dialog.state.contact;
    return contactOf(this.local, isSipsUri(this.request.uri));
  }

  /** RFC 4028 §9, unless the application has settled it itself. */
  protected sessionFields(draft: ResponseDraft): Field[] {
    if (settlesSession(draft.fields)) return [];
    return fieldsForAnswer(this.request, this.dialog?.session?.interval, this.context.longestSession);
  }

  /** The dialog that this response makes (RFC 3261 §12.1.1). */
  protected makeDialog(response: SipMessage): Dialog {
    if (this.dialog !== undefined) return this.dialog;
    const { context } = this;
    const contact = response.firstNumbered(CONTACT) ?? this.contact;
    const dialog = dialogAsServer(this.request, this.localTag, this.flow, contact, context.natDetection);
    dialog.owner = this.owner;
    dialog.spokeAs(response.firstNumbered(SESSION_ID));
    this.dialog = dialog;
    context.dialogs.add(dialog);
    return dialog;
  }

  /** A final response has gone out: the application has no more to say. */
  protected closed(status: number): void {
    this.silence?.cancel();
    this.#close();
    // A new attempt with the same Call-ID and CSeq after our refusal is a new call, even before its ACK.
    if (status >= 300) this.#unmerge();
  }

  #forget(): void {
    if (!this.#isKnown) return;
    this.#isKnown = false;
    this.context.servers.delete(this.#key);
  }

  #close(): void {
    if (!this.isUnanswered) return;
    this.isUnanswered = false;
    this.context.unanswered.delete(this.id);
  }

  #unmerge(): void {
    if (this.#mergeKey === '') return;
    this.context.merged.delete(this.#mergeKey);
    this.#mergeKey = '';
  }
}
