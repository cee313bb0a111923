/** Calls that are over, found by who had a part in them. */
import { MASKED_KEY, RECORDS_KEY } from '../store/keys.js';
import { type CallView, readCall } from './call-view.js';
import { type Entry, entriesOf, pagesOf, writtenAt } from './entries.js';
import type { Asked } from './redis.js';

export interface Filter {
  readonly pilot?: string | undefined;
  readonly member?: string | undefined;
  readonly caller?: string | undefined;
  /** Of the start, inclusive; milliseconds since 1970. */
  readonly since?: number | undefined;
  /** Exclusive. */
  readonly until?: number | undefined;
  /** The id of an entry: only older ones. */
  readonly before?: string | undefined;
}

/** What Redis takes at once without being held up. */
const PAGE = 100;

/** The newest first: by the index of one number, or the streams themselves, that of the masked ones behind that of the others. */
async function* entries(redis: Asked, filter: Filter): AsyncGenerator<Entry> {
  const { before } = filter;
  const rest = redis.rest?.bind(redis);
  // Whoever is called the least has the shortest index; the others are looked at in what that gives.
  const role = (['member', 'caller', 'pilot'] as const).find((one) => filter[one] !== undefined);
  if (role !== undefined) {
    yield* pagesOf(async (behind = before) => {
      const args = [role, filter[role] ?? '', PAGE, ...(behind === undefined ? [] : [behind])];
      return entriesOf(await redis.fcall('hunt_calls', RECORDS_KEY, args));
    }, rest);
    return;
  }
  for (const key of [RECORDS_KEY, MASKED_KEY])
    yield* pagesOf(async (behind = before) => {
      const from = behind === undefined ? '+' : `(${behind}`;
      return entriesOf(await redis.command('XREVRANGE', [key, from, '-', 'COUNT', PAGE]));
    }, rest);
}

/** The clock of a node may be ahead of Redis's, and what was written that much earlier may have started later. */
const CLOCKS_DIFFER_MS = 3_600_000;

/** A caller who is not to be shown is not found by his number either: that would say who he is. */
const matches = ({ record }: CallView, filter: Filter): boolean =>
  (filter.pilot === undefined || record.pilot === filter.pilot) &&
  (filter.caller === undefined || (record.caller === filter.caller && !record.hidden)) &&
  (filter.since === undefined || record.started >= filter.since) &&
  (filter.until === undefined || record.started < filter.until);

/** Every entry that was looked at, so that whoever reads a part of them knows where he is; `call` is there where it matches. */
interface Looked {
  readonly id: string;
  readonly call: CallView | undefined;
}

async function* lookThrough(redis: Asked, filter: Filter): AsyncGenerator<Looked> {
  const { since = Number.NEGATIVE_INFINITY } = filter;
  for await (const entry of entries(redis, filter)) {
    // A record is written behind its call's start, so all that is older began earlier.
    if (writtenAt(entry.id) < since - CLOCKS_DIFFER_MS) return;
    const call = readCall(entry);
    yield { id: entry.id, call: call !== undefined && matches(call, filter) ? call : undefined };
  }
}

export async function* callsOf(redis: Asked, filter: Filter): AsyncGenerator<CallView> {
  for await (const { call } of lookThrough(redis, filter)) if (call !== undefined) yield call;
}

/** A page without many matches ends when so many entries were looked at, so that no request holds Redis up. */
const LOOKED_AT_MOST = 5000;

interface CallPage {
  readonly calls: readonly CallView[];
  /** The id behind which the next page begins; null: this was the last one. */
  readonly next: string | null;
}

export async function pageOfCalls(redis: Asked, filter: Filter, limit: number): Promise<CallPage> {
  const calls: CallView[] = [];
  let looked = 0;
  for await (const { id, call } of lookThrough(redis, filter)) {
    if (call !== undefined) calls.push(call);
    looked += 1;
    if (calls.length >= limit || looked >= LOOKED_AT_MOST) return { calls, next: id };
  }
  return { calls, next: null };
}

/** The newest call with this id, or with a leg of this SIP Call-ID: that is its peer's choice, and may have come before. */
export async function findCall(redis: Asked, id: string): Promise<CallView | undefined> {
  for (const entry of entriesOf(await redis.fcall('hunt_calls', RECORDS_KEY, ['call', id]))) {
    const call = readCall(entry);
    if (call !== undefined) return call;
  }
  return undefined;
}
