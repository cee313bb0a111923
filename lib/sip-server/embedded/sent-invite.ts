import type { LateAnswer, Sent } from '../../engine/api.js';
import type { LocalFailure } from '../../sip/local-failure.js';
import type { SipMessage } from '../../sip/message.js';
import { CSEQ, RSEQ } from '../../sip/names.js';
import { MOST_SEQUENCE, numberWithin } from '../../sip/number.js';
import type { NotSent } from '../not-sent.js';
import type { Content, HeadersToSend, InviteUser, OutgoingInvite } from '../sip-server.js';
import { ReceivedMessage } from './messages.js';

/** What an INVITE that was sent needs of the server that sent it. */
export interface InviteSender {
  /** False: it is too late for that, the final response is on its way to us. */
  cancel(transaction: string, headers: HeadersToSend, late: LateAnswer): boolean;
  acknowledge(dialog: string, content: Content): void;
  /** PRACK and BYE: nobody waits for the response. */
  requestInDialog(dialog: string, method: string, content: Content): void;
  /** Runs it behind everything that is under way. */
  later(action: () => void): void;
}

export class SentInvite implements OutgoingInvite {
  private readonly user: InviteUser;
  private readonly sender: InviteSender;
  private sequence: string;
  private transaction: string;
  /** Of a 2xx that waits for its ACK. */
  private answered: string;
  private cancelled: boolean;
  /** It was left to the engine to end what answers after the CANCEL, but the answer was there before. */
  private isOursToEnd: boolean;
  private over: boolean;

  /** Before it is sent: its responses are to find it. */
  constructor(sender: InviteSender, user: InviteUser) {
    this.user = user;
    this.sender = sender;
    this.sequence = '';
    this.transaction = '';
    this.answered = '';
    this.cancelled = false;
    this.isOursToEnd = false;
    this.over = false;
  }

  /** It went out. */
  sentAs({ transactionId, message }: Sent): void {
    this.transaction = transactionId;
    this.sequence = message.firstNumbered(CSEQ) ?? '';
  }

  /** It could not go out, which the user is told later. */
  notSent(error: NotSent): void {
    this.sender.later(() => this.fail(error));
  }

  cancel(headers: HeadersToSend, late: LateAnswer): void {
    if (this.over || this.cancelled) return;
    const isCancelled = this.sender.cancel(this.transaction, headers, late);
    this.cancelled = true;
    this.isOursToEnd = !isCancelled && late === 'release';
  }

  acknowledge(content: Content = {}): void {
    const dialog = this.answered;
    this.answered = '';
    if (dialog === '') return;
    this.sender.acknowledge(dialog, content);
    if (this.isOursToEnd) this.sender.requestInDialog(dialog, 'BYE', {});
  }

  forget(): void {
    this.over = true;
  }

  /** A response, in the order in which they came. */
  receive(message: SipMessage, dialogId: string, failure: LocalFailure | undefined): void {
    if (this.over) return;
    const reply = new ReceivedMessage(message, failure);
    if (message.status < 200) {
      // RFC 3262 §4: it is repeated until its PRACK comes. Not for a leg that is being left.
      const number = this.cancelled ? undefined : numberWithin(message.firstNumbered(RSEQ), 1, MOST_SEQUENCE);
      if (number !== undefined) this.sendPrack(dialogId, number);
      this.user.onProvisional(reply);
      return;
    }
    if (message.status < 300) this.answered = dialogId;
    this.over = true;
    this.user.onFinal(reply, dialogId);
  }

  private sendPrack(dialog: string, number: number): void {
    this.sender.requestInDialog(dialog, 'PRACK', { headers: { rack: `${number} ${this.sequence}` } });
  }

  private fail(error: NotSent): void {
    if (this.over) return;
    this.over = true;
    this.user.onFailed(error);
  }
}
