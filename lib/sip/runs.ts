/**
 * How far a run of chars of one class reaches. All loops over single chars are here, and with them their constants: an imported
 * constant is read from the module it comes from at every step, which costs more than the step. A class is read once a run.
 */
import type { Codes } from './codes.js';

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const ZERO = 48;
const NINE = 57;
const SEMICOLON = 59;
const LESS = 60;
const GREATER = 62;
const BACKSLASH = 92;
/** The bit in which a capital letter differs from a small one. */
const CASE = 0x20;

const LETTERS_DIGITS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

const controls = String.fromCharCode(...Array.from({ length: 32 }, (_, code) => code), 127);
const all = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code));
const allBut = (chars: string): string => [...all].filter((char) => !chars.includes(char)).join('');

/**
 * The classes that each char belongs to, a bit a class: one table for all, so that reading a message touches little memory. Codes
 * above 255, which only texts have that are no binary strings, belong to no class.
 */
const CLASSES = new Uint16Array(256);
let classes = 0;
const classOf = (chars: string): number => {
  const bit = 1 << classes++;
  for (const char of chars) CLASSES[char.charCodeAt(0)] = (CLASSES[char.charCodeAt(0)] as number) | bit;
  return bit;
};

export const TOKEN = classOf(`${LETTERS_DIGITS}-.!%*_+\`'~`);
/** Underscores are no host characters, but are met in practice. */
export const HOST = classOf(`${LETTERS_DIGITS}-._`);
export const IPV6 = classOf('0123456789abcdefABCDEF:.');
export const VERSION = classOf(`${LETTERS_DIGITS}_.+-`);
/**
 * More than `token`: URI parameters may hold `/:[]&$` (RFC 3261 §25.1 paramchar), `received` holds bare IPv6 addresses
 * (RFC 5118 §4.5), and base64 in tags is common.
 */
export const PARAM = classOf(allBut('; \t\r\n",<>'));
export const PARAM_NAME = classOf(allBut('= ; \t\r\n",<>'));
/** White space, controls, quotes and angle brackets stand in no URI; codes above ASCII should not, but do. */
export const NOT_IN_URI = classOf(`${controls} "<>`);
/** What ends the URI of an address without brackets, or must not stand in it (RFC 3261 §20). */
export const NOT_BARE = classOf('; \t\r\n?,');
/** What ends the port of a Via. */
export const NOT_IN_PORT = classOf('; \t\r\n');

/** The first position from `from` on whose char is not of this class; `to` when all are. */
export function runEnd(codes: Codes, from: number, to: number, bit: number): number {
  let i = from;
  while (i < to && ((CLASSES[codes[i] as number] as number) & bit) !== 0) i++;
  return i;
}

/** Where the token begins that ends at `to`. */
export function tokenStart(codes: Codes, to: number): number {
  let i = to;
  while (i > 0 && ((CLASSES[codes[i - 1] as number] as number) & TOKEN) !== 0) i--;
  return i;
}

/** The first char that is of this class. */
export function breakAt(codes: Codes, from: number, to: number, bit: number): number {
  let i = from;
  while (i < to && ((CLASSES[codes[i] as number] as number) & bit) === 0) i++;
  return i;
}

/** The first CR or LF; most chars are above both. */
export function lineEnd(codes: Codes, from: number, to: number): number {
  let i = from;
  for (; i < to; i++) {
    const code = codes[i] as number;
    if (code <= CR && (code === CR || code === LF)) break;
  }
  return i;
}

/** The first char that is this one. */
export function find(codes: Codes, from: number, to: number, sought: number): number {
  let i = from;
  while (i < to && codes[i] !== sought) i++;
  return i;
}

/** The first char that is one of these two. */
export function findEither(codes: Codes, from: number, to: number, one: number, other: number): number {
  let i = from;
  for (; i < to; i++) {
    const code = codes[i];
    if (code === one || code === other) break;
  }
  return i;
}

/** The first char that is no linear white space: SP and HTAB, and CR LF where a line is folded. */
export function spaceEnd(codes: Codes, from: number, to: number): number {
  let i = from;
  for (; i < to; i++) {
    const code = codes[i] as number;
    if (code > SPACE || (code !== SPACE && code !== TAB && code !== CR && code !== LF)) break;
  }
  return i;
}

/** The first char that is linear white space. */
export function wordEnd(codes: Codes, from: number, to: number): number {
  let i = from;
  for (; i < to; i++) {
    const code = codes[i] as number;
    if (code <= SPACE && (code === SPACE || code === TAB || code === CR || code === LF)) break;
  }
  return i;
}

/** The end of `[from, to)` without the white space behind it. */
export function trimmedEnd(codes: Codes, from: number, to: number): number {
  let i = to;
  for (; i > from; i--) {
    const code = codes[i - 1] as number;
    if (code > SPACE || (code !== SPACE && code !== TAB && code !== CR && code !== LF)) break;
  }
  return i;
}

/** A quoted string begins at `at`: the position behind its closing quote, or -1 when it is not closed. */
export function quotedEnd(codes: Codes, at: number, to: number): number {
  for (let i = at + 1; i < to; i++) {
    const code = codes[i];
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i + 1;
  }
  return -1;
}

/**
 * Where the display name without quotes that begins at `from` is ended by an angle bracket; `to` when there is none. Behind `"`,
 * `,` or `;` a bracket ends no display name: it stands in a parameter's quoted value, or the whole is malformed.
 */
export function displayNameEnd(codes: Codes, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    const code = codes[i] as number;
    if (code === LESS) return i;
    if (code === QUOTE || code === COMMA || code === SEMICOLON) return to;
  }
  return to;
}

/** Where the comma-separated value that begins at `from` ends; commas in quotes and angle brackets do not count. */
export function valueEndIn(codes: Codes, from: number, to: number): number {
  let quoted = false;
  let bracketed = false;
  for (let i = from; i < to; i++) {
    const code = codes[i] as number;
    if (quoted) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) quoted = false;
    } else if (code <= GREATER) {
      if (code === COMMA) {
        if (!bracketed) return i;
      } else if (code === QUOTE) quoted = !bracketed;
      else if (code === LESS) bracketed = true;
      else if (code === GREATER) bracketed = false;
    }
  }
  return to;
}

/** The number that `[from, to)` writes in decimal digits and nothing else; NaN otherwise. */
export function digitsIn(codes: Codes, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const code = codes[i] as number;
    if (code < ZERO || code > NINE) return Number.NaN;
    value = value * 10 + code - ZERO;
  }
  return from < to ? value : Number.NaN;
}

/** Whether `[from, to)` is `word`, given in lower-case letters, in any case. */
export function isWordIn(codes: Codes, from: number, to: number, word: Uint8Array): boolean {
  if (to - from !== word.length) return false;
  for (let i = 0; i < word.length; i++) if (((codes[from + i] as number) | CASE) !== word[i]) return false;
  return true;
}

/** Whether `[from, to)` begins with `text`. */
export function startsWith(codes: Codes, from: number, to: number, text: Uint8Array): boolean {
  if (to - from < text.length) return false;
  for (let i = 0; i < text.length; i++) if (codes[from + i] !== text[i]) return false;
  return true;
}

/** For the two above. */
export const codesOf = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
