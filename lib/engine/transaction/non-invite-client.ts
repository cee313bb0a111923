import type { Clock, Timer } from '../../base/clock.js';
import { Machine, type Table } from '../../base/machine.js';
import type { SipMessage } from '../../sip/message.js';
import type { Flow, TimerValues } from '../api.js';
import type { ClientUser } from './invite-client.js';

export type NonInviteClientState = 'trying' | 'proceeding' | 'completed' | 'terminated';
export type NonInviteClientInput = 'timer-e' | 'timer-f' | 'timer-k' | '1xx' | 'final' | 'transport-error';
export type NonInviteClientAction =
  | 'repeat'
  | 'repeat-slowly'
  | 'provisional'
  | 'finish'
  | 'time-out'
  | 'unreachable'
  | 'end';

/** RFC 3261 §17.1.2. */
export const NON_INVITE_CLIENT: Table<NonInviteClientState, NonInviteClientInput, NonInviteClientAction> = {
  trying: {
    'timer-e': ['trying', 'repeat'], // §17.1.2.2
    'timer-f': ['terminated', 'time-out'], // §17.1.2.2
    '1xx': ['proceeding', 'provisional'], // §17.1.2.2
    final: ['completed', 'finish'], // §17.1.2.2
    'transport-error': ['terminated', 'unreachable'], // §17.1.2.2
  },
  proceeding: {
    'timer-e': ['proceeding', 'repeat-slowly'], // §17.1.2.2: every T2
    'timer-f': ['terminated', 'time-out'], // §17.1.2.2
    '1xx': ['proceeding', 'provisional'], // §17.1.2.2
    final: ['completed', 'finish'], // §17.1.2.2
    'transport-error': ['terminated', 'unreachable'], // §17.1.2.2
  },
  completed: {
    'timer-k': ['terminated', 'end'], // §17.1.2.2: until then repeated responses are absorbed
  },
  terminated: {},
};

interface Received {
  readonly message: SipMessage;
  readonly flow: Flow;
}

export class NonInviteClientTransaction {
  static readonly #PERFORM: Readonly<
    Record<NonInviteClientAction, (transaction: NonInviteClientTransaction, event: unknown) => void>
  > = {
    repeat: (transaction) => {
      transaction.#user.transmit(transaction.#text, true);
      transaction.#limitBehindFirst();
      transaction.#interval = Math.min(transaction.#interval * 2, transaction.#timers.t2);
      transaction.#startTimerE();
    },
    'repeat-slowly': (transaction) => {
      transaction.#user.transmit(transaction.#text, true);
      transaction.#limitBehindFirst();
      transaction.#interval = transaction.#timers.t2;
      transaction.#startTimerE();
    },
    provisional: (transaction, event) => transaction.#report(event),
    finish: (transaction, event) => {
      transaction.stop();
      transaction.#text = '';
      if (transaction.#reliable) transaction.#machine.send('timer-k');
      else transaction.#limit = transaction.#clock.after(transaction.#timers.t4, () => transaction.#enter('timer-k'));
      transaction.#report(event);
    },
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
  readonly #machine: Machine<NonInviteClientState, NonInviteClientInput, NonInviteClientAction>;
  readonly #clock: Clock;
  readonly #timers: TimerValues;
  readonly #reliable: boolean;
  readonly #user: ClientUser;
  /** Empty once it is not repeated any more. */
  #text: string;
  #interval: number;
  /** Timer E. */
  #repetition: Timer | undefined;
  /** Timer F or K. */
  #limit: Timer | undefined;

  /** Sends the request at once. */
  constructor(clock: Clock, timers: TimerValues, reliable: boolean, text: string, user: ClientUser) {
    this.#clock = clock;
    this.#timers = timers;
    this.#reliable = reliable;
    this.#text = text;
    this.#user = user;
    this.#interval = timers.t1;
    this.#machine = new Machine(NON_INVITE_CLIENT, 'trying', (action, event) =>
      NonInviteClientTransaction.#PERFORM[action](this, event),
    );
    user.transmit(text);
    if (reliable) this.#startTimerF(timers.timeout);
    else this.#startTimerE();
  }

  get state(): NonInviteClientState {
    return this.#machine.state;
  }

  receive(message: SipMessage, flow: Flow): void {
    this.#enter(message.status < 200 ? '1xx' : 'final', { message, flow });
  }

  transportError(): void {
    this.#enter('transport-error');
  }

  stop(): void {
    this.#repetition?.cancel();
    this.#limit?.cancel();
    this.#repetition = undefined;
    this.#limit = undefined;
  }

  /** From outside, a timer included: a fault ends this transaction. */
  #enter(input: NonInviteClientInput, event?: unknown): void {
    try {
      this.#machine.send(input, event);
    } catch (thrown) {
      this.stop();
      this.#user.faulted(thrown);
    }
  }

  #report(event: unknown): void {
    const { message, flow } = event as Received;
    this.#user.response(message, flow);
  }

  #end(): void {
    this.stop();
    this.#user.ended();
  }

  /** Timer F is not set before timer E has fired: nearly always there is a response by then. */
  #limitBehindFirst(): void {
    if (this.#limit === undefined) this.#startTimerF(this.#timers.timeout - this.#timers.t1);
  }

  #startTimerF(delay: number): void {
    this.#limit = this.#clock.after(delay, () => this.#enter('timer-f'));
  }

  #startTimerE(): void {
    this.#repetition = this.#clock.after(this.#interval, () => this.#enter('timer-e'));
  }
}
