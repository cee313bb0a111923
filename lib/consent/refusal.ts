import { CodedError } from '../base/errors.js';

/** Why the register takes no act: a closed list, for programs. */
export type RefusalReason =
  | 'REGISTER_OFF'
  | 'NUMBER_INVALID'
  | 'ACT_UNKNOWN'
  | 'PURPOSE_UNKNOWN'
  | 'CHANNEL_UNKNOWN'
  | 'PURPOSE_RETIRED'
  | 'PAIR_INVALID'
  | 'WILDCARD'
  | 'NOTHING_NAMED'
  | 'NOTICE_MISSING'
  | 'NOTICE_UNKNOWN'
  | 'NOTICE_OUTDATED'
  | 'NOTICE_OF_ANOTHER_PURPOSE'
  | 'LANGUAGE_UNKNOWN'
  | 'METHOD_UNKNOWN'
  | 'BACK_DATED'
  | 'REQUEST_INVALID'
  | 'REQUEST_REUSED'
  | 'STATE_CHANGED'
  | 'TEXT_INVALID'
  | 'CORRECTS_NOTHING'
  | 'CAUSE_UNKNOWN'
  | 'TIME_INVALID'
  | 'BUSY';

/** CONSENT_REFUSED: nothing was written. */
export class ConsentRefusal extends CodedError {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, text: string) {
    super('CONSENT_REFUSED', `${reason} ${text}`);
    this.reason = reason;
  }
}

export function refuse(reason: RefusalReason, text: string): never {
  throw new ConsentRefusal(reason, text);
}
