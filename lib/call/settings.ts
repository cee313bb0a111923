import type { CalledSource } from './called.js';
import type { HeaderLists } from './headers.js';
import type { TrunkFailures } from './trunk-failures.js';
import type { VoiceSettings } from './voices/group-voices.js';

/** What can be chosen. Times in milliseconds. */
export interface RingingSettings {
  /** Which node of the service this is, for people and records. */
  readonly node: string;
  /** So many refused calls have a record each second; the others are counted. */
  readonly refusedPerSecond: number;
  /** ISO 3166 code: numbers in national form belong to this country. */
  readonly defaultCountry: string;
  /** Where the pilots' numbers live, for Diversion and History-Info; undefined: what the caller dialled. */
  readonly domain?: string | undefined;
  /** Where the called number stands when a call comes to the contact of a registration; a trunk may have an order of its own. */
  readonly calledFrom: readonly CalledSource[];
  /** A member that gives no provisional response for so long is unreachable. */
  readonly noProvisionalMs: number;
  /** How long the next member waits for the 487 to our CANCEL. */
  readonly cancelWaitMs: number;
  /** How long a cancelled INVITE is watched: 64*T1 (RFC 3261 §9.1). */
  readonly watchMs: number;
  /** How often the caller gets another 180, or 183 while no phone has rung (RFC 3261 §13.3.1.1). */
  readonly ringRefreshMs: number;
  /** Which members are not rung while they are on another call. */
  readonly claimMembers: 'numbers' | 'all' | 'none';
  /** A call that was diverted more often is refused with 482. */
  readonly maxDiversions: number;
  /** Whether the next member rings after 603, 607 or 608. */
  readonly huntOnDecline: boolean;
  /** Calls beyond these are refused with 503. */
  readonly maxCalls: number;
  /** The Retry-After of such a refusal, in seconds. */
  readonly retryAfterSeconds: number;
  /** For which final responses the same member is called over the next trunk, unless its phone has rung. */
  readonly trunkFailures: TrunkFailures;
  /** How long a trunk that failed is put behind the others. */
  readonly trunkRestMs: number;
  /** The session timer for a caller who asks for none (RFC 4028); 0: none. */
  readonly sessionSeconds: number;
  /** The longest that there is, whoever asks for more. */
  readonly longestSessionSeconds: number;
  /** Ask the member's network to keep voicemail out and not to fork (RFC 3841 §9). */
  readonly askForNoVoicemail: boolean;
  /** The header of members' INVITEs with the Call-ID of the caller's leg; empty: none. */
  readonly correlationHeader: string;
  /** Whether an end that sends no Session-ID (RFC 7989) gets one. */
  readonly sessionIds: boolean;
  /** The header of an INVITE by which its caller refuses all other use of this call, in small letters; empty: none. */
  readonly refusalHeader: string;
  /** What callers and members hear of us, where a group wishes for it. */
  readonly voices: VoiceSettings;
  /** Which headers pass from one leg to the other. */
  readonly headers: HeaderLists;
}
