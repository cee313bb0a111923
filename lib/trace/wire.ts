/** What a ladder shows of a message, read where it stands in its text: every message of every call passes here. */
import { detached } from '../base/text.js';

/** As we write them, and nearly everybody; the others are looked for as RFC 3261 §7.3.1 and §20 allow them. */
const CALL_ID = '\r\nCall-ID: ';
const CSEQ = '\r\nCSeq: ';
const ANY_CALL_ID = /\r\n(?:call-id|i)[ \t]*:\s*/i;
const ANY_CSEQ = /\r\ncseq[ \t]*:\s*/i;
const STATUS_LINE = 'SIP/2.0 ';
const ZERO = 48;
const SPACE = 32;
const TAB = 9;

/** In the order of how often they come. */
const METHODS = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'PRACK', 'UPDATE', 'INFO', 'OPTIONS', 'NOTIFY', 'MESSAGE'];

/** Where the value begins; -1: there is none. `from`: where it usually is not before. */
function valueAt(text: string, usual: string, any: RegExp, from: number): number {
  const at = text.indexOf(usual, from);
  if (at >= 0) return at + usual.length;
  const found = any.exec(text);
  return found === null ? -1 : found.index + found[0].length;
}

/** Where the value of Call-ID begins; -1: there is none. */
export const callIdAt = (text: string): number => valueAt(text, CALL_ID, ANY_CALL_ID, 0);

/** The value that begins there, without white space around it. */
export function callIdFrom(text: string, start: number): string {
  if (start < 0) return '';
  const end = text.indexOf('\r\n', start);
  const value = text.slice(start, end < 0 ? text.length : end);
  return isBlank(value.charCodeAt(0)) || isBlank(value.charCodeAt(value.length - 1)) ? value.trim() : value;
}

const isBlank = (code: number): boolean => code === SPACE || code === TAB;

/** Where the value of CSeq begins; -1: there is none. `callId`: where that of Call-ID does. */
export const sequenceAt = (text: string, callId: number): number =>
  valueAt(text, CSEQ, ANY_CSEQ, callId < 0 ? 0 : callId - CSEQ.length);

/** 0: a request. */
export const statusOf = (text: string): number => (text.startsWith(STATUS_LINE) ? digits(text, STATUS_LINE.length) : 0);

/** The sequence number that begins there. */
export const sequenceFrom = (text: string, start: number): number => (start < 0 ? 0 : digits(text, start));

/** The method: in the start line, or of a response in its CSeq. One that a peer has made up keeps nothing of its message. */
export function methodOf(text: string, isResponse: boolean, cseq: number): string {
  const at = isResponse ? methodAt(text, cseq) : 0;
  for (const method of METHODS) if (text.startsWith(method, at)) return method;
  return detached(/^[\w.!%*+`'~-]{0,32}/.exec(text.slice(at, at + 32))?.[0] ?? '');
}

/** Behind the number and white space. */
function methodAt(text: string, cseq: number): number {
  let at = Math.max(0, cseq);
  while (isDigit(text.charCodeAt(at))) at++;
  while (isBlank(text.charCodeAt(at))) at++;
  return at;
}

const isDigit = (code: number): boolean => code >= ZERO && code < ZERO + 10;

/** At most ten of them: RFC 3261 §8.1.1.5 has 31 bits. */
function digits(text: string, start: number): number {
  let value = 0;
  for (let at = start; at < start + 10; at++) {
    const code = text.charCodeAt(at);
    if (!isDigit(code)) break;
    value = value * 10 + code - ZERO;
  }
  return value;
}

export const hasBody = (text: string): boolean => !text.endsWith('\r\n\r\n');
