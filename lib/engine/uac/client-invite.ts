import { CodedError } from '../../base/errors.js';
import { guarded, regardless } from '../../base/guard.js';
import { ackFor } from '../../sip/build.js';
import type { SipMessage } from '../../sip/message.js';
import type { Authorize, Draft, Flow, LateAnswer, Owner, Sent } from '../api.js';
import type { Context } from '../context.js';
import type { Dialog } from '../dialog/dialog.js';
import type { ListeningPoint } from '../network.js';
import { EMPTY_DRAFT } from '../outgoing-headers.js';
import type { AnyClientTransaction } from '../transaction/client.js';
import { InviteClientTransaction, type InviteClientUser } from '../transaction/invite-client.js';
import { acknowledgeAgain, noSuchAnswer } from './acknowledgement.js';
import type { Unsent } from './build.js';
import { ACK_TIMEOUT, CANCELLED, endDialog } from './bye.js';
import { Cancellation } from './cancellation.js';
import { buildCancel } from './client-request.js';
import { ClientTransactionUser, type FinalStatus } from './client-transaction-user.js';
import { type Fork, type ForkedInvite, Forks } from './forks.js';
import { InviteOffer } from './invite-offer.js';
import { LingeringAbandonedInvite, LingeringAnsweredInvite } from './late-answer.js';
import { leftTarget } from './left-target.js';
import { LingeringRejectedInvite } from './lingering.js';
import { reliabilityOf } from './reliable.js';

const TERMINATED: FinalStatus = [487, 'Request Terminated'];

/** An INVITE of ours, initial or within a dialog: forks, CANCEL, the ACK for 2xx (RFC 3261 §9.1, §13.2.2, §14.1). */
export class ClientInvite extends ClientTransactionUser implements InviteClientUser, ForkedInvite {
  /** The dialog of a re-INVITE. */
  readonly #within: Dialog | undefined;
  readonly #forks: Forks;
  #state: 'open' | 'answered' | 'failed' = 'open';
  #cancellation: Cancellation | undefined;
  #late: LateAnswer = 'deliver';
  /** What the owner is told when no final response follows our CANCEL. */
  #abandoned = TERMINATED;
  deliversTrying = false;
  authorizer: (() => Authorize) | undefined;
  readonly #offer: InviteOffer;
  /** Called with the first final response: a session timer's refresh is the engine's own. */
  whenFinished: ((response: SipMessage, flow: Flow | undefined) => void) | undefined;

  constructor(
    context: Context,
    owner: Owner | undefined,
    unsent: Unsent,
    local: ListeningPoint,
    dialogId: string,
    within?: Dialog,
  ) {
    super(context, owner, unsent, local, dialogId);
    this.#within = within;
    this.#forks = new Forks(context, this, dialogId, within);
    this.#offer = new InviteOffer(unsent, within);
    context.calls.set(this.id, this);
  }

  /** A re-INVITE opens its offer in the dialog; false: it must not be sent now (RFC 3261 §14.1). */
  enter(): boolean {
    const dialog = this.#within;
    if (dialog === undefined) return true;
    if (!this.#offer.open(dialog)) return false;
    dialog.clientInvite = this;
    return true;
  }

  protected open(text: string, reliable: boolean): AnyClientTransaction {
    return new InviteClientTransaction(this.context.bareClock, this.context.timers, reliable, text, this);
  }

  acknowledgement(response: SipMessage): string {
    return ackFor(this.message, response).text;
  }

  response(message: SipMessage, flow: Flow): void {
    if (message.status < 200) this.#provisional(message, flow);
    else if (message.status < 300) this.#answer(message, flow);
    else this.#rejected(message, flow);
  }

  /** The owner's ACK for the 2xx. */
  acknowledge(draft: Draft): Sent {
    const fork = this.#forks.winner;
    if (fork === undefined) throw noSuchAnswer();
    const sent = this.#forks.acknowledge(fork, draft);
    // A re-INVITE that was accepted all the same has not made the dialog, and does not end it.
    if (this.isCancelled && this.#late === 'release' && this.#within === undefined) {
      endDialog(this.context, fork.dialog, CANCELLED, this.owner);
    }
    return sent;
  }

  /** Whether a 2xx came that the owner has not acknowledged. */
  get owesAcknowledgement(): boolean {
    return this.#forks.unacknowledged !== undefined;
  }

  get asSent(): SipMessage | undefined {
    return this.#state === 'open' ? this.message : undefined;
  }

  /** Where the owner has not. @returns undefined: there is nothing to acknowledge */
  #acknowledgeWinner(): Dialog | undefined {
    const fork = this.#forks.unacknowledged;
    if (fork !== undefined) this.#forks.acknowledge(fork, EMPTY_DRAFT);
    return fork?.dialog;
  }

  /** Sends a CANCEL, or holds it back until the first provisional response (RFC 3261 §9.1). */
  cancel(draft: Draft, late: LateAnswer): Sent {
    if (this.#state === 'answered') {
      throw new CodedError('REQUEST_INVALID', `internal server error canceling transaction id: ${this.id}`);
    }
    this.#late = late;
    this.#cancellation ??= new Cancellation(this.context, buildCancel(this.message, draft, this.local));
    const { transaction } = this;
    if (transaction instanceof InviteClientTransaction && transaction.state === 'proceeding') this.#sendCancel();
    const { message, id } = this.#cancellation;
    return { message, flow: this.sent.flow, transactionId: id ?? this.context.ids.uuid(), dialogId: '' };
  }

  /** The application BYEs the dialog of this re-INVITE; it still learns what becomes of it. */
  cancelForBye(): void {
    if (!this.isCancelled) this.cancel(EMPTY_DRAFT, 'deliver');
  }

  /** The application is gone: whatever comes is ended silently. */
  abandon(): void {
    this.owner = undefined;
    if (this.#state === 'open') this.cancel(EMPTY_DRAFT, 'deliver');
    else this.#acknowledgeWinner();
  }

  /** Timer C: nothing but 1xx for too long (§16.8). */
  silence(): void {
    this.#abandoned = [408, 'Request Timeout'];
    if (!this.isCancelled) this.cancel(EMPTY_DRAFT, 'deliver');
  }

  override ended(): void {
    super.ended();
    this.#forget();
    // 64·T1 after the 2xx the owner still has not sent its ACK, and never will.
    const dialog = this.#acknowledgeWinner();
    if (dialog !== undefined) endDialog(this.context, dialog, ACK_TIMEOUT, this.owner);
  }

  /** The dialog of one of our forks is over: of it, only the ACK may be wanted again. */
  dialogEnded(dialog: Dialog): void {
    if (!this.#forks.ended(dialog)) return;
    this.#forget();
    this.linger(new LingeringAnsweredInvite(this.context, this.branch, this.dialogId, this.#forks.past));
  }

  #forget(): void {
    for (const { dialog } of this.#forks.all) dialog.origin = undefined;
    this.#forgetAnswer();
  }

  #forgetAnswer(): void {
    const { answered } = this.context;
    if (answered.get(this.dialogId) === this) answered.delete(this.dialogId);
  }

  override stop(): void {
    super.stop();
    this.context.calls.delete(this.id);
    this.#forgetAnswer();
  }

  protected override breakOff(): void {
    super.breakOff();
    if (this.#state === 'open') {
      regardless(() => this.cancel(EMPTY_DRAFT, 'deliver'));
      this.#forks.forgetLosers();
    }
    if (this.#state === 'answered') this.#forks.breakOff();
    // Whoever still rings is cancelled, whoever answers is acknowledged and released.
    if (this.#within !== undefined) return;
    const rings = () => this.#cancellation?.send(this);
    this.linger(new LingeringAbandonedInvite(this.context, this, this.dialogId, this.#forks.past, rings));
  }

  protected override discard(): void {
    super.discard();
    this.#closed();
    this.#forget();
  }

  protected override get isCancelled(): boolean {
    return this.#cancellation !== undefined;
  }

  protected override leaveTarget(response: SipMessage | undefined): void {
    const lingering = response === undefined ? leftTarget(this.context, this, this.dialogId) : this.#lingering;
    if (lingering !== undefined) this.linger(lingering);
  }

  /** Acknowledges each repetition of a refusal. */
  get #lingering(): LingeringRejectedInvite | undefined {
    const { outboundFlow, branch } = this;
    if (outboundFlow === undefined || !this.maybeRepeated) return undefined;
    return new LingeringRejectedInvite(
      branch,
      (this.transaction as InviteClientTransaction).acknowledgement,
      outboundFlow,
    );
  }

  protected override get unresolvedStatus(): FinalStatus {
    return this.isCancelled ? TERMINATED : super.unresolvedStatus;
  }

  protected override finished(response: SipMessage): void {
    this.#fail(response, undefined);
  }

  #provisional(message: SipMessage, flow: Flow): void {
    this.#sendCancel();
    if (message.status === 100) {
      if (this.deliversTrying && !this.isCancelled) this.deliver(message, flow);
      return;
    }
    const fork = message.toTag === '' ? undefined : this.#forks.of(message, flow);
    const reliability = fork === undefined ? 'none' : reliabilityOf(message, fork.dialog);
    if (reliability === 'old') return;
    if (fork !== undefined && reliability === 'new') this.#offer.answeredEarly(fork.dialog, message);
    // RFC 3262 §3: a leg that was left is neither relayed nor PRACKed any more.
    if (!this.isCancelled) this.deliver(message, flow);
  }

  #answer(message: SipMessage, flow: Flow): void {
    const acknowledgement = this.#forks.acknowledgementFor(message.toTag);
    if (acknowledgement !== undefined) acknowledgeAgain(this.context, acknowledgement);
    const fork = this.#forks.of(message, flow);
    if (fork === undefined || fork.answered) return;
    fork.answered = true;
    this.#forks.takeRoute(fork, message, flow);
    if (this.#state === 'answered') this.#forks.release(fork);
    else this.#win(fork, message, flow);
  }

  /** The first 2xx is the answer. */
  #win(fork: Fork, message: SipMessage, flow: Flow): void {
    this.#forks.winner = fork;
    this.#state = 'answered';
    this.#closed();
    if (this.#within === undefined) this.context.dialogs.confirm(fork.dialog);
    this.#forks.forgetLosers();
    if (this.owner === undefined && this.whenFinished === undefined) {
      this.#forks.release(fork);
      return;
    }
    this.context.answered.set(this.dialogId, this);
    this.#offer.accepted(this.context, fork.dialog, this.message, message);
    this.whenFinished?.(message, flow);
    this.whenFinished = undefined;
    this.deliver(message, flow);
    this.shed();
    if (this.#within !== undefined || message.contactUri !== undefined) return;
    // Without Contact there is no way to reach the peer that the owner could use (§12.1.1): ended as well as can be.
    this.context.answered.delete(this.dialogId);
    this.#forks.release(fork);
  }

  #rejected(message: SipMessage, flow: Flow): void {
    if (this.#state !== 'open' || (this.#forks.all.length === 0 && this.triesAnother(message))) return;
    const lingering = this.#lingering;
    this.#fail(message, flow);
    this.deliver(message, flow);
    if (lingering !== undefined) this.linger(lingering);
  }

  #fail(response: SipMessage, flow: Flow | undefined): void {
    this.#state = 'failed';
    this.#closed();
    this.#offer.refused();
    this.#forks.forgetLosers();
    this.whenFinished?.(response, flow);
    this.whenFinished = undefined;
    this.shed();
  }

  #closed(): void {
    this.#cancellation?.end();
    this.context.calls.delete(this.id);
    if (this.#within?.clientInvite === this) this.#within.clientInvite = undefined;
  }

  #sendCancel(): void {
    const { transaction } = this;
    if (this.#cancellation === undefined) return;
    const giveUp = (): void => {
      if (this.#state !== 'open' || !(transaction instanceof InviteClientTransaction)) return;
      transaction.abandon();
      this.fail(...this.#abandoned);
    };
    this.#cancellation.send(this, () => guarded(giveUp, (thrown) => this.faulted(thrown)));
  }
}
