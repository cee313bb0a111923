import type { CalledSource } from '../called.js';
import type { DialectSettings } from './dialect.js';

/** `uri`: such as `sip:10.1.0.1:5060;transport=tcp`. */
export interface TrunkSettings extends DialectSettings {
  /** The lowest number is tried first. */
  readonly priority: number;
  /** The share of calls among trunks of one priority (RFC 2782). */
  readonly weight: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Needs a username and a password. */
  readonly register: boolean;
  /** How long a registration is asked for. */
  readonly registerSeconds: number;
  /** Whether it belongs to our trust domain (RFC 3325). */
  readonly trusted: boolean;
  /** Whether INVITEs to it name the caller's leg. */
  readonly correlate: boolean;
  /** Between keep-alives that hold a NAT or a connection open; 0: none. */
  readonly keepAliveSeconds: number;
  /** With `180` callers of it are told no description of ours before the answer. */
  readonly earlyMedia?: '180' | '183';
  /** Its network lets sounds before the answer pass where it is asked to (RFC 5009). */
  readonly pEarlyMedia?: boolean;
  /** Where it names the called number, in order. */
  readonly calledFrom?: readonly CalledSource[] | undefined;
}
