/**
 * What the caller hears of us before the answer: one endpoint for his offer, whose description is the one answer that he gets, from the
 * first 183 to the 200 (RFC 3261 §13.2.1). On it the waiting sound, and the farewell before a final response (nothing is charged).
 */
import type { Timer } from '../../base/clock.js';
import { type Machine, MachineKind, type Table } from '../../base/machine.js';
import type { Trace } from '../call-context.js';
import type { Anchor } from './anchor.js';
import type { FarewellKind } from './group-voices.js';
import { type Endpoint, type EndpointUser, isEndpoint, type MediaFailure, type Played } from './media-port.js';
import type { VoiceContext } from './voice-context.js';

export type CallerVoiceState = 'silent' | 'opening' | 'waiting' | 'quiet' | 'openingFarewell' | 'farewell' | 'over';
export type CallerVoiceInput = 'wait' | 'part' | 'made' | 'unmade' | 'played' | 'missing' | 'enough' | 'gone' | 'end';
export type CallerVoiceAction =
  | 'open'
  | 'tellAndPlay'
  | 'play'
  | 'playTone'
  | 'silence'
  | 'sayFarewell'
  | 'tellAndSayFarewell'
  | 'note'
  | 'lose'
  | 'parted'
  | 'close';

const ENDS = { end: ['over', 'close'] } as const;

export const CALLER_VOICE_TABLE: Table<CallerVoiceState, CallerVoiceInput, CallerVoiceAction> = {
  silent: { ...ENDS, wait: ['opening', 'open'], part: ['openingFarewell', 'open'] },
  opening: {
    ...ENDS,
    made: ['waiting', 'tellAndPlay'],
    unmade: ['silent', 'note'],
    // All members were out of reach at once.
    part: ['openingFarewell'],
  },
  waiting: {
    ...ENDS,
    played: ['waiting', 'play'],
    missing: ['waiting', 'playTone'],
    enough: ['quiet', 'silence'],
    part: ['farewell', 'sayFarewell'],
    gone: ['silent', 'lose'], // phones ring on; he gets a 180, and whatever his network plays to it
  },
  quiet: { ...ENDS, part: ['farewell', 'sayFarewell'], gone: ['silent', 'lose'] },
  openingFarewell: { ...ENDS, made: ['farewell', 'tellAndSayFarewell'], unmade: ['over', 'parted'] },
  farewell: {
    ...ENDS,
    played: ['over', 'parted'],
    missing: ['over', 'parted'],
    gone: ['over', 'parted'],
  },
  over: {},
};

export interface CallerVoiceUser {
  /** He is to be told the description: 183. Without one there is none any more: 180. */
  onSound(sdp: string | undefined): void;
  /** The farewell is over, or there is none. */
  onParted(): void;
}

export class CallerVoice implements EndpointUser {
  static readonly #PERFORM: Readonly<Record<CallerVoiceAction, (voice: CallerVoice) => void>> = {
    open: (voice) => voice.#open(),
    tellAndPlay: (voice) => {
      voice.#tell();
      voice.#play(voice.#waitingFiles);
    },
    play: (voice) => voice.#play(voice.#waitingFiles),
    playTone: (voice) => {
      voice.#context.missing(voice.#waitingFiles);
      voice.#waitingFiles = voice.#context.recordings.tone;
      voice.#play(voice.#waitingFiles);
    },
    silence: (voice) => voice.#endpoint?.silence(),
    sayFarewell: (voice) => {
      voice.#endpoint?.silence();
      voice.#sayFarewell();
    },
    tellAndSayFarewell: (voice) => {
      voice.#tell();
      voice.#sayFarewell();
    },
    note: (voice) => voice.#note(),
    lose: (voice) => {
      voice.#endpoint = undefined;
      voice.#user.onSound(undefined);
    },
    parted: (voice) => {
      voice.#note();
      voice.#close();
      voice.#user.onParted();
    },
    close: (voice) => voice.#close(),
  };
  static readonly #MACHINE = new MachineKind(CALLER_VOICE_TABLE, CallerVoice.#PERFORM);
  readonly #context: VoiceContext;
  readonly #user: CallerVoiceUser;
  readonly #machine: Machine<CallerVoiceState, CallerVoiceInput, CallerVoiceAction>;
  #endpoint: Endpoint | undefined;
  #anchor: Anchor | undefined;
  #failure: MediaFailure | undefined;
  #waitingFiles: readonly string[] = [];
  #farewellFiles: readonly string[] = [];
  /** Grows with each play: the end of one that was cut off is nobody's. */
  #playing = 0;
  #limit: Timer | undefined;
  readonly #toTell: (() => void)[] = [];
  /** What he was told; it stays his answer. */
  sdp: string | undefined;

  constructor(context: VoiceContext, trace: Trace | undefined, user: CallerVoiceUser) {
    this.#context = context;
    this.#user = user;
    this.#machine = CallerVoice.#MACHINE.of(this, 'silent', trace?.of('sound'));
  }

  /** Where he is, as long as the media server is. */
  get endpoint(): Endpoint | undefined {
    return this.#endpoint;
  }

  /** He hears us, or soon will. */
  get isOpen(): boolean {
    return this.#endpoint !== undefined || this.#machine.state === 'opening';
  }

  /** Calls back when it is known whether he has one. */
  whenKnown(done: () => void): void {
    if (this.#machine.state === 'opening') this.#toTell.push(done);
    else done();
  }

  wait(name: string): void {
    const { recordings, clock, settings } = this.#context;
    this.#waitingFiles = recordings.waiting(name);
    this.#limit = clock.after(settings.waitingMs, () => this.#machine.send('enough'));
    this.#machine.send('wait');
  }

  /** False: nothing can be said any more. */
  part(name: string, kind: FarewellKind): boolean {
    if (this.#machine.state === 'over') return false;
    this.#farewellFiles = this.#context.recordings.farewell(name, kind);
    this.#machine.send('part');
    return true;
  }

  /** The call is answered, or over. @param anchor the endpoint lives on there, joined with a member's */
  end(anchor?: Anchor): void {
    if (anchor !== undefined) this.#endpoint = undefined;
    this.#anchor = anchor;
    this.#machine.send('end');
  }

  onDigit(): void {}

  onGone(): void {
    this.#anchor?.lose();
    this.#machine.send('gone');
  }

  #open(): void {
    this.#context.media.create(this.#context.caller.body, undefined, this, (made) => {
      if (this.#machine.state === 'over') {
        if (isEndpoint(made)) made.destroy();
      } else if (isEndpoint(made)) {
        this.#endpoint = made;
        this.#machine.send('made');
      } else {
        this.#failure = made;
        this.#machine.send('unmade');
      }
      for (const tell of this.#toTell.splice(0)) tell();
    });
  }

  #tell(): void {
    this.sdp = this.#endpoint?.sdp;
    this.#user.onSound(this.sdp);
  }

  #play(files: readonly string[]): void {
    this.#playFor(files, this.#context.settings.waitingMs);
  }

  #sayFarewell(): void {
    this.#playFor(this.#farewellFiles, this.#context.settings.announcementMs);
  }

  #playFor(files: readonly string[], limitMs: number): void {
    const playing = ++this.#playing;
    this.#endpoint?.play(files, limitMs, (played: Played) => {
      if (playing !== this.#playing) return;
      if (played === 'missing' && files === this.#farewellFiles) this.#context.missing(files);
      if (played === 'failed') this.#machine.send('gone');
      else this.#machine.send(played);
    });
  }

  /** A failure is told once. */
  #note(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) this.#context.without(failure);
  }

  #close(): void {
    this.#limit?.cancel();
    this.#endpoint?.destroy();
    this.#endpoint = undefined;
  }
}
