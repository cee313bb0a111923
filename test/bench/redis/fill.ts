/** A Redis as a busy year leaves it: records with all that finds them, groups with audits and turns, live calls. */
import type { Redis } from 'ioredis';
import { renderLibrary } from '../../../lib/store/functions/library.js';
import { documentOf } from '../../../lib/store/records/fields.js';
import { CATALOGUE } from '../../support/defaults.js';
import { recordOf } from '../../support/store.js';

export const PILOT = '+37167000000';
const AT_ONCE = 5_000;

/** Copies of the one record that is there, with what finds them (functions/index.lua). Every tenth is of one busy office. */
const FILL = `
  local fields = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1][2]
  local flat = {}
  for i = tonumber(ARGV[1]), tonumber(ARGV[1]) + tonumber(ARGV[2]) - 1 do
    fields[2] = 'call-' .. i
    local id = redis.call('XADD', KEYS[1], '*', unpack(fields))
    local ms, seq = string.match(id, '^(%d+)%-(%d+)$')
    local score = ms .. string.format('%03d', math.min(999, tonumber(seq)))
    local office = i % 10 == 0 and '${PILOT}' or string.format('+3716%07d', i % 20000)
    for _, index in ipairs({ 'pilot:' .. office, 'member:' .. string.format('+3712%07d', i % 100000), 'caller:' .. string.format('+3712%07d', i % 200000) }) do
      redis.call('ZADD', '{records}:' .. index, score, id)
    end
    flat[#flat + 1] = 'call-' .. i
    flat[#flat + 1] = id
    if #flat == 1000 then redis.call('HSET', '{records}:ids', unpack(flat)) flat = {} end
  end
  if #flat > 0 then redis.call('HSET', '{records}:ids', unpack(flat)) end`;

export interface Sizes {
  readonly records: number;
  readonly groups: number;
  readonly live: number;
}

export async function fill(redis: Redis, { records, groups, live }: Sizes): Promise<void> {
  await redis.call('FUNCTION', 'LOAD', 'REPLACE', renderLibrary(CATALOGUE).text);
  await redis.call('FCALL', 'record_add', 1, 'records', 'sender', '', documentOf(recordOf('call-first')));
  for (let i = 0; i < records; i += AT_ONCE) await redis.eval(FILL, 1, 'records', i, Math.min(AT_ONCE, records - i));
  for (let i = 0; i < groups; i++) {
    const pilot = i === 0 ? PILOT : `+3716${String(i).padStart(7, '0')}`;
    const set = redis.call('FCALL', 'hunt_set', 1, `hunt:{${pilot}}`, 'members', '+37120000001,+37120000002');
    if (i % 500 === 0) await set;
  }
  for (let i = 0; i < 1000; i++)
    await redis.call('FCALL', 'hunt_set', 1, `hunt:{${PILOT}}`, 'ring', i % 2 ? '10' : '20');
  // More turns than are kept.
  for (let i = 0; i < 1200; i++) await redis.call('FCALL', 'hunt_turn', 1, `hunt:{${PILOT}}`, `call-${i}`);
  const view = JSON.stringify({
    node: 'one',
    pilot: PILOT,
    caller: '',
    hidden: false,
    started: 1,
    answered: null,
    member: null,
  });
  for (let i = 0; i < live; i += 250) {
    const some = Array.from({ length: 250 }, (_, k) => [`live-${i + k}`, view]).flat();
    await redis.call('FCALL', 'live_update', 1, 'records', `node-${i % 4}`, 250, ...some);
  }
}
