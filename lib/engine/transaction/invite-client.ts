import type { Clock, Timer } from '../../base/clock.js';
import { Machine, type Table } from '../../base/machine.js';
import type { SipMessage } from '../../sip/message.js';
import type { Flow, TimerValues } from '../api.js';

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

/** What a client transaction needs from the UAC core. */
export interface ClientUser {
  transmit(text: string, isAgain?: boolean): void;
  /** A response the core must see. `further`: a 2xx after the first. */
  response(message: SipMessage, flow: Flow): void;
  /** No response at all (Timer B or F). */
  timedOut(): void;
  unreachable(): void;
  /** The transaction has ended: forget it. Called before the last of the reports above. */
  ended(): void;
  /** A programming error has stopped the transaction. */
  faulted(thrown: unknown): void;
}

export interface InviteClientUser extends ClientUser {
  /** The text of the ACK for a final response ≥ 300 (§17.1.1.3). */
  acknowledgement(response: SipMessage): string;
  /** Timer C fired: cancel. */
  silence(): void;
}

interface Received {
  readonly message: SipMessage;
  readonly flow: Flow;
}

export class InviteClientTransaction {
  static readonly #PERFORM: Readonly<
    Record<InviteClientAction, (transaction: InviteClientTransaction, event: unknown) => void>
  > = {
    repeat: (transaction) => {
      transaction.#user.transmit(transaction.#text, true);
      // Timer B is not set before timer A has fired: nearly always there is a response by then.
      if (transaction.#limit === undefined)
        transaction.#limitTo('timer-b', transaction.#timers.timeout - transaction.#interval);
      transaction.#interval *= 2;
      transaction.#startTimerA();
    },
    provisional: (transaction, event) => {
      transaction.#stopRetransmitting();
      transaction.#limitTo('timer-c', transaction.#timers.timerC);
      transaction.#report(event);
    },
    answer: (transaction, event) => {
      transaction.#stopRetransmitting();
      transaction.#limitTo('timer-m', transaction.#timers.timeout);
      transaction.#report(event);
    },
    'further-answer': (transaction, event) => transaction.#report(event),
    reject: (transaction, event) => {
      transaction.#stopRetransmitting();
      transaction.#acknowledgement = transaction.#user.acknowledgement((event as Received).message);
      transaction.#user.transmit(transaction.#acknowledgement);
      if (transaction.#reliable) transaction.#machine.send('timer-d');
      else transaction.#limitTo('timer-d', transaction.#timers.timeout);
      transaction.#report(event);
    },
    acknowledge: (transaction) => transaction.#user.transmit(transaction.#acknowledgement, true),
    silence: (transaction) => transaction.#user.silence(),
    'time-out': (transaction) => {
      transaction.#end();
      transaction.#user.timedOut();
    },
    unreachable: (transaction) => {
      transaction.#end();
      transaction.#user.unreachable();
    },
    end: (transaction) => transaction.#end(),
  };
  readonly #machine: Machine<InviteClientState, InviteClientInput, InviteClientAction>;
  readonly #clock: Clock;
  readonly #timers: TimerValues;
  readonly #reliable: boolean;
  readonly #user: InviteClientUser;
  /** Empty once it is not repeated any more. */
  #text: string;
  #acknowledgement = '';
  #interval: number;
  /** Timer A. */
  #repetition: Timer | undefined;
  /** Timer B, C, D or M. */
  #limit: Timer | undefined;

  /** Sends the INVITE at once. */
  constructor(clock: Clock, timers: TimerValues, reliable: boolean, text: string, user: InviteClientUser) {
    this.#clock = clock;
    this.#timers = timers;
    this.#reliable = reliable;
    this.#text = text;
    this.#user = user;
    this.#interval = timers.t1;
    this.#machine = new Machine(INVITE_CLIENT, 'calling', (action, event) =>
      InviteClientTransaction.#PERFORM[action](this, event),
    );
    user.transmit(text);
    if (reliable) this.#limitTo('timer-b', timers.timeout);
    else this.#startTimerA();
  }

  get state(): InviteClientState {
    return this.#machine.state;
  }

  receive(message: SipMessage, flow: Flow): void {
    const { status } = message;
    this.#enter(status < 200 ? '1xx' : status < 300 ? '2xx' : '300-699', { message, flow });
  }

  transportError(): void {
    this.#enter('transport-error');
  }

  /** For the final response ≥ 300; empty before. */
  get acknowledgement(): string {
    return this.#acknowledgement;
  }

  /** Gives up on a final response; only in Proceeding. */
  abandon(): void {
    this.#enter('abandon');
  }

  stop(): void {
    this.#repetition?.cancel();
    this.#limit?.cancel();
    this.#repetition = undefined;
    this.#limit = undefined;
  }

  /** From outside, a timer included: a fault ends this transaction. */
  #enter(input: InviteClientInput, event?: unknown): void {
    try {
      this.#machine.send(input, event);
    } catch (thrown) {
      this.stop();
      this.#user.faulted(thrown);
    }
  }

  /** The peer has heard us. */
  #stopRetransmitting(): void {
    this.stop();
    this.#text = '';
  }

  #report(event: unknown): void {
    const { message, flow } = event as Received;
    this.#user.response(message, flow);
  }

  #end(): void {
    this.stop();
    this.#user.ended();
  }

  #startTimerA(): void {
    this.#repetition = this.#clock.after(this.#interval, () => this.#enter('timer-a'));
  }

  #limitTo(input: InviteClientInput, delay: number): void {
    this.#limit = this.#clock.after(delay, () => this.#enter(input));
  }
}
