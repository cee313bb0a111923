/**
 * npm run bench:consent: acts and questions a second of the consent register, beside what redis-benchmark makes of the bare commands on the
 * same Redis. One process of Node, one connection, as the service has it.
 */
import { execFile } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { systemClock } from '../../../lib/base/clock.js';
import { allPairs } from '../../../lib/consent/catalogue.js';
import { logKey, stateKey } from '../../../lib/store/consent/keys.js';
import { grant, openAt, PURPOSES, withdraw } from '../../support/consent.js';
import { startRedis } from '../../support/redis.js';

const run = promisify(execFile);
const PERSONS = 2_000;
const ACTS = 10_000;
const QUESTIONS = 50_000;
const AT_ONCE = 64;

const rows: [string, number][] = [];

/** So many at once, until all are done: how many a second, and what each costs this process, which does not depend on who else is at work. */
async function measure(name: string, count: number, action: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await action(next++);
  };
  const begun = systemClock.now();
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const { user, system } = process.cpuUsage(before);
  rows.push([
    `${name}; ${Math.round((user + system) / count)} µs of CPU each`,
    Math.round((count / (systemClock.now() - begun)) * 1000),
  ]);
}

/** What a processor that others use as well makes of one signature: the rest is to be seen beside it. */
function signatures(): number {
  const { privateKey } = generateKeyPairSync('ed25519');
  const text = Buffer.from('x'.repeat(900));
  const before = process.cpuUsage();
  for (let i = 0; i < 5_000; i++) sign(null, text, privateKey);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 5_000;
}

const numberOf = (index: number): string => `+371${20_000_000 + (index % PERSONS)}`;

const redis = await startRedis(['--appendfsync', 'everysec']);
// A question that is slower than 50 ms is not allowed: here it shall be measured, however busy the machine is.
const consent = await openAt(redis.url, { gateMs: 1_000 });
try {
  await measure('acts a second (hashed, signed, appended)', ACTS, (i) =>
    consent.register.act(Math.floor(i / PERSONS) % 2 === 0 ? grant(numberOf(i), 'usage:data') : withdraw(numberOf(i))),
  );
  for (let i = 0; i < PERSONS; i++) await consent.register.act(grant(numberOf(i), 'usage:data'));
  await measure('questions a second, allowed (read, then the trace)', QUESTIONS, (i) =>
    consent.gate.ask({ number: numberOf(i), purpose: 'usage', use: 'bench' }),
  );
  await measure('questions a second about nobody known (read)', QUESTIONS, (i) =>
    consent.gate.ask({ number: `+371${29_000_000 + (i % PERSONS)}`, purpose: 'usage', use: 'bench' }),
  );
  rows.push(['nanoseconds of CPU for one bare Ed25519 signature', Math.round(signatures() * 1000)]);
  const sid = consent.persons.sid(numberOf(0), 0);
  const bare = async (name: string, ...command: string[]): Promise<void> => {
    const args = ['-p', String(redis.port), '-q', '-n', '200000', '-c', '1', '-P', String(AT_ONCE), ...command];
    const { stdout } = await run('redis-benchmark', args);
    rows.push([name, Math.round(Number(/([\d.]+) requests per second/.exec(stdout)?.[1] ?? 0))]);
  };
  const [record = ''] = await redis.client.lrange(logKey(sid), 0, 0);
  await bare('redis-benchmark RPUSH of such a record', 'RPUSH', 'bench', record);
  await bare(
    'redis-benchmark HMGET of such a state',
    'HMGET',
    stateKey(sid),
    '#seq',
    '#closed',
    '#restricted',
    'usage:data',
  );
  const bytes = async (key: string): Promise<number> => Number(await redis.client.call('MEMORY', 'USAGE', key));
  rows.push(['bytes of a list of 6 acts', await bytes(logKey(sid))]);
  rows.push([`bytes of a state of ${allPairs(PURPOSES).length} entries`, await bytes(stateKey(sid))]);
} finally {
  consent.close();
  await redis.stop();
}
for (const [name, value] of rows) console.log(`${String(value).padStart(9)}  ${name}`);
