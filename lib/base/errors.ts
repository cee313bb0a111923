/**
 * Every error that is not a programming error carries a code from a closed list, so that callers branch on the code, operators
 * search for it, and the message names the place and the remedy.
 */
export type ErrorCode =
  | 'CONFIG_INVALID'
  | 'SIP_MALFORMED'
  | 'SIP_NOT_SENT'
  | 'NOT_CONNECTED'
  | 'CONNECTION_LOST'
  | 'TRANSACTION_UNKNOWN'
  | 'DIALOG_UNKNOWN'
  | 'REQUEST_INVALID'
  | 'TRANSPORT_UNAVAILABLE'
  | 'RESOLUTION_FAILED'
  | 'STORE_UNAVAILABLE'
  | 'STORE_REFUSED'
  | 'GROUP_UNKNOWN'
  | 'CHARGES_REFUSED'
  | 'CONSENT_REFUSED'
  | 'USE_REFUSED'
  | 'REGISTER_UNFIT'
  | 'SIP_SERVER_GONE'
  | 'MEDIA_UNAVAILABLE'
  | 'MISSING_PROGRAM'
  | 'DATA_DIRECTORY_UNUSABLE'
  | 'DATA_DIRECTORY_IN_USE';

export class CodedError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CodedError';
    this.code = code;
  }
}

/** The message of whatever was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
