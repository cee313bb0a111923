/**
 * What joins the legs of a call for those who watch the wire: a header of each member's INVITE that names the Call-ID of the caller's
 * leg, as sngrep and Homer follow it. Pure.
 */
import type { Headers } from '../sip-server/sip-server.js';

/** A longer one does not fit where it is of use, and would be another one when it is cut. */
const LONGEST = 256;

export class Correlation {
  /** As configured. */
  readonly #name: string;
  /** As it passes. */
  readonly #passed: string;

  /** @param name empty: none is sent */
  constructor(name: string) {
    this.#name = name;
    this.#passed = name.toLowerCase();
  }

  write(headers: Record<string, string | readonly string[]>, received: Headers): void {
    const callId = received['call-id'];
    if (this.#name === '' || callId === undefined || callId.length > LONGEST) return;
    // What the caller's own network has joined is not ours to join again.
    if (headers[this.#passed] !== undefined) delete headers[this.#passed];
    headers[this.#name] = callId;
  }
}
