/**
 * npm run hostile [-- --only NAME,NAME --seconds 10 --before DIRECTORY]: attacks on the service, all on loopback, and a healthy caller
 * beside each. `--before`: an older checkout with a `dist/`, attacked as well. Exit code 1: the healthy caller lost a call.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Children, pause } from '../bench/children.js';
import { cpuMs, residentMiB, watchOthers } from '../bench/cpu.js';
import { startCaller } from '../bench/sipp.js';
import { quantile } from '../bench/statistics.js';
import { figure, markdown } from '../bench/table.js';
import { ATTACKS, type Seen } from './attacks.js';
import { openStage } from './stage.js';

interface Result {
  readonly title: string;
  readonly before: Row | undefined;
  readonly after: Row;
}

interface Row {
  readonly memory: number;
  readonly cpu: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
  readonly echo: number;
  readonly remark: string;
  /** Share of the machine, 0 … 1, that neither the service nor the attack had anything to do with. */
  readonly others: number;
}

const CALLS_PER_SECOND = 10;
const WARM_UP_CALLS = 40;
const SAMPLE_MS = 100;
/** The healthy caller is up before the attack begins, and calls on behind it. */
const LEAD_SECONDS = 1;
const TAIL_SECONDS = 2;
const END_WITHIN_MS = 20_000;
const ATTACKER = fileURLToPath(new URL('attacker.js', import.meta.url));

const { values } = parseArgs({
  options: { only: { type: 'string' }, seconds: { type: 'string' }, before: { type: 'string' } },
});
const children = new Children();
const seconds = Number(values.seconds ?? 10);
const OWN_MAIN = fileURLToPath(new URL('../../lib/main.js', import.meta.url));
const mainOf = (checkout: string): string => resolve(checkout, 'dist/lib/main.js');

async function attacked(name: string, main: string): Promise<Row> {
  const stage = await openStage(children, main);
  const { victim, pid, callerPort } = stage;
  const call = { port: victim.udp, localPort: callerPort, numbers: [victim.answering], rate: CALLS_PER_SECOND };
  await startCaller(children, { ...call, count: WARM_UP_CALLS }).ended;
  const count = CALLS_PER_SECOND * (LEAD_SECONDS + seconds + TAIL_SECONDS);
  const healthy = startCaller(children, { ...call, count, holdMs: 500 });
  await pause(LEAD_SECONDS * 1000);
  const before = residentMiB(pid);
  let highest = before;
  const watch = setInterval(() => {
    highest = Math.max(highest, residentMiB(pid));
  }, SAMPLE_MS);
  const cpu = cpuMs([pid]);
  const began = performance.now();
  const others = watchOthers();
  const seen = await play(name, victim);
  const used = (cpuMs([pid]) - cpu) / (performance.now() - began);
  clearInterval(watch);
  const late = setTimeout(() => healthy.kill(), END_WITHIN_MS);
  const { ok, delays } = await healthy.ended;
  clearTimeout(late);
  const remark = [seen.remark, stage.isAlive ? '' : 'the service DIED'].filter(Boolean).join(', ');
  await stage.close();
  return {
    memory: highest - before,
    cpu: used,
    p50: quantile(delays, 0.5),
    p99: quantile(delays, 0.99),
    failed: count - ok,
    echo: seen.receivedBytes / seen.sentBytes,
    remark,
    others: others(),
  };
}

async function play(name: string, victim: object): Promise<Seen> {
  const child = spawn(process.execPath, [ATTACKER, name, `${seconds}`, JSON.stringify(victim)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(child, 'close');
  return JSON.parse(text) as Seen;
}

const names = values.only?.split(',') ?? Object.keys(ATTACKS);
const results: Result[] = [];
for (const name of names) {
  const title = ATTACKS[name]?.title ?? name;
  const before = values.before === undefined ? undefined : await attacked(name, mainOf(values.before));
  const after = await attacked(name, OWN_MAIN);
  results.push({ title, before, after });
  process.stderr.write(`${name}: ${JSON.stringify({ before, after })}\n`);
}

/** `before → after`, or what there is. */
const both =
  (cell: (row: Row) => string) =>
  ({ before, after }: Result): string =>
    before === undefined ? cell(after) : `${cell(before)} → ${cell(after)}`;
const times = ({ echo }: Row): string => (Number.isFinite(echo) ? `× ${figure(echo)}` : '–');
const table = markdown<Result>(
  [
    { head: 'attack', left: true, cell: ({ title }) => title },
    { head: 'memory, MiB', cell: both(({ memory }) => `+${memory.toFixed(0)}`) },
    { head: 'processor', cell: both(({ cpu }) => `${(100 * cpu).toFixed(0)} %`) },
    { head: 'p50, ms', cell: both(({ p50 }) => figure(p50)) },
    { head: 'p99, ms', cell: both(({ p99 }) => figure(p99)) },
    { head: 'failed', cell: both(({ failed }) => String(failed)) },
    { head: 'bytes back', cell: both(times) },
    { head: 'others on the machine', cell: both(({ others }) => `${(100 * others).toFixed(0)} %`) },
    { head: 'remark', left: true, cell: both(({ remark }) => remark || '–') },
  ],
  results,
);
process.stdout.write(`${table}\n`);
process.exit(results.every(({ after }) => after.failed === 0) ? 0 : 1);
