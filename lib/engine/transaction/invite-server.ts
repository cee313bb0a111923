import type { Clock, Timer } from '../../base/clock.js';
import { Machine, type Table } from '../../base/machine.js';
import type { TimerValues } from '../api.js';

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

/** What a server transaction needs from the UAS core. */
export interface ServerUser {
  transmit(text: string, isAgain?: boolean): void;
  /** The transaction has ended: forget it. */
  ended(): void;
  /** A programming error has stopped the transaction. */
  faulted(thrown: unknown): void;
}

export interface InviteServerUser extends ServerUser {
  /** Whether a final response that has no ACK yet goes out again. */
  mayRepeat(): boolean;
}

export class InviteServerTransaction {
  static readonly #PERFORM: Readonly<
    Record<InviteServerAction, (transaction: InviteServerTransaction, text: string) => void>
  > = {
    respond: (transaction, text) => transaction.#send(text),
    repeat: (transaction) => {
      if (transaction.#last !== '') transaction.#user.transmit(transaction.#last, true);
    },
    accept: (transaction, text) => {
      transaction.#send(text);
      transaction.#limitTo('timer-l', transaction.#timers.timeout);
    },
    reject: (transaction, text) => {
      transaction.#send(text);
      if (!transaction.#reliable) transaction.#startTimerG();
      transaction.#limitTo('timer-h', transaction.#timers.timeout);
    },
    'back-off': (transaction) => {
      if (transaction.#user.mayRepeat()) transaction.#user.transmit(transaction.#last);
      transaction.#interval = Math.min(transaction.#interval * 2, transaction.#timers.t2);
      transaction.#startTimerG();
    },
    confirm: (transaction) => {
      transaction.stop();
      transaction.#last = ''; // not repeated any more
      transaction.#limitTo('timer-i', transaction.#reliable ? 0 : transaction.#timers.t4);
    },
    end: (transaction) => {
      transaction.stop();
      transaction.#user.ended();
    },
  };
  readonly #machine: Machine<InviteServerState, InviteServerInput, InviteServerAction>;
  readonly #clock: Clock;
  readonly #timers: TimerValues;
  readonly #reliable: boolean;
  readonly #user: InviteServerUser;
  #last = '';
  #interval: number;
  /** Timer G. */
  #repetition: Timer | undefined;
  /** Timer H, I or L. */
  #limit: Timer | undefined;

  /** @param reliable the INVITE came over TCP or TLS: nothing is retransmitted */
  constructor(clock: Clock, timers: TimerValues, reliable: boolean, user: InviteServerUser) {
    this.#clock = clock;
    this.#timers = timers;
    this.#reliable = reliable;
    this.#user = user;
    this.#interval = timers.t1;
    this.#machine = new Machine(INVITE_SERVER, 'proceeding', (action, text) =>
      InviteServerTransaction.#PERFORM[action](this, text as string),
    );
  }

  get state(): InviteServerState {
    return this.#machine.state;
  }

  /** The INVITE came again. */
  repeated(): void {
    this.#enter('invite');
  }

  /** A fault is the caller's to deal with. */
  respond(status: number, text: string): void {
    this.#machine.send(status < 200 ? '1xx' : status < 300 ? '2xx' : '300-699', text);
  }

  /** An ACK of the INVITE's own branch came. */
  acknowledged(): void {
    this.#enter('ack');
  }

  transportError(): void {
    this.#enter('transport-error');
  }

  /** Stops all timers; for the end of the engine. */
  stop(): void {
    this.#repetition?.cancel();
    this.#limit?.cancel();
    this.#repetition = undefined;
    this.#limit = undefined;
  }

  /** From outside, a timer included: a fault ends this transaction. */
  #enter(input: InviteServerInput, event?: unknown): void {
    try {
      this.#machine.send(input, event);
    } catch (thrown) {
      this.stop();
      this.#user.faulted(thrown);
    }
  }

  #send(text: string): void {
    this.#last = text;
    this.#user.transmit(text);
  }

  #startTimerG(): void {
    this.#repetition = this.#clock.after(this.#interval, () => this.#enter('timer-g'));
  }

  #limitTo(input: InviteServerInput, delay: number): void {
    if (delay === 0) this.#machine.send(input);
    else this.#limit = this.#clock.after(delay, () => this.#enter(input));
  }
}
