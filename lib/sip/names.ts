import type { Codes } from './codes.js';
import { codesOf } from './runs.js';

/** Header fields that the message layer itself reads, by number. */
export const VIA = 1;
export const FROM = 2;
export const TO = 3;
export const CALL_ID = 4;
export const CSEQ = 5;
export const CONTACT = 6;
export const ROUTE = 7;
export const RECORD_ROUTE = 8;
export const MAX_FORWARDS = 9;
export const CONTENT_TYPE = 10;
export const CONTENT_LENGTH = 11;
export const EXPIRES = 12;
export const MIN_EXPIRES = 13;
export const RETRY_AFTER = 14;
export const WARNING = 15;
export const TIMESTAMP = 16;
export const SESSION_ID = 17;

/** The same texts as V8 keeps for names of properties: those are told apart without a look at their letters. */
const interned = (texts: readonly string[]): readonly string[] =>
  Object.keys(Object.fromEntries(texts.map((text) => [text, true])));

/** The usual spelling of the names that are known, by number; 0 stands for every other name. The first ones are those above. */
const SPELLINGS = interned(
  `? Via From To Call-ID CSeq Contact Route Record-Route Max-Forwards Content-Type Content-Length Expires
Min-Expires Retry-After Warning Timestamp Session-ID Accept Accept-Contact Accept-Encoding Accept-Language Alert-Info Allow Allow-Events
Authorization Call-Info Content-Disposition Content-Encoding Content-Language Date Diversion Error-Info Event Feature-Caps
Geolocation History-Info Identity Identity-Info In-Reply-To Join MIME-Version Min-SE Organization P-Access-Network-Info
P-Asserted-Identity P-Called-Party-ID P-Charging-Function-Addresses P-Charging-Vector P-Early-Media P-Preferred-Identity
P-Visited-Network-ID Path Priority Privacy Proxy-Authenticate Proxy-Authorization Proxy-Require RAck Reason Refer-To Referred-By
Reject-Contact Remote-Party-ID Replaces Reply-To Request-Disposition Require RSeq Server Service-Route Session-Expires
Subject Subscription-State Supported Unsupported User-Agent User-to-User WWW-Authenticate`.split(/\s+/),
);

/** Compact forms (RFC 3261 §7.3.3 and the IANA registry of header fields). */
const COMPACT: Readonly<Record<string, string>> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  d: 'request-disposition',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  n: 'identity-info',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
  y: 'identity',
};

/** The canonical name of each number. */
export const CANONICAL = interned(SPELLINGS.map((name) => name.toLowerCase()));

/** The number of each canonical name. */
const NUMBERS = new Map(CANONICAL.map((name, number) => [name, number] as const).slice(1));

/**
 * The number of every usual spelling of the names that are known. It does not grow: a name that a peer sends is a slice of its
 * message, so keeping it would keep the message.
 */
const KNOWN = new Map<string, number>();
for (const [number, canonical] of CANONICAL.entries()) {
  if (number === 0) continue;
  const capitals = canonical.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
  for (const spelling of [SPELLINGS[number] as string, canonical, canonical.toUpperCase(), capitals]) {
    KNOWN.set(spelling, number);
  }
}
for (const [letter, name] of Object.entries(COMPACT)) {
  for (const spelling of [letter, letter.toUpperCase()]) KNOWN.set(spelling, NUMBERS.get(name) as number);
}

/** The number of a header name in any spelling, long or compact; 0 when it is not known. */
export const numberWritten = (name: string): number => KNOWN.get(name) ?? KNOWN.get(name.toLowerCase()) ?? 0;

/** The lower-case long form of a header name: `f`, `From` and `FROM` are `from`. */
export function canonicalName(name: string): string {
  const number = numberWritten(name);
  return number === 0 ? name.toLowerCase() : (CANONICAL[number] as string);
}

/** The number of a canonical name; 0 when it is not known. */
export const numberOf = (canonical: string): number => NUMBERS.get(canonical) ?? 0;

/** Other fields that each call is asked for. */
export const MIN_SE = numberOf('min-se');
export const RSEQ = numberOf('rseq');
export const SESSION_EXPIRES = numberOf('session-expires');
export const SUPPORTED = numberOf('supported');

/** The canonical name of a number other than 0. */
export const nameOf = (number: number): string => CANONICAL[number] as string;

/** The usual spelling of a number other than 0. */
export const spellingOf = (number: number): string => SPELLINGS[number] as string;

/** Lower case of ASCII, by char code. */
const FOLD = Uint8Array.from({ length: 128 }, (_, code) => String.fromCharCode(code).toLowerCase().charCodeAt(0));

/** Added to the number of a name that is written otherwise than it usually is; so is every name that is not known. */
export const ODD = 512;

/**
 * Known names, long and compact, one behind the other in two texts: as they are usually written, and in lower case. Those of the
 * message layer stand together at the beginning, so that telling the names of a message apart touches little memory.
 */
const WRITTEN = [...SPELLINGS, ...Object.keys(COMPACT)];
const USUAL = codesOf(WRITTEN.join(''));
const LOWER = codesOf(WRITTEN.join('').toLowerCase());
/** Where each begins; one more for the end of the last. */
const STARTS = new Uint16Array(WRITTEN.length + 1);
/** What `numberIn` says of each. */
const SAID = Uint16Array.from([...SPELLINGS.keys(), ...Object.values(COMPACT).map((name) => numberOf(name) + ODD)]);

const HASHES = 256;
const hash = (first: number, last: number, length: number): number => (first * 5 + last * 3 + length) & (HASHES - 1);

/** By hash the first of the names that have it, and by name the next one; 0 for none. */
const FIRST = new Uint8Array(HASHES);
const NEXT = new Uint8Array(WRITTEN.length);
for (const [entry, { length }] of WRITTEN.entries()) {
  const start = STARTS[entry] as number;
  STARTS[entry + 1] = start + length;
  if (entry === 0) continue;
  const at = hash(LOWER[start] as number, LOWER[start + length - 1] as number, length);
  NEXT[entry] = FIRST[at] as number;
  FIRST[at] = entry;
}

/** The number of the name that stands in `[from, to)`, which is a token, perhaps with `ODD`; just that when it is not known. */
export function numberIn(codes: Codes, from: number, to: number): number {
  const length = to - from;
  const at = hash(FOLD[codes[from] as number] as number, FOLD[codes[to - 1] as number] as number, length);
  for (let entry = FIRST[at] as number; entry !== 0; entry = NEXT[entry] as number) {
    const start = STARTS[entry] as number;
    if ((STARTS[entry + 1] as number) - start !== length) continue;
    let i = 0;
    while (i < length && codes[from + i] === USUAL[start + i]) i++;
    if (i === length) return SAID[entry] as number;
    while (i < length && FOLD[codes[from + i] as number] === LOWER[start + i]) i++;
    if (i === length) return (SAID[entry] as number) | ODD;
  }
  return ODD;
}
