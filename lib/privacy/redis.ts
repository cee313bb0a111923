/** What is kept of numbers, read from Redis a page at a time: no command holds a call up. */
import { MASKED_KEY, RECORDS_KEY } from '../store/keys.js';

/** A way to Redis: that of the command line, or of the service. */
export interface Asked {
  /** Runs a function of the library on one key. Rejects with StoreError. */
  fcall(name: string, key: string, args: readonly (string | number)[]): Promise<unknown>;
  /** Runs any command. */
  command(name: string, args: readonly (string | number)[]): Promise<unknown>;
  /** Each node that holds groups: one, or the masters of a Cluster. */
  readonly nodes: readonly Pick<Asked, 'command'>[];
}

export interface Entry {
  readonly id: string;
  /** Name and value, one after another. */
  readonly fields: readonly string[];
}

/** Some 1 ms of Redis. */
const PAGE = 200;
const LIVE_PAGE = 200;

/** All entries, those that come meanwhile too; each once. */
export async function* entriesOf(redis: Pick<Asked, 'command'>, key: string): AsyncGenerator<Entry> {
  let from = '-';
  for (;;) {
    const page = (await redis.command('XRANGE', [key, from, '+', 'COUNT', PAGE])) as [string, string[]][];
    for (const [id, fields] of page) yield { id, fields };
    const last = page.at(-1)?.[0];
    if (page.length < PAGE || last === undefined) return;
    from = `(${last}`;
  }
}

/** All records, those too of which the numbers of callers and members are masked. */
export async function* recordsOf(redis: Pick<Asked, 'command'>): AsyncGenerator<Entry> {
  yield* entriesOf(redis, MASKED_KEY);
  yield* entriesOf(redis, RECORDS_KEY);
}

/** As `hunt_live` shows it. */
export interface LiveView {
  readonly node: string;
  readonly pilot: string;
  readonly caller: string;
  readonly hidden: boolean;
  readonly started: number;
  readonly answered: number | null;
  readonly member: string | null;
}

/** The calls that go on, by their ids. */
export async function liveCallsOf(redis: Asked): Promise<ReadonlyMap<string, LiveView>> {
  const found = new Map<string, LiveView>();
  let cursor = '0';
  do {
    const [next = '0', ...flat] = (await redis.fcall('hunt_live', RECORDS_KEY, [cursor, LIVE_PAGE])) as string[];
    for (let i = 0; i + 1 < flat.length; i += 2) found.set(flat[i] ?? '', JSON.parse(flat[i + 1] ?? '') as LiveView);
    cursor = next;
  } while (cursor !== '0');
  return found;
}

export const namedOf = (fields: readonly string[]): ReadonlyMap<string, string> =>
  new Map(fields.flatMap((name, i) => (i % 2 === 0 ? [[name, fields[i + 1] ?? ''] as const] : [])));
