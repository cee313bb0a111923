import { MachineKind, type Table } from '../../base/machine.js';
import { ServerTransaction } from './server.js';
import type { TransactionUser } from './transaction.js';

export type InviteServerState = 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated';
export type InviteServerInput =
  | 'invite'
  | '1xx'
  | '2xx'
  | '300-699'
  | 'ack'
  | 'timer-g'
  | 'timer-h'
  | 'timer-i'
  | 'timer-l'
  | 'transport-error';
export type InviteServerAction = 'respond' | 'repeat' | 'accept' | 'reject' | 'back-off' | 'confirm' | 'end';

/** RFC 3261 §17.2.1 as changed by RFC 6026 §7.1. */
export const INVITE_SERVER: Table<InviteServerState, InviteServerInput, InviteServerAction> = {
  proceeding: {
    invite: ['proceeding', 'repeat'], // §17.2.1: the most recent provisional response is sent again
    '1xx': ['proceeding', 'respond'], // §17.2.1
    '2xx': ['accepted', 'accept'], // RFC 6026 §7.1
    '300-699': ['completed', 'reject'], // §17.2.1
    'transport-error': ['proceeding'], // RFC 6026 §8.8: the transaction MUST remain
  },
  completed: {
    invite: ['completed', 'repeat'], // §17.2.1
    'timer-g': ['completed', 'back-off'], // §17.2.1
    'timer-h': ['terminated', 'end'], // §17.2.1: the ACK never came
    ack: ['confirmed', 'confirm'], // §17.2.1
    'transport-error': ['completed'], // RFC 6026 §8.8
  },
  confirmed: {
    'timer-i': ['terminated', 'end'], // §17.2.1: until then further ACKs are absorbed
  },
  accepted: {
    '2xx': ['accepted', 'respond'], // RFC 6026 §7.1: the UAS core repeats it, not the transaction
    'timer-l': ['terminated', 'end'], // RFC 6026 §7.1: until then repeated INVITEs are absorbed
    'transport-error': ['accepted'], // RFC 6026 §8.8
  },
  terminated: {},
};

export interface InviteServerUser extends TransactionUser {
  /** Whether a final response that has no ACK yet goes out again. */
  mayRepeat(): boolean;
}

type Perform = (transaction: InviteServerTransaction, text: string) => void;

export class InviteServerTransaction extends ServerTransaction<
  InviteServerState,
  InviteServerInput,
  InviteServerAction,
  InviteServerUser
> {
  static readonly #PERFORM: Readonly<Record<InviteServerAction, Perform>> = {
    respond: (transaction, text) => transaction.send(text),
    repeat: (transaction) => {
      if (transaction.last !== '') transaction.user.transmit(transaction.last, true);
    },
    accept: (transaction, text) => {
      transaction.send(text);
      transaction.limitTo('timer-l', transaction.timers.timeout);
    },
    reject: (transaction, text) => {
      transaction.send(text);
      if (!transaction.reliable) transaction.repeatOn('timer-g');
      transaction.limitTo('timer-h', transaction.timers.timeout);
    },
    'back-off': (transaction) => {
      if (transaction.user.mayRepeat()) transaction.user.transmit(transaction.last);
      transaction.interval = Math.min(transaction.interval * 2, transaction.timers.t2);
      transaction.repeatOn('timer-g');
    },
    confirm: (transaction) => {
      transaction.stop();
      transaction.last = ''; // not repeated any more
      transaction.absorbUntil('timer-i', transaction.timers.t4);
    },
    end: (transaction) => transaction.end(),
  };
  static readonly #MACHINE = new MachineKind(INVITE_SERVER, InviteServerTransaction.#PERFORM);
  protected readonly machine = InviteServerTransaction.#MACHINE.of(this, 'proceeding');

  repeated(): void {
    this.enter('invite');
  }

  respond(status: number, text: string): void {
    this.machine.send(status < 200 ? '1xx' : status < 300 ? '2xx' : '300-699', text);
  }

  /** An ACK of the INVITE's own branch came. */
  acknowledged(): void {
    this.enter('ack');
  }
}
