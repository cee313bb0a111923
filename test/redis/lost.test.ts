import { expect } from 'chai';
import { pino } from 'pino';
import { silentMeter } from '../../lib/base/meter.js';
import { unavailable } from '../../lib/store/errors.js';
import { groupKey } from '../../lib/store/keys.js';
import type { Store } from '../../lib/store/open-store.js';
import { documentOf, readRecord } from '../../lib/store/records/fields.js';
import { LostCalls } from '../../lib/store/records/lost-calls.js';
import { RECORD } from '../../lib/store/records/schema.js';
import type { CallRecord } from '../../lib/store/types.js';
import { FakeClock } from '../support/fake-clock.js';
import { orphansOf } from '../support/orphans.js';
import { directory, open, recordOf, remove, until } from '../support/store.js';
import { fcallOn, suiteRedis } from '../support/suite-redis.js';

const PILOT = '+37167000000';
const LEASE = 30_000;
const LOST = 'riga:dead';

describe('A node that is lost: each of its calls has exactly one record', function () {
  this.timeout(30_000);
  const redis = suiteRedis({ appends: 'always' });
  let path: string;
  let store: Store;
  let clock: FakeClock;
  const alive: LostCalls[] = [];

  const fcall = fcallOn(redis, 'records');
  const turn = (call: string, node: string): Promise<unknown> =>
    redis.client.call('FCALL', 'hunt_turn_json', 1, groupKey(PILOT), call, '', node);
  const tell = (call: string, more: object = {}): Promise<unknown> => {
    const view = { node: LOST, pilot: PILOT, caller: '+37120000009', hidden: false, started: 1000, answered: null };
    return fcall('live_update', LOST, 1, call, JSON.stringify({ ...view, member: '+37120000001', ...more }));
  };
  const node = (name: string, link = store.link): LostCalls => {
    const log = pino({ level: 'silent' });
    const one = new LostCalls({ link, clock, log, meter: silentMeter, node: name });
    alive.push(one);
    return one;
  };
  /** As it is half a minute after its last sign of life. Returns when that was. */
  const lapse = async (name = LOST): Promise<number> => {
    const score = Date.now() - 1;
    await redis.client.zadd('{records}:nodes', score, name);
    return score - LEASE;
  };
  const nodes = (): Promise<string[]> => redis.client.zrange('{records}:nodes', '0', '-1');
  const reckoned = (): Promise<void> =>
    until(async () => {
      clock.advance(1000);
      return !(await nodes()).includes(LOST);
    });
  const records = async (): Promise<CallRecord[]> =>
    (await redis.client.xrange('records', '-', '+')).flatMap(([, fields]) => readRecord(fields) ?? []);
  const calls = async (): Promise<string[]> => (await records()).map(({ call }) => call).sort();
  const orphans = async (): Promise<unknown[]> => {
    const found: unknown[] = [];
    for await (const one of orphansOf(store.link)) found.push(one);
    return found;
  };

  beforeEach(async () => {
    path = directory();
    store = await open(redis.url, path);
    clock = new FakeClock();
    await store.groups.set(PILOT, { policy: 'circular', members: ['+37120000001', '+37120000002'] });
  });
  afterEach(async () => {
    await Promise.all(alive.splice(0).map((one) => one.close()));
    await store.close();
    remove(path);
  });

  it('those that Redis was told of, and those of which it has the turn alone; no other', async () => {
    for (const call of ['told', 'young', 'over']) await turn(call, LOST);
    await turn('elsewhere', 'riga:alive');
    await tell('told');
    await tell('up', { started: 5000, answered: 9000, member: '+37120000002', hidden: true });
    await fcall('record_add', 'sender', '', documentOf(recordOf('over')));
    const seen = await lapse();
    node('riga:next');
    await reckoned();
    const all = await records();
    expect(all.map(({ call }) => call).sort()).to.deep.equal(['over', 'told', 'up', 'young']);
    const of = (name: string): Partial<CallRecord> => all.find(({ call }) => call === name) ?? {};
    expect(of('told')).to.deep.include({
      estimated: true,
      node: 'riga',
      caller: '+37120000009',
      started: 1000,
      turn: 1,
    });
    expect(of('told')).to.deep.include({ status: 500, answered: null, released: null, ended: seen, cause: 41 });
    expect(of('told').attempts?.map(({ member, why }) => [member, why])).to.deep.equal([['+37120000001', 'fault']]);
    expect(of('up')).to.deep.include({ status: 200, by: '+37120000002', released: 'system', talked: seen - 9000 });
    expect(of('up')).to.deep.include({ waited: 4000, hidden: true, endReason: 'node-lost', endEstimated: true });
    expect(of('young')).to.deep.include({ estimated: true, pilot: PILOT, turn: 2, attempts: [] });
    expect(of('over').estimated).to.equal(undefined);
    for (const one of all) expect(() => RECORD.parse(one), one.call).not.to.throw();
    expect(await redis.client.keys('*riga:dead*')).to.deep.equal([]);
    expect(await orphans()).to.deep.equal([]);
  });

  it('a group whose turns are something else keeps no other call from having its record', async () => {
    await redis.client.set('hunt:{+37167000099}:turns', 'no stream');
    await turn('young', LOST);
    await tell('told');
    await lapse();
    node('riga:next');
    await reckoned();
    expect(await calls()).to.deep.equal(['told', 'young']);
  });

  it('also with a Redis that is away for a moment, again and again, while they are reckoned', async () => {
    for (let i = 0; i < 20; i++) await turn(`call-${i}`, LOST);
    for (let i = 0; i < 9; i++)
      await redis.client.xadd(`hunt:{+3716700010${i}}:turns`, '*', 'call', 'no', 'node', 'other');
    await lapse();
    let commands = 0;
    const mayFail = (send: () => Promise<unknown>): Promise<unknown> =>
      ++commands % 3 === 0 ? Promise.reject(unavailable('away')) : send();
    const { link } = store;
    const limping = {
      state: 'ready',
      onChange: () => {},
      nodes: link.nodes,
      fcall: (name: string, key: string, args: string[]) =>
        name === 'node_alive' ? link.fcall(name, key, args) : mayFail(() => link.fcall(name, key, args)),
      command: (name: string, args: string[]) => mayFail(() => link.command(name, args)),
    } as unknown as Store['link'];
    node('riga:next', limping);
    await reckoned();
    expect(commands).to.be.above(10);
    expect((await calls()).length).to.equal(20);
  });

  it('several processes that find it at once write one record for each call', async () => {
    for (let i = 0; i < 120; i++) await turn(`call-${i}`, LOST);
    await lapse();
    const taking = (): Promise<number> => redis.client.del(`{records}:taking:${LOST}`);
    for (const name of ['riga:b', 'riga:c', 'riga:d']) {
      node(name);
      // Not even who takes it up is left to the lock.
      await until(async () => (await nodes()).includes(name));
      await taking();
    }
    await reckoned();
    await until(async () => {
      clock.advance(1000);
      return (await records()).length >= 120;
    });
    for (let i = 0; i < 20; i++) {
      clock.advance(1000);
      await redis.client.ping();
    }
    expect(await calls()).to.deep.equal(Array.from({ length: 120 }, (_, i) => `call-${i}`).sort());
  });

  it('a process that was only cut off writes the true record, which takes the place of what was reckoned', async () => {
    for (const call of ['a', 'b', 'c']) await turn(call, LOST);
    const before = Date.now() - 60_000;
    await lapse();
    node('riga:next');
    await reckoned();
    expect((await records()).map(({ estimated }) => estimated)).to.deep.equal([true, true, true]);
    await fcall('record_add', 'sender', '', documentOf(recordOf('a')), documentOf(recordOf('a2')));
    // From the spool: in doubt, so that it is looked for first.
    const [next, ...found] = (await fcall('record_replay', 'old', '', before, documentOf(recordOf('b')))) as string[];
    expect([next, found]).to.deep.equal(['', []]);
    expect(await calls()).to.deep.equal(['a', 'a2', 'b', 'c']);
    expect((await records()).filter(({ estimated }) => estimated).map(({ call }) => call)).to.deep.equal(['c']);
    expect(await orphans()).to.deep.equal([]);
    // Once it is there it is like any other: nothing takes its place.
    const [, ...there] = (await fcall('record_replay', 'old2', '', before, documentOf(recordOf('b')))) as string[];
    expect(there).to.deep.equal(['b']);
  });

  it('also where somebody was erased from it meanwhile', async () => {
    await turn('a', LOST);
    await lapse();
    node('riga:next');
    await reckoned();
    const [[id = ''] = []] = await redis.client.xrange('records', '-', '+');
    await fcall('record_rewrite', id, documentOf({ ...recordOf('a'), caller: 'erased' }));
    await fcall('record_add', 'sender', '', documentOf(recordOf('a')));
    expect((await records()).map(({ caller }) => caller)).to.deep.equal(['+37120000009']);
    expect(await orphans()).to.deep.equal([]);
  });

  it('an end that was planned leaves nothing to reckon; one that says it lives is not lost', async () => {
    const one = node('riga:one');
    await until(async () => (await nodes()).includes('riga:one'));
    const left = Number(await redis.client.zscore('{records}:nodes', 'riga:one')) - Date.now();
    expect(left).to.be.within(LEASE - 5000, LEASE);
    await turn('a', 'riga:one');
    node('riga:two');
    await until(async () => (await nodes()).includes('riga:two'));
    for (let i = 0; i < 6; i++) {
      clock.advance(10_000);
      await redis.client.ping();
    }
    expect(await records()).to.deep.equal([]);
    await one.close();
    expect(await nodes()).to.deep.equal(['riga:two']);
  });

  it('one that says that it lives while its calls are reckoned stays among those that live, with its live calls', async () => {
    await turn('a', LOST);
    await tell('a');
    await lapse();
    await fcall('node_alive', LOST);
    await fcall('node_leave', LOST, 'lapsed');
    expect(await nodes()).to.deep.equal([LOST]);
    expect(await redis.client.hkeys(`{records}:live:${LOST}`)).to.deep.equal(['a']);
    await lapse();
    await fcall('node_leave', LOST, 'lapsed');
    expect(await nodes()).to.deep.equal([]);
    expect(await redis.client.keys(`*${LOST}*`)).to.deep.equal([]);
  });

  it('a store of the service names the process in each turn, and leaves when it is closed', async () => {
    const other = directory();
    const service = await open(redis.url, other, { node: 'riga:own' });
    await service.takeTurn(PILOT, 'a');
    const [[, fields = []] = []] = await redis.client.xrange(`${groupKey(PILOT)}:turns`, '-', '+');
    expect(fields.slice(-2)).to.deep.equal(['node', 'riga:own']);
    await until(async () => (await nodes()).includes('riga:own'));
    await service.close();
    expect(await nodes()).to.deep.equal([]);
    remove(other);
  });

  it('a call that began with Redis away has one, too: the process that finds its turn in the spool writes it', async () => {
    const spooled = directory();
    const dying = await open(redis.url, spooled, { node: LOST });
    await dying.takeTurn(PILOT, 'before');
    await redis.kill();
    await until(() => dying.state === 'away');
    await dying.takeTurn(PILOT, 'away');
    await dying.takeTurn(PILOT, 'over');
    await dying.write(recordOf('over'));
    // All that it leaves is on the disk.
    await dying.close();
    await redis.start();
    const next = await open(redis.url, spooled, { node: 'riga:second' });
    await until(async () => (await calls()).length === 2);
    const [away, over] = (await records()).sort((a, b) => (a.call < b.call ? -1 : 1));
    expect(away).to.deep.include({ call: 'away', estimated: true, node: 'riga', turn: 2, status: 500 });
    expect(over).to.deep.include({ call: 'over', turn: 3 });
    expect(over?.estimated).to.equal(undefined);
    await next.close();
    remove(spooled);
  });

  it('so has one whose process dies when Redis is back and has the turn, before anybody was told of the call', async () => {
    const spooled = directory();
    const dying = await open(redis.url, spooled, { node: LOST });
    await dying.takeTurn(PILOT, 'before');
    await redis.kill();
    await until(() => dying.state === 'away');
    await dying.takeTurn(PILOT, 'away');
    const begun = Date.now();
    await redis.start();
    const turns = `${groupKey(PILOT)}:turns`;
    await until(async () => (await redis.client.xlen(turns)) === 2);
    // Its spool is empty: whoever comes after it on this disk knows nothing of the call.
    await dying.close();
    await until(() => store.state === 'ready');
    await lapse();
    node('riga:next');
    await reckoned();
    const all = (await records()).sort((a, b) => a.turn - b.turn);
    expect(all.map(({ call, turn: number }) => [call, number])).to.deep.equal([
      ['before', 1],
      ['away', 2],
    ]);
    expect(all[1]).to.deep.include({ estimated: true, node: 'riga', status: 500 });
    expect(all[1]?.started, 'when it began, not when it was written down').to.be.at.most(begun);
    remove(spooled);
  });
});
