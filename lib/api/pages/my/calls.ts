/** The calls of a number, as its customer sees them: day by day, each with what became of it and of each phone. */
import { explain } from '../../../explain/explain.js';
import type { Lang } from '../../../explain/language.js';
import { isUnreached, plainRecord } from '../../../explain/plain.js';
import { AT_ONCE_MS, duration, Times } from '../../../explain/times.js';
import { RECORDS_KEY } from '../../../store/keys.js';
import { readRecord } from '../../../store/records/fields.js';
import type { CallRecord } from '../../../store/types.js';

export interface ShownCall {
  readonly id: string;
  /** `12:03` and `+02:00`, and for programs the instant. */
  readonly clock: string;
  readonly offset: string;
  readonly instant: string;
  readonly end: 'answered' | 'unanswered' | 'left' | 'refused';
  /** Masked, or a word for who is withheld. */
  readonly caller: string;
  /** How long he waited, and spoke; empty: he did not. */
  readonly waited: string;
  readonly talked: string;
  /** A sentence for each phone that rang, or did not for a reason of its own, in the order of the call. */
  readonly phones: readonly string[];
  /** And for each of those to whom the call did not come. */
  readonly others: readonly string[];
}

interface ShownDay {
  /** `2026-11-25`, where the operator is. */
  readonly day: string;
  readonly name: string;
  readonly calls: readonly ShownCall[];
}

export interface ShownCalls {
  readonly days: readonly ShownDay[];
  /** The id behind which these go on, and that behind which the next ones do; absent: from the newest, and none. */
  readonly before: string | undefined;
  readonly older: string | undefined;
}

interface Entry {
  readonly id: string;
  readonly record: CallRecord;
}

type Fcall = (name: string, key: string, args: readonly (string | number)[]) => Promise<unknown>;

interface CallsView {
  readonly lang: Lang;
  readonly timeZone: string;
  readonly now: number;
  readonly today: string;
  /** When the present holder got the number; null: he always had it. Nothing of before is shown to him. */
  readonly begins: number | null;
}

const PAGE = 10;
const ID = /^\d{1,15}-\d{1,15}$/;

/** The id of a record in the stream; undefined for anything else. */
export const entryId = (text: unknown): string | undefined =>
  typeof text === 'string' && ID.test(text) ? text : undefined;

/** Records that were written again are younger than their calls: a page that has few of the present holder ends as well. */
const LOOKED_AT_MOST = 500;

/** Keyset paging: records that come meanwhile neither double nor hide one. */
export async function callsOf(
  fcall: Fcall,
  pilot: string,
  before: string | undefined,
  view: CallsView,
): Promise<ShownCalls> {
  const { begins } = view;
  const isOwn = (at: number): boolean => begins === null || at >= begins;
  const found: Entry[] = [];
  let [behind, looked, isMore] = [before, 0, true];
  while (isMore && found.length < PAGE && looked < LOOKED_AT_MOST) {
    const wanted = PAGE - found.length;
    const args = ['pilot', pilot, wanted + 1, ...(behind === undefined ? [] : [behind])];
    const entries = (await fcall('hunt_calls', RECORDS_KEY, args)) as [string, string[]][];
    for (const [id, fields] of entries.slice(0, wanted)) {
      behind = id;
      const record = readRecord(fields);
      if (record !== undefined && isOwn(record.started)) found.push({ id, record });
    }
    looked += wanted;
    const next = entries[wanted]?.[0];
    // A record is written behind its call's end.
    isMore = next !== undefined && isOwn(Number.parseInt(next, 10));
  }
  return { days: daysOf(found, view), before, older: isMore ? behind : undefined };
}

function daysOf(entries: readonly Entry[], view: CallsView): ShownDay[] {
  const { lang, timeZone, today } = view;
  const times = new Times(timeZone);
  const words = new Intl.DateTimeFormat(lang, {
    timeZone,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  });
  const [now] = times.whole(view.now).split(' ');
  const days: { day: string; name: string; calls: ShownCall[] }[] = [];
  for (const { id, record } of entries) {
    const [day = '', clock = '', offset = ''] = times.whole(record.started).split(' ');
    if (days.at(-1)?.day !== day) {
      const name = words.format(record.started);
      days.push({ day, name: day === now ? `${today}, ${name}` : capital(name), calls: [] });
    }
    days.at(-1)?.calls.push({ id, clock: clock.slice(0, 5), offset, ...shownCall(record, view) });
  }
  return days;
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

function shownCall(record: CallRecord, view: CallsView): Omit<ShownCall, 'id' | 'clock' | 'offset'> {
  const { lang, timeZone, now } = view;
  const { caller, phones, started } = explain(
    { record: plainRecord(record), trace: null, now, traceDays: undefined },
    { lang, timeZone },
  );
  const told = record.attempts.map((attempt, place) => ({
    sentence: phones[place]?.sentence ?? '',
    isOther: isUnreached(attempt),
  }));
  const some = (isOther: boolean): string[] =>
    told.filter((one) => one.isOther === isOther).map(({ sentence }) => sentence);
  return {
    ...{ instant: started, end: endOf(record), caller, phones: some(false), others: some(true) },
    waited: record.waited < AT_ONCE_MS ? '' : duration(record.waited, lang),
    talked: record.answered === null ? '' : duration(record.talked, lang),
  };
}

function endOf({ refused, answered, status }: CallRecord): ShownCall['end'] {
  if (refused !== null) return 'refused';
  if (answered !== null) return 'answered';
  return status === 487 ? 'left' : 'unanswered';
}
