import { CodedError } from '../../base/errors.js';
import type { SipMessage } from '../../sip/message.js';
import type { Flow } from '../api.js';

export const INTERNAL_ERROR = 'Server Internal Error';

export const unknownTransaction = (): CodedError =>
  new CodedError('TRANSACTION_UNKNOWN', 'Response not sent due to unknown transaction');

/** A request as it came. */
export interface ReceivedRequest {
  readonly request: SipMessage;
  readonly flow: Flow;
  /** Of its server transaction; it holds nothing of the request, nor does the other one. */
  readonly key: string;
  /** Set where it is known not to be merged (RFC 3261 §8.2.2.2); empty within a dialog. */
  mergeKey: string;
}
