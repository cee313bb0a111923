import { sendBack, type WayBack } from '../network.js';
import type { Lying } from '../lingering.js';

/**
 * What is left of a server transaction that has had its last word and only waits for its timer J or L (RFC 3261 §17.2.2, RFC
 * 6026 §7.1): for half a minute it knows its request when that comes again. Most of a busy server's memory is this.
 */
export class Rest implements Lying {
  readonly key: string;
  /** Empty within a dialog. */
  readonly mergeKey: string;
  /** The To tag of our responses. */
  readonly localTag: string;
  /** The final response to send again; empty: a repeated request is absorbed. */
  readonly #text: string;
  readonly #way: WayBack;
  until = 0;

  constructor(key: string, mergeKey: string, localTag: string, text: string, way: WayBack) {
    this.key = key;
    this.mergeKey = mergeKey;
    this.localTag = localTag;
    this.#text = text;
    this.#way = way;
  }

  /** The request came again. */
  repeated(): void {
    if (this.#text !== '') sendBack(this.#text, this.#way);
  }
}
