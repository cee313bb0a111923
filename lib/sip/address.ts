import { isSpaceCode, isToken, QUOTE, SEMICOLON, skipQuoted, skipSpace, trimEnd, unquote } from './chars.js';
import { type Params, parseTail } from './params.js';
import { FORBIDDEN } from './uri.js';

/** `"Name" <uri>;params` or `uri;params` (RFC 3261 §20.10). */
export interface NameAddress {
  readonly displayName: string;
  /** As written, without angle brackets. */
  readonly uri: string;
  readonly params: Params;
}

/** `scheme:something`. */
const isUri = (text: string): boolean => {
  const colon = text.indexOf(':');
  return colon > 0 && colon < text.length - 1 && isToken(text.slice(0, colon)) && !FORBIDDEN.test(text);
};

/**
 * Undefined when malformed. In the form without brackets parameters belong to the header, and the URI may have neither `?` nor
 * `,` (RFC 3261 §20). A display name without quotes may hold more than tokens (raw UTF-8 is common), but nothing that makes it
 * ambiguous: `"`, `,`, `;`.
 */
export function parseNameAddress(text: string): NameAddress | undefined {
  const start = skipSpace(text, 0);
  let open: number;
  let displayName = '';
  if (text.charCodeAt(start) === QUOTE) {
    const end = skipQuoted(text, start);
    if (end < 0) return undefined;
    displayName = unquote(text.slice(start, end));
    open = skipSpace(text, end);
    if (text[open] !== '<') return undefined;
  } else {
    open = text.indexOf('<', start);
    if (open < 0) return parseBare(text, start);
    if (open > start) {
      displayName = text.slice(start, trimEnd(text, start, open));
      if (/[",;]/.test(displayName)) return undefined;
    }
  }
  const close = text.indexOf('>', open);
  if (close < 0) return undefined;
  const uri = text.slice(open + 1, close);
  if (!isUri(uri)) return undefined;
  const params = parseTail(text, close + 1);
  return params && { displayName, uri, params };
}

function parseBare(text: string, start: number): NameAddress | undefined {
  let end = start;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === SEMICOLON || isSpaceCode(code)) break;
  }
  const uri = text.slice(start, end);
  if (!isUri(uri) || uri.includes('?') || uri.includes(',')) return undefined;
  const params = parseTail(text, end);
  return params && { displayName: '', uri, params };
}

const isPlainValue = /^[\w\-.!%*+`'~:[\]/]+$/;

const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** The address as header text, always with angle brackets; values that are no tokens are quoted. */
export function formatNameAddress(address: NameAddress): string {
  let text = address.displayName === '' ? `<${address.uri}>` : `${quote(address.displayName)} <${address.uri}>`;
  for (const [name, value] of address.params) {
    text += value === null ? `;${name}` : `;${name}=${isPlainValue.test(value) ? value : quote(value)}`;
  }
  return text;
}
