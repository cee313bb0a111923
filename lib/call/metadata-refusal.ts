/** Whoever writes the configured header refuses all use of this call but running, billing and explaining it. Pure. */
import type { Headers } from '../sip-server/sip-server.js';

/** Whatever it says, but for the words that plainly do not refuse. @param name in small letters; empty: there is no such header */
export function refusesMetadata(headers: Headers, name: string): boolean {
  const value = name === '' ? undefined : headers[name];
  return value !== undefined && !/^\s*(?:no|false|0)\s*$/i.test(value);
}
