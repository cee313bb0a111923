import { EQUALS, QUOTE, SEMICOLON, skipQuoted, skipSpace, unquote } from './chars.js';

/** Header or URI parameters; names are lower-case, a parameter without a value maps to null. */
export type Params = ReadonlyMap<string, string | null>;

export const NO_PARAMS: Params = new Map();

/**
 * More than `token`: URI parameters may hold `/:[]&$` (RFC 3261 §25.1 paramchar), `received` holds bare IPv6 addresses
 * (RFC 5118 §4.5), and base64 in tags is common.
 */
const PARAM = new Uint8Array(256);
for (let code = 0; code < 256; code++) PARAM[code] = '; \t\r\n",<>'.includes(String.fromCharCode(code)) ? 0 : 1;

const isParamCode = (code: number): boolean => PARAM[code] === 1;

/** Where a parameter stands: `[from, to)` reaches from its semicolon to the next one, without white space at its end. */
interface Place {
  from: number;
  nameFrom: number;
  nameTo: number;
  /** Equal to `to` when there is no value. */
  valueFrom: number;
  to: number;
  wellFormed: boolean;
}

/** Reads the parameter whose semicolon is at `at`, into `place`; returns where the next one begins. */
function readParam(text: string, at: number, place: Place): number {
  place.from = at;
  let i = skipSpace(text, at + 1);
  place.nameFrom = i;
  while (i < text.length && isParamCode(text.charCodeAt(i)) && text.charCodeAt(i) !== EQUALS) i++;
  place.nameTo = i;
  place.valueFrom = i;
  place.to = i;
  place.wellFormed = i > place.nameFrom;
  i = skipSpace(text, i);
  if (text.charCodeAt(i) === EQUALS) {
    i = skipSpace(text, i + 1);
    place.valueFrom = i;
    if (text.charCodeAt(i) === QUOTE) {
      const end = skipQuoted(text, i);
      if (end < 0) place.wellFormed = false;
      i = end < 0 ? text.length : end;
    } else {
      while (i < text.length && isParamCode(text.charCodeAt(i))) i++;
      if (i === place.valueFrom) place.wellFormed = false;
    }
    place.to = i;
    i = skipSpace(text, i);
  }
  if (i < text.length && text.charCodeAt(i) !== SEMICOLON) {
    place.wellFormed = false;
    i = text.indexOf(';', i);
    if (i < 0) i = text.length;
    place.to = i;
  }
  return i;
}

const newPlace = (): Place => ({ from: 0, nameFrom: 0, nameTo: 0, valueFrom: 0, to: 0, wellFormed: true });

/**
 * Adds the parameters of `text` from its semicolon at `from` on. What is malformed is left out, and of two with one name the
 * first stays. True when all of it was well formed.
 */
export function collectParams(text: string, from: number, into: Map<string, string | null>): boolean {
  const place = newPlace();
  let wellFormed = true;
  for (let at = from; at < text.length; ) {
    at = readParam(text, at, place);
    if (!place.wellFormed) {
      wellFormed = false;
      continue;
    }
    const name = text.slice(place.nameFrom, place.nameTo).toLowerCase();
    if (into.has(name)) continue;
    if (place.valueFrom === place.nameTo) into.set(name, null);
    else if (text.charCodeAt(place.valueFrom) === QUOTE) into.set(name, unquote(text.slice(place.valueFrom, place.to)));
    else into.set(name, text.slice(place.valueFrom, place.to));
  }
  return wellFormed;
}

/** Parses what stands behind an address or a host: nothing, or parameters with their semicolons. Undefined when malformed. */
export function parseTail(text: string, from: number): Params | undefined {
  const at = skipSpace(text, from);
  if (at >= text.length) return NO_PARAMS;
  if (text.charCodeAt(at) !== SEMICOLON) return undefined;
  const params = new Map<string, string | null>();
  return collectParams(text, at, params) ? params : undefined;
}

/** Parses `;a=1;lr` (with or without the leading semicolon); quoted values lose their quotes, malformed ones are left out. */
export function parseParams(text: string): Params {
  const from = skipSpace(text, 0);
  if (from >= text.length) return NO_PARAMS;
  const params = new Map<string, string | null>();
  collectParams(text, text.charCodeAt(from) === SEMICOLON ? from : from - 1, params);
  return params;
}

/**
 * `text` with the parameter `name` set to `value`, in place where it exists, else at the end; all other text stays.
 * @param from where the first semicolon may be looked for
 */
export function setParam(text: string, from: number, name: string, value: string): string {
  const place = newPlace();
  const first = text.indexOf(';', from);
  for (let at = first < 0 ? text.length : first; at < text.length; ) {
    at = readParam(text, at, place);
    if (text.slice(place.nameFrom, place.nameTo).toLowerCase() === name) {
      return `${text.slice(0, place.from)};${name}=${value}${text.slice(place.to)}`;
    }
  }
  return `${text};${name}=${value}`;
}
