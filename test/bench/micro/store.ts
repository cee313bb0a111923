/** Turns and records against a real redis-server: our CPU, and the time a command takes in Redis. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../lib/base/clock.js';
import type { Store } from '../../../lib/store/open-store.js';
import type { CallRecord } from '../../../lib/store/types.js';
import { CONFIG } from '../../support/defaults.js';
import { startRedis, type TestRedis } from '../../support/redis.js';
import { open } from '../../support/store.js';
import { spread } from '../statistics.js';
import { paced } from './paced.js';
import type { Timed } from './timing.js';

const PILOT = '+37167000000';
const MEMBERS = ['+37120000001', '+37120000002'];
const ROUNDS = 5;
const OPERATIONS = 2_000;
/** Calls that are under way together, as in a busy second: their commands share round trips. */
const TOGETHER = 20;

export async function store(): Promise<Timed[]> {
  const redis = await startRedis();
  const directory = mkdtempSync(join(tmpdir(), 'bench-store-'));
  const opened = await open(redis.url, directory, { commandTimeout: CONFIG.redis.commandTimeoutMs });
  try {
    await redis.client.call('FCALL', 'hunt_set', '1', `hunt:{${PILOT}}`, 'members', MEMBERS.join(','));
    return [
      ...(await timed(redis, 'hunt_turn', (call) => opened.takeTurn(PILOT, call))),
      ...(await timed(redis, 'member_claim, member_release', (call) => claim(opened, call))),
      ...(await timed(redis, 'record_add', (call) => opened.write(record(call)))),
      ...(await paced(record)),
    ];
  } finally {
    await opened.close();
    await redis.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Both per operation, after one round of warm-up. */
async function timed(redis: TestRedis, name: string, run: (call: string) => Promise<unknown>): Promise<Timed[]> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    await redis.client.call('CONFIG', 'RESETSTAT');
    const before = process.cpuUsage();
    for (let i = 0; i < OPERATIONS; i += TOGETHER) {
      await Promise.all(Array.from({ length: TOGETHER }, (_, k) => run(`bench-${name}-${round}-${i + k}`)));
    }
    const { user, system } = process.cpuUsage(before);
    if (round < 0) continue;
    ours.push(((user + system) * 1000) / OPERATIONS);
    theirs.push((await functionMicroseconds(redis)) * (1000 / OPERATIONS));
  }
  return [
    { name: `${name}, our side`, ns: spread(ours), of: 'CPU' },
    { name: `${name}, in Redis`, ns: spread(theirs), of: 'time in Redis' },
  ];
}

/** All FCALLs since the counters were reset; what they call is inside. */
async function functionMicroseconds({ client }: TestRedis): Promise<number> {
  const stats = await client.info('commandstats');
  return Number(/^cmdstat_fcall:calls=\d+,usec=(\d+)/m.exec(stats)?.[1] ?? Number.NaN);
}

async function claim(opened: Store, call: string): Promise<void> {
  const member = `+3712${call.replace(/\D/g, '').padStart(7, '0').slice(-7)}`;
  await opened.claim(member, call);
  opened.release(member, call);
}

function record(call: string): CallRecord {
  const now = systemClock.now();
  const [member = ''] = MEMBERS;
  return {
    ...{ call, pilot: PILOT, caller: '+37120000009', started: now, answered: now + 8000, ended: now + 60_000 },
    ...{ status: 200, by: member, released: 'caller', policy: 'linear', turn: 1, version: 1 },
    attempts: [
      {
        ...{ member, started: now, rang: now + 500, ended: now + 8000, why: 'answered', status: 200 },
        ...{ trunk: 'sip:127.0.0.1:5070', callIds: [`${call}-member-leg`], local: null },
        said: { status: 200, phrase: 'OK', reason: null, warning: null },
      },
    ],
    ...{ node: 'bench', callId: `${call}-caller-leg`, presented: '', hidden: false, diverted: [], owner: null },
    ...{ cause: 16, refused: null, endReason: null, endEstimated: false, waited: 8000, talked: 52_000 },
  };
}
