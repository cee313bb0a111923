/** What a line of the log may hold: short values, no control characters, and no secret. */
import { CodedError } from './errors.js';

/** Of one value, and of a stack. A Call-ID of a peer may have 8 kB. */
const LONGEST_VALUE = 256;
const LONGEST_STACK = 4_096;
const MOST_ENTRIES = 50;
const DEEPEST = 4;
/** What is shorter cannot be told from other text. */
const SHORTEST_SECRET = 5;

const cut = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length})`;

/** The value with whatever is in it cut; what is short stays the same object. */
function shortened(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cut(value, LONGEST_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return described(value);
  if (depth >= DEEPEST) return '…';
  if (Array.isArray(value)) return value.slice(0, MOST_ENTRIES).map((one) => shortened(one, depth + 1));
  const entries = Object.entries(value).slice(0, MOST_ENTRIES);
  return Object.fromEntries(entries.map(([key, one]) => [cut(key, LONGEST_VALUE), shortened(one, depth + 1)]));
}

/** What a line says. */
export const shortText = (text: unknown): string => (typeof text === 'string' ? cut(text, LONGEST_STACK) : '');

/** The fields of one line, which nearly always are short. */
export function shortFields(fields: Record<string, unknown>): Record<string, unknown> {
  for (const key in fields) {
    const value = fields[key];
    if (!isShort(value) && !(Array.isArray(value) && value.length <= MOST_ENTRIES && value.every(isShort)))
      return shortened(fields) as Record<string, unknown>;
  }
  return fields;
}

const isShort = (value: unknown): boolean =>
  typeof value === 'string' ? value.length <= LONGEST_VALUE : typeof value !== 'object' || value === null;

/** Libraries hang on their errors whatever they were doing, passwords too (ioredis: the command): only what is told here is told. */
function described(error: Error, depth = 0): object {
  const { name, message, stack, cause } = error;
  const code = (error as { code?: unknown }).code;
  return {
    type: error instanceof CodedError ? 'CodedError' : name,
    message: cut(message, LONGEST_VALUE),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    stack: cut(stack ?? '', LONGEST_STACK),
    ...(cause instanceof Error && depth < DEEPEST && { cause: described(cause, depth + 1) }),
  };
}

/**
 * JSON escapes the control characters below space alone: those of C1 (and DEL) move a terminal's cursor, too, and marks that turn
 * the direction of writing make a line read otherwise than it is.
 */
const UNPRINTABLE = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
const ALL_UNPRINTABLE = new RegExp(UNPRINTABLE, 'g');

const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A line of JSON with them escaped. */
export const printable = (line: string): string =>
  UNPRINTABLE.test(line) ? line.replace(ALL_UNPRINTABLE, escaped) : line;

/** Takes these out of lines, however they are written there: plain, as JSON writes them, or as a URL does. */
export function withoutSecrets(secrets: readonly string[]): (line: string) => string {
  const long = secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
  const forms = new Set(
    long
      .flatMap((secret) => [secret, encodeURIComponent(secret), encodeURI(secret)])
      .flatMap((form) => [form, JSON.stringify(form).slice(1, -1)]),
  );
  if (forms.size === 0) return (line) => line;
  const longestFirst = [...forms].sort((one, other) => other.length - one.length);
  return (line) =>
    longestFirst.reduce((text, form) => (text.includes(form) ? text.replaceAll(form, '***') : text), line);
}
