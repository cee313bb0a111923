/** Many groups, quickly. */
import { groupKey, membersKey } from '../../../lib/store/keys.js';
import { pause } from '../children.js';
import type { VirkneTarget } from '../targets.js';

const FIRST_NUMBER = 60_000_000;
const CHUNK = 10_000;
const LOOK_EVERY_MS = 200;

/** `+37160000000` and on. */
const pilotAt = (i: number): string => `+371${FIRST_NUMBER + i}`;

/** Copies of the group of ARGV[1], for the pilots from ARGV[2] to ARGV[3]. */
const COPY = `
local function keys(pilot) return '${groupKey("' .. pilot .. '")}', '${membersKey("' .. pilot .. '")}' end
local group, members = keys(ARGV[1])
for i = ARGV[2], ARGV[3] do
  local toGroup, toMembers = keys(string.format('+371%d', i))
  redis.call('COPY', group, toGroup)
  redis.call('COPY', members, toMembers)
end`;

/** Sets `count` groups of these fields; resolves when Redis has none of its background work left. */
export async function provision({ redis }: VirkneTarget, count: number, fields: readonly string[]): Promise<void> {
  const model = pilotAt(0);
  await redis.call('FCALL', 'hunt_set', '1', groupKey(model), ...fields);
  await redis.del(`${groupKey(model)}:cursor`);
  for (let from = 1; from < count; from += CHUNK) {
    const to = Math.min(count, from + CHUNK) - 1;
    await redis.eval(COPY, 0, model, FIRST_NUMBER + from, FIRST_NUMBER + to);
  }
  const keys = await redis.dbsize();
  if (keys < 2 * count) throw new Error(`${keys} keys in Redis for ${count} groups`);
  // A rewrite of the append-only file would be charged to the calls.
  while (/aof_rewrite_(in_progress|scheduled):1/.test(await redis.info('persistence'))) await pause(LOOK_EVERY_MS);
}

/** `count` of the first `groups` pilots, spread evenly over all and in no order that a cache could like. */
export const samplePilots = (groups: number, count: number): string[] =>
  Array.from({ length: count }, () => pilotAt(Math.floor(Math.random() * groups)));
