import { address, scanAddress } from './address.js';
import { COLON, parseDigits } from './chars.js';
import type { Codes } from './codes.js';
import { badRequest, type Defect, LIMITS } from './defect.js';
import { splitValues } from './headers.js';
import { countValues, crowdedLists } from './lists.js';
import type { SipMessage } from './message.js';
import * as names from './names.js';
import { codesOf, digitsIn, find, isWordIn, valueEndIn, wordEnd } from './runs.js';
import { SHORT_HEAD, sizeDefect } from './sizes.js';
import { parseTelUri, scanSipUri, uriParts } from './uri.js';

const TO = 1;
const FROM = 2;
const CALL_ID = 4;
const CSEQ = 8;
const MANDATORY = TO | FROM | CALL_ID | CSEQ;
const UINT32 = 2 ** 32 - 1;

/** Says that the header was seen, for those that may stand only once. */
const ONCE = 255;
const JUDGED = 256;
/** Responses are judged by what they are matched and routed by only: a wrong Expires must not cost an answered call. */
const REQUESTS_ONLY = 512;

/** How each header is judged, by the number of its name. Those that are not here are the upper layers'. */
const RULES = new Uint16Array(names.CANONICAL.length);
RULES[names.TO] = JUDGED | TO;
RULES[names.FROM] = JUDGED | FROM;
RULES[names.CALL_ID] = JUDGED | CALL_ID;
RULES[names.CSEQ] = JUDGED | CSEQ;
RULES[names.CONTACT] = JUDGED;
RULES[names.ROUTE] = JUDGED;
RULES[names.RECORD_ROUTE] = JUDGED;
RULES[names.MAX_FORWARDS] = JUDGED | REQUESTS_ONLY | 16;
RULES[names.EXPIRES] = JUDGED | REQUESTS_ONLY | 32;
RULES[names.MIN_EXPIRES] = JUDGED | REQUESTS_ONLY | 64;
RULES[names.CONTENT_TYPE] = JUDGED | 128;
RULES[names.RETRY_AFTER] = JUDGED | REQUESTS_ONLY;
RULES[names.WARNING] = JUDGED | REQUESTS_ONLY;

/** Undefined when the value of the field at `at`, which has this name, is well formed (RFC 3261 §20; RFC 4475 §3.1.2, §3.3). */
function wrongIn(message: SipMessage, at: number, name: number): string | undefined {
  switch (name) {
    case names.FROM:
      return message.tryFromTag() === undefined ? 'From is malformed' : undefined;
    case names.TO:
      return message.tryToTag() === undefined ? 'To is malformed' : undefined;
    case names.CALL_ID:
      return checkCallId(message, at);
    case names.CSEQ:
      return message.tryCSeq() === undefined ? 'CSeq is malformed or out of range' : undefined;
    case names.CONTACT:
      return checkContact(message, at);
    case names.MAX_FORWARDS:
      return isUpTo(255, message, at) ? undefined : 'Max-Forwards is out of range';
    case names.ROUTE:
    case names.RECORD_ROUTE:
      return checkRoutes(message, at);
    case names.EXPIRES:
      return isUpTo(UINT32, message, at) ? undefined : 'Expires is out of range';
    case names.MIN_EXPIRES:
      return isUpTo(UINT32, message, at) ? undefined : 'Min-Expires is out of range';
    case names.RETRY_AFTER:
      return checkRetryAfter(message, at);
    case names.WARNING:
      return checkWarning(message, at);
    default:
      return undefined;
  }
}

function isUpTo(limit: number, { head }: SipMessage, at: number): boolean {
  const { codes, from, to } = head.open(at);
  return digitsIn(codes, from, to) <= limit;
}

/** RFC 3261 §20.33: seconds, then perhaps a comment and parameters. */
function checkRetryAfter({ head }: SipMessage, at: number): string | undefined {
  const value = head.value(at);
  return parseDigits(/^[^\s(;]*/.exec(value)?.[0] ?? '') <= UINT32 ? undefined : 'Retry-After is out of range';
}

/** RFC 3261 §20.43: each value begins with a code of three digits. */
function checkWarning({ head }: SipMessage, at: number): string | undefined {
  return splitValues(head.value(at)).every((part) => /^\d{3} /.test(part)) ? undefined : 'Warning code is malformed';
}

function checkCallId({ head }: SipMessage, at: number): string | undefined {
  const { codes, from, to } = head.open(at);
  return from < to && wordEnd(codes, from, to) === to ? undefined : 'Call-ID is malformed';
}

function checkRoutes({ head }: SipMessage, at: number): string | undefined {
  const { codes, from: first, to } = head.open(at);
  // What is well formed as one value is one: it has no comma outside quotes and brackets.
  if (scanAddress(codes, first, to)) return undefined;
  for (let from = first; from <= to; ) {
    const end = valueEndIn(codes, from, to);
    if (!scanAddress(codes, from, end)) return 'Route or Record-Route is malformed';
    from = end + 1;
  }
  return undefined;
}

const ASTERISK = 42;
const SIP = codesOf('sip');
const SIPS = codesOf('sips');

function checkContact({ head, method }: SipMessage, at: number): string | undefined {
  const { codes, from: first, to } = head.open(at);
  if (to - first === 1 && codes[first] === ASTERISK) return method === 'REGISTER' ? undefined : 'Contact is malformed';
  if (scanAddress(codes, first, to)) return checkContactUri(codes); // One value, as above.
  for (let from = first; from <= to; ) {
    const end = valueEndIn(codes, from, to);
    const wrong = scanAddress(codes, from, end) ? checkContactUri(codes) : 'Contact is malformed';
    if (wrong !== undefined) return wrong;
    from = end + 1;
  }
  return undefined;
}

/** Judges the URI of the address that was scanned last. */
function checkContactUri(codes: Codes): string | undefined {
  const { uriFrom, uriTo } = address;
  if (scanSipUri(codes, uriFrom, uriTo) || !isSip(codes, uriFrom, uriTo)) return undefined;
  return 'Contact URI is malformed';
}

/** Whether the URI that stands there has the scheme sip or sips. */
function isSip(codes: Codes, from: number, to: number): boolean {
  const colon = find(codes, from, to, COLON);
  return colon < to && (isWordIn(codes, from, colon, SIP) || isWordIn(codes, from, colon, SIPS));
}

/**
 * Whether the field at `at` is well formed.
 * @param seen the names that were met before: what may stand only once is sound once
 */
export function isSound(message: SipMessage, at: number, seen: Set<number>): boolean {
  const name = message.head.number(at);
  if (((RULES[name] as number) & ONCE) !== 0) {
    if (seen.has(name)) return false;
    seen.add(name);
  }
  return wrongIn(message, at, name) === undefined;
}

/**
 * Judges a message as RFC 3261 §8.1.1, §8.2, §16.3 and RFC 4475 want. Undefined: well formed; its typed views do not throw.
 * Unknown methods, extensions and bodies are left to the upper layers, and a missing Max-Forwards is tolerated (§16.3 item 3).
 * Only a request is answered with the defect; of a response that has one the client uses what it can.
 */
export function defectOf(message: SipMessage): Defect | undefined {
  return message.fault ?? headerDefect(message) ?? (message.status === 0 ? requestDefect(message) : undefined);
}

function headerDefect(message: SipMessage): Defect | undefined {
  const { head } = message;
  const isRequest = message.status === 0;
  if (crowdedLists(head, LIMITS.values).size > 0) return { status: 513, reason: 'Too many values of one header' };
  let seen = 0;
  let vias = 0;
  for (let at = 0; at < head.count; at++) {
    const name = head.number(at);
    if (name === names.VIA) {
      vias +=
        vias === 0 && message.tryVia()?.text.length === head.length(at) ? 1 : countValues(head, at, LIMITS.vias + 1);
      continue;
    }
    const found = RULES[name] as number;
    if (found === 0 || ((found & REQUESTS_ONLY) !== 0 && !isRequest)) continue;
    if ((seen & found & ONCE) !== 0) return badRequest('A header field appears more than once');
    seen |= found & ONCE;
    const wrong = wrongIn(message, at, name);
    if (wrong !== undefined) return badRequest(wrong);
  }
  if (vias === 0) return badRequest('Via is missing');
  if (head.bytes > SHORT_HEAD && isRequest) {
    const tooLong = sizeDefect(head);
    if (tooLong !== undefined) return tooLong;
  }
  if (vias > LIMITS.vias) return { status: 513, reason: 'Too many Via values' };
  if ((seen & MANDATORY) !== MANDATORY) return badRequest(`${missing(seen)} is missing`);
  const via = message.tryVia();
  if (via === undefined) return badRequest('Via is malformed');
  // RFC 4475 §3.2.1: the magic cookie and nothing behind it would make all such requests one transaction.
  if (via.branch.length === COOKIE.length && via.branch.toLowerCase() === COOKIE)
    return badRequest('Via branch is empty');
  return undefined;
}

const COOKIE = 'z9hg4bk';

function missing(seen: number): string {
  if ((seen & TO) === 0) return 'To';
  if ((seen & FROM) === 0) return 'From';
  return (seen & CALL_ID) === 0 ? 'Call-ID' : 'CSeq';
}

function requestDefect(message: SipMessage): Defect | undefined {
  if (message.cseq.method !== message.method) return badRequest('CSeq does not match the method');
  return uriDefect(message);
}

/** RFC 3261 §8.2.2.1 and §19.1.5; RFC 4475 §3.1.2.7, §3.1.2.11, §3.3.2. */
function uriDefect({ head, method, uri }: SipMessage): Defect | undefined {
  const { codes, from, to } = head.openUri(method, uri);
  if (scanSipUri(codes, from, to)) {
    return uriParts.question + 1 >= to ? undefined : badRequest('Request-URI has headers');
  }
  const scheme = uri.slice(0, Math.max(0, uri.indexOf(':'))).toLowerCase();
  if (scheme === 'sip' || scheme === 'sips') return badRequest('Request-URI is malformed');
  if (scheme === 'tel') return parseTelUri(uri) ? undefined : badRequest('Request-URI is malformed');
  return /^[a-z][a-z\d+.-]*$/.test(scheme)
    ? { status: 416, reason: 'Unsupported URI Scheme' }
    : badRequest('Request-URI is malformed');
}
