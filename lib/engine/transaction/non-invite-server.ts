import { MachineKind, type Table } from '../../base/machine.js';
import { ServerTransaction } from './server.js';
import { untilTimerEIsT2 } from './timers.js';
import type { TransactionUser } from './transaction.js';

export type NonInviteServerState = 'trying' | 'proceeding' | 'completed' | 'terminated';
export type NonInviteServerInput =
  | 'request'
  | '100'
  | '101-199'
  | 'final'
  | '408'
  | 'timer-100'
  | 'timer-j'
  | 'transport-error';
export type NonInviteServerAction = 'respond' | 'repeat' | 'trying' | 'finish' | 'keep-silent' | 'end';

/**
 * RFC 3261 §17.2.2 as changed by RFC 4320: no provisional response but 100, that one by ourselves when Timer E of the client
 * has reached T2, and never a 408.
 */
export const NON_INVITE_SERVER: Table<NonInviteServerState, NonInviteServerInput, NonInviteServerAction> = {
  trying: {
    '100': ['proceeding', 'respond'], // §17.2.2; over UDP only after timer-100 (RFC 4320 §4.1)
    'timer-100': ['proceeding', 'trying'], // RFC 4320 §4.1: MUST respond with 100
    final: ['completed', 'finish'], // §17.2.2
    '408': ['terminated', 'keep-silent'], // RFC 4320 §4.2: the client has timed out already
    'transport-error': ['trying'], // the response goes again when the request does
  },
  proceeding: {
    request: ['proceeding', 'repeat'], // §17.2.2
    '100': ['proceeding', 'respond'], // §17.2.2
    final: ['completed', 'finish'], // §17.2.2
    '408': ['terminated', 'keep-silent'], // RFC 4320 §4.2
    'transport-error': ['proceeding'],
  },
  completed: {
    request: ['completed', 'repeat'], // §17.2.2
    'timer-j': ['terminated', 'end'], // §17.2.2
    'transport-error': ['completed'],
  },
  terminated: {},
};

export interface NonInviteServerUser extends TransactionUser {
  /** The text of a 100 to the request. */
  trying(): string;
}

type Perform = (transaction: NonInviteServerTransaction, text: string) => void;

export class NonInviteServerTransaction extends ServerTransaction<
  NonInviteServerState,
  NonInviteServerInput,
  NonInviteServerAction,
  NonInviteServerUser
> {
  static readonly #PERFORM: Readonly<Record<NonInviteServerAction, Perform>> = {
    respond: (transaction, text) => transaction.send(text),
    trying: (transaction) => transaction.send(transaction.user.trying()),
    repeat: (transaction) => transaction.user.transmit(transaction.last, true),
    finish: (transaction, text) => {
      transaction.stop();
      transaction.send(text);
      transaction.absorbUntil('timer-j', transaction.timers.timeout);
    },
    'keep-silent': (transaction) => transaction.end(),
    end: (transaction) => transaction.end(),
  };
  static readonly #MACHINE = new MachineKind(NON_INVITE_SERVER, NonInviteServerTransaction.#PERFORM);
  protected readonly machine = NonInviteServerTransaction.#MACHINE.of(this, 'trying');

  /** The user has the request: where it has not answered at once, we say in time that it is being worked on. */
  expectResponse(): void {
    if (this.state === 'trying' && !this.isLimited) this.limitTo('timer-100', untilTimerEIsT2(this.timers));
  }

  repeated(): void {
    this.enter('request');
  }

  respond(status: number, text: string): void {
    if (status === 408) this.machine.send('408');
    else if (status >= 200) this.machine.send('final', text);
    else if (status > 100) this.machine.send('101-199');
    else if (this.reliable || this.state === 'proceeding') this.machine.send('100', text);
  }
}
