import type { Clock } from '../../base/clock.js';
import { MachineKind, type Table } from '../../base/machine.js';
import type { SipMessage } from '../../sip/message.js';
import type { Flow, TimerValues } from '../api.js';
import { ClientTransaction, type ClientUser } from './client.js';

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

type Perform = (transaction: NonInviteClientTransaction, event: unknown) => void;

export class NonInviteClientTransaction extends ClientTransaction<
  NonInviteClientState,
  NonInviteClientInput,
  NonInviteClientAction
> {
  static readonly #PERFORM: Readonly<Record<NonInviteClientAction, Perform>> = {
    repeat: (transaction) => {
      transaction.repeat('timer-f');
      transaction.interval = Math.min(transaction.interval * 2, transaction.timers.t2);
      transaction.repeatOn('timer-e');
    },
    'repeat-slowly': (transaction) => {
      transaction.repeat('timer-f');
      transaction.interval = transaction.timers.t2;
      transaction.repeatOn('timer-e');
    },
    provisional: (transaction, event) => transaction.report(event),
    finish: (transaction, event) => {
      transaction.stopRepeating();
      transaction.absorbUntil('timer-k', transaction.timers.t4);
      transaction.report(event);
    },
    'time-out': (transaction) => transaction.timeOut(),
    unreachable: (transaction) => transaction.giveUp(),
    end: (transaction) => transaction.end(),
  };
  static readonly #MACHINE = new MachineKind(NON_INVITE_CLIENT, NonInviteClientTransaction.#PERFORM);
  protected readonly machine = NonInviteClientTransaction.#MACHINE.of(this, 'trying');

  /** Sends the request at once. */
  constructor(clock: Clock, timers: TimerValues, reliable: boolean, text: string, user: ClientUser) {
    super(clock, timers, reliable, text, user);
    this.begin('timer-e', 'timer-f');
  }

  receive(message: SipMessage, flow: Flow): void {
    this.enter(message.status < 200 ? '1xx' : 'final', { message, flow });
  }
}
