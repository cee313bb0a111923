import type { Account } from '../../base/budget.js';
import type { Destination } from '../destination.js';
import type { Lingering } from '../lingering.js';
import { type ResponseDestination, sendResponse } from '../network.js';

/**
 * What is left of a server transaction that has had its last word and only waits for its timer J or L (RFC 3261 §17.2.2, RFC
 * 6026 §7.1): for half a minute it knows its request when that comes again. Most of a busy server's memory is this.
 */
export class LingeringServerTransaction implements Lingering {
  readonly key: string;
  /** Under which it is in the table of ongoing requests; empty: it is not. */
  readonly mergeKey: string;
  /** The To tag of our responses. */
  readonly localTag: string;
  /** The final response to send again; empty: a repeated request is absorbed. */
  readonly #text: string;
  readonly #destination: ResponseDestination;
  readonly #account: Account | undefined;
  readonly #bytes: number;
  until = 0;

  /** @param account has been charged with so many bytes for it */
  constructor(
    key: string,
    mergeKey: string,
    localTag: string,
    text: string,
    destination: ResponseDestination,
    account: Account | undefined = undefined,
    bytes = 0,
  ) {
    this.key = key;
    this.mergeKey = mergeKey;
    this.localTag = localTag;
    this.#text = text;
    this.#destination = destination;
    this.#account = account;
    this.#bytes = bytes;
  }

  forgotten(): void {
    this.#account?.change(-this.#bytes);
  }

  /** Where the request came from. */
  get flow(): Destination {
    return this.#destination;
  }

  /** Whether it answers its request again. */
  get isHeard(): boolean {
    return this.#text !== '';
  }

  /** The request came again. */
  repeated(): void {
    if (this.#text !== '') sendResponse(this.#text, this.#destination);
  }
}
