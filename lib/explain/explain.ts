/** A call explained: from its record and, where it was kept, its trace. Pure. */
import type { CallRecord } from '../store/types.js';
import { type KeptTrace, readTrace } from '../trace/kept-trace.js';
import { ENGLISH } from './english.js';
import { type LadderRow, ladderOf, type Party } from './ladder.js';
import type { CallFacts, Lang, Language, TraceState } from './language.js';
import { LATVIAN } from './latvian.js';
import { type Numbers, namesOf } from './names.js';
import { type ExplainedPhone, explainPhone, type PhoneContext } from './phone.js';
import { AT_ONCE_MS, duration, Times } from './times.js';

export const LANGUAGES: Readonly<Record<Lang, Language>> = { en: ENGLISH, lv: LATVIAN };

interface ExplainInput {
  readonly record: CallRecord;
  /** As it was kept; null: there is none. */
  readonly trace: string | null;
  /** Now, and for how many days traces are kept: whether one that is not there has expired. */
  readonly now: number;
  readonly traceDays: number | undefined;
  /** Since when those who were on another call were so, as far as it is known: busy.ts. */
  readonly busySince?: ReadonlyMap<string, number>;
}

interface ExplainOptions {
  readonly lang: Lang;
  /** An IANA name, `Europe/Riga`. */
  readonly timeZone: string;
  /** Default: `short`, `+371…02`. */
  readonly numbers?: Numbers;
  /** Shows a caller who asked not to be shown: for a role that may see that, whose looking is written down. */
  readonly revealsCaller?: boolean;
}

export interface Explanation {
  readonly call: string;
  readonly lang: Lang;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly ended: string;
  readonly caller: string;
  readonly pilot: string;
  readonly status: number;
  /** What became of the call. */
  readonly headline: string;
  /** In the order of the hunt list, those who were not rung included. */
  readonly phones: readonly ExplainedPhone[];
  readonly trace: {
    readonly state: TraceState;
    /** Steps and messages that are there, of how many. */
    readonly shown: number;
    readonly of: number;
    readonly sentence: string;
  };
  /** The columns of the ladder. */
  readonly parties: readonly Party[];
  readonly ladder: readonly LadderRow[];
}

export function explain(input: ExplainInput, options: ExplainOptions): Explanation {
  const { record } = input;
  const { lang, timeZone, numbers = 'short', revealsCaller = false } = options;
  const language = LANGUAGES[lang];
  const times = new Times(timeZone);
  const hidesCaller = record.hidden && !revealsCaller;
  const { caller } = record;
  const names = namesOf(
    [...record.attempts.map(({ member }) => member), record.pilot, caller, ...record.diverted],
    numbers,
  );
  const nameOf = (party: string): string => names.get(party) ?? party;
  const trace = input.trace === null ? undefined : readTrace(input.trace);
  const context: PhoneContext = {
    record,
    trace,
    language,
    times,
    busySince: input.busySince ?? new Map(),
    nameOf,
    hidesCaller,
  };
  const shownCaller = hidesCaller ? language.names.withheld : nameOf(caller) || language.names.unknown;
  const shownPilot = nameOf(record.pilot) || language.names.unknownCalled;
  const ladder = ladderOf(record, trace, language, nameOf);
  return {
    call: record.call,
    lang,
    started: new Date(record.started).toISOString(),
    ended: new Date(record.ended).toISOString(),
    caller: shownCaller,
    pilot: shownPilot,
    status: record.status,
    headline: headlineOf(record, language, {
      caller: shownCaller,
      pilot: shownPilot,
      when: times.whole(record.started),
      by: record.by === null ? '' : nameOf(record.by),
      waited: record.waited < AT_ONCE_MS ? '' : duration(record.waited, lang),
      talked: duration(record.talked, lang),
      status: record.status,
      released: record.released,
      because: endReasonOf(record, language),
      isEstimated: record.endEstimated,
      through: record.diverted.map(nameOf).join(', '),
    }),
    phones: record.attempts.map((attempt) => explainPhone(attempt, context)),
    trace: traceOf(input, trace, language),
    parties: ladder.parties,
    ladder: ladder.rows,
  };
}

/** A word of a version that we do not know is shown as it is. */
function endReasonOf({ endReason }: CallRecord, { endReasons }: Language): string {
  if (endReason === null) return '';
  return (Object.hasOwn(endReasons, endReason) ? endReasons[endReason] : undefined) ?? endReason;
}

function headlineOf(record: CallRecord, language: Language, facts: CallFacts): string {
  const { refused, answered, status, endReason } = record;
  if (refused !== null) {
    const why = Object.hasOwn(language.refused, refused) ? language.refused[refused] : undefined;
    return language.refusal(facts, why ?? language.refusedElse(refused));
  }
  if (answered !== null) return language.answered(facts);
  if (endReason !== null) return language.unanswered(facts);
  // Older records have no such word.
  const hasLeft = record.attempts.some(({ why }) => why === 'caller-left');
  return status === 487 && (hasLeft || record.attempts.every(({ why }) => why !== 'no-answer'))
    ? language.left(facts)
    : language.unanswered(facts);
}

const DAY = 86_400_000;

function traceOf(
  { record, now, traceDays }: ExplainInput,
  trace: KeptTrace | undefined,
  language: Language,
): Explanation['trace'] {
  const shown = trace?.rows.length ?? 0;
  const of = trace?.of ?? 0;
  const isPast = traceDays !== undefined && now - record.ended > traceDays * DAY;
  const state: TraceState = trace !== undefined ? (shown < of ? 'cut' : 'whole') : isPast ? 'expired' : 'none';
  return { state, shown, of, sentence: language.trace(state, shown, of, traceDays) };
}
