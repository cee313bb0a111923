import type { Codes } from './codes.js';
import { isToken } from './tokens.js';

/** The usual ones, in the order of how often they come. */
export const METHODS: readonly string[] =
  'INVITE ACK BYE CANCEL OPTIONS PRACK UPDATE INFO NOTIFY REGISTER SUBSCRIBE REFER MESSAGE PUBLISH'.split(' ');

/** Whether it can be a method (RFC 3261 §25.1). */
export const isMethod = (text: string): boolean => METHODS.includes(text) || isToken(text);

/**
 * The method that stands in `[from, to)`. A usual one is the same string each time, so that comparing it and keeping it costs
 * nothing.
 */
export function methodIn(text: string, codes: Codes, from: number, to: number): string {
  for (const method of METHODS) {
    if (method.length === to - from && method.charCodeAt(0) === codes[from] && text.startsWith(method, from))
      return method;
  }
  return text.slice(from, to);
}
