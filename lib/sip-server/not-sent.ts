/** Whose fault it is that something could not be sent. */
export type NotSentCode =
  /** Ours, or of whoever wrote what we wanted to send: it would go nowhere. It says nothing about the target. */
  | 'local'
  /** Longer than the SIP server can read (RFC 3261 §21.5.7). */
  | 'too-large'
  /** There is no way to that target. */
  | 'transport'
  /** The SIP server knows no such dialog any more. */
  | 'dialog-gone'
  /** The SIP server itself is gone. */
  | 'server-gone';

/** What a SIP server tells in place of a response. */
export class NotSent extends Error {
  readonly code: NotSentCode;

  constructor(code: NotSentCode, message: string) {
    super(message);
    this.name = 'NotSent';
    this.code = code;
  }
}

/** For who asked for it within a call. */
export const NOT_SENT_STATUS: Readonly<Record<NotSentCode, number>> = {
  local: 500,
  'too-large': 513,
  transport: 500,
  'dialog-gone': 481,
  'server-gone': 500,
};
