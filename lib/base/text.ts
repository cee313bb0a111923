/**
 * Texts of SIP messages are binary strings: one char is one octet, whatever it means. Only what people read is decoded, and only
 * what people wrote (configuration, Redis) is encoded.
 */
import { isUtf8 } from 'node:buffer';

const BEYOND_ASCII = /[\x80-\uffff]/;

/** The octets of a text, in UTF-8, as a binary string. */
export const octetsOf = (text: string): string =>
  BEYOND_ASCII.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;

/** Octets of a message for people: records, logs. UTF-8 if they are that, else latin1, in which nothing is invalid. */
export function readable(octets: string): string {
  if (!BEYOND_ASCII.test(octets)) return octets;
  const bytes = Buffer.from(octets, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : octets;
}

const CONTROLS = /[\x7f-\x9f]/;
const ALL_CONTROLS = new RegExp(CONTROLS, 'g');

/** What lasts: at most so many chars, and none that moves a terminal's cursor (DEL and C1, which latin1 has and URIs allow). */
export function bounded(text: string, longest: number): string {
  const short = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return CONTROLS.test(short) ? short.replace(ALL_CONTROLS, '\ufffd') : short;
}

/**
 * A copy that keeps nothing else in memory. What is cut out of a message is a view that keeps the whole message alive: to be used
 * for what outlasts the message by far. Cutting a char off what was just joined makes V8 copy it, in half the time of a Buffer.
 */
export const detached = (text: string): string => ` ${text}`.slice(1);
