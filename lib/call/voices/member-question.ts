/** What a member is asked, or told, before he is joined, as his attempt sees it: on which leg, and what comes of it. */
import type { HeadersToSend, Reply } from '../../sip-server/sip-server.js';
import type { AttemptInput } from '../attempt-table.js';
import type { Leg } from '../leg.js';
import type { Joined } from './joining.js';
import type { MemberVoice, MemberVoiceUser } from './member-voice.js';

export type MakeMemberVoice = (user: MemberVoiceUser) => MemberVoice | undefined;

export interface MemberQuestionUser {
  /** @param joined where he has accepted */
  onQuestion(input: AttemptInput, joined?: Joined): void;
  /** Nothing of it is left. */
  onVoiceSettled(): void;
}

export class MemberQuestion implements MemberVoiceUser {
  /** Undefined: he is called as without media. */
  readonly voice: MemberVoice | undefined;
  readonly #user: MemberQuestionUser;
  /** Whom it asks. */
  #leg: Leg | undefined;

  constructor(make: MakeMemberVoice, user: MemberQuestionUser) {
    this.#user = user;
    this.voice = make(this);
  }

  get leg(): Leg | undefined {
    return this.#leg;
  }

  /** His answer goes to the media server. */
  ask(leg: Leg, answer: Reply | undefined): void {
    this.#leg = leg;
    this.voice?.answered(leg, answer);
  }

  stop(headers: HeadersToSend): void {
    this.voice?.stop(headers);
  }

  onPrepared(): void {
    this.#user.onQuestion('prepared');
  }

  onAccepted(joined: Joined): void {
    this.#user.onQuestion('accepted', joined);
  }

  onDeclined(): void {
    this.#user.onQuestion('notConfirmed');
  }

  onFailed(): void {
    this.#user.onQuestion('unjoined');
  }

  onVoiceSettled(): void {
    this.#user.onVoiceSettled();
  }
}
