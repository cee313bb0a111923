/** What a group wishes to be said and heard, and where the recordings are. Pure. */
import type { GroupVoices } from '../../store/types.js';
import type { Outcome } from '../outcome.js';

/** Times in milliseconds. */
export interface VoiceSettings {
  /** The folder of recordings, as the media server sees it. */
  readonly prompts: string;
  /** Of groups that have none of their own. */
  readonly language: string;
  /** Whether a member counts as having pressed 1 where the media server fails while he is asked. */
  readonly onFailure: 'accept' | 'decline';
  readonly confirmMs: number;
  readonly repeatMs: number;
  readonly announcementMs: number;
  readonly waitingMs: number;
}

/** So that the first word is not cut off: the far end may still be opening its ears. */
const LEAD_IN = 'silence_stream://300';
/** Ringback as in most of Europe. */
const RINGBACK = 'tone_stream://%(1000,4000,425)';
const RINGBACK_MS = 5000;
/** A waiting sound that is no file. */
const TONE_NAME = 'tone';

export type FarewellKind = 'nobody-answered' | 'all-busy' | 'closed';

export class Recordings {
  readonly #settings: VoiceSettings;
  readonly #wishes: GroupVoices;

  constructor(settings: VoiceSettings, wishes: GroupVoices) {
    this.#settings = settings;
    this.#wishes = wishes;
  }

  /** The group's name, by its own recording where it has one. */
  name(own: boolean): readonly string[] {
    const { spoken } = this.#wishes;
    return [LEAD_IN, this.#file(own && spoken !== undefined ? spoken : 'group-call')];
  }

  /** As {@link name}, and which key to press. */
  question(own: boolean): readonly string[] {
    return [...this.name(own), this.#file('press-1')];
  }

  waiting(name: string): readonly string[] {
    return name === TONE_NAME ? this.tone : [this.#file(name)];
  }

  /** As long as callers may wait, and not for ever: a process that is killed leaves nothing that plays on without end. */
  get tone(): readonly string[] {
    return [`${RINGBACK};loops=${Math.ceil(this.#settings.waitingMs / RINGBACK_MS)}`];
  }

  farewell(name: string, kind: FarewellKind): readonly string[] {
    return [LEAD_IN, this.#file(`${name}-${kind}`)];
  }

  #file(name: string): string {
    const { prompts, language } = this.#settings;
    return `${prompts}/${this.#wishes.language ?? language}/${name}.wav`;
  }
}

/** What the final response means to a caller who is told so in words; undefined: nothing that a recording says. */
export function farewellKindOf({ status }: Pick<Outcome, 'status'>, isEnabled: boolean): FarewellKind | undefined {
  if (!isEnabled) return 'closed';
  if (status === 486) return 'all-busy';
  return status === 480 ? 'nobody-answered' : undefined;
}
