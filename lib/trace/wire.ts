/** What a ladder shows of a message, cut out of its text; the whole is not parsed. */

export interface WireMessage {
  readonly callId: string;
  readonly status: number;
  readonly method: string;
  readonly sequence: number;
  readonly hasBody: boolean;
}

/** As we write them, and nearly everybody; the others are looked for as RFC 3261 §7.3.1 and §20 allow them. */
const CALL_ID = '\r\nCall-ID: ';
const CSEQ = '\r\nCSeq: ';
const ANY_CALL_ID = /\r\n(?:call-id|i)[ \t]*:\s*/i;
const ANY_CSEQ = /\r\ncseq[ \t]*:\s*/i;
const STATUS_LINE = 'SIP/2.0 ';

/** Where the value of the field begins; -1: there is none. */
function valueAt(text: string, usual: string, any: RegExp): number {
  const at = text.indexOf(usual);
  if (at >= 0) return at + usual.length;
  const found = any.exec(text);
  return found === null ? -1 : found.index + found[0].length;
}

const endOf = (text: string, from: number): number => {
  const end = text.indexOf('\r\n', from);
  return end < 0 ? text.length : end;
};

/** The value without white space around it. */
export function callIdIn(text: string): string {
  const start = valueAt(text, CALL_ID, ANY_CALL_ID);
  return start < 0 ? '' : text.slice(start, endOf(text, start)).trim();
}

export function messageIn(text: string, callId = callIdIn(text)): WireMessage {
  const start = valueAt(text, CSEQ, ANY_CSEQ);
  const cseq = start < 0 ? '' : text.slice(start, endOf(text, start));
  const sequence = Number.parseInt(cseq, 10);
  const isResponse = text.startsWith(STATUS_LINE);
  const method = isResponse ? cseq.slice(cseq.lastIndexOf(' ') + 1) : text.slice(0, text.indexOf(' '));
  const status = isResponse ? Number.parseInt(text.slice(STATUS_LINE.length, STATUS_LINE.length + 3), 10) : 0;
  return {
    callId,
    status: status > 0 ? status : 0,
    method: method.trim(),
    sequence: sequence >= 0 ? sequence : 0,
    hasBody: !text.endsWith('\r\n\r\n'),
  };
}
