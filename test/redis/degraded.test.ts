import { expect } from 'chai';
import { pino } from 'pino';
import type { LinkState } from '../../lib/store/link.js';
import type { Store } from '../../lib/store/open-store.js';
import { FakeClock } from '../support/fake-clock.js';
import { directory, open, recordOf, remove, until } from '../support/store.js';
import { suiteRedis } from '../support/suite-redis.js';

const PILOT = '+37167000000';
const MEMBERS = ['+37120000001', '+37120000002'];

describe('A Redis that answers and does not write: one state, with its reason', function () {
  this.timeout(20_000);
  const redis = suiteRedis();
  let path: string;
  let store: Store;
  let clock: FakeClock;
  let states: LinkState[];
  let lines: string[];

  const start = async (url = redis.url): Promise<void> => {
    clock = new FakeClock();
    lines = [];
    const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
    store = await open(url, path, { clock, log });
    states = [];
    store.link.onChange((state) => void states.push(state));
    await store.groups.set(PILOT, { policy: 'circular', members: MEMBERS });
    await store.takeTurn(PILOT, 'before');
  };
  let calls = 0;
  /** Ten seconds, with a call every quarter; Redis answers in between. */
  const tenSeconds = async (): Promise<void> => {
    for (let i = 0; i < 40; i++) {
      await store.takeTurn(PILOT, `call-${calls++}`);
      void store.write(recordOf(`call-${calls}`));
      await clock.run(250);
      await redis.client.ping();
    }
  };
  const back = (): Promise<void> =>
    until(async () => {
      await clock.run(250);
      return store.state === 'ready' && (await redis.client.xlen('records')) > 0;
    });

  beforeEach(async () => {
    path = directory();
  });
  afterEach(async () => {
    await store.close();
    remove(path);
  });

  it('out of memory', async () => {
    await start();
    await redis.client.config('SET', 'maxmemory', '1');
    await tenSeconds();
    expect(states).to.deep.equal(['degraded']);
    expect(store.degraded.join()).to.contain('redis: refuses what is written').and.contain('OOM');
    expect(store.ready).to.equal(true);
    expect(lines.length - lines.filter((line) => line.includes('spool')).length).to.be.at.most(1);
    await redis.client.config('SET', 'maxmemory', '0');
    await back();
    expect(store.degraded).to.deep.equal([]);
  });

  it('a replica', async () => {
    await start();
    await redis.client.replicaof('127.0.0.1', '1');
    await tenSeconds();
    expect(states).to.deep.equal(['degraded']);
    expect(store.degraded.join()).to.contain('READONLY');
    await redis.client.call('REPLICAOF', 'NO', 'ONE');
    await back();
  });

  it('no permission for a command that the probe does not use: tried again at longer and longer intervals', async () => {
    await redis.client.call('ACL', 'SETUSER', 'limited', 'on', '>pw', '~*', '+@all');
    await start(redis.url.replace('//', '//limited:pw@'));
    await redis.client.call('ACL', 'SETUSER', 'limited', '-hset');
    await tenSeconds();
    expect(states[0]).to.equal('degraded');
    expect(states.length).to.be.at.most(12);
    await redis.client.call('ACL', 'SETUSER', 'limited', '+hset');
    await back();
  });

  it('a group whose keys an operator has spoilt costs no other call: Redis stays ready', async () => {
    await start();
    const spoilt = '+37167000001';
    await redis.client.set(`hunt:{${spoilt}}:members`, 'no list');
    const error = await store.takeTurn(spoilt, 'one').catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'STORE_UNAVAILABLE');
    await redis.client.set(`hunt:{${PILOT}}:turns`, 'no stream');
    expect((await store.takeTurn(PILOT, 'from memory'))?.number).to.equal(2);
    await redis.client.del(`hunt:{${PILOT}}:turns`);
    await clock.run(2_000);
    expect((await store.takeTurn(PILOT, 'again'))?.order).to.have.length(2);
    expect(states).to.deep.equal([]);
  });

  it('from the start: it opens, and is ready once it may write', async () => {
    await redis.client.config('SET', 'maxmemory', '1');
    store = await open(redis.url, path);
    expect(store.state).to.equal('degraded');
    await redis.client.config('SET', 'maxmemory', '0');
    await until(() => store.state === 'ready');
  });
});
