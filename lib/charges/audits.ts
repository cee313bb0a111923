import { fieldReader } from '../store/flat.js';
import { auditKey, groupKey } from '../store/keys.js';
import type { Node } from '../store/scan.js';
import { type AuditEntry, type History, historyOf } from './history.js';
import type { Month } from './month.js';

/** Reads the audits of all groups that there are or have been. */

/** What charges need of Redis: the service's link has it, and what a command opens. */
export interface ChargesRedis extends Node {
  fcall(name: string, key: string, args: readonly (string | number)[]): Promise<unknown>;
  /** All that hold groups. */
  readonly nodes: readonly Node[];
}

/** Entries of a group in one command. */
const AT_ONCE = 500;

/** Lets the audit notice a group that is older than it, and what was changed past the functions. */
export const notice = (redis: Pick<ChargesRedis, 'fcall'>, pilot: string): Promise<unknown> =>
  redis.fcall('hunt_notice', groupKey(pilot), []);

type Entry = readonly [id: string, flat: readonly string[]];

/** The group's past as far as it matters in this month. */
export async function readHistory(redis: Node, pilot: string, month: Month): Promise<History> {
  const key = auditKey(pilot);
  const [earlier, within] = await Promise.all([
    redis.command('XREVRANGE', [key, `${month.start - 1}`, '-', 'COUNT', 1]) as Promise<Entry[]>,
    readWithin(redis, key, month),
  ]);
  if (earlier.length > 0) return historyOf([...earlier, ...within].map(entryOf), false);
  if (within.length > 0) return historyOf(within.map(entryOf), true);
  // The first word about the group may come later than the month, and tell of it.
  const first = (await redis.command('XRANGE', [key, '-', '+', 'COUNT', 1])) as Entry[];
  return historyOf(first.map(entryOf), true);
}

async function readWithin(redis: Node, key: string, { start, end }: Month): Promise<Entry[]> {
  const found: Entry[] = [];
  let from = `${start}`;
  for (;;) {
    const page = (await redis.command('XRANGE', [key, from, `${end - 1}`, 'COUNT', AT_ONCE])) as Entry[];
    found.push(...page);
    if (page.length < AT_ONCE) return found;
    from = `(${page.at(-1)?.[0]}`;
  }
}

function entryOf([id, flat]: Entry): AuditEntry {
  const field = fieldReader(flat);
  return { id, at: Number.parseInt(id, 10), before: field('before'), after: field('after') };
}
