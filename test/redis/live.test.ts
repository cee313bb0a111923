import { expect } from 'chai';
import { pino } from 'pino';
import { messageOf } from '../../lib/base/errors.js';
import { LiveCalls } from '../../lib/store/live-calls.js';
import type { Store } from '../../lib/store/open-store.js';
import type { LiveCall } from '../../lib/store/types.js';
import { FakeClock } from '../support/fake-clock.js';
import { directory, open, remove, until } from '../support/store.js';
import { suiteRedis } from '../support/suite-redis.js';

const ROUND = 2000;

const callOf = (id: string, more: Partial<LiveCall> = {}): LiveCall => ({
  ...{ id, pilot: '+37167000000', caller: '+37120000009', hidden: false, started: 1_767_600_000_000 },
  ...{ answered: null, member: 'sip:desk@10.0.0.1', isOver: false, ...more },
});

type Shown = Record<string, { node: string; member: string | null; answered: number | null; hidden: boolean }>;

describe('Live calls: those of all nodes, while they go on', function () {
  this.timeout(30_000);
  const redis = suiteRedis({ appends: 'always' });
  let path: string;
  let store: Store;
  let clock: FakeClock;
  const keepers: LiveCalls[] = [];

  const keeper = (node: string, calls: Map<string, LiveCall>): LiveCalls => {
    const log = pino({ level: 'silent' });
    const one = new LiveCalls({ link: store.link, clock, log, node, calls: () => calls.values() });
    keepers.push(one);
    return one;
  };
  const page = (...args: (string | number)[]): Promise<string[]> =>
    redis.client.call('FCALL_RO', 'hunt_live', 1, 'records', ...args) as Promise<string[]>;
  const live = async (count = 100): Promise<Shown> => {
    const shown: Shown = {};
    for (let cursor = '0'; ; ) {
      const [next = '0', ...flat] = await page(cursor, count);
      for (let i = 0; i < flat.length; i += 2) shown[flat[i] ?? ''] = JSON.parse(flat[i + 1] ?? '');
      if (next === '0') return shown;
      cursor = next;
    }
  };
  /** Turns the clock until it is so. */
  const shows = (...ids: string[]): Promise<void> =>
    until(async () => {
      clock.advance(ROUND / 4);
      return (
        Object.keys(await live())
          .sort()
          .join() === ids.sort().join()
      );
    });
  const commands = async (): Promise<number> =>
    Number(/cmdstat_fcall:calls=(\d+)/.exec(await redis.client.info('commandstats'))?.[1] ?? 0);

  beforeEach(async () => {
    path = directory();
    store = await open(redis.url, path);
    clock = new FakeClock();
  });
  afterEach(async () => {
    await Promise.all(keepers.splice(0).map((one) => one.close()));
    await store.close();
    remove(path);
  });

  it('says who rings, a member that is a SIP URI too, then who has it, and nothing once it is over', async () => {
    const calls = new Map([['a', callOf('a')]]);
    keeper('one', calls);
    await shows('a');
    expect((await live()).a).to.deep.equal({
      ...{ node: 'one', pilot: '+37167000000', caller: '+37120000009', hidden: false, started: 1_767_600_000_000 },
      ...{ answered: null, member: 'sip:desk@10.0.0.1' },
    });
    calls.set('a', callOf('a', { answered: 1_767_600_009_000, member: '+37120000002' }));
    await until(async () => {
      clock.advance(ROUND);
      return (await live()).a?.answered === 1_767_600_009_000;
    });
    expect((await live()).a?.member).to.equal('+37120000002');
    calls.set('a', callOf('a', { isOver: true }));
    await shows();
    expect(await redis.client.keys('*live*')).to.deep.equal([]);
  });

  it('a call that is over before the next look costs Redis nothing', async () => {
    const calls = new Map<string, LiveCall>();
    keeper('one', calls);
    await redis.client.config('RESETSTAT');
    for (let i = 0; i < 100; i++) {
      calls.set('short', callOf('short'));
      calls.delete('short');
      clock.advance(ROUND);
    }
    expect(await commands()).to.equal(0);
  });

  it('what has not changed is not told again: only that the node lives', async () => {
    keeper('one', new Map(Array.from({ length: 1200 }, (_, i) => [`c${i}`, callOf(`c${i}`)])));
    await until(async () => {
      clock.advance(20);
      return Object.keys(await live()).length === 1200;
    });
    clock.advance(ROUND);
    await redis.client.config('RESETSTAT');
    for (let i = 0; i < 10; i++) clock.advance(ROUND + 50);
    await store.link.ask((client) => client.ping());
    expect(await commands()).to.be.within(1, 3);
  });

  it('calls of several nodes, page by page: none is left out', async () => {
    const many = (name: string): Map<string, LiveCall> =>
      new Map(Array.from({ length: 700 }, (_, i) => [`${name}${i}`, callOf(`${name}${i}`)]));
    for (const node of ['one', 'two', 'three']) keeper(node, many(node));
    await until(async () => {
      clock.advance(20);
      return Object.keys(await live()).length === 2100;
    });
    expect(Object.keys(await live(50)).length).to.equal(2100);
    const [, ...first] = await page('0', '50');
    expect(first.length / 2).to.be.within(1, 100);
  });

  it('after a planned end nothing is left; the other node keeps its calls', async () => {
    const one = keeper('one', new Map([['a', callOf('a')]]));
    keeper('two', new Map([['b', callOf('b')]]));
    await shows('a', 'b');
    await one.close();
    expect(Object.keys(await live())).to.deep.equal(['b']);
    expect(await redis.client.keys('{records}:live:*')).to.deep.equal(['{records}:live:two']);
  });

  it('the calls of a node that dies lapse within half a minute', async () => {
    keeper('one', new Map([['a', callOf('a')]]));
    await shows('a');
    // They stay until their records are written (lost.test.ts), and are not shown any more.
    expect(await redis.client.pttl('{records}:live:one')).to.be.above(30_000);
    const score = Number(await redis.client.zscore('{records}:live', 'one'));
    expect(score - Date.now()).to.be.within(1, 30_000);
    // As it will be then.
    await redis.client.zadd('{records}:live', Date.now() - 1, 'one');
    expect(await live()).to.deep.equal({});
  });

  it('Redis is emptied, or was away: all that goes on is told again, and what ended meanwhile is not there', async () => {
    const calls = new Map([
      ['a', callOf('a')],
      ['b', callOf('b')],
    ]);
    keeper('one', calls);
    await shows('a', 'b');
    await redis.client.flushall();
    clock.advance(12_000);
    await shows('a', 'b');
    await redis.kill();
    await until(() => store.state !== 'ready');
    calls.delete('a');
    clock.advance(ROUND * 2);
    await redis.start();
    await until(() => store.state === 'ready');
    await shows('b');
  });

  it('a thousand calls that end at once are gone at once', async () => {
    const calls = new Map(Array.from({ length: 1100 }, (_, i) => [`c${i}`, callOf(`c${i}`)]));
    keeper('one', calls);
    await until(async () => {
      clock.advance(20);
      return Object.keys(await live()).length === 1100;
    });
    calls.clear();
    await shows();
  });

  it('needs no key where there is no Cluster, and says what it does not understand', async () => {
    expect(await redis.client.call('FCALL', 'hunt_live', 0)).to.deep.equal(['0']);
    expect(await page('0', '501').then(String, messageOf)).to.contain(
      'COUNT count "501" is not allowed: choose 1 to 500',
    );
    expect(await page('x').then(String, messageOf)).to.contain('CURSOR cursor "x" is none that hunt_live gave');
  });
});
