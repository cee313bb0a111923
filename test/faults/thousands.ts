/**
 * Ten thousand calls over two nodes to phones that do as they like, a Redis and then a node killed in between, the other one frozen:
 * each call that a node took has exactly one record.
 */
import { type Children, pause } from '../bench/children.js';
import { countBy, readRecords, readTurns, unfound } from './account.js';
import type { CallMade } from './caller.js';
import { Load } from './load.js';
import { startRandomMembers } from './random-members.js';
import { PILOTS, Stage } from './stage.js';
import { liveCalls, type Moment, told, unrecorded } from './unrecorded.js';

export const THOUSANDS = 'ten thousand calls at random, Redis killed, then a node killed';

export interface Size {
  readonly calls: number;
  /** Calls a second. */
  readonly rate: number;
}

export const SIZE: Size = { calls: 10_000, rate: 80 };
const SEED = 14;
const MEMBERS = 3;
const AWAY_MS = 3_000;
/** Callers go to the other node meanwhile, and both have the call. */
const FROZEN_MS = 1_500;
/** The lease of a node, and some looks, each a minute behind the one that failed. */
const SETTLED_WITHIN_MS = 120_000;

export interface Counted {
  readonly made: number;
  /** Calls that a node took a turn for. */
  readonly calls: number;
  readonly records: number;
  readonly estimated: number;
  /** Without a turn: refused while no group was known. */
  readonly refused: number;
  readonly withoutRecord: number;
  /** Of these, calls that go on still. */
  readonly live: number;
  readonly doubled: number;
  /** Callers of whom there is no record, beside those whose call is known by its turn alone. */
  readonly callersMissing: number;
}

export async function playThousands(children: Children, size: Size): Promise<Counted> {
  const members = await startRandomMembers(SEED, MEMBERS);
  const stage = await Stage.setUp(children, 'alone', members.uris, []);
  const endNow = (): void => void stage.end();
  process.once('exit', endNow);
  try {
    await stage.setGroups();
    for (const pilot of PILOTS) await stage.client.call('FCALL', 'hunt_set', 1, `hunt:{${pilot}}`, 'ring', '10');
    for (let i = 0; i < 2; i++) await (await stage.addNode()).start();
    return await underLoad(stage, size);
  } finally {
    process.off('exit', endNow);
    await stage.end();
    members.close();
  }
}

async function underLoad(stage: Stage, { calls, rate }: Size): Promise<Counted> {
  const load = await Load.open(() => stage.nodes.map(({ sipPort }) => sipPort), PILOTS);
  const [first, second] = stage.nodes;
  const moments: Moment[] = [];
  const noteThat = (what: string): void => void moments.push({ what, at: Date.now() });
  load.start(rate);
  await load.until(calls * 0.3);
  noteThat('Redis killed');
  await stage.redis.kill();
  await pause(AWAY_MS);
  await stage.redis.start();
  noteThat('Redis started');
  await load.until(calls * 0.6);
  noteThat('node killed');
  await first?.end('SIGKILL');
  await pause(AWAY_MS);
  await first?.start();
  noteThat('node started');
  await load.until(calls * 0.8);
  noteThat('node frozen');
  second?.signal('SIGSTOP');
  await pause(FROZEN_MS);
  second?.signal('SIGCONT');
  await load.until(calls);
  const made = await load.stop();
  noteThat('load over');
  let deadline = performance.now() + SETTLED_WITHIN_MS;
  let least = Number.POSITIVE_INFINITY;
  for (;;) {
    const counted = await count(stage, made);
    // A machine that is busy takes its time, as long as something comes.
    if (counted.withoutRecord < least) deadline = performance.now() + SETTLED_WITHIN_MS;
    least = Math.min(least, counted.withoutRecord);
    const isSettled = counted.withoutRecord === 0 && counted.callersMissing === 0;
    if (isSettled || performance.now() > deadline) {
      for (const line of [...(await unrecorded(stage.client, moments)), ...(await told(stage.nodes))]) say(line);
      return counted;
    }
    await pause(1_000);
  }
}

const say = (line: string): void => void process.stderr.write(`  ${line}\n`);

async function count(stage: Stage, made: readonly CallMade[]): Promise<Counted> {
  const { client } = stage;
  const records = await readRecords(client);
  const calls = new Set(
    (await Promise.all(PILOTS.map((pilot) => readTurns(client, pilot)))).flat().map(({ call }) => call),
  );
  const byCall = countBy(records, ({ call }) => call);
  const live = await liveCalls(client);
  const without = [...calls].filter((call) => !byCall.has(call));
  return {
    made: made.length,
    calls: calls.size,
    records: records.length,
    estimated: records.filter(({ estimated }) => estimated === true).length,
    refused: records.filter(({ call }) => !calls.has(call)).length,
    withoutRecord: without.length,
    live: without.filter((call) => live.has(call)).length,
    doubled: [...byCall.values()].filter((times) => times > 1).length,
    // Whom nobody has answered, his INVITE was lost, unless there is a turn of it.
    callersMissing: unfound(
      records,
      made.filter(({ status }) => status !== undefined),
    ),
  };
}

/** As many records as calls, to the unit. */
export const isExact = (
  { made, calls, records, refused, withoutRecord, doubled, callersMissing }: Counted,
  size: Size,
): boolean => made >= size.calls && records === calls + refused && withoutRecord + doubled + callersMissing === 0;

export const thousandsTable = (counted: Counted, { rate }: Size): string => `
| ${THOUSANDS}; ${rate} calls/s | |
| --- | --: |
| calls made by callers | ${counted.made} |
| calls that a node took, a caller's second try over the other node included | ${counted.calls} |
| records | ${counted.records} |
| of these of the killed node, reckoned | ${counted.estimated} |
| of these refused before a turn was taken | ${counted.refused} |
| calls without a record (that go on still), with two, callers without one | ${counted.withoutRecord} (${counted.live}), ${counted.doubled}, ${counted.callersMissing} |
`;
