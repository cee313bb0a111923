import { CodedError, type ErrorCode, messageOf } from '../base/errors.js';

const REFUSAL = 'ERR VIRKNE ';
/** A function that was broken off, not one that refused. */
const BROKEN_OFF = 'ERR VIRKNE FAILED ';
/** With these Redis refuses whatever is written, not what one key would not take: a replica, no memory left, no permission, … */
const UNFIT =
  /^(?:READONLY|OOM|NOPERM|MISCONF|NOREPLICAS|LOADING|MASTERDOWN|CLUSTERDOWN|NOAUTH|WRONGPASS|BUSY\b|ERR Function not found|(?:ERR VIRKNE FAILED )?ERR The user executing)/;

/** What a command of the store can reject with: STORE_REFUSED or STORE_UNAVAILABLE. */
export class StoreError extends CodedError {
  /** The command may have been executed although no reply came. */
  readonly inDoubt: boolean;
  /** Other commands would meet the same: this Redis is not fit for use. */
  readonly everywhere: boolean;
  /** Of STORE_REFUSED, in one word: MEMBERS, VERSION, GROUP, …; `message` begins with it. Undefined: another error. */
  readonly refusal: string | undefined;

  constructor(code: ErrorCode, message: string, inDoubt: boolean, options?: ErrorOptions, everywhere = inDoubt) {
    super(code, message, options);
    this.inDoubt = inDoubt;
    this.everywhere = everywhere;
    this.refusal = code === 'STORE_REFUSED' ? message.slice(0, message.indexOf(' ')) : undefined;
  }
}

export const unavailable = (text: string): StoreError =>
  new StoreError('STORE_UNAVAILABLE', text, false, undefined, true);

/** An error reply says that the command was not executed; anything else (timeout, closed connection) leaves that open. */
export function fromRedis(thrown: unknown): StoreError {
  const text = messageOf(thrown);
  if (text.startsWith(REFUSAL) && !text.startsWith(BROKEN_OFF)) {
    return new StoreError('STORE_REFUSED', text.slice(REFUSAL.length), false, { cause: thrown });
  }
  const replied = thrown instanceof Error && thrown.name === 'ReplyError';
  return new StoreError(
    'STORE_UNAVAILABLE',
    `Redis: ${text}`,
    !replied,
    { cause: thrown },
    !replied || UNFIT.test(text),
  );
}

/** Redis refused one command for what its key is: others go on. */
export const isOfOneKey = (thrown: unknown): thrown is StoreError => thrown instanceof StoreError && !thrown.everywhere;

/** For `catch`: undefined where a function refused because there is no such group; anything else is thrown on. */
export function undefinedWithoutGroup(thrown: unknown): undefined {
  if (thrown instanceof StoreError && thrown.refusal === 'GROUP') return undefined;
  throw thrown;
}
