/** Many groups, quickly: the operator's own command, through redis-cli's pipe mode. */
import { once } from 'node:events';
import type { Children } from '../children.js';
import { pause } from '../children.js';
import type { VirkneTarget } from '../targets.js';

const FIRST_NUMBER = 60_000_000;
const CHUNK = 5_000;
const LOOK_EVERY_MS = 200;

/** `+37160000000` and on. */
export const pilotAt = (i: number): string => `+371${FIRST_NUMBER + i}`;

/** Sets `count` groups of these fields; resolves when Redis has none of its background work left. */
export async function provision(
  children: Children,
  { redis }: VirkneTarget,
  count: number,
  fields: readonly string[],
): Promise<void> {
  const { host = '127.0.0.1', port } = redis.options;
  const child = children.start('redis-cli', ['-h', host, '-p', String(port), '--pipe'], {
    cwd: children.directory(),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = once(child, 'exit');
  const { stdin } = child;
  if (stdin === null) throw new Error('redis-cli has no input');
  for (let from = 0; from < count; from += CHUNK) {
    let chunk = '';
    for (let i = from; i < Math.min(count, from + CHUNK); i++) chunk += command(pilotAt(i), fields);
    if (!stdin.write(chunk)) await once(stdin, 'drain');
  }
  stdin.end();
  const [code] = (await gone) as [number | null];
  const keys = await redis.dbsize();
  if (code !== 0 || keys < 2 * count)
    throw new Error(`redis-cli --pipe ended with ${code}; ${keys} keys for ${count} groups`);
  await settled(redis);
}

function command(pilot: string, fields: readonly string[]): string {
  const parts = ['FCALL', 'hunt_set', '1', `hunt:{${pilot}}`, ...fields];
  return `*${parts.length}\r\n${parts.map((part) => `$${part.length}\r\n${part}\r\n`).join('')}`;
}

/** A rewrite of the append-only file would be charged to the calls. */
async function settled(redis: VirkneTarget['redis']): Promise<void> {
  while (/aof_rewrite_(in_progress|scheduled):1/.test(await redis.info('persistence'))) await pause(LOOK_EVERY_MS);
}

/** `count` of the first `groups` pilots, spread evenly over all and in no order that a cache could like. */
export function samplePilots(groups: number, count: number): string[] {
  return Array.from({ length: count }, () => pilotAt(Math.floor(Math.random() * groups)));
}
