/**
 * `node dist/test/bench/redis/export.js [RECORDS]`: a million calls as CSV, over HTTP and by the command: the memory of who writes them,
 * and what turns of calls and /healthz of the same process wait meanwhile.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';
import { startRedis } from '../../support/redis.js';
import { startService } from '../../support/service.js';
import { fill, PILOT } from './fill.js';

const SECRET = 'bench-0123456789abcdef';
const SLOW_MS = 10_000;
const SETTLES_MS = 500;
const BIN = fileURLToPath(new URL('../../../lib/cli/main.js', import.meta.url));
const MIB = 1024;

const [, , records = '1000000'] = process.argv;

/** Resident, in MiB; 0 for a process that is gone. */
function resident(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / MIB;
  } catch {
    return 0;
  }
}

/** Milliseconds of CPU that the process has used. */
function cpu(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Does so again and again until the other is done; what is said of it: its highest, or its middle and its 99th hundredth. */
async function beside(until: Promise<unknown>, every: number, look: () => number | Promise<number>): Promise<number[]> {
  const seen: number[] = [];
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  until.then(done, done);
  while (!isDone) {
    seen.push(await look());
    await delay(every);
  }
  return seen.sort((a, b) => a - b);
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};
const at = (sorted: readonly number[], share: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
const spread = (sorted: readonly number[]): string =>
  `p50 ${at(sorted, 0.5)}, p99 ${at(sorted, 0.99)}, longest ${at(sorted, 1)} ms (${sorted.length})`;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** What `fill` wrote is still being written anew, which a disk may make last. */
async function settled(client: Redis): Promise<void> {
  await client.call('CONFIG', 'SET', 'auto-aof-rewrite-percentage', '0');
  const isBusy = async () => /(rewrite|bgsave)_in_progress:1/.test(await client.info('persistence'));
  while (await isBusy()) await delay(SETTLES_MS);
}

const redis = await startRedis(['--appendfsync', 'no']);
const service = await startService({
  env: { REDIS_URL: redis.url },
  config: { http: { tokens: [{ name: 'bench', role: 'support', secret: SECRET }] }, records: { retentionDays: 3650 } },
});

const answer = (): Promise<http.IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${SECRET}` };
    http.get(`${service.http}/api/v1/calls?format=csv`, { headers }, resolve).once('error', reject);
  });

interface Taken {
  readonly bytes: number;
  readonly rows: string | undefined;
}

async function whole(): Promise<Taken> {
  const response = await answer();
  let bytes = 0;
  for await (const piece of response) bytes += (piece as Buffer).length;
  return { bytes, rows: response.trailers['virkne-rows'] };
}

async function slowly(): Promise<void> {
  const response = await answer();
  response.once('error', () => {});
  response.pause();
  await delay(SLOW_MS);
  response.destroy();
}

async function told(name: string, work: Promise<unknown>): Promise<void> {
  const turn = () => redis.client.call('FCALL', 'hunt_turn', 1, `hunt:{${PILOT}}`, `bench-${performance.now()}`);
  const health = () => fetch(`${service.http}/healthz`).then((response) => response.text());
  const before = cpu(service.pid);
  const [memory, turns, healthz] = await Promise.all([
    beside(work, 200, () => resident(service.pid)),
    beside(work, 20, () => timed(turn)),
    beside(work, 50, () => timed(health)),
  ]);
  await work;
  const used = ((cpu(service.pid) - before) / 1000).toFixed(1);
  say(
    `${name}: service ${used} s of CPU, resident, highest ${at(memory, 1)} MiB; turn ${spread(turns)}; /healthz ${spread(healthz)}`,
  );
}

try {
  await fill(redis.client, { records: Number(records), groups: 100, live: 0 });
  await settled(redis.client);
  await told('nothing beside', delay(SLOW_MS));
  const began = performance.now();
  const export_ = whole();
  await told('CSV over HTTP', export_);
  const { bytes, rows } = await export_;
  const seconds = (performance.now() - began) / 1000;
  say(`${rows} calls, ${(bytes / MIB / MIB).toFixed(0)} MiB in ${seconds.toFixed(0)} s`);
  await told(`a client that reads nothing for ${SLOW_MS / 1000} s`, slowly());

  const command = spawn(process.execPath, [BIN, 'calls', '--all', '--csv'], {
    env: { PATH: process.env.PATH, REDIS_URL: redis.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  command.stdout.resume();
  const notes: string[] = [];
  command.stderr.setEncoding('utf8').on('data', (text: string) => notes.push(text));
  const memory = await beside(once(command, 'close'), 200, () => resident(command.pid ?? 0));
  say(
    `virkne calls --all --csv: ${notes.join('').trim()}; resident, median ${at(memory, 0.5)}, highest ${at(memory, 1)} MiB`,
  );
} catch (thrown) {
  say(service.log.slice(-20).join('\n'));
  throw thrown;
} finally {
  await service.terminate();
  await redis.stop();
}
