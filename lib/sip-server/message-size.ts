/** How long a message gets, where a SIP server takes none that is longer. Pure. */
import type { Content, Headers } from './sip-server.js';

/** `: ` and the end of the line. */
const PUNCTUATION = 4;

/** Octets of headers and body. */
function sizeOf({ headers = {}, body = '' }: Content): number {
  let size = body.length;
  for (const name in headers) {
    const value = headers[name] ?? '';
    if (typeof value === 'string') size += name.length + value.length + PUNCTUATION;
    else for (const one of value) size += name.length + one.length + PUNCTUATION;
  }
  return size;
}

/** What every response repeats of its request (RFC 3261 §8.2.6.2). */
const REPEATED = ['from', 'to', 'call-id', 'cseq'] as const;

/** Of a response to that request. */
export function responseSizeOf(request: Headers, content: Content): number {
  let size = sizeOf(content);
  for (const name of REPEATED) size += name.length + (request[name]?.length ?? 0) + PUNCTUATION;
  return size;
}
