import { Recent } from '../base/recent.js';
import { COLON, OPEN_BRACKET, QUESTION, SEMICOLON } from './chars.js';
import { type Codes, valueCodes } from './codes.js';
import { collectParams, NO_PARAMS, type Params, parseParams } from './params.js';
import { breakAt, codesOf, digitsIn, find, findEither, HOST, IPV6, isWordIn, NOT_IN_URI, runEnd } from './runs.js';

export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  /** Undecoded; undefined when the URI has none. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Lower-case, without the brackets of an IPv6 reference. */
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;
  /** The parameters as written, with their semicolons. */
  readonly paramText: string;
  /** The part behind `?`, as written. */
  readonly headers: string;
}

interface TelUri {
  readonly scheme: 'tel';
  /** As written, visual separators included. */
  readonly number: string;
  readonly params: Params;
  /** The parameters as written, with their semicolons. */
  readonly paramText: string;
}

const SIP = codesOf('sip');
const SIPS = codesOf('sips');
const AT = 64;
const CLOSE = 93;

/**
 * The end of the host that begins at `at`; -1 when there is none. An IPv6 reference is read by its characters only: RFC 5118
 * §4.10 wants even three colons in a row tolerated.
 */
export function hostEnd(codes: Codes, at: number, to: number): number {
  if (at < to && codes[at] === OPEN_BRACKET) {
    const close = runEnd(codes, at + 1, to, IPV6);
    return close > at + 1 && close < to && codes[close] === CLOSE ? close + 1 : -1;
  }
  const end = runEnd(codes, at, to, HOST);
  return end > at ? end : -1;
}

/** Where the parts of the URI stand that `scanSipUri` found well formed last. */
export const uriParts = {
  /** The colon behind the scheme. */
  colon: 0,
  /** The colon before the password; -1 without. */
  passwordAt: -1,
  /** The sign behind the userinfo; -1 without. */
  at: -1,
  /** Without brackets. */
  hostFrom: 0,
  hostTo: 0,
  /** -1 when there is none. */
  port: -1,
  paramsFrom: 0,
  /** The question mark before the headers; `to` without. */
  question: 0,
};

/** False for another scheme or a malformed URI. */
export function scanSipUri(codes: Codes, from: number, to: number): boolean {
  const isSips = codes[from + 3] !== COLON;
  const colon = isSips ? from + 4 : from + 3;
  if (colon >= to || codes[colon] !== COLON || !isWordIn(codes, from, colon, isSips ? SIPS : SIP)) return false;
  if (breakAt(codes, colon + 1, to, NOT_IN_URI) < to) return false;
  // No component but userinfo may hold an unescaped `@`, while userinfo may hold `;` and `?` (RFC 3261 §25.1).
  let at = findEither(codes, colon + 1, to, AT, COLON);
  let passwordAt = -1;
  if (at < to && codes[at] === COLON) {
    passwordAt = at;
    at = find(codes, at, to, AT);
  }
  if (at === to) {
    // What stands behind the colon is the port.
    at = -1;
    passwordAt = -1;
  }
  if (at === colon + 1 || passwordAt === colon + 1) return false;
  const hostAt = (at < 0 ? colon : at) + 1;
  let end = hostEnd(codes, hostAt, to);
  if (end < 0) return false;
  const bracket = codes[hostAt] === OPEN_BRACKET ? 1 : 0;
  uriParts.colon = colon;
  uriParts.passwordAt = passwordAt;
  uriParts.at = at;
  uriParts.hostFrom = hostAt + bracket;
  uriParts.hostTo = end - bracket;
  uriParts.port = -1;
  if (end < to && codes[end] === COLON) {
    const portAt = end + 1;
    end = findEither(codes, portAt, to, SEMICOLON, QUESTION);
    const port = digitsIn(codes, portAt, end);
    if (!(port <= 65_535)) return false;
    uriParts.port = port;
  }
  uriParts.paramsFrom = end;
  if (end < to && codes[end] !== SEMICOLON && codes[end] !== QUESTION) return false;
  uriParts.question = end < to ? find(codes, end, to, QUESTION) : to;
  return true;
}

/**
 * In one call the URI of a member or a trunk is read several times, and in the next call again. Enough for the calls of a busy
 * second; longer ones are read each time, so that nobody fills memory with them.
 */
const recent = new Recent<SipUri | null>(1024);
const LONGEST_REMEMBERED = 128;

/** Undefined for another scheme or a malformed URI. */
export const parseSipUri = (text: string): SipUri | undefined =>
  (text.length > LONGEST_REMEMBERED ? readSipUri(text) : recent.get(text, readSipUri)) ?? undefined;

function readSipUri(text: string): SipUri | null {
  const codes = valueCodes.of(text);
  if (!scanSipUri(codes, 0, text.length)) return null;
  const { colon, passwordAt, at, hostFrom, hostTo, port, paramsFrom, question } = uriParts;
  return {
    scheme: colon === 3 ? 'sip' : 'sips',
    user: at < 0 ? undefined : text.slice(colon + 1, passwordAt < 0 ? at : passwordAt),
    password: passwordAt < 0 ? undefined : text.slice(passwordAt + 1, at),
    host: text.slice(hostFrom, hostTo).toLowerCase(),
    port: port < 0 ? undefined : port,
    params: paramsFrom === question ? NO_PARAMS : collectParams(text, codes, paramsFrom, question),
    paramText: text.slice(paramsFrom, question),
    headers: text.slice(question + 1),
  };
}

/** Nothing but the host of it, as above. */
export function hostOfSipUri(text: string): string | undefined {
  if (!scanSipUri(valueCodes.of(text), 0, text.length)) return undefined;
  return text.slice(uriParts.hostFrom, uriParts.hostTo).toLowerCase();
}

/** Undefined for another scheme or a malformed number (RFC 3966 §3). */
export function parseTelUri(text: string): TelUri | undefined {
  const match = /^tel:(\+?[\dA-Fa-f*#().-]+)((?:;[^\s"<>]*)?)$/i.exec(text);
  if (match === null) return undefined;
  const paramText = match[2] ?? '';
  return { scheme: 'tel', number: match[1] as string, params: parseParams(paramText), paramText };
}

/** In lower case; empty when the text begins with none. */
export function schemeOf(uri: string): string {
  const colon = uri.indexOf(':');
  return colon < 0 ? '' : uri.slice(0, colon).toLowerCase();
}

/** RFC 3261 §19.1.1: a scheme has no case. */
export const isSipsUri = (uri: string): boolean => uri.charCodeAt('sips'.length) === COLON && schemeOf(uri) === 'sips';

/** The URI as text; parameters and headers as they were written. */
export function formatUri(uri: SipUri | TelUri): string {
  if (uri.scheme === 'tel') return `tel:${uri.number}${uri.paramText}`;
  const password = uri.password === undefined ? '' : `:${uri.password}`;
  const userinfo = uri.user === undefined ? '' : `${uri.user}${password}@`;
  const host = uri.host.includes(':') ? `[${uri.host}]` : uri.host;
  const port = uri.port === undefined ? '' : `:${uri.port}`;
  const headers = uri.headers === '' ? '' : `?${uri.headers}`;
  return `${uri.scheme}:${userinfo}${host}${port}${uri.paramText}${headers}`;
}

/** Replaces `%HH` by the byte it stands for; a lone `%` stays. */
export const unescapeUri = (text: string): string =>
  text.includes('%')
    ? text.replace(/%([\da-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text;
