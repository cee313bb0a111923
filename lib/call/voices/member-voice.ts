/** What one member hears of us: he is invited to the media server, and once he answers asked to press 1, or told which group it is. */
import type { Timer } from '../../base/clock.js';
import { type Machine, MachineKind } from '../../base/machine.js';
import type { Content, HeadersToSend, InviteToSend, Message, Reply } from '../../sip-server/sip-server.js';
import type { Trace } from '../call-context.js';
import { redescribed } from '../descriptions.js';
import type { Leg } from '../leg.js';
import { releaseHeaders } from '../reasons.js';
import { type Anchor, described } from './anchor.js';
import type { CallerVoice } from './caller-voice.js';
import { type Joined, Joining } from './joining.js';
import { type Endpoint, type EndpointUser, isEndpoint, type MediaFailure, type Played } from './media-port.js';
import { MemberDialog, type MemberDialogUser } from './member-dialog.js';
import {
  MEMBER_VOICE_TABLE,
  type MemberVoiceAction,
  type MemberVoiceInput,
  type MemberVoiceState,
} from './member-voice-table.js';
import { Origin } from './origin.js';
import type { VoiceContext } from './voice-context.js';

export interface MemberVoiceUser {
  /** He may be invited: to the media server, or, where there is none, as without. */
  onPrepared(): void;
  onAccepted(joined: Joined): void;
  onDeclined(): void;
  /** He accepted, and could not be joined. */
  onFailed(): void;
  /** Nothing of it is left. */
  onVoiceSettled(): void;
}

const KEY = '1';

export class MemberVoice implements EndpointUser, MemberDialogUser {
  static readonly #PERFORM: Readonly<Record<MemberVoiceAction, (voice: MemberVoice, event: unknown) => void>> = {
    create: (voice) => voice.#create(),
    prepared: (voice) => voice.#user.onPrepared(),
    unprepared: (voice, why) => {
      voice.#context.without(why as MediaFailure);
      voice.#user.onPrepared();
    },
    fit: (voice) => voice.#fit(),
    ask: (voice) => voice.#ask(),
    askAgain: (voice) => voice.#play('question'),
    askLater: (voice) => {
      const { clock, settings } = voice.#context;
      voice.#pause = clock.after(settings.repeatMs, () => voice.#machine.send('again'));
    },
    tell: (voice) => voice.#play('name'),
    join: (voice) => voice.#join(),
    accept: (voice, joined) => {
      voice.#dialog?.detach();
      voice.#endpoint = undefined;
      voice.#anchor = (joined as Joined).anchor;
      voice.#user.onAccepted(joined as Joined);
    },
    decline: (voice) => voice.#decline(),
    declineMissing: (voice) => {
      voice.#context.missing(voice.#context.recordings.question(false));
      voice.#decline();
    },
    declineFailed: (voice) => {
      voice.#context.without('gone');
      voice.#decline();
    },
    declineLeft: (voice) => {
      voice.#drop();
      voice.#user.onDeclined();
      voice.#user.onVoiceSettled();
    },
    fail: (voice) => {
      voice.#leave(releaseHeaders('failed'));
      voice.#user.onFailed();
    },
    leave: (voice, headers) => voice.#leave(headers as HeadersToSend),
    forget: (voice) => voice.#user.onVoiceSettled(),
    drop: (voice) => voice.#drop(),
  };
  static readonly #MACHINE = new MachineKind(MEMBER_VOICE_TABLE, MemberVoice.#PERFORM);
  readonly #context: VoiceContext;
  readonly #caller: CallerVoice | undefined;
  readonly #user: MemberVoiceUser;
  readonly #machine: Machine<MemberVoiceState, MemberVoiceInput, MemberVoiceAction>;
  #endpoint: Endpoint | undefined;
  /** Where the endpoint lives on, joined with the caller's. */
  #anchor: Anchor | undefined;
  #dialog: MemberDialog | undefined;
  /** What he was invited with; he talks there, whether anybody is there or not. */
  #offered: string | undefined;
  #origin: Origin | undefined;
  #answer: Reply | undefined;
  #joining: Joining | undefined;
  #limit: Timer | undefined;
  #pause: Timer | undefined;
  #playing = 0;
  /** The group's own recording of its name is there, as far as is known. */
  #hasOwnName = true;

  constructor(context: VoiceContext, trace: Trace | undefined, caller: CallerVoice | undefined, user: MemberVoiceUser) {
    this.#context = context;
    this.#caller = caller;
    this.#user = user;
    this.#machine = MemberVoice.#MACHINE.of(this, 'idle', trace?.of('question'));
  }

  /** He is invited to the media server. */
  get isReady(): boolean {
    return this.#machine.state === 'ready' && this.#offered !== undefined;
  }

  get hasOffered(): boolean {
    return this.#offered !== undefined;
  }

  /** No dialog of it is left. */
  get isSettled(): boolean {
    const { state } = this.#machine;
    return state === 'over' || state === 'idle' || state === 'ready';
  }

  get endpoint(): Endpoint | undefined {
    return this.#endpoint;
  }

  prepare(): void {
    this.#machine.send('prepare');
  }

  /** The INVITE with our offer instead of the caller's. */
  offer(invite: InviteToSend): InviteToSend {
    this.#offered ??= this.#endpoint?.sdp;
    if (this.#offered === undefined) return invite;
    this.#origin ??= Origin.of(this.#offered);
    const description = described(this.#offered);
    return { ...invite, headers: redescribed(invite.headers ?? {}, description), body: this.#offered };
  }

  answered(leg: Leg, answer: Reply | undefined): void {
    this.#answer = answer;
    leg.acknowledge();
    this.#dialog = new MemberDialog(leg.dialog, this.#context.sip, this);
    this.#machine.send('answered');
  }

  /** The caller waits no more. */
  stop(headers: HeadersToSend): void {
    this.#machine.send('stop', headers);
  }

  /** He did not answer. */
  end(): void {
    this.#machine.send('end');
  }

  onDigit(digit: string): void {
    this.#machine.send(digit === KEY ? 'one' : 'otherKey');
  }

  onKey(key: string): void {
    this.onDigit(key);
  }

  onGone(): void {
    this.#anchor?.lose();
    this.#endpoint = undefined;
    const { wishes, settings } = this.#context;
    const accepts = wishes.confirm !== true || settings.onFailure === 'accept';
    this.#machine.send(accepts && this.#answer !== undefined ? 'goneAccepts' : 'gone');
  }

  telling(sdp: string): Content {
    return this.#origin?.continue(described(sdp)) ?? described(sdp);
  }

  onLeft(): void {
    this.#dialog = undefined;
    this.#machine.send('memberLeaves');
  }

  onDescribed({ body }: Message): void {
    if (this.#answer === undefined) return;
    // Field by field: a reply reads its headers when they are asked for.
    const { status, reason, headers } = this.#answer;
    this.#answer = { status, reason, headers, body };
  }

  #create(): void {
    const caller = this.#caller;
    if (caller === undefined) this.#createNear(undefined);
    else caller.whenKnown(() => this.#createNear(caller.endpoint));
  }

  /** Both are bridged later: in one media server. */
  #createNear(callers: Endpoint | undefined): void {
    if (this.#machine.state !== 'preparing') return;
    this.#context.media.create(undefined, callers, this, (made) => {
      if (this.#machine.state === 'over') {
        if (isEndpoint(made)) made.destroy();
      } else if (isEndpoint(made)) {
        this.#endpoint = made;
        this.#machine.send('made');
      } else this.#machine.send('unmade', made);
    });
  }

  #fit(): void {
    const { wishes } = this.#context;
    const sdp = this.#answer?.body ?? '';
    if (this.#endpoint === undefined || sdp === '') {
      this.onGone();
      return;
    }
    this.#endpoint.modify(sdp, (failure) => {
      if (failure !== undefined) this.onGone();
      else this.#machine.send(wishes.confirm ? 'fitToAsk' : wishes.whisper ? 'fitToTell' : 'fitToJoin');
    });
  }

  #ask(): void {
    const { clock, settings } = this.#context;
    this.#limit = clock.after(settings.confirmMs, () => this.#machine.send('late'));
    this.#play('question');
  }

  #play(what: 'question' | 'name'): void {
    const { recordings, settings, wishes } = this.#context;
    const files = recordings[what](this.#hasOwnName);
    const playing = ++this.#playing;
    this.#endpoint?.play(files, settings.announcementMs, (played: Played) => {
      if (playing !== this.#playing) return;
      if (played === 'missing' && this.#hasOwnName && wishes.spoken !== undefined) {
        this.#context.missing(files);
        this.#hasOwnName = false;
        this.#play(what);
      } else if (played === 'failed') this.onGone();
      else this.#machine.send(played);
    });
  }

  #join(): void {
    this.#stopTimers();
    const dialog = this.#dialog;
    const answer = this.#answer;
    if (dialog === undefined || answer === undefined) {
      this.#machine.send('unjoined');
      return;
    }
    this.#endpoint?.silence();
    this.#joining = new Joining({
      context: this.#context,
      caller: this.#caller,
      dialog: dialog.id,
      endpoint: this.#endpoint,
      offered: this.#offered,
      origin: this.#origin,
      answer,
      done: (joined) => this.#machine.send(joined === undefined ? 'unjoined' : 'joined', joined),
    });
  }

  #decline(): void {
    this.#leave(releaseHeaders('not-confirmed'));
    this.#user.onDeclined();
  }

  #leave(headers: HeadersToSend): void {
    this.#drop();
    this.#dialog?.leave(headers, () => this.#machine.send('left'));
  }

  #drop(): void {
    this.#stopTimers();
    this.#playing++;
    this.#joining?.stop();
    this.#endpoint?.destroy();
    this.#endpoint = undefined;
  }

  #stopTimers(): void {
    this.#limit?.cancel();
    this.#pause?.cancel();
  }
}
