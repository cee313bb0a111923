/** `npm run bench:redis -- [RECORDS]`: how long each function holds Redis up, with a million records. */
import { startRedis } from '../../support/redis.js';
import { fill } from './fill.js';
import { asMarkdown, longest } from './longest.js';

const [, , records = '1000000'] = process.argv;
const redis = await startRedis(['--appendfsync', 'no']);
try {
  await fill(redis.client, { records: Number(records), groups: 20_000, live: 20_000 });
  const memory = /used_memory_human:(\S+)/.exec(await redis.client.info('memory'))?.[1];
  const held = await longest(redis.client, 21);
  process.stdout.write(
    `${records} records, 20000 groups, 20000 live calls: ${memory} in Redis\n\n${asMarkdown(held)}\n`,
  );
} finally {
  await redis.stop();
}
