import type { LateAnswer, Sent } from '../../engine/api.js';
import type { LocalFailure } from '../../sip/local-failure.js';
import type { SipMessage } from '../../sip/message.js';
import { CSEQ, RSEQ } from '../../sip/names.js';
import { MOST_SEQUENCE, numberWithin } from '../../sip/number.js';
import { NotSent } from '../not-sent.js';
import type { Content, HeadersToSend, InviteUser, OutgoingInvite } from '../sip-server.js';
import { ReceivedMessage } from './messages.js';

/** What an INVITE that was sent needs of the server that sent it. */
export interface InviteSender {
  /** False: it is too late for that, the final response is on its way to us. */
  cancel(transaction: string, headers: HeadersToSend, late: LateAnswer): boolean;
  acknowledge(dialog: string, content: Content): void;
  /** PRACK and BYE: nobody waits for the response. */
  requestInDialog(dialog: string, method: string, content: Content): void;
  /** Nothing more is expected. */
  over(transaction: string): void;
  /** Runs it behind everything that is under way. */
  later(action: () => void): void;
}

export class SentInvite implements OutgoingInvite {
  private readonly user: InviteUser;
  private readonly sender: InviteSender;
  private readonly sequence: string;
  private readonly transaction: string;
  /** Of a 2xx that waits for its ACK. */
  private answered: string;
  private cancelled: boolean;
  /** It was left to the engine to end what answers after the CANCEL, but the answer was there before. */
  private isOursToEnd: boolean;
  private over: boolean;

  /** @param sent the INVITE as it went out; an error where it could not, which the user is told later */
  constructor(sender: InviteSender, user: InviteUser, sent: Sent | NotSent) {
    this.user = user;
    this.sender = sender;
    this.answered = '';
    this.cancelled = false;
    this.isOursToEnd = false;
    this.over = false;
    if (sent instanceof NotSent) {
      this.transaction = '';
      this.sequence = '';
      sender.later(() => this.fail(sent));
    } else {
      this.transaction = sent.transactionId;
      this.sequence = sent.message.firstNumbered(CSEQ) ?? '';
    }
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
    this.end();
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
    this.end();
    this.user.onFinal(reply, dialogId);
  }

  private sendPrack(dialog: string, number: number): void {
    this.sender.requestInDialog(dialog, 'PRACK', { headers: { rack: `${number} ${this.sequence}` } });
  }

  private fail(error: NotSent): void {
    if (this.over) return;
    this.end();
    this.user.onFailed(error);
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    this.sender.over(this.transaction);
  }
}
