import { COLON, COMMA, GREATER, LESS, QUESTION, QUOTE, SEMICOLON, SPACE, trimEnd, unquote } from './chars.js';
import { type Codes, valueCodes } from './codes.js';
import { isParam, type Params, param, readParam, tailParams, valueText } from './params.js';
import { breakAt, codesOf, displayNameEnd, NOT_BARE, NOT_IN_URI, quotedEnd, runEnd, spaceEnd, TOKEN } from './runs.js';

/** `"Name" <uri>;params` or `uri;params` (RFC 3261 §20.10). */
export interface NameAddress {
  readonly displayName: string;
  /** As written, without angle brackets. */
  readonly uri: string;
  readonly params: Params;
}

/** Where the parts of the address stand that `scanAddress` found well formed last. */
export const address = {
  nameFrom: 0,
  /** Equal to `nameFrom` when there is no display name. */
  nameTo: 0,
  uriFrom: 0,
  uriTo: 0,
  /** Behind the URI and its bracket. */
  tailFrom: 0,
  /** The semicolon of the parameter `tag`. */
  tagAt: 0,
  /** The value of the parameter `tag`, with its quotes; empty where it has none. */
  tagFrom: 0,
  /** 0 where there is no such parameter. */
  tagTo: 0,
  /** Whether there is a second one. */
  hasOtherTag: false,
};

/**
 * False when malformed. In the form without brackets parameters belong to the header, and the URI may have neither `?` nor
 * `,` (RFC 3261 §20). A display name without quotes may hold more than tokens (raw UTF-8 is common), but nothing that makes it
 * ambiguous: `"`, `,`, `;`.
 */
export function scanAddress(codes: Codes, from: number, to: number): boolean {
  const start = from < to && (codes[from] as number) > SPACE ? from : spaceEnd(codes, from, to);
  address.nameFrom = start;
  address.nameTo = start;
  let open = start;
  if (start < to && codes[start] === QUOTE) {
    const end = quotedEnd(codes, start, to);
    if (end < 0) return false;
    address.nameTo = end;
    open = spaceEnd(codes, end, to);
    if (open >= to || codes[open] !== LESS) return false;
  } else {
    open = displayNameEnd(codes, start, to);
    if (open === to) return scanBare(codes, start, to);
    address.nameTo = open;
  }
  const close = schemedEnd(codes, open + 1, to);
  if (close < 0 || close >= to || codes[close] !== GREATER) return false;
  address.uriFrom = open + 1;
  address.uriTo = close;
  return scanTail(codes, close + 1, to);
}

function scanBare(codes: Codes, from: number, to: number): boolean {
  const end = breakAt(codes, from, to, NOT_BARE);
  if (end < to && (codes[end] === QUESTION || codes[end] === COMMA)) return false;
  if (schemedEnd(codes, from, end) !== end) return false;
  address.uriFrom = from;
  address.uriTo = end;
  return scanTail(codes, end, to);
}

/** The end of `scheme:something` that begins at `from`: the first char that stands in no URI, or `to`; -1 when it is no such thing. */
function schemedEnd(codes: Codes, from: number, to: number): number {
  const colon = runEnd(codes, from, to, TOKEN);
  if (colon === from || colon >= to || codes[colon] !== COLON) return -1;
  const end = breakAt(codes, colon + 1, to, NOT_IN_URI);
  return end > colon + 1 ? end : -1;
}

const TAG = codesOf('tag');

/** What stands behind an address: nothing, or parameters with their semicolons. */
function scanTail(codes: Codes, from: number, to: number): boolean {
  address.tailFrom = from;
  address.tagAt = 0;
  address.tagFrom = 0;
  address.tagTo = 0;
  address.hasOtherTag = false;
  let at = from;
  if (at < to && codes[at] !== SEMICOLON) at = spaceEnd(codes, from, to);
  if (at < to && codes[at] !== SEMICOLON) return false;
  while (at < to) {
    at = readParam(codes, at, to);
    if (!param.wellFormed) return false;
    if (!isParam(codes, TAG)) continue;
    // Of two with one name the first counts.
    if (address.tagTo > 0) address.hasOtherTag = true;
    else {
      address.tagAt = param.from;
      address.tagFrom = param.valueFrom;
      address.tagTo = param.to;
    }
  }
  return true;
}

/** Undefined when malformed, see `scanAddress`. */
export function parseNameAddress(text: string): NameAddress | undefined {
  const codes = valueCodes.of(text);
  if (!scanAddress(codes, 0, text.length)) return undefined;
  const { nameFrom, nameTo, uriFrom, uriTo, tailFrom } = address;
  const quoted = codes[nameFrom] === QUOTE;
  const displayName = quoted
    ? unquote(text.slice(nameFrom, nameTo))
    : text.slice(nameFrom, trimEnd(text, nameFrom, nameTo));
  return { displayName, uri: text.slice(uriFrom, uriTo), params: tailParams(text, codes, tailFrom, text.length) };
}

/** What the tag parameter says; empty where there is none, or the address is malformed. */
export function tagOf(text: string): string {
  // No parameter is behind the bracket that ends nearly all that have none.
  if (text.charCodeAt(text.length - 1) === GREATER) return '';
  const codes = valueCodes.of(text);
  return scanAddress(codes, 0, text.length) ? valueText(text, address.tagFrom, address.tagTo) : '';
}

/** Whether it is well formed, see `scanAddress`. */
export const isAddress = (text: string): boolean => scanAddress(valueCodes.of(text), 0, text.length);

/** The URI of the address; undefined when malformed. */
export function uriOf(text: string): string | undefined {
  const codes = valueCodes.of(text);
  return scanAddress(codes, 0, text.length) ? text.slice(address.uriFrom, address.uriTo) : undefined;
}

/** The address without its tag, otherwise by the letter; what is malformed stays as it is. */
export function withoutTag(text: string): string {
  if (!scanAddress(valueCodes.of(text), 0, text.length) || address.tagTo === 0) return text;
  const without = text.slice(0, address.tagAt) + text.slice(address.tagTo);
  return address.hasOtherTag ? withoutTag(without) : without;
}

/** The address with that tag and no other. It gets angle brackets, so that nobody takes the tag for the URI's. */
export function withTag(text: string, tag: string): string {
  // Nearly all end with their bracket: no parameter is behind it. What is malformed would stay as it is anyway.
  const isUsual = text.charCodeAt(text.length - 1) === GREATER;
  return `${isUsual ? text : inBrackets(withoutTag(text))};tag=${tag}`;
}

/** The address with another URI, in angle brackets; what is malformed stays as it is. */
export function withUri(text: string, change: (uri: string) => string): string {
  if (!scanAddress(valueCodes.of(text), 0, text.length)) return text;
  const { uriFrom, uriTo, tailFrom } = address;
  const uri = change(text.slice(uriFrom, uriTo));
  return `${text.slice(0, tailFrom === uriTo ? uriFrom : uriFrom - 1)}<${uri}>${text.slice(tailFrom)}`;
}

const inBrackets = (text: string): string => withUri(text, (uri) => uri);
