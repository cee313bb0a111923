import type { Clock } from '../../base/clock.js';
import { MachineKind, type Table } from '../../base/machine.js';
import type { SipMessage } from '../../sip/message.js';
import type { Flow, TimerValues } from '../api.js';
import { ClientTransaction, type ClientUser, type Received } from './client.js';

export type InviteClientState = 'calling' | 'proceeding' | 'completed' | 'accepted' | 'terminated';
export type InviteClientInput =
  | 'timer-a'
  | 'timer-b'
  | 'timer-c'
  | 'timer-d'
  | 'timer-m'
  | '1xx'
  | '2xx'
  | '300-699'
  | 'abandon'
  | 'transport-error';
export type InviteClientAction =
  | 'repeat'
  | 'provisional'
  | 'answer'
  | 'further-answer'
  | 'reject'
  | 'acknowledge'
  | 'silence'
  | 'time-out'
  | 'unreachable'
  | 'end';

/** RFC 3261 §17.1.1 as changed by RFC 6026 §7.2; Timer C as in §16.8. */
export const INVITE_CLIENT: Table<InviteClientState, InviteClientInput, InviteClientAction> = {
  calling: {
    'timer-a': ['calling', 'repeat'], // §17.1.1.2
    'timer-b': ['terminated', 'time-out'], // §17.1.1.2
    '1xx': ['proceeding', 'provisional'], // §17.1.1.2: timers A and B stop
    '2xx': ['accepted', 'answer'], // RFC 6026 §7.2
    '300-699': ['completed', 'reject'], // §17.1.1.2
    'transport-error': ['terminated', 'unreachable'], // §17.1.1.2
  },
  proceeding: {
    '1xx': ['proceeding', 'provisional'], // §17.1.1.2
    '2xx': ['accepted', 'answer'], // RFC 6026 §7.2
    '300-699': ['completed', 'reject'], // §17.1.1.2
    'timer-c': ['proceeding', 'silence'], // §16.8: the core cancels
    abandon: ['terminated', 'end'], // §9.1: no final response 64·T1 after the CANCEL
  },
  completed: {
    '300-699': ['completed', 'acknowledge'], // §17.1.1.2: the ACK was lost
    'timer-d': ['terminated', 'end'], // §17.1.1.2
    'transport-error': ['terminated', 'end'], // §17.1.1.2: the ACK cannot be sent; the core has its final response already
  },
  accepted: {
    '2xx': ['accepted', 'further-answer'], // RFC 6026 §7.2: repetitions, and answers of other forks
    'timer-m': ['terminated', 'end'], // RFC 6026 §7.2
  },
  terminated: {},
};

export interface InviteClientUser extends ClientUser {
  /** The text of the ACK for a final response ≥ 300 (§17.1.1.3). */
  acknowledgement(response: SipMessage): string;
  /** Timer C fired: cancel. */
  silence(): void;
}

type Perform = (transaction: InviteClientTransaction, event: unknown) => void;

export class InviteClientTransaction extends ClientTransaction<
  InviteClientState,
  InviteClientInput,
  InviteClientAction,
  InviteClientUser
> {
  static readonly #PERFORM: Readonly<Record<InviteClientAction, Perform>> = {
    repeat: (transaction) => {
      transaction.repeat('timer-b');
      transaction.interval *= 2;
      transaction.repeatOn('timer-a');
    },
    provisional: (transaction, event) => {
      transaction.stopRepeating();
      transaction.limitTo('timer-c', transaction.timers.timerC);
      transaction.report(event);
    },
    answer: (transaction, event) => {
      transaction.stopRepeating();
      transaction.limitTo('timer-m', transaction.timers.timeout);
      transaction.report(event);
    },
    'further-answer': (transaction, event) => transaction.report(event),
    reject: (transaction, event) => {
      transaction.stopRepeating();
      transaction.#acknowledgement = transaction.user.acknowledgement((event as Received).message);
      transaction.user.transmit(transaction.#acknowledgement);
      transaction.absorbUntil('timer-d', transaction.timers.timeout);
      transaction.report(event);
    },
    acknowledge: (transaction) => transaction.user.transmit(transaction.#acknowledgement, true),
    silence: (transaction) => transaction.user.silence(),
    'time-out': (transaction) => transaction.timeOut(),
    unreachable: (transaction) => transaction.giveUp(),
    end: (transaction) => transaction.end(),
  };
  static readonly #MACHINE = new MachineKind(INVITE_CLIENT, InviteClientTransaction.#PERFORM);
  protected readonly machine = InviteClientTransaction.#MACHINE.of(this, 'calling');
  #acknowledgement = '';

  /** Sends the INVITE at once. */
  constructor(clock: Clock, timers: TimerValues, reliable: boolean, text: string, user: InviteClientUser) {
    super(clock, timers, reliable, text, user);
    this.begin('timer-a', 'timer-b');
  }

  receive(message: SipMessage, flow: Flow): void {
    const { status } = message;
    this.enter(status < 200 ? '1xx' : status < 300 ? '2xx' : '300-699', { message, flow });
  }

  /** For the final response ≥ 300; empty before. */
  get acknowledgement(): string {
    return this.#acknowledgement;
  }

  /** Gives up on a final response; only in Proceeding. */
  abandon(): void {
    this.enter('abandon');
  }
}
