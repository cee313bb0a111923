/** Turns and records as calls bring them, one by one: then wake-ups and cold caches cost more than the commands themselves. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '../../../lib/base/clock.js';
import { startPrivateRedis } from '../../../lib/store/private-redis.js';
import type { CallRecord } from '../../../lib/store/types.js';
import { CONFIG } from '../../support/defaults.js';
import { open } from '../../support/store.js';
import { spread } from '../statistics.js';
import type { Timed } from './timing.js';

const PILOT = '+37167000000';
const MEMBERS = ['sip:one@127.0.0.1:5071', 'sip:two@127.0.0.1:5072'];
const RATE = 300;
const ROUNDS = 9;
const ROUND_MS = 1_000;
/** Calls one behind the other, without a pause: the code is compiled before the first round, as by the service's warm-up. */
const WARM_UP = 5_000;

interface Cost {
  readonly ours: number;
  readonly theirs: number;
}

/** A service with its private Redis: CPU of both per call, each of which takes a turn and, between two turns, ends. */
export async function paced(record: (call: string) => CallRecord): Promise<Timed[]> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-paced-'));
  const log = pino({ level: 'silent' });
  const redis = await startPrivateRedis({ directory, log });
  const store = await open(redis.ownUrl, directory, { commandTimeout: CONFIG.redis.commandTimeoutMs });
  try {
    await store.groups.set(PILOT, { policy: 'circular', members: MEMBERS });
    const pid = Number(/process_id:(\d+)/.exec(String(await store.link.command('INFO', ['server'])))?.[1]);
    let calls = 0;
    const take = (): Promise<unknown> => store.takeTurn(PILOT, `paced-${calls++}`);
    const end = (): unknown => store.write(record(`paced-${calls}`));
    for (let i = 0; i < WARM_UP; i++) {
      await take();
      end();
    }
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const driver = await cost(pid, () => {});
      const both = await cost(pid, (event) => (event % 2 === 0 ? take() : end()));
      ours.push(Math.max(0, both.ours - driver.ours));
      theirs.push(both.theirs);
    }
    return [
      { name: `turn and record, ${RATE} a second, our side`, ns: spread(ours), of: 'CPU' },
      { name: `turn and record, ${RATE} a second, redis-server`, ns: spread(theirs), of: 'CPU' },
    ];
  } finally {
    await store.close();
    await redis.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** One round, in nanoseconds per call. The last records leave within it. */
async function cost(pid: number, event: (number: number) => unknown): Promise<Cost> {
  const ours = process.cpuUsage();
  const theirs = cpuNs(pid);
  const began = performance.now();
  const elapsed = (): number => performance.now() - began;
  const perMs = (RATE * 2) / 1000;
  for (let events = 0; elapsed() < ROUND_MS; ) {
    for (; events < elapsed() * perMs; events++) void event(events);
    await pause(Math.max(0, events / perMs - elapsed()));
  }
  await pause(60);
  const { user, system } = process.cpuUsage(ours);
  const calls = (RATE * ROUND_MS) / 1000;
  return { ours: ((user + system) * 1000) / calls, theirs: (cpuNs(pid) - theirs) / calls };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => systemClock.after(ms, resolve));

/** All threads of a process; /proc/PID/stat counts in ticks of 10 ms, which is too coarse here. */
function cpuNs(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.reduce(
    (sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0]),
    0,
  );
}
