import { expect } from 'chai';
import type { Store } from '../../lib/store/open-store.js';
import { FakeClock } from '../support/fake-clock.js';
import { directory, open, recordOf, remove, until } from '../support/store.js';
import { suiteRedis } from '../support/suite-redis.js';

const PILOT = '+37167000000';

describe('Call records: when they leave', function () {
  this.timeout(20_000);
  const redis = suiteRedis({ appends: 'always' });
  let path: string;
  let clock: FakeClock;
  let store: Store;
  const written = (): Promise<number> => redis.client.xlen('records');
  const reads = async (): Promise<number> =>
    Number(/total_reads_processed:(\d+)/.exec(await redis.client.info('stats'))?.[1]);

  beforeEach(async () => {
    path = directory();
    clock = new FakeClock();
    store = await open(redis.url, path, { clock });
    await store.groups.set(PILOT, { members: ['+37120000001'] });
  });
  afterEach(async () => {
    await store.close();
    remove(path);
  });

  it('50 ms after the first of them at the latest, in one command', async () => {
    void store.write(recordOf('one'));
    clock.advance(40);
    void store.write(recordOf('two'));
    clock.advance(9);
    expect(await store.claim('+37120000001', 'a claim')).to.equal(true);
    expect(await written()).to.equal(0);
    clock.advance(1);
    await until(async () => (await written()) === 2);
  });

  it('before 40 ms they do not leave with a turn, from then on they do, and Redis wakes up once for both', async () => {
    const done = store.write(recordOf('one'));
    clock.advance(39);
    await store.takeTurn(PILOT, 'early');
    expect(await written()).to.equal(0);
    clock.advance(1);
    const before = await reads();
    const turn = store.takeTurn(PILOT, 'late');
    await Promise.all([done, turn]);
    // The second INFO is one of them.
    expect((await reads()) - before).to.equal(2);
    expect(await written()).to.equal(1);
    expect((await turn)?.number).to.equal(2);
  });

  it('what has left with a turn does not leave again', async () => {
    void store.write(recordOf('one'));
    clock.advance(40);
    await store.takeTurn(PILOT, 'turn');
    void store.write(recordOf('two'));
    clock.advance(49);
    await store.takeTurn(PILOT, 'next');
    await until(async () => (await written()) === 2);
    clock.advance(100);
    await store.takeTurn(PILOT, 'last');
    expect(await written()).to.equal(2);
  });

  it('with Redis away they go to the spool, and the turn from memory', async () => {
    await store.takeTurn(PILOT, 'known');
    await redis.kill();
    await until(() => store.state === 'away');
    const done = store.write(recordOf('one'));
    clock.advance(40);
    expect((await store.takeTurn(PILOT, 'away'))?.number).to.equal(2);
    await done;
    await redis.start();
    await until(async () => {
      await clock.run(250);
      return (await written()) === 1;
    });
  });
});
