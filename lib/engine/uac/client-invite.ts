import type { Timer } from '../../base/clock.js';
import { CodedError } from '../../base/errors.js';
import { guarded, regardless } from '../../base/guard.js';
import { ackFor } from '../../sip/build.js';
import { type Description, descriptionOf } from '../../sip/description.js';
import type { SipMessage } from '../../sip/message.js';
import { isSameToken } from '../../sip/tokens.js';
import type { Authorize, Draft, Flow, LateAnswer, Owner, Sent } from '../api.js';
import type { Context } from '../context.js';
import { type Dialog, dialogAsClient } from '../dialog/dialog.js';
import { acceptanceReceived, ackSent, earlyAnswerReceived } from '../dialog/exchange.js';
import type { Session } from '../dialog/session.js';
import { settleSession } from '../dialog/settle-session.js';
import { isOfCall } from '../dialog/state.js';
import type { ListeningPoint } from '../network.js';
import { EMPTY_DRAFT } from '../outgoing-headers.js';
import { InviteClientTransaction, type InviteClientUser } from '../transaction/invite-client.js';
import { type Acknowledged, acknowledge, sendAcknowledgement } from './acknowledgement.js';
import type { Unsent } from './build.js';
import { ACK_TIMEOUT, CANCELLED, endDialog, INTERNAL } from './bye.js';
import { buildCancel, type ClientCancel, sendCancel } from './client-request.js';
import { type ClientTransaction, ClientTransactionUser } from './client-transaction-user.js';
import { type Fork, MAX_FORKS, noSuchAnswer, reliabilityOf } from './fork.js';
import { BrokenRest, inviteOf, LingeringAnsweredInvite } from './late-answer.js';
import { leftTarget } from './left-target.js';
import { LingeringRejectedInvite } from './lingering.js';

/** An INVITE of ours, initial or within a dialog: forks, CANCEL, the ACK for 2xx (RFC 3261 §9.1, §13.2.2, §14.1). */
export class ClientInvite extends ClientTransactionUser implements InviteClientUser {
  /** The dialog of a re-INVITE. */
  readonly #within: Dialog | undefined;
  readonly #forks: Fork[] = [];
  /** Of forks whose dialog is over. */
  #past: Acknowledged[] | undefined;
  #winner: Fork | undefined;
  #state: 'open' | 'answered' | 'failed' = 'open';
  #cancel: ClientCancel | undefined;
  #cancelHeld: SipMessage | undefined;
  /** From our CANCEL on. */
  #patience: Timer | undefined;
  #late: LateAnswer = 'deliver';
  /** What the owner is told when no final response follows our CANCEL. */
  #abandoned: readonly [status: number, reason: string] = [487, 'Request Terminated'];
  deliversTrying = false;
  /** For each of the dialogs that it makes. */
  authorizer: (() => Authorize) | undefined;
  /** What it offers, until there is a final response. */
  #offer: Description | undefined;
  /** Of a re-INVITE: its offer, or its asking for one, is what is open in the dialog. */
  #isOpen = false;
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
    this.#offer = descriptionOf(unsent.fields, unsent.body);
    context.calls.set(this.id, this);
  }

  /** A re-INVITE opens its offer in the dialog; false: it must not be sent now (RFC 3261 §14.1). */
  enter(): boolean {
    const dialog = this.#within;
    if (dialog === undefined) return true;
    const input = this.#offer === undefined ? 'sendBareInvite' : 'sendInvite';
    if (dialog.session?.submit(input) !== undefined) return false;
    this.#isOpen = true;
    dialog.clientInvite = this;
    return true;
  }

  protected open(text: string, reliable: boolean): ClientTransaction {
    return new InviteClientTransaction(this.context.clock, this.context.timers, reliable, text, this);
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
    const fork = this.#winner;
    if (fork === undefined) throw noSuchAnswer();
    const sent = this.#acknowledge(fork, draft);
    // A re-INVITE that was accepted all the same has not made the dialog, and does not end it.
    if (this.#cancelled && this.#late === 'release' && this.#within === undefined) {
      endDialog(this.context, fork.dialog, CANCELLED, this.owner);
    }
    return sent;
  }

  /** Whether a 2xx came that the owner has not acknowledged. */
  get owesAcknowledgement(): boolean {
    return this.#winner !== undefined && this.#winner.acknowledgement === undefined;
  }

  get #cancelled(): boolean {
    return this.#cancel !== undefined || this.#cancelHeld !== undefined;
  }

  /** Sends a CANCEL, or holds it back until the first provisional response (RFC 3261 §9.1). */
  cancel(draft: Draft, late: LateAnswer): Sent {
    if (this.#state === 'answered') {
      throw new CodedError('REQUEST_INVALID', `internal server error canceling transaction id: ${this.id}`);
    }
    this.#late = late;
    const cancel = this.#cancel?.message ?? this.#cancelHeld ?? buildCancel(this.message, draft, this.local);
    this.#cancelHeld ??= cancel;
    if (this.#cancel === undefined && this.#transactionState === 'proceeding') this.#sendCancel();
    return {
      message: cancel,
      flow: this.sent.flow,
      transactionId: this.#cancel?.id ?? this.context.ids.uuid(),
      dialogId: '',
    };
  }

  /** The application BYEs the dialog of this re-INVITE; it still learns what becomes of it. */
  leave(): void {
    if (!this.#cancelled) this.cancel(EMPTY_DRAFT, 'deliver');
  }

  /** The application is gone: whatever comes is ended silently. */
  abandon(): void {
    this.owner = undefined;
    if (this.#state === 'open') this.cancel(EMPTY_DRAFT, 'deliver');
    else if (this.owesAcknowledgement && this.#winner !== undefined) this.#acknowledge(this.#winner, EMPTY_DRAFT);
  }

  /** Timer C: nothing but 1xx for too long (§16.8). */
  silence(): void {
    this.#abandoned = [408, 'Request Timeout'];
    if (!this.#cancelled) this.cancel(EMPTY_DRAFT, 'deliver');
  }

  override ended(): void {
    super.ended();
    this.#forget();
    const fork = this.#winner;
    if (fork === undefined || fork.acknowledgement !== undefined) return;
    // 64·T1 after the 2xx the owner still has not sent its ACK, and never will.
    this.#acknowledge(fork, EMPTY_DRAFT);
    endDialog(this.context, fork.dialog, ACK_TIMEOUT, this.owner);
  }

  /** The dialog of one of our forks is over: of it, only the ACK may be wanted again. */
  dialogEnded(dialog: Dialog): void {
    const fork = this.#forks.find((one) => one.dialog === dialog);
    if (fork?.acknowledgement === undefined) return;
    this.#forks.splice(this.#forks.indexOf(fork), 1);
    this.#past ??= [];
    this.#past.push({ tag: fork.tag, acknowledgement: fork.acknowledgement });
    if (fork === this.#winner) this.#winner = undefined;
    if (this.#forks.some(({ answered }) => answered)) return;
    this.#forget();
    this.linger(new LingeringAnsweredInvite(this.context, this.branch, this.dialogId, this.#past));
  }

  #forget(): void {
    for (const { dialog } of this.#forks) dialog.origin = undefined;
    if (this.context.answered.get(this.dialogId) === this) this.context.answered.delete(this.dialogId);
  }

  override stop(): void {
    super.stop();
    this.context.calls.delete(this.id);
    this.context.answered.delete(this.dialogId);
  }

  protected override breakOff(): void {
    const { context } = this;
    super.breakOff();
    if (this.#state === 'open') {
      regardless(() => this.cancel(EMPTY_DRAFT, 'deliver'));
      this.#forgetLosers();
    }
    if (this.#state === 'answered') {
      for (const fork of this.#forks) {
        regardless(() => {
          if (fork.acknowledgement === undefined) this.#acknowledge(fork, EMPTY_DRAFT);
        });
        regardless(() => endDialog(context, fork.dialog, INTERNAL, this.owner ?? fork.dialog.owner));
      }
    }
    // Whoever still rings is cancelled, whoever answers is acknowledged and released.
    if (this.#within !== undefined) return;
    const rings = () => this.#cancel ?? this.#sendCancel();
    this.linger(new BrokenRest(context, this, this.dialogId, this.#past ?? [], rings));
  }

  protected override discard(): void {
    super.discard();
    this.#closed();
    this.#forget();
  }

  protected override get isGivenUp(): boolean {
    return this.#cancelled;
  }

  protected override leaveTarget(response: SipMessage | undefined): void {
    const rest = response === undefined ? leftTarget(this.context, this, this.dialogId) : this.#rest;
    if (rest !== undefined) this.linger(rest);
  }

  /** Acknowledges each repetition of a refusal. */
  get #rest(): LingeringRejectedInvite | undefined {
    const { way, branch } = this;
    if (way === undefined || !this.maybeRepeated) return undefined;
    return new LingeringRejectedInvite(branch, (this.transaction as InviteClientTransaction).acknowledgement, way);
  }

  protected override unresolved(): void {
    if (!this.#cancelled) super.unresolved();
    else {
      this.context.outgoing.delete(this.id);
      this.fail(487, 'Request Terminated');
    }
  }

  protected override finished(response: SipMessage): void {
    this.#fail(response, undefined);
  }

  get #transactionState(): string {
    return (this.transaction as InviteClientTransaction | undefined)?.state ?? 'unsent';
  }

  #provisional(message: SipMessage, flow: Flow): void {
    if (this.#cancelHeld !== undefined && this.#cancel === undefined) this.#sendCancel();
    if (message.status === 100) {
      if (this.deliversTrying && !this.#cancelled) this.deliver(message, flow);
      return;
    }
    const fork = message.toTag === '' ? undefined : this.#forkOf(message, flow);
    const reliability = fork === undefined ? 'none' : reliabilityOf(message, fork.dialog);
    if (reliability === 'old') return;
    const session = fork && this.#sessionOf(fork.dialog);
    if (session !== undefined && reliability === 'new') earlyAnswerReceived(session, this.#offer, message);
    // RFC 3262 §3: a leg that was left is neither relayed nor PRACKed any more.
    if (!this.#cancelled) this.deliver(message, flow);
  }

  #answer(message: SipMessage, flow: Flow): void {
    const past = this.#past?.find(({ tag }) => isSameToken(tag, message.toTag));
    const fork = past === undefined ? this.#forkOf(message, flow, true) : undefined;
    const acknowledgement = past?.acknowledgement ?? fork?.acknowledgement;
    if (acknowledgement !== undefined) {
      this.context.retransmissions.receivedResponses.add();
      this.context.retransmissions.sentRequests.add();
      sendAcknowledgement(this.context, acknowledgement);
    }
    if (fork === undefined || fork.answered) return;
    fork.answered = true;
    this.#takeRoute(fork.dialog, message, flow);
    if (this.#state === 'answered') this.#release(fork);
    else this.#win(fork, message, flow);
  }

  /** The first 2xx is the answer. */
  #win(fork: Fork, message: SipMessage, flow: Flow): void {
    this.#winner = fork;
    this.#state = 'answered';
    this.#closed();
    if (this.#within === undefined) this.context.dialogs.confirm(fork.dialog);
    this.#forgetLosers();
    if (this.owner === undefined && this.whenFinished === undefined) {
      this.#release(fork);
      return;
    }
    this.context.answered.set(this.dialogId, this);
    // First, or a refresh that is due would go out as soon as nothing is open.
    settleSession(this.context, fork.dialog, 'uac', this.message, message);
    const session = this.#sessionOf(fork.dialog);
    if (session !== undefined) acceptanceReceived(session, this.#offer, message);
    this.whenFinished?.(message, flow);
    this.whenFinished = undefined;
    this.deliver(message, flow);
    this.#offer = undefined;
    this.shed();
    if (this.#within !== undefined || message.contactUri !== undefined) return;
    // Without Contact there is no way to reach the peer that the owner could use (§12.1.1): ended as well as can be.
    this.context.answered.delete(this.dialogId);
    this.#release(fork);
  }

  #rejected(message: SipMessage, flow: Flow): void {
    if (this.#state !== 'open' || (this.#forks.length === 0 && this.triesAnother(message))) return;
    const rest = this.#rest;
    this.#fail(message, flow);
    this.deliver(message, flow);
    if (rest !== undefined) this.linger(rest);
  }

  #fail(response: SipMessage, flow: Flow | undefined): void {
    this.#state = 'failed';
    this.#closed();
    if (this.#isOpen) this.#within?.session?.submit('refusalReceived');
    this.#forgetLosers();
    this.whenFinished?.(response, flow);
    this.whenFinished = undefined;
    this.shed();
  }

  #closed(): void {
    this.#patience?.cancel();
    this.context.calls.delete(this.id);
    if (this.#within?.clientInvite === this) this.#within.clientInvite = undefined;
  }

  #forkOf(message: SipMessage, flow: Flow, answer = false): Fork | undefined {
    const tag = message.toTag;
    const known = this.#forks.find((fork) => isSameToken(fork.tag, tag));
    if (known !== undefined) return known;
    if (this.#forks.length >= MAX_FORKS && !answer) return undefined;
    const invite = this.#state === 'open' ? this.message : inviteOf(message);
    const dialog = this.#within ?? dialogAsClient(invite, message, flow, this.context.natDetection);
    if (this.#within === undefined && this.#state !== 'open' && !isOfCall(message, this.dialogId)) return undefined;
    const fork: Fork = { tag, dialog, sequence: message.cseq.number, answered: false, acknowledgement: undefined };
    this.#forks.push(fork);
    if (this.#within === undefined) {
      dialog.owner = this.owner;
      dialog.origin = this;
      dialog.authorize = this.authorizer?.();
      const first = this.context.dialogs.find(dialog.id);
      this.context.dialogs.add(dialog);
      if (first !== undefined) dialog.forks = [first, ...(first.forks ?? [])];
    }
    return fork;
  }

  /** §13.2.2.4: the 2xx fixes remote target and route set anew; within a dialog it refreshes the target (§12.2.1.2). */
  #takeRoute(dialog: Dialog, message: SipMessage, flow: Flow): void {
    if (this.#within === undefined) dialog.state.routeSet = [...message.values('record-route')].reverse();
    dialog.refreshTarget(message, flow, this.context.natDetection);
  }

  /** ACK, then BYE, without a word to the owner. */
  #release(fork: Fork): void {
    const { dialog } = fork;
    this.#acknowledge(fork, EMPTY_DRAFT);
    if (this.#within !== undefined) return;
    if (dialog.state.phase === 'terminated') {
      // Forgotten as a loser, and answers after all.
      dialog.state.phase = 'early';
      this.context.dialogs.add(dialog);
    }
    endDialog(this.context, dialog, undefined, undefined);
  }

  /** The session in which this INVITE is what is open. */
  #sessionOf({ session }: Dialog): Session | undefined {
    return this.#within === undefined || this.#isOpen ? session : undefined;
  }

  #acknowledge(fork: Fork, draft: Draft): Sent {
    const { context } = this;
    const { dialog, sequence } = fork;
    const { acknowledgement, message, flow } = acknowledge(context, dialog, sequence, draft);
    if (dialog.session !== undefined) ackSent(dialog.session, message);
    fork.acknowledgement = acknowledgement;
    return { message, flow, transactionId: context.ids.uuid(), dialogId: dialog.id };
  }

  #sendCancel(): void {
    const { way, context } = this;
    const held = this.#cancelHeld;
    if (held === undefined || way === undefined) return;
    this.#cancel = sendCancel(context, held, way, this.branch);
    const { transaction } = this;
    const giveUp = (): void => {
      if (this.#state !== 'open' || !(transaction instanceof InviteClientTransaction)) return;
      transaction.abandon();
      this.fail(...this.#abandoned);
    };
    this.#patience = context.clock.after(context.timers.timeout, () =>
      guarded(giveUp, (thrown) => this.faulted(thrown)),
    );
  }

  #forgetLosers(): void {
    if (this.#within !== undefined) return;
    for (const fork of this.#forks) {
      if (fork !== this.#winner && !fork.answered) this.context.dialogs.remove(fork.dialog);
    }
  }
}
