/** What is kept of numbers, read from Redis a page at a time: no command holds a call up. */
import { pairsOf } from '../store/flat.js';
import { MASKED_KEY, RECORDS_KEY } from '../store/keys.js';
import type { LiveCall } from '../store/types.js';

/** A way to Redis: that of the command line, or of the service. */
export interface Asked {
  /** Runs a function of the library on one key. Rejects with StoreError. */
  fcall(name: string, key: string, args: readonly (string | number)[]): Promise<unknown>;
  /** Runs any command. */
  command(name: string, args: readonly (string | number)[]): Promise<unknown>;
  /** Each node that holds groups: one, or the masters of a Cluster. */
  readonly nodes: readonly Pick<Asked, 'command'>[];
  /** Between two pages of a long reading, where the process has calls: it belongs to them for a moment. */
  rest?(): Promise<void>;
}

interface Entry {
  readonly id: string;
  /** Name and value, one after another. */
  readonly fields: readonly string[];
}

/** Some 1 ms of Redis. */
const PAGE = 200;
const LIVE_PAGE = 200;

/** All entries, those that come meanwhile too; each once. */
export async function* entriesOf(redis: Pick<Asked, 'command' | 'rest'>, key: string): AsyncGenerator<Entry> {
  let from = '-';
  for (;;) {
    const page = (await redis.command('XRANGE', [key, from, '+', 'COUNT', PAGE])) as [string, string[]][];
    for (const [id, fields] of page) yield { id, fields };
    const last = page.at(-1)?.[0];
    if (page.length < PAGE || last === undefined) return;
    from = `(${last}`;
    await redis.rest?.();
  }
}

/** All records, those too of which the numbers of callers and members are masked. */
export async function* recordsOf(redis: Pick<Asked, 'command' | 'rest'>): AsyncGenerator<Entry> {
  yield* entriesOf(redis, MASKED_KEY);
  yield* entriesOf(redis, RECORDS_KEY);
}

/** As `hunt_live` shows it. */
export interface LiveView extends Omit<LiveCall, 'id' | 'isOver'> {
  readonly node: string;
}

interface LivePage {
  /** Of the next page; undefined: there is none. */
  readonly next: string | undefined;
  readonly calls: readonly (readonly [call: string, view: LiveView])[];
}

/** The calls that go on, from a cursor on that `hunt_live` gave. A page may be empty, and a call may come twice. */
export async function* livePages(redis: Pick<Asked, 'fcall'>, from = '0', size = LIVE_PAGE): AsyncGenerator<LivePage> {
  for (let cursor = from; ; ) {
    const [next = '0', ...flat] = (await redis.fcall('hunt_live', RECORDS_KEY, [cursor, size])) as string[];
    const calls = pairsOf(flat).map(([call, text]) => [call, JSON.parse(text) as LiveView] as const);
    yield { next: next === '0' ? undefined : next, calls };
    if (next === '0') return;
    cursor = next;
  }
}

/** The calls that go on, by their ids. */
export async function liveCallsOf(redis: Pick<Asked, 'fcall'>): Promise<ReadonlyMap<string, LiveView>> {
  const found = new Map<string, LiveView>();
  for await (const { calls } of livePages(redis)) for (const [call, view] of calls) found.set(call, view);
  return found;
}
