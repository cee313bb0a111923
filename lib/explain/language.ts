/** What an explanation needs to be said in a language. Each language is one object; nothing else in this folder knows any. */

export type Lang = 'en' | 'lv';

/** How the call ended for those who were not rung. */
export type CallEnd = 'answered' | 'caller-left' | 'expired' | 'declined' | 'other';

/** What is known of one phone, with all numbers and times as they are shown. */
export interface PhoneFacts {
  readonly who: string;
  /** It is reached over a trunk; else directly. */
  readonly overTrunk: boolean;
  readonly wasCalled: boolean;
  /** How long it rang; empty: it did not. */
  readonly rang: string;
  /** From its INVITE to the end of the attempt; empty: it was not called, or it took no time. */
  readonly tried: string;
  /** From the answer to the end of the call. */
  readonly talked: string;
  /** Its final response: status and phrase; empty: none. */
  readonly said: string;
  /** The Reason and Warning of that; empty: none. */
  readonly because: string;
  /** The provisional responses that came, as the trace has them: `100, 180`. */
  readonly heard: string;
  /** What failed on our side, as the record says it. */
  readonly local: string;
  /** The header that looked like forwarding. */
  readonly hint: string;
  /** Since when it is on another call; empty: not known. */
  readonly since: string;
  /** It is the pilot itself, or the caller. */
  readonly isPilot: boolean;
  /** Who answered, or declined and so ended it; empty: nobody. */
  readonly other: string;
  readonly end: CallEnd;
}

export interface CallFacts {
  readonly caller: string;
  readonly pilot: string;
  readonly when: string;
  readonly by: string;
  readonly waited: string;
  readonly talked: string;
  readonly status: number;
  readonly released: 'caller' | 'callee' | 'system' | null;
  readonly through: string;
  /** Why the service ended it; empty: it did not. */
  readonly because: string;
  /** When it ended is when that was noticed. */
  readonly isEstimated: boolean;
}

/** Whether there is a trace: whole, with its middle left out, past its life, or never kept. */
export type TraceState = 'whole' | 'cut' | 'expired' | 'none';

export interface NextFacts {
  readonly pilot: string;
  readonly who: string;
  readonly position: number;
  readonly since: string;
  readonly until: string;
  readonly reason: string;
}

export interface Language {
  readonly lang: Lang;
  readonly names: {
    readonly caller: string;
    readonly service: string;
    readonly withheld: string;
    readonly unknown: string;
    /** As the object of a call. */
    readonly unknownCalled: string;
    readonly title: string;
    readonly phones: string;
    readonly ladder: string;
    readonly body: string;
  };
  /** By the record's word for what became of the phone. */
  readonly phone: Readonly<Record<string, (facts: PhoneFacts) => string>>;
  /** A word of a version that we do not know. */
  phoneElse(facts: PhoneFacts, why: string): string;
  readonly hidden: (who: string) => string;
  /** By the record's word for why it never became a call. */
  readonly refused: Readonly<Record<string, string>>;
  refusedElse(word: string): string;
  /** By the record's word for why the service ended it by itself. */
  readonly endReasons: Readonly<Record<string, string>>;
  answered(facts: CallFacts): string;
  unanswered(facts: CallFacts): string;
  left(facts: CallFacts): string;
  refusal(facts: CallFacts, why: string): string;
  /** In the ladder, where something is left out. */
  gap(left: number): string;
  trace(state: TraceState, shown: number, of: number, days: number | undefined): string;
  /** `machine.input` → what it means. Null: it says no more than the messages beside it. */
  readonly steps: Readonly<Record<string, string | null>>;
  /** What failed on our side of the wire, by the record's words. */
  local(words: string): string;
  readonly next: Readonly<
    Record<
      'rings' | 'away' | 'onACall' | 'ownNumber' | 'disabled' | 'nobody' | 'order' | 'noneFree',
      (facts: NextFacts) => string
    >
  >;
}
