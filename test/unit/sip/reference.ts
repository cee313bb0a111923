/**
 * Plain parsers of single values, char by char and without any shared state: what the scanners of lib/sip are held against.
 */
import { isTokenCode, parseDigits, skipQuoted, skipSpace, trim, trimEnd, unquote } from '../../../lib/sip/chars.js';
import { canonicalName } from '../../../lib/sip/headers.js';

type Params = Map<string, string | null>;

const isSpaceCode = (code: number): boolean => code === 32 || code === 9 || code === 13 || code === 10;
const isToken = (text: string): boolean => text !== '' && [...text].every((char) => isTokenCode(char.charCodeAt(0)));

const FORBIDDEN = /[\0- "<>\x7f]/;

const isParamChar = (char: string | undefined): boolean =>
  char !== undefined && char <= '\xff' && !'; \t\r\n",<>'.includes(char);

/** One parameter from its semicolon on; `next` is where the next one begins. */
function readParam(
  text: string,
  at: number,
): { name: string; value: string | null; isWellFormed: boolean; next: number } {
  let i = skipSpace(text, at + 1);
  const nameFrom = i;
  while (isParamChar(text[i]) && text[i] !== '=') i++;
  const name = text.slice(nameFrom, i).toLowerCase();
  let value: string | null = null;
  let isWellFormed = name !== '';
  i = skipSpace(text, i);
  if (text[i] === '=') {
    i = skipSpace(text, i + 1);
    const valueFrom = i;
    if (text[i] === '"') {
      const end = skipQuoted(text, i);
      isWellFormed &&= end >= 0;
      i = end < 0 ? text.length : end;
      value = unquote(text.slice(valueFrom, i));
    } else {
      while (isParamChar(text[i])) i++;
      value = text.slice(valueFrom, i);
      isWellFormed &&= value !== '';
    }
    i = skipSpace(text, i);
  }
  if (i < text.length && text[i] !== ';') {
    isWellFormed = false;
    i = text.indexOf(';', i);
  }
  return { name, value, isWellFormed, next: i < 0 ? text.length : i };
}

function collect(text: string, from: number): { params: Params; isWellFormed: boolean } {
  const params: Params = new Map();
  let isWellFormed = true;
  for (let at = from; at < text.length; ) {
    const param = readParam(text, at);
    at = param.next;
    if (!param.isWellFormed) isWellFormed = false;
    else if (!params.has(param.name)) params.set(param.name, param.value);
  }
  return { params, isWellFormed };
}

function tail(text: string, from: number): Params | undefined {
  const at = skipSpace(text, from);
  if (at >= text.length) return new Map();
  if (text[at] !== ';') return undefined;
  const { params, isWellFormed } = collect(text, at);
  return isWellFormed ? params : undefined;
}

export function params(text: string): Params {
  const from = skipSpace(text, 0);
  return from >= text.length ? new Map() : collect(text, text[from] === ';' ? from : from - 1).params;
}

const isUri = (text: string): boolean => {
  const colon = text.indexOf(':');
  return colon > 0 && colon < text.length - 1 && isToken(text.slice(0, colon)) && !FORBIDDEN.test(text);
};

export function nameAddress(text: string): { displayName: string; uri: string; params: Params } | undefined {
  const start = skipSpace(text, 0);
  let open = text.indexOf('<', start);
  let displayName = '';
  if (text[start] === '"') {
    const end = skipQuoted(text, start);
    if (end < 0) return undefined;
    displayName = unquote(text.slice(start, end));
    open = skipSpace(text, end);
    if (text[open] !== '<') return undefined;
  } else if (open < 0 || /[",;]/.test(text.slice(start, open))) {
    let end = start;
    while (end < text.length && text[end] !== ';' && !isSpaceCode(text.charCodeAt(end))) end++;
    const uri = text.slice(start, end);
    const params = tail(text, end);
    return isUri(uri) && !/[?,]/.test(uri) && params ? { displayName, uri, params } : undefined;
  } else {
    displayName = text.slice(start, trimEnd(text, start, open));
  }
  const close = text.indexOf('>', open);
  const uri = text.slice(open + 1, close);
  const params = close < 0 ? undefined : tail(text, close + 1);
  return isUri(uri) && params ? { displayName, uri, params } : undefined;
}

function hostEnd(text: string, at: number): number {
  const match = /^(\[[\da-fA-F:.]+\]|[\w.-]+)/.exec(text.slice(at));
  return match === null ? -1 : at + match[0].length;
}

const bare = (host: string): string => (host.startsWith('[') ? host.slice(1, -1) : host);

export interface Via {
  readonly transport: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly params: ReadonlyMap<string, string | null>;
}

export function via(text: string): Via | undefined {
  const protocol = text.startsWith('SIP/2.0/')
    ? 'SIP/2.0/'
    : /^[ \t\r\n]*SIP[ \t\r\n]*\/[ \t\r\n]*[\w.+-]+[ \t\r\n]*\/[ \t\r\n]*/i.exec(text)?.[0];
  if (protocol === undefined) return undefined;
  let transportTo = protocol.length;
  while (isTokenCode(text.charCodeAt(transportTo))) transportTo++;
  const hostAt = skipSpace(text, transportTo);
  const hostTo = hostEnd(text, hostAt);
  if (transportTo === protocol.length || hostAt === transportTo || hostTo < 0) return undefined;
  let end = skipSpace(text, hostTo);
  let port: number | undefined;
  if (text[end] === ':') {
    const portAt = skipSpace(text, end + 1);
    end = portAt;
    while (end < text.length && text[end] !== ';' && !isSpaceCode(text.charCodeAt(end))) end++;
    port = parseDigits(text.slice(portAt, end));
    if (!(port >= 1 && port <= 65_535)) return undefined;
  }
  const params = tail(text, end);
  const transport = text.slice(protocol.length, transportTo).toUpperCase();
  return params && { transport, host: bare(text.slice(hostAt, hostTo)), port, params };
}

export function sipUri(text: string): object | undefined {
  const [, scheme, rest] = /^(sips?):([\s\S]*)$/i.exec(text) ?? [];
  if (scheme === undefined || rest === undefined || FORBIDDEN.test(text)) return undefined;
  const at = rest.indexOf('@');
  const userinfo = at < 0 ? undefined : rest.slice(0, at);
  const colon = userinfo?.indexOf(':') ?? -1;
  const user = colon < 0 ? userinfo : userinfo?.slice(0, colon);
  const password = colon < 0 ? undefined : userinfo?.slice(colon + 1);
  const behind = rest.slice(at + 1);
  const hostTo = hostEnd(behind, 0);
  if (user === '' || hostTo < 0) return undefined;
  const [, digits, paramText, headers] = /^(:[^;?]*)?(;[^?]*)?(?:\?([\s\S]*))?$/.exec(behind.slice(hostTo)) ?? [];
  const port = digits === undefined ? undefined : parseDigits(digits.slice(1));
  if (!/^(:[^;?]*)?([;?]|$)/.test(behind.slice(hostTo)) || (port !== undefined && !(port <= 65_535))) return undefined;
  return {
    ...{ scheme: scheme.toLowerCase(), user, password, host: bare(behind.slice(0, hostTo)).toLowerCase(), port },
    ...{ params: params(paramText ?? ''), paramText: paramText ?? '', headers: headers ?? '' },
  };
}

export function cseq(text: string): { number: number; method: string } | undefined {
  let numberTo = 0;
  while (numberTo < text.length && !isSpaceCode(text.charCodeAt(numberTo))) numberTo++;
  const number = parseDigits(text.slice(0, numberTo));
  const method = trim(text.slice(numberTo));
  return number < 2 ** 31 && isToken(method) ? { number, method } : undefined;
}

/** The fields of a message whose lines end with CRLF, with their canonical names; lines that are no fields are left out. */
export function fields(text: string): { name: string; field: [string, string] }[] {
  const head = text.slice(0, text.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, '\n');
  const found: { name: string; field: [string, string] }[] = [];
  for (const line of head.split('\r\n').slice(1)) {
    const [, name, value] = /^([\w.!%*+`'~-]+)[ \t]*:([\s\S]*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    found.push({ name: canonicalName(name), field: [name, trim(value).replaceAll('\n', ' ')] });
  }
  return found;
}
