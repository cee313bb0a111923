import { CodedError, type ErrorCode, messageOf } from '../base/errors.js';

const REFUSAL = 'ERR VIRKNE ';

/** What a command of the store can reject with: STORE_REFUSED or STORE_UNAVAILABLE. */
export class StoreError extends CodedError {
  /** The command may have been executed although no reply came. */
  readonly inDoubt: boolean;

  constructor(code: ErrorCode, message: string, inDoubt: boolean, options?: ErrorOptions) {
    super(code, message, options);
    this.inDoubt = inDoubt;
  }
}

export const unavailable = (text: string): StoreError => new StoreError('STORE_UNAVAILABLE', text, false);

/** An error reply says that the command was not executed; anything else (timeout, closed connection) leaves that open. */
export function fromRedis(thrown: unknown): StoreError {
  const text = messageOf(thrown);
  if (text.startsWith(REFUSAL)) {
    return new StoreError('STORE_REFUSED', text.slice(REFUSAL.length), false, { cause: thrown });
  }
  const replied = thrown instanceof Error && thrown.name === 'ReplyError';
  return new StoreError('STORE_UNAVAILABLE', `Redis: ${text}`, !replied, { cause: thrown });
}
