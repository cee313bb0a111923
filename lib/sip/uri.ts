import { parseDigits } from './chars.js';
import { collectParams, NO_PARAMS, type Params, parseParams } from './params.js';

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

export interface TelUri {
  readonly scheme: 'tel';
  /** As written, visual separators included. */
  readonly number: string;
  readonly params: Params;
  /** The parameters as written, with their semicolons. */
  readonly paramText: string;
}

/** White space, controls, quotes and angle brackets stand in no URI; bytes above ASCII should not, but do. */
export const FORBIDDEN = /[\0- "<>\x7f]/;

const HOST = new Uint8Array(256);
for (const char of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._') HOST[char.charCodeAt(0)] = 1;

/**
 * The end of the host that begins at `at`; -1 when there is none. An IPv6 reference is read by its characters only: RFC 5118
 * §4.10 wants even three colons in a row tolerated. Underscores are no host characters, but are met in practice.
 */
export function hostEnd(text: string, at: number): number {
  let i = at;
  if (text[at] === '[') {
    const close = text.indexOf(']', at);
    return close > at + 1 && /^[\da-fA-F:.]+$/.test(text.slice(at + 1, close)) ? close + 1 : -1;
  }
  while (i < text.length && HOST[text.charCodeAt(i)] === 1) i++;
  return i > at ? i : -1;
}

/** Undefined for another scheme or a malformed URI. */
export function parseSipUri(text: string): SipUri | undefined {
  const colon = text.indexOf(':');
  if (colon !== 3 && colon !== 4) return undefined;
  const scheme = text.slice(0, colon).toLowerCase();
  if ((scheme !== 'sip' && scheme !== 'sips') || FORBIDDEN.test(text)) return undefined;
  // No component but userinfo may hold an unescaped `@`, while userinfo may hold `;` and `?` (RFC 3261 §25.1).
  const at = text.indexOf('@', colon);
  let user: string | undefined;
  let password: string | undefined;
  if (at >= 0) {
    const passwordAt = text.indexOf(':', colon + 1);
    const hasPassword = passwordAt >= 0 && passwordAt < at;
    user = text.slice(colon + 1, hasPassword ? passwordAt : at);
    if (hasPassword) password = text.slice(passwordAt + 1, at);
    if (user === '') return undefined;
  }
  const hostAt = (at < 0 ? colon : at) + 1;
  let end = hostEnd(text, hostAt);
  if (end < 0) return undefined;
  const host = text[hostAt] === '[' ? text.slice(hostAt + 1, end - 1) : text.slice(hostAt, end);
  let port: number | undefined;
  if (text[end] === ':') {
    const portAt = end + 1;
    for (end = portAt; end < text.length && text[end] !== ';' && text[end] !== '?'; ) end++;
    port = parseDigits(text.slice(portAt, end));
    if (!(port <= 65_535)) return undefined;
  }
  if (end < text.length && text[end] !== ';' && text[end] !== '?') return undefined;
  const question = text.indexOf('?', end);
  const paramText = question < 0 ? text.slice(end) : text.slice(end, question);
  const headers = question < 0 ? '' : text.slice(question + 1);
  return { scheme, user, password, host: host.toLowerCase(), port, params: uriParams(paramText), paramText, headers };
}

function uriParams(text: string): Params {
  if (text === '') return NO_PARAMS;
  const params = new Map<string, string | null>();
  collectParams(text, 0, params);
  return params;
}

/** Undefined for another scheme or a malformed number (RFC 3966 §3). */
export function parseTelUri(text: string): TelUri | undefined {
  const match = /^tel:(\+?[\dA-Fa-f*#().-]+)((?:;[^\s"<>]*)?)$/i.exec(text);
  if (match === null) return undefined;
  const paramText = match[2] ?? '';
  return { scheme: 'tel', number: match[1] as string, params: parseParams(paramText), paramText };
}

export const isSipUri = (text: string): boolean => parseSipUri(text) !== undefined;

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

/** A URI that omits one of these never equals one that has it, be it with the default value (RFC 3261 §19.1.4). */
const DECISIVE = ['transport', 'user', 'ttl', 'method', 'maddr'];

/** The comparison of RFC 3261 §19.1.4 for SIP and SIPS URIs, of RFC 3966 §4 for tel; other schemes as text. */
export function uriEquals(left: string, right: string): boolean {
  const [a, b] = [parseSipUri(left), parseSipUri(right)];
  if (a !== undefined && b !== undefined) return sipEquals(a, b);
  const [c, d] = [parseTelUri(left), parseTelUri(right)];
  if (c !== undefined && d !== undefined) return telEquals(c, d);
  return left === right;
}

function sipEquals(a: SipUri, b: SipUri): boolean {
  if (a.scheme !== b.scheme || a.host !== b.host || a.port !== b.port) return false;
  if (!sameEscaped(a.user, b.user) || !sameEscaped(a.password, b.password)) return false;
  const left = comparable(a.params);
  const right = comparable(b.params);
  if (DECISIVE.some((name) => left.has(name) !== right.has(name))) return false;
  for (const [name, value] of left) if (right.has(name) && right.get(name) !== value) return false;
  return sameSet(a.headers.split('&').map(comparableHeader), b.headers.split('&').map(comparableHeader));
}

const sameEscaped = (a: string | undefined, b: string | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && unescapeUri(a) === unescapeUri(b));

const comparable = (params: Params): Params =>
  new Map([...params].map(([name, value]) => [fold(name), value === null ? null : fold(value)]));

const fold = (text: string): string => unescapeUri(text).toLowerCase();

function comparableHeader(text: string): string {
  const equals = text.indexOf('=');
  return equals < 0 ? fold(text) : `${fold(text.slice(0, equals))}=${unescapeUri(text.slice(equals + 1))}`;
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && [...a].sort().join('\n') === [...b].sort().join('\n');

function telEquals(a: TelUri, b: TelUri): boolean {
  const digits = (uri: TelUri): string => uri.number.replace(/[-.()]/g, '').toLowerCase();
  const params = (uri: TelUri): string[] =>
    [...comparable(uri.params)].map(([name, value]) => `${name}=${value ?? ''}`);
  return digits(a) === digits(b) && sameSet(params(a), params(b));
}
