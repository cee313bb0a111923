/** Whether records and what finds them agree, both ways. */
import { pairsOf } from '../../lib/store/flat.js';
import { MASKED_KEY, RECORDS_KEY } from '../../lib/store/keys.js';

export interface Asked {
  fcall(name: string, key: string, args?: readonly (string | number)[]): Promise<unknown>;
  command(name: string, args: readonly (string | number)[]): Promise<unknown>;
  /** Those that hold the stream and its index among other keys. */
  readonly nodes: readonly Pick<Asked, 'command'>[];
}

export interface Orphan {
  /** The key that has no such record, or lacks it. */
  readonly key: string;
  readonly id: string;
  readonly what: 'record without index' | 'index without record';
}

const SCANNED = 500;
const PAGE = 100;
const INDEXES = `{${RECORDS_KEY}}:*`;
const OF_NUMBER = /^\{records\}:(?:pilot|caller|member):|^\{records\}:rewritten$/;

/** A page at a time, so that no call is held up. What is written or removed meanwhile may be told as an orphan: look again. */
export async function* orphansOf(redis: Asked): AsyncGenerator<Orphan> {
  yield* unindexed(redis, 'full');
  yield* unindexed(redis, 'masked');
  for (const node of redis.nodes) {
    for await (const keys of scanned(node, 'SCAN', [], ['MATCH', INDEXES])) {
      for (const key of keys) if (OF_NUMBER.test(key)) yield* withoutRecord(redis, key, 'ZSCAN');
    }
  }
  yield* withoutRecord(redis, `{${RECORDS_KEY}}:ids`, 'HSCAN');
}

async function* unindexed(redis: Asked, which: 'full' | 'masked'): AsyncGenerator<Orphan> {
  for (let from = '-'; from !== ''; ) {
    const [next = '', ...flat] = (await redis.fcall('record_check', RECORDS_KEY, [from, PAGE, which])) as string[];
    for (const [key, id] of pairsOf(flat)) yield { key, id, what: 'record without index' };
    from = next;
  }
}

async function* withoutRecord(redis: Asked, key: string, command: 'ZSCAN' | 'HSCAN'): AsyncGenerator<Orphan> {
  for await (const flat of scanned(redis, command, [key], [])) {
    // Of a sorted set the members are ids; of the hash the values are, several after a space.
    const ids = flat.flatMap((one, i) => (i % 2 === (command === 'ZSCAN' ? 0 : 1) ? one.split(' ') : []));
    const found = await Promise.all(ids.map((id) => isThere(redis, id)));
    for (const [i, isFound] of found.entries())
      if (!isFound) yield { key, id: ids[i] ?? '', what: 'index without record' };
  }
}

async function isThere(redis: Asked, id: string): Promise<boolean> {
  const entries = await Promise.all([RECORDS_KEY, MASKED_KEY].map((key) => redis.command('XRANGE', [key, id, id])));
  return entries.some((some) => (some as unknown[]).length > 0);
}

type Words = readonly (string | number)[];

async function* scanned(redis: Pick<Asked, 'command'>, name: string, before: Words, behind: Words) {
  let cursor = '0';
  do {
    const args = [...before, cursor, ...behind, 'COUNT', SCANNED];
    const [next, page] = (await redis.command(name, args)) as [string, string[]];
    yield page;
    cursor = next;
  } while (cursor !== '0');
}
