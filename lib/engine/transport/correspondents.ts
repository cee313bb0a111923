import { Recent } from '../../base/recent.js';
import { parseMessage } from '../../sip/parse.js';
import { canonicalAddress } from './addresses.js';

/** The last half as many at least. */
const REMEMBERED = 4096;

/**
 * Addresses to which we have sent requests. Whoever is not allowed to call us may still answer us, and be in a call with us: a
 * member that is a SIP URI, or a trunk whose name DNS has given another address a moment ago.
 */
export class Correspondents {
  readonly #known = new Recent<true>(REMEMBERED);

  /** @param text what is sent there */
  note(text: string, address: string): void {
    if (text.startsWith('SIP/2.0')) return;
    const canonical = canonicalAddress(address);
    if (this.#known.find(canonical) === undefined) this.#known.keep(canonical, true);
  }

  /** Whether anything may be taken from there. */
  has(address: string): boolean {
    return this.#known.find(canonicalAddress(address)) === true;
  }
}

/** A response, or a request within a dialog (RFC 3261 §12.2.2): what a correspondent may send. */
export function isWithin(text: string): boolean {
  return text.startsWith('SIP/2.0 ') || (parseMessage(text)?.tryToTag() ?? '') !== '';
}
