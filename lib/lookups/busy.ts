/** Since when members were on another call, who were not rung for that: from the records of their calls, and from the calls that go on. */
import { busySince, onOtherCalls } from '../explain/busy.js';
import { liveCallsOf } from '../privacy/redis.js';
import { memberRecordsKey, RECORDS_KEY } from '../store/keys.js';
import { readRecord } from '../store/records/fields.js';
import type { CallRecord } from '../store/types.js';
import { entriesOf } from './entries.js';
import type { Asked } from './redis.js';

/** The other call's record came behind that moment, and few others in between. */
const LOOKED_AT = 20;
/** The clock of a node may be ahead of Redis's. */
const CLOCKS_DIFFER_MS = 60_000;
/** In an index: milliseconds, and thousandths of them. */
const SCORE_OF_MS = 1000;

export async function busyMembers(redis: Asked, record: CallRecord): Promise<ReadonlyMap<string, number>> {
  const asked = onOtherCalls(record);
  const recorded = await Promise.all(
    [...asked].map(async ([member, at]) => {
      const since = await sinceRecorded(redis, member, at, record.call);
      return since === undefined ? [] : [[member, since] as const];
    }),
  );
  const found = new Map(recorded.flat());
  if (found.size < asked.size) await addLive(redis, asked, found);
  return found;
}

async function sinceRecorded(redis: Asked, member: string, at: number, call: string): Promise<number | undefined> {
  const from = (at - CLOCKS_DIFFER_MS) * SCORE_OF_MS;
  const args = [memberRecordsKey(member), from, '+inf', 'LIMIT', 0, LOOKED_AT];
  const ids = (await redis.command('ZRANGEBYSCORE', args)) as string[];
  const pages = await Promise.all(ids.map((id) => redis.command('XRANGE', [RECORDS_KEY, id, id])));
  const records = pages.flatMap(entriesOf).flatMap(({ fields }) => readRecord(fields) ?? []);
  return busySince(member, at, call, records);
}

/** Those whose records are still to come; what was answered later is another call. */
async function addLive(redis: Asked, asked: ReadonlyMap<string, number>, found: Map<string, number>): Promise<void> {
  for (const { member, answered } of (await liveCallsOf(redis)).values()) {
    const at = member === null ? undefined : asked.get(member);
    if (member !== null && at !== undefined && answered !== null && answered <= at && !found.has(member))
      found.set(member, answered);
  }
}
