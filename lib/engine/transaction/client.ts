import type { Clock } from '../../base/clock.js';
import type { SipMessage } from '../../sip/message.js';
import type { Flow, TimerValues } from '../api.js';
import { Transaction, type TransactionUser } from './transaction.js';

/** What a client transaction needs from the UAC core, which forgets it before the last of these reports. */
export interface ClientUser extends TransactionUser {
  /** A response the core must see. */
  response(message: SipMessage, flow: Flow): void;
  /** No response at all (Timer B or F). */
  timedOut(): void;
  unreachable(): void;
}

export interface Received {
  readonly message: SipMessage;
  readonly flow: Flow;
}

/** Of an INVITE or not. */
export type AnyClientTransaction = Pick<ClientTransaction<never, never, never>, 'receive' | 'transportError' | 'stop'>;

/** RFC 3261 §17.1: a request that goes out, again and again until there is a response. */
export abstract class ClientTransaction<
  State extends string,
  Input extends string,
  Action extends string,
  User extends ClientUser = ClientUser,
> extends Transaction<State, Input, Action, User> {
  /** Empty once it is not repeated any more. */
  #text: string;

  constructor(clock: Clock, timers: TimerValues, reliable: boolean, text: string, user: User) {
    super(clock, timers, reliable, user);
    this.#text = text;
  }

  abstract receive(message: SipMessage, flow: Flow): void;

  /** Sends the request for the first time. */
  protected begin(repetition: Input, limit: Input): void {
    this.user.transmit(this.#text);
    if (this.reliable) this.limitTo(limit, this.timers.timeout);
    else this.repeatOn(repetition);
  }

  /** Timer B or F is not set before A or E has fired for the first time: nearly always there is a response by then. */
  protected repeat(limit: Input): void {
    this.user.transmit(this.#text, true);
    if (!this.isLimited) this.limitTo(limit, this.timers.timeout - this.timers.t1);
  }

  /** The peer has heard us. */
  protected stopRepeating(): void {
    this.stop();
    this.#text = '';
  }

  protected report(event: unknown): void {
    const { message, flow } = event as Received;
    this.user.response(message, flow);
  }

  protected timeOut(): void {
    this.end();
    this.user.timedOut();
  }

  protected giveUp(): void {
    this.end();
    this.user.unreachable();
  }
}
