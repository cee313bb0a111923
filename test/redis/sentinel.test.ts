import { expect } from 'chai';
import type { Store } from '../../lib/store/open-store.js';
import { readRecord } from '../../lib/store/records/fields.js';
import type { CallRecord } from '../../lib/store/types.js';
import { CATALOGUE } from '../support/defaults.js';
import { type SentinelSet, startSentinelSet } from '../support/redis-sets.js';
import { directory, open, recordOf, remove, until } from '../support/store.js';

const PILOT = '+37167000000';
const MEMBERS = ['+37120000001', '+37120000002', '+37120000003'];
const EVERY_MS = 10;

describe('Sentinel: a failover loses no record and no turn, and doubles none', function () {
  this.timeout(90_000);
  let set: SentinelSet;
  let path: string;
  let store: Store;
  let stopped = false;
  let calls: Promise<string[]>;

  /** A call every few milliseconds: its turn, and a little later its record. */
  async function callOnAndOn(): Promise<string[]> {
    const ended: Promise<string>[] = [];
    for (let i = 0; !stopped; i++) {
      ended.push(oneCall(`call-${i}`));
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
    return Promise.all(ended);
  }

  async function oneCall(call: string): Promise<string> {
    const turn = await store.takeTurn(PILOT, call);
    await new Promise((resolve) => setTimeout(resolve, 10 * EVERY_MS));
    await store.write({ ...recordOf(call), pilot: PILOT, turn: turn?.number ?? 0 });
    return call;
  }

  const records = async (): Promise<CallRecord[]> =>
    (await set.client.xrange('records', '-', '+')).flatMap(([, fields]) => readRecord(fields) ?? []);
  const turns = async (): Promise<(readonly [string, number])[]> =>
    (await set.client.xrange(`hunt:{${PILOT}}:turns`, '-', '+')).map(([, fields]) => {
      const value = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
      return [value('call'), Number(value('number'))] as const;
    });

  /** All that was called is in what is master now, once, and records and turns agree on the numbers. */
  async function settle(): Promise<void> {
    stopped = true;
    const made = (await calls).sort();
    await until(async () => store.state === 'ready' && (await set.client.xlen('records')) >= made.length);
    const stored = await records();
    expect(stored.map(({ call }) => call).sort()).to.deep.equal(made);
    const taken = await turns();
    expect(taken.map(([call]) => call).sort()).to.deep.equal(made);
    expect(new Set(taken.map(([, number]) => number)).size).to.equal(made.length);
    const numbers = new Map(taken);
    for (const { call, turn, provisional } of stored) {
      expect(turn, call).to.equal(numbers.get(call));
      expect(provisional).to.equal(undefined);
    }
  }

  before(async () => {
    set = await startSentinelSet();
    path = directory();
    store = await open(set.url, path, {
      catalogue: { ...CATALOGUE, turnsKept: 100_000 },
    });
    await until(() => store.state === 'ready');
    await store.groups.set(PILOT, { policy: 'circular', members: MEMBERS });
  });
  beforeEach(async () => {
    await set.client.del('records');
    await set.client.del(`hunt:{${PILOT}}:turns`);
    stopped = false;
    calls = callOnAndOn();
  });
  after(async () => {
    await store.close();
    remove(path);
    await set.stop();
  });

  it('planned: the old master acknowledges for a while what the new one never gets', async () => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await set.failover();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await settle();
  });

  it('unplanned: the master is killed with what it had not passed on', async () => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const master = await set.masterOf('records');
    const gone = new Promise((resolve) => master.once('exit', resolve));
    master.kill('SIGKILL');
    await gone;
    await until(() => store.state !== 'ready');
    await until(() => store.state === 'ready');
    await settle();
  });
});
