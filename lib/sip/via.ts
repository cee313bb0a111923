import { COLON, isSpaceCode, isTokenCode, parseDigits, skipSpace } from './chars.js';
import { type Params, parseTail } from './params.js';
import { hostEnd } from './uri.js';

/** One Via value (RFC 3261 §20.42). */
export interface Via {
  /** Upper-case: UDP, TCP, TLS. */
  readonly transport: string;
  /** Without the brackets of an IPv6 reference. */
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;
}

const USUAL = 'SIP/2.0/';

/** `SIP / 2.0 / UDP` with white space around the slashes; the version may be another, so that a 505 finds its way back. */
const PROTOCOL = /^[ \t\r\n]*SIP[ \t\r\n]*\/[ \t\r\n]*[\w.+-]+[ \t\r\n]*\/[ \t\r\n]*/i;

/** Undefined when malformed. */
export function parseVia(text: string): Via | undefined {
  const transportAt = text.startsWith(USUAL) ? USUAL.length : (PROTOCOL.exec(text)?.[0].length ?? -1);
  if (transportAt < 0) return undefined;
  let transportTo = transportAt;
  while (isTokenCode(text.charCodeAt(transportTo))) transportTo++;
  const hostAt = skipSpace(text, transportTo);
  if (transportTo === transportAt || hostAt === transportTo) return undefined;
  const hostTo = hostEnd(text, hostAt);
  if (hostTo < 0) return undefined;
  const host = text[hostAt] === '[' ? text.slice(hostAt + 1, hostTo - 1) : text.slice(hostAt, hostTo);
  let end = skipSpace(text, hostTo);
  let port: number | undefined;
  if (text.charCodeAt(end) === COLON) {
    const portAt = skipSpace(text, end + 1);
    end = portAt;
    while (end < text.length && text[end] !== ';' && !isSpaceCode(text.charCodeAt(end))) end++;
    port = parseDigits(text.slice(portAt, end));
    if (!(port >= 1 && port <= 65_535)) return undefined;
  }
  const params = parseTail(text, end);
  return params && { transport: text.slice(transportAt, transportTo).toUpperCase(), host, port, params };
}
