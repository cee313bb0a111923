/** Where a member is sent. */
import type { Clock } from '../base/clock.js';

/** One way to reach a member. */
export interface Candidate {
  /** The Request-URI. */
  readonly uri: string;
  /** The trunk's URI; undefined when the member is a SIP URI of its own. */
  readonly trunk: string | undefined;
  /** Whether it belongs to our trust domain (RFC 3325): asserted identities may be sent there. */
  readonly trusted: boolean;
}

export interface Trunks {
  /** The ways to try, in order. Empty: the member cannot be reached at all. */
  candidates(member: string): readonly Candidate[];
  /** The trunk refused, failed or kept silent. `restMs`: as it asked for in Retry-After. */
  failed(trunk: string, restMs?: number): void;
  /** The trunk gave a sign of life. */
  works(trunk: string): void;
}

const LONGEST_REST_MS = 600_000;

/**
 * @param uris trunk URIs in order of preference, such as `sip:10.1.0.1:5060;transport=tcp`
 * @param restMs how long a trunk that failed comes behind the others (RFC 3263 §4.3)
 */
export function createTrunks(uris: readonly string[], restMs: number, clock: Clock): Trunks {
  return new OrderedTrunks(uris, restMs, clock);
}

class OrderedTrunks implements Trunks {
  readonly #uris: readonly string[];
  readonly #restMs: number;
  readonly #clock: Clock;
  readonly #restsUntil = new Map<string, number>();

  constructor(uris: readonly string[], restMs: number, clock: Clock) {
    this.#uris = uris;
    this.#restMs = restMs;
    this.#clock = clock;
  }

  candidates(member: string): readonly Candidate[] {
    if (/^sips?:/i.test(member)) return [{ uri: member, trunk: undefined, trusted: false }];
    return this.#ordered().map((trunk) => ({ uri: uriOn(trunk, member), trunk, trusted: true }));
  }

  failed(trunk: string, restMs = this.#restMs): void {
    this.#restsUntil.set(trunk, this.#clock.now() + Math.min(restMs, LONGEST_REST_MS));
  }

  works(trunk: string): void {
    if (this.#restsUntil.size > 0) this.#restsUntil.delete(trunk);
  }

  #ordered(): readonly string[] {
    if (this.#restsUntil.size === 0) return this.#uris;
    const now = this.#clock.now();
    const rests = (trunk: string): boolean => (this.#restsUntil.get(trunk) ?? 0) > now;
    return [...this.#uris.filter((trunk) => !rests(trunk)), ...this.#uris.filter(rests)];
  }
}

/** `sip:10.1.0.1:5060;transport=tcp` and `+371…` make `sip:+371…@10.1.0.1:5060;transport=tcp;user=phone` (RFC 3261 §19.1.6). */
function uriOn(trunk: string, number: string): string {
  const colon = trunk.indexOf(':');
  const hostPart = trunk.slice(colon + 1).replace(/^[^@]*@/, '');
  return `${trunk.slice(0, colon)}:${number}@${hostPart};user=phone`;
}
