import { parseNameAddress } from './address.js';
import { parseDigits } from './chars.js';
import { badRequest, DEFAULT_LIMITS, type Defect, type Limits } from './defect.js';
import { splitValues, valueEnd } from './headers.js';
import type { Field, SipMessage } from './message.js';
import { parseSipUri, parseTelUri } from './uri.js';

interface Rule {
  /** The bit that says the header was seen, for those that may stand only once. */
  readonly once: number;
  /** Responses are judged by what they are matched and routed by only: a wrong Expires must not cost an answered call. */
  readonly requestsOnly: boolean;
  /** Undefined when the value is well formed, else what is wrong with it. */
  check(value: string, message: SipMessage): string | undefined;
}

const fine = (): undefined => undefined;

const TO = 1;
const FROM = 2;
const CALL_ID = 4;
const CSEQ = 8;
const MANDATORY = TO | FROM | CALL_ID | CSEQ;
const UINT32 = 2 ** 32 - 1;

const rule = (check: Rule['check'], once = 0, requestsOnly = false): Rule => ({ check, once, requestsOnly });

const upTo =
  (limit: number, name: string): Rule['check'] =>
  (value) =>
    parseDigits(value) <= limit ? undefined : `${name} is out of range`;

/** RFC 3261 §20.33: seconds, then perhaps a comment and parameters. */
function checkRetryAfter(value: string): string | undefined {
  return parseDigits(/^[^\s(;]*/.exec(value)?.[0] ?? '') <= UINT32 ? undefined : 'Retry-After is out of range';
}

/** RFC 3261 §20.43: each value begins with a code of three digits. */
function checkWarning(value: string): string | undefined {
  return splitValues(value).every((part) => /^\d{3} /.test(part)) ? undefined : 'Warning code is malformed';
}

function checkRoutes(value: string): string | undefined {
  for (let from = 0; from <= value.length; ) {
    const end = valueEnd(value, from);
    if (parseNameAddress(value.slice(from, end)) === undefined) return 'Route or Record-Route is malformed';
    from = end + 1;
  }
  return undefined;
}

function checkContact(value: string, message: SipMessage): string | undefined {
  if (value === '*') return message.method === 'REGISTER' ? undefined : 'Contact is malformed';
  for (let from = 0; from <= value.length; ) {
    const end = valueEnd(value, from);
    const address =
      from === 0 && end === value.length && isOnly(message, value)
        ? message.contact
        : parseNameAddress(value.slice(from, end));
    if (address === undefined) return 'Contact is malformed';
    if (/^sips?:/i.test(address.uri) && parseSipUri(address.uri) === undefined) return 'Contact URI is malformed';
    from = end + 1;
  }
  return undefined;
}

/** So that the usual single Contact is parsed once. */
const isOnly = (message: SipMessage, value: string): boolean => message.first('contact') === value;

/** What each header is judged by (RFC 3261 §20; RFC 4475 §3.1.2, §3.3). Headers that are not here are the upper layers'. */
const RULES = new Map<string, Rule>([
  ['to', rule((_, message) => (message.tryTo() ? undefined : 'To is malformed'), TO)],
  ['from', rule((_, message) => (message.tryFrom() ? undefined : 'From is malformed'), FROM)],
  ['call-id', rule((value) => (value === '' || /[ \t\r\n]/.test(value) ? 'Call-ID is malformed' : undefined), CALL_ID)],
  ['cseq', rule((_, message) => (message.tryCSeq() ? undefined : 'CSeq is malformed or out of range'), CSEQ)],
  ['contact', rule(checkContact)],
  ['route', rule(checkRoutes)],
  ['record-route', rule(checkRoutes)],
  ['max-forwards', rule(upTo(255, 'Max-Forwards'), 16, true)],
  ['expires', rule(upTo(UINT32, 'Expires'), 32, true)],
  ['min-expires', rule(upTo(UINT32, 'Min-Expires'), 64, true)],
  ['content-type', rule(fine, 128)],
  ['retry-after', rule(checkRetryAfter, 0, true)],
  ['warning', rule(checkWarning, 0, true)],
]);

/**
 * Judges a message as RFC 3261 §8.1.1, §8.2, §16.3 and RFC 4475 want. Undefined: well formed; its typed views do not throw.
 * Unknown methods, extensions and bodies are left to the upper layers, and a missing Max-Forwards is tolerated (§16.3 item 3).
 * Only a request is answered with the defect; a response that has one is dropped.
 */
export function defectOf(message: SipMessage, limits: Limits = DEFAULT_LIMITS): Defect | undefined {
  return message.fault ?? headerDefect(message, limits) ?? (message.isRequest ? requestDefect(message) : undefined);
}

function headerDefect(message: SipMessage, limits: Limits): Defect | undefined {
  const { fields, fieldNames, isRequest } = message;
  let seen = 0;
  let vias = 0;
  for (let i = 0; i < fields.length; i++) {
    const name = fieldNames[i] as string;
    const value = (fields[i] as Field)[1];
    if (name === 'via') {
      vias += countValues(value);
      continue;
    }
    const found = RULES.get(name);
    if (found === undefined || (found.requestsOnly && !isRequest)) continue;
    if ((seen & found.once) !== 0) return badRequest('A header field appears more than once');
    seen |= found.once;
    const wrong = found.check(value, message);
    if (wrong !== undefined) return badRequest(wrong);
  }
  if (vias === 0) return badRequest('Via is missing');
  if (vias > limits.vias) return { status: 513, reason: 'Too many Via values' };
  if ((seen & MANDATORY) !== MANDATORY) return badRequest(`${missing(seen)} is missing`);
  const via = message.tryVia();
  if (via === undefined) return badRequest('Via is malformed');
  // RFC 4475 §3.2.1: the magic cookie and nothing behind it would make all such requests one transaction.
  if (via.params.get('branch')?.toLowerCase() === 'z9hg4bk') return badRequest('Via branch is empty');
  return undefined;
}

function countValues(value: string): number {
  let count = 0;
  for (let from = 0; from <= value.length; from = valueEnd(value, from) + 1) count++;
  return count;
}

function missing(seen: number): string {
  if ((seen & TO) === 0) return 'To';
  if ((seen & FROM) === 0) return 'From';
  return (seen & CALL_ID) === 0 ? 'Call-ID' : 'CSeq';
}

function requestDefect(message: SipMessage): Defect | undefined {
  if (message.cseq.method !== message.method) return badRequest('CSeq does not match the method');
  return uriDefect(message.uri);
}

/** RFC 3261 §8.2.2.1 and §19.1.5; RFC 4475 §3.1.2.7, §3.1.2.11, §3.3.2. */
function uriDefect(uri: string): Defect | undefined {
  const scheme = uri.slice(0, Math.max(0, uri.indexOf(':'))).toLowerCase();
  if (scheme === 'sip' || scheme === 'sips') {
    const parsed = parseSipUri(uri);
    if (parsed === undefined) return badRequest('Request-URI is malformed');
    return parsed.headers === '' ? undefined : badRequest('Request-URI has headers');
  }
  if (scheme === 'tel') return parseTelUri(uri) ? undefined : badRequest('Request-URI is malformed');
  return /^[a-z][a-z\d+.-]*$/.test(scheme)
    ? { status: 416, reason: 'Unsupported URI Scheme' }
    : badRequest('Request-URI is malformed');
}
