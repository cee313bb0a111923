import { Transaction, type TransactionUser } from './transaction.js';

/** RFC 3261 §17.2: what was answered last goes out again when the request does. */
export abstract class ServerTransaction<
  State extends string,
  Input extends string,
  Action extends string,
  User extends TransactionUser = TransactionUser,
> extends Transaction<State, Input, Action, User> {
  protected last = '';

  /** The request came again. */
  abstract repeated(): void;

  /** A fault is the caller's to deal with. */
  abstract respond(status: number, text: string): void;

  protected send(text: string): void {
    this.last = text;
    this.user.transmit(text);
  }
}
