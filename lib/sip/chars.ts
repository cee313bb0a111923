/** Character classes of RFC 3261 §25.1. Text is a binary string, so each code is 0…255. */
const TOKEN = new Uint8Array(256);
for (const char of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~")
  TOKEN[char.charCodeAt(0)] = 1;

export const TAB = 9;
export const LF = 10;
export const CR = 13;
export const SPACE = 32;
export const QUOTE = 34;
export const COMMA = 44;
export const COLON = 58;
export const SEMICOLON = 59;
export const LESS = 60;
export const EQUALS = 61;
export const GREATER = 62;
export const QUESTION = 63;
export const OPEN_BRACKET = 91;
export const BACKSLASH = 92;

export const isTokenCode = (code: number): boolean => TOKEN[code] === 1;

/** Linear white space: SP and HTAB, and CR LF where a line is folded. */
const isSpaceCode = (code: number): boolean => code === SPACE || code === TAB || code === CR || code === LF;

const isDigitCode = (code: number): boolean => code >= 48 && code <= 57;

/** The first position from `at` on that is no white space; `text.length` when there is none. */
export function skipSpace(text: string, at: number): number {
  let i = at;
  while (i < text.length && isSpaceCode(text.charCodeAt(i))) i++;
  return i;
}

/** The end of `text[from, to)` without the white space behind it. */
export function trimEnd(text: string, from: number, to: number): number {
  let i = to;
  while (i > from && isSpaceCode(text.charCodeAt(i - 1))) i--;
  return i;
}

/**
 * Without the white space around it. Never `String.trim` on a binary string: it takes 0xA0 for a space, which is the last byte
 * of many UTF-8 characters.
 */
export function trim(text: string): string {
  const from = skipSpace(text, 0);
  return text.slice(from, trimEnd(text, from, text.length));
}

/** `text` begins a quoted string at `at`: the position behind its closing quote, or -1 when it is not closed. */
export function skipQuoted(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i + 1;
  }
  return -1;
}

/** The content of a quoted string that is given with its quotes. */
export function unquote(quoted: string): string {
  const content = quoted.slice(1, -1);
  return content.includes('\\') ? content.replace(/\\([\s\S])/g, '$1') : content;
}

/** The number that `text` writes in decimal digits and nothing else; NaN otherwise. Leading zeros are allowed (RFC 4475 §3.1.1.1). */
export function parseDigits(text: string): number {
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!isDigitCode(code)) return Number.NaN;
    value = value * 10 + code - 48;
  }
  return text === '' ? Number.NaN : value;
}
