import { detached } from '../base/text.js';
import { SPACE, TAB, trim } from './chars.js';
import type { CSeq } from './cseq.js';
import { METHODS } from './methods.js';

/** As we write them, and nearly everybody; the others are looked for as RFC 3261 §7.3.1 and §20 allow them. */
const CALL_ID = '\r\nCall-ID: ';
const CSEQ = '\r\nCSeq: ';
const ANY_CALL_ID = /\r\n(?:call-id|i)[ \t]*:\s*/i;
const ANY_CSEQ = /\r\ncseq[ \t]*:\s*/i;
const NO_BODY = '\r\n\r\n';
const STATUS_LINE = 'SIP/2.0 ';
const ZERO = 48;
/** RFC 3261 §8.1.1.5: 31 bits. */
const MOST_DIGITS = 10;
const LONGEST_METHOD = 32;

/** What a request and its responses have in common, where whoever sends or has parsed one of them knows it. */
export interface Exchange {
  readonly callId: string;
  readonly cseq: CSeq;
}

/**
 * What a message says of itself to those who only look on, read where it stands in its text: every message passes here, our own 100,
 * ACK and CANCEL and all repetitions included. Nothing is checked; what is not there is 0 or empty.
 */
export class Glance {
  text = '';
  isResponse = false;
  /** 0: a request. */
  status = 0;
  /** In the start line, or of a response in its CSeq. One that a peer has made up keeps nothing of its message. */
  method = '';
  /** Of the method in {@link METHODS}; their number: it is none of them. */
  methodNumber = 0;
  /** Of CSeq. */
  sequence = 0;
  /** A part of the text, and keeps all of that in memory. */
  callId = '';
  hasBody = false;

  /** As {@link read}, without a look behind the start line: that is one of these. A text that is not says so there, and is read. */
  readAs(text: string, { callId, cseq }: Exchange): void {
    const { method, number } = cseq;
    const methodNumber = METHODS.indexOf(method);
    const isResponse = text.startsWith(STATUS_LINE);
    if (callId === '' || methodNumber < 0 || !(isResponse || isMethodAt(text, method, 0))) {
      this.read(text);
      return;
    }
    this.text = text;
    this.callId = callId;
    this.hasBody = !text.endsWith(NO_BODY);
    this.isResponse = isResponse;
    this.status = isResponse ? numberAt(text, STATUS_LINE.length) : 0;
    this.sequence = number;
    this.method = method;
    this.methodNumber = methodNumber;
  }

  /** Looks at that one from now on. */
  read(text: string): void {
    const callIdAt = valueAt(text, CALL_ID, ANY_CALL_ID, 0);
    this.text = text;
    this.callId = callIdAt < 0 ? '' : lineFrom(text, callIdAt);
    this.hasBody = !text.endsWith(NO_BODY);
    this.isResponse = text.startsWith(STATUS_LINE);
    this.status = this.isResponse ? numberAt(text, STATUS_LINE.length) : 0;
    // Nearly always it stands behind the Call-ID.
    const cseqAt = valueAt(text, CSEQ, ANY_CSEQ, callIdAt < 0 ? 0 : callIdAt - CSEQ.length);
    this.sequence = cseqAt < 0 ? 0 : numberAt(text, cseqAt);
    if (!this.isResponse) this.#readMethod(text, 0);
    else this.#readMethod(text, cseqAt < 0 ? text.length : behindNumber(text, cseqAt));
  }

  #readMethod(text: string, at: number): void {
    let number = 0;
    for (const method of METHODS) {
      if (isMethodAt(text, method, at)) {
        this.method = method;
        this.methodNumber = number;
        return;
      }
      number++;
    }
    this.method = detached(/^[\w.!%*+`'~-]*/.exec(text.slice(at, at + LONGEST_METHOD))?.[0] ?? '');
    this.methodNumber = number;
  }
}

const isMethodAt = (text: string, method: string, at: number): boolean =>
  text.startsWith(method, at) && !(text.charCodeAt(at + method.length) > SPACE);

/** Where the value begins; -1: there is none. `from`: where it usually is not before. */
function valueAt(text: string, usual: string, any: RegExp, from: number): number {
  const at = text.indexOf(usual, from);
  if (at >= 0) return at + usual.length;
  const found = any.exec(text);
  return found === null ? -1 : found.index + found[0].length;
}

/** What stands from there to the end of the line, without white space around it. */
function lineFrom(text: string, start: number): string {
  const end = text.indexOf('\r\n', start);
  return trim(text.slice(start, end < 0 ? text.length : end));
}

/** The number whose digits begin there. */
function numberAt(text: string, start: number): number {
  let value = 0;
  for (let at = start; at < start + MOST_DIGITS; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit < 10)) break;
    value = value * 10 + digit;
  }
  return value;
}

/** What follows the digits that begin there, and white space. */
function behindNumber(text: string, start: number): number {
  let at = start;
  for (let code = text.charCodeAt(at); code >= ZERO && code < ZERO + 10; code = text.charCodeAt(at)) at++;
  for (let code = text.charCodeAt(at); code === SPACE || code === TAB; code = text.charCodeAt(at)) at++;
  return at;
}
