/** The one form in which anything of the register is hashed or signed: canonical JSON (RFC 8785) of texts in Unicode's NFC. Pure. */
import { createHash } from 'node:crypto';
import serialize from 'canonicalize';

/** `ā` typed as one sign and as `a` with a macron behind it is one text, whoever typed it. */
function normalized(value: unknown): unknown {
  if (typeof value === 'string') return normalizedText(value);
  if (Array.isArray(value)) return value.map(normalized);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [normalizedText(key), normalized(one)]));
}

const ASCII = /^[\0-\x7f]*$/;

function normalizedText(text: string): string {
  // RFC 8785 §3.2.2.2: half of a sign has no form in UTF-8
  if (/\p{Surrogate}/u.test(text)) throw new TypeError('a lone surrogate has no canonical form');
  return text.normalize('NFC');
}

/** Throws TypeError for what JSON cannot say. */
export function canonical(value: unknown): string {
  const plain = serialize(value);
  // ASCII is in every normal form; half of a sign is written as an escape.
  if (plain !== undefined && ASCII.test(plain) && !plain.includes('\\ud')) return plain;
  const text = serialize(normalized(value));
  if (text === undefined) throw new TypeError('there is nothing to serialize');
  return text;
}

/** The object of these members, each in its canonical text already; their names are ASCII. RFC 8785 §3.2.3: sorted by name. */
export const canonicalObject = (members: Readonly<Record<string, string>>): string =>
  `{${Object.keys(members)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${members[name]}`)
    .join(',')}}`;

/** SHA-256 of the text's UTF-8, in hexadecimal. */
export const digest = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
