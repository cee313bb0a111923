/** What an attempt needs of its hunt, and what a hunt sees of it. */
import type { Headers, InviteToSend, Reply } from '../sip-server/sip-server.js';
import type { AttemptNotes } from './attempt-notes.js';
import type { CallContext, CallIds, Trace } from './call-context.js';
import type { PreviousMember } from './history.js';
import type { Leg } from './leg.js';
import type { CancelReason, ResultRecord } from './results.js';
import type { Candidate } from './trunks/trunks.js';
import type { Joined } from './voices/joining.js';
import type { MakeMemberVoice } from './voices/member-question.js';

export interface MemberAttempt {
  readonly member: string;
  readonly position: number;
  readonly notes: AttemptNotes;
  /** No leg can bring anything any more. */
  readonly isSettled: boolean;
  /** What the next member's History-Info says of this one. */
  readonly asPrevious: PreviousMember | undefined;
  start(): void;
  /** Nobody waits for this member any more. `callers`: the headers of the caller's CANCEL. */
  stop(cancelReason: CancelReason, callers?: Headers): void;
  /** Makes a late answer the answer, and hands it over. */
  take(leg: Leg): Reply | undefined;
  /** The member did answer, but the caller was gone. */
  lose(): void;
  /** The member's call is over. */
  end(): void;
  /** A fault has ended the call. `isUp`: the caller has the answer. */
  breakOff(isUp: boolean): void;
  /** @param utc what our clock lacks of the time of day */
  record(utc: number): ResultRecord;
}

export interface AttemptUser {
  /**
   * Builds the INVITE that goes to the member over this trunk; undefined: the caller waits no more.
   * @param least the Min-SE that the member asked for (RFC 4028 §7.3)
   */
  inviteFor(attempt: MemberAttempt, candidate: Candidate, least: number | undefined): InviteToSend | undefined;
  /** Whether that answer can be given to the caller. */
  isDeliverable(leg: Leg, answer: Reply): boolean;
  onRinging(): void;
  /** The member has answered on this leg, with this 2xx. @param joined he was asked, or told something, before */
  onAnswered(attempt: MemberAttempt, leg: Leg, answer: Reply | undefined, joined?: Joined): void;
  /** The attempt is over, and the member has not answered. */
  onOver(attempt: MemberAttempt): void;
  /** An answer has come after the member was left: take it through {@link MemberAttempt.take}, or release the leg. */
  onLateAnswer(attempt: MemberAttempt, leg: Leg): void;
  /** A leg that was still watched is gone. */
  onSettled(): void;
}

export interface AttemptOptions {
  readonly context: CallContext;
  readonly trace: Trace | undefined;
  readonly ids: CallIds;
  readonly member: string;
  /** Its place in the hunt list, from 1. */
  readonly position: number;
  readonly ringMs: number;
  readonly user: AttemptUser;
  /** Where he shall be asked, or told something, before he is joined: makes what does that. */
  readonly voiceFor?: MakeMemberVoice | undefined;
}
