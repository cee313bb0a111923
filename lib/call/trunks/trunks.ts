/** Where a member is sent, as calls see it. */
import type { Credentials } from '../../sip-server/sip-server.js';
import type { Arrival } from '../called.js';
import type { Dialect } from './dialect.js';

/** One way to reach a member. */
export interface Candidate {
  /** The Request-URI. */
  readonly uri: string;
  /** The trunk's URI; undefined when the member is a SIP URI of its own. */
  readonly trunk: string | undefined;
  /** For people: the trunk, or the host of that member, without user and password. */
  readonly name: string;
  /** Whether its INVITE names the caller's leg. */
  readonly correlates: boolean;
  /** Whether it belongs to our trust domain (RFC 3325): asserted identities may be sent there. */
  readonly trusted: boolean;
  /** What the trunk's challenges are answered with. */
  readonly credentials?: Credentials;
  /** How it wants numbers and identities written, where that is not as usual. */
  readonly dialect?: Dialect;
  /** The Service-Route of its registrar (RFC 3608 §6.1). */
  readonly route?: readonly string[];
}

export interface Trunks {
  /** Whether any of them may challenge us, and gets an answer. */
  readonly haveAccounts: boolean;
  /** The ways to try, in order. Empty: the member cannot be reached at all. */
  candidates(member: string): readonly Candidate[];
  /** The trunk refused, failed or kept silent. `restMs`: as it asked for in Retry-After. */
  failed(trunk: string, restMs?: number): void;
  /** The trunk gave a sign of life. */
  works(trunk: string): void;
  /** What is known of an INVITE by its Request-URI and the address from which it came. */
  arrival(uri: string, source: string): Arrival;
}
