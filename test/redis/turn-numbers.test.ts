import { expect } from 'chai';
import type { Store } from '../../lib/store/open-store.js';
import { readRecord } from '../../lib/store/records/fields.js';
import type { CallRecord } from '../../lib/store/types.js';
import { directory, open, recordOf, remove, until } from '../support/store.js';
import { suiteRedis } from '../support/suite-redis.js';

const PILOT = '+37167000000';
const MEMBERS = ['+37120000001', '+37120000002', '+37120000003'];

describe('Turn numbers: Redis alone gives them, and records say the number that the turns say', function () {
  this.timeout(20_000);
  const redis = suiteRedis({ appends: 'always' });
  let paths: string[];
  let one: Store;
  let two: Store;

  const openAt = (path: string): Promise<Store> => open(redis.url, path);
  const turn = async (store: Store, call: string): Promise<number> => (await store.takeTurn(PILOT, call))?.number ?? 0;
  const write = (store: Store, call: string, number: number): Promise<void> =>
    store.write({ ...recordOf(call), turn: number });
  const records = async (count: number): Promise<CallRecord[]> => {
    await until(async () => (await redis.client.xlen('records')) >= count);
    return (await redis.client.xrange('records', '-', '+')).flatMap(([, fields]) => readRecord(fields) ?? []);
  };
  const numbers = async (): Promise<Map<string, number>> =>
    new Map(
      (await redis.client.xrange(`hunt:{${PILOT}}:turns`, '-', '+')).map(([, fields]) => [
        fields[3] ?? '',
        Number(fields[1]),
      ]),
    );
  /** No two calls claim one number, and each claims the one that its turn has. */
  const agree = async (calls: number): Promise<void> => {
    const stored = await records(calls);
    const taken = await numbers();
    expect(stored.map(({ call }) => call).sort()).to.deep.equal([...taken.keys()].sort());
    for (const { call, turn: number, provisional } of stored) {
      expect(number, call).to.equal(taken.get(call));
      expect(provisional, call).to.equal(undefined);
    }
    expect(new Set(taken.values()).size).to.equal(calls);
  };

  beforeEach(async () => {
    paths = [directory(), directory()];
    [one, two] = (await Promise.all(paths.map(openAt))) as [Store, Store];
    await one.groups.set(PILOT, { policy: 'circular', members: MEMBERS });
    for (const store of [one, two])
      await write(store, `known-${store === one}`, await turn(store, `known-${store === one}`));
  });
  afterEach(async () => {
    for (const store of [one, two]) await store.close();
    for (const path of paths) remove(path);
  });

  it('two nodes count on from memory while Redis is away, and both say 3: after the replay each record has its own number', async () => {
    await redis.kill();
    const [a, b] = [await turn(one, 'a'), await turn(two, 'b')];
    expect([a, b].sort()).to.deep.equal([2, 3]);
    await write(one, 'a', a);
    await write(two, 'b', b);
    await redis.start();
    await agree(4);
  });

  it('a call that ends after Redis is back has the number of its replayed turn', async () => {
    await redis.kill();
    const a = await turn(one, 'a');
    const b = await turn(two, 'b');
    await redis.start();
    await until(async () => (await numbers()).size === 4);
    await until(() => one.state === 'ready' && two.state === 'ready');
    await write(one, 'a', a);
    await write(two, 'b', b);
    await agree(4);
  });

  it('a call that ends while the turns are being replayed waits behind its turn', async () => {
    redis.hang();
    const a = await turn(one, 'a');
    await write(one, 'a', a);
    redis.resume();
    await agree(3);
  });

  it('the next process sends what the one before has spooled, with the numbers that Redis gives', async () => {
    await redis.kill();
    for (const call of ['a', 'b', 'c']) await write(two, call, await turn(two, call));
    await two.close();
    await redis.start();
    await until(() => one.state === 'ready');
    await write(one, 'other', await turn(one, 'other'));
    two = await openAt(paths[1] ?? '');
    await agree(6);
  });

  it('a group that is deleted meanwhile: the number stays provisional, and the record says so', async () => {
    await redis.kill();
    await write(one, 'a', await turn(one, 'a'));
    await one.close();
    await redis.start();
    await redis.client.call('FCALL', 'hunt_del', 1, `hunt:{${PILOT}}`);
    one = await openAt(paths[0] ?? '');
    const record = (await records(3)).find(({ call }) => call === 'a');
    expect(record).to.deep.include({ turn: 2, provisional: true });
  });
});
