/** The voices of one call: made where its group wishes for any, and the record says what became of them. */
import type { Meter } from '../../base/meter.js';
import type { IncomingRequest, Reply } from '../../sip-server/sip-server.js';
import type { Group, GroupVoices } from '../../store/types.js';
import type { CallContext, CallIds, Trace } from '../call-context.js';
import type { Outcome } from '../outcome.js';
import { Anchor } from './anchor.js';
import { CallerVoice, type CallerVoiceUser } from './caller-voice.js';
import { farewellKindOf, Recordings } from './group-voices.js';
import type { Joined } from './joining.js';
import type { MediaPort } from './media-port.js';
import { MemberVoice, type MemberVoiceUser } from './member-voice.js';
import { unfitOf } from './offer.js';
import { Origin, type Origins, originsOf } from './origin.js';
import type { VoiceContext, WithoutMedia } from './voice-context.js';

/** What the record says: through the media server, directly after it, or why it went on without. */
export type MediaWord = 'through' | 'direct' | WithoutMedia;

export interface CallVoicesOptions {
  readonly context: CallContext;
  readonly ids: CallIds;
  readonly trace: Trace | undefined;
  readonly caller: IncomingRequest;
  /** Whether callers of that trunk are told our description before the answer. */
  readonly earlyMedia: boolean;
}

export class CallVoices {
  /** Null: nothing to say. */
  word: MediaWord | null = null;
  /** Of what each has heard of the media server. */
  origins: Origins | undefined;
  readonly #options: CallVoicesOptions;
  readonly #group: Group;
  readonly #wishes: GroupVoices;
  /** Undefined: without media. */
  readonly #at: VoiceContext | undefined;
  #caller: CallerVoice | undefined;

  constructor(options: CallVoicesOptions, group: Group, wishes: GroupVoices) {
    this.#options = options;
    this.#group = group;
    this.#wishes = wishes;
    const { context, caller } = options;
    const { media } = context;
    if (media === undefined) {
      this.#without('none-configured');
      return;
    }
    const unfit = media.isUp ? unfitOf(caller) : 'none-up';
    if (unfit === undefined) this.#at = this.#contextOf(media);
    else this.#without(unfit);
  }

  /** Phones begin to ring. */
  begin(user: CallerVoiceUser): void {
    const { waiting } = this.#wishes;
    if (waiting !== undefined) this.#callerVoice(user)?.wait(waiting);
  }

  /** Whether there is a farewell for that outcome; `user` is told when it is over. */
  parts(outcome: Outcome, user: CallerVoiceUser): boolean {
    const { farewell } = this.#wishes;
    const kind = farewellKindOf(outcome, this.#group.enabled);
    const voice = farewell === undefined || kind === undefined ? undefined : this.#callerVoice(user);
    if (voice === undefined || farewell === undefined || kind === undefined) return false;
    return voice.part(farewell, kind);
  }

  /** For one member; undefined: he is called as without media. */
  forMember(trace: Trace | undefined, user: MemberVoiceUser): MemberVoice | undefined {
    const { confirm, whisper } = this.#wishes;
    if (this.#at === undefined || !(confirm || whisper || this.#caller?.isOpen)) return undefined;
    return new MemberVoice(this.#at, trace, this.#caller, user);
  }

  /** A member has the call. The caller keeps the one answer that he was given. */
  join(answer: Reply | undefined, joined: Joined | undefined): Anchor | undefined {
    const voice = this.#caller;
    let anchor = joined?.anchor;
    if (anchor === undefined && voice?.sdp !== undefined && answer !== undefined) {
      anchor = new Anchor({ caller: voice.sdp }, voice.endpoint === undefined ? [] : [voice.endpoint], true);
    }
    voice?.end(anchor);
    const { caller, member } = anchor?.told ?? {};
    this.origins = originsOf(Origin.of(caller?.body), joined?.origin ?? Origin.of(member?.body));
    if (joined !== undefined || anchor !== undefined) this.word = anchor?.isBridged === false ? this.word : 'through';
    if (joined !== undefined && anchor === undefined) this.word = 'direct';
    if (anchor !== undefined) {
      anchor.onDirect = () => {
        this.word = 'direct';
      };
    }
    return anchor;
  }

  end(): void {
    this.#caller?.end();
  }

  #callerVoice(user: CallerVoiceUser): CallerVoice | undefined {
    const { earlyMedia, trace } = this.#options;
    if (this.#at === undefined || !earlyMedia) return undefined;
    this.#caller ??= new CallerVoice(this.#at, trace, user);
    return this.#caller;
  }

  #without(why: WithoutMedia): void {
    this.word ??= why;
    countWithout(this.#options.context.meter, why);
  }

  #contextOf(media: MediaPort): VoiceContext {
    const { context, ids, caller } = this.#options;
    const { sip, clock, log, meter, settings } = context;
    const wishes = this.#wishes;
    return {
      sip,
      media,
      clock,
      settings: settings.voices,
      wishes,
      recordings: new Recordings(settings.voices, wishes),
      caller: { headers: caller.headers, body: caller.body },
      missing: (files) => {
        meter.count('media_prompts_missing_total');
        const told = { call: ids.call, sipCallId: ids.callId, code: 'MEDIA_PROMPT_MISSING', files };
        log.error(told, 'a recording is not there, as the media server sees it (media.prompts)');
      },
      without: (why) => {
        log.warn(
          { call: ids.call, sipCallId: ids.callId, code: 'MEDIA_FAILED', why },
          'the call goes on without media',
        );
        this.#without(why);
      },
    };
  }
}

const countWithout = (meter: Meter, why: WithoutMedia): void => meter.count('calls_without_media_total', { why });
