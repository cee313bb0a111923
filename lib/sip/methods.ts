import type { Codes } from './codes.js';

const METHODS = `INVITE ACK BYE CANCEL PRACK UPDATE OPTIONS INFO REGISTER SUBSCRIBE NOTIFY REFER MESSAGE PUBLISH`.split(
  ' ',
);

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
