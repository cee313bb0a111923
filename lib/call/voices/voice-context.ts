/** What the voices of one call share. */
import type { Clock } from '../../base/clock.js';
import type { CallSip, Message } from '../../sip-server/sip-server.js';
import type { GroupVoices } from '../../store/types.js';
import type { Recordings, VoiceSettings } from './group-voices.js';
import type { MediaFailure, MediaPort } from './media-port.js';
import type { Unfit } from './offer.js';

/** Why a call whose group wished for it went on without media: a word of its record. */
export type WithoutMedia = MediaFailure | Unfit | 'none-configured';

export interface VoiceContext {
  readonly sip: CallSip;
  readonly media: MediaPort;
  readonly clock: Clock;
  readonly settings: VoiceSettings;
  readonly wishes: GroupVoices;
  readonly recordings: Recordings;
  /** The caller's INVITE: its description is his offer. */
  readonly caller: Message;
  /** A recording is not there: one coded line. */
  missing(files: readonly string[]): void;
  /** It goes on without, for that reason: counted, and said in the record. */
  without(why: WithoutMedia): void;
}
