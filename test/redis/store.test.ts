import { expect } from 'chai';
import { pino } from 'pino';
import type { Store } from '../../lib/store/open-store.js';
import { FakeClock } from '../support/fake-clock.js';
import { directory, open, remove, until } from '../support/store.js';
import { suiteRedis } from '../support/suite-redis.js';

const PILOT = '+37167000000';
const MEMBERS = ['+37120000001', '+37120000002', '+37120000003'];

describe('The store: turns and claims', function () {
  this.timeout(20_000);
  const redis = suiteRedis({ appends: 'always' });
  let path: string;
  const stores: Store[] = [];
  const opened = async (...args: Parameters<typeof open>): Promise<Store> => {
    const store = await open(...args);
    stores.push(store);
    return store;
  };
  const starts = async (): Promise<Map<string, number>> => {
    const counts = new Map<string, number>();
    for (const [, fields] of await redis.client.xrange(`hunt:{${PILOT}}:turns`, '-', '+')) {
      const start = fields[fields.indexOf('start') + 1] ?? '';
      counts.set(start, (counts.get(start) ?? 0) + 1);
    }
    return counts;
  };

  beforeEach(async () => {
    path = directory();
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    remove(path);
  });

  it('is fair across nodes: with two interleaved, each member starts equally often', async () => {
    const one = await opened(redis.url, path);
    const two = await opened(redis.url, directory());
    await one.groups.set(PILOT, { policy: 'circular', members: MEMBERS });
    const turns = await Promise.all(
      Array.from({ length: 300 }, (_, i) => (i % 2 ? one : two).takeTurn(PILOT, `call-${i}`)),
    );
    expect(new Set(turns.map((turn) => turn?.number)).size).to.equal(300);
    expect([...(await starts())].sort()).to.deep.equal(MEMBERS.map((member) => [member, 100]));
  });

  it('gives the group with the turn', async () => {
    const store = await opened(redis.url, path);
    await store.groups.set(PILOT, { policy: 'circular', ring: 30, plan: 'VIRTUALAIS', members: MEMBERS });
    await store.takeTurn(PILOT, '1');
    expect(await store.takeTurn(PILOT, '2')).to.deep.include({
      group: {
        pilot: PILOT,
        policy: 'circular',
        ring: 30,
        plan: 'VIRTUALAIS',
        enabled: true,
        version: 1,
        members: MEMBERS,
      },
      number: 2,
      order: [MEMBERS[1], MEMBERS[2], MEMBERS[0]],
    });
    expect(await store.takeTurn('+37167999999', '3')).to.equal(undefined);
  });

  it('a refusal reaches the caller as STORE_REFUSED with the text of the function', async () => {
    const store = await opened(redis.url, path);
    const error = await store.groups.set(PILOT, { members: MEMBERS, ring: 15 }).catch((thrown: unknown) => thrown);
    expect(error).to.include({
      code: 'STORE_REFUSED',
      message: 'RING ring "15" is not allowed: choose one of 10, 20, 30',
    });
  });

  it('Redis away: turns rotate on from memory, and are in Redis once it is back', async () => {
    const store = await opened(redis.url, path);
    await store.groups.set(PILOT, { policy: 'circular', members: MEMBERS });
    await store.takeTurn(PILOT, 'before');
    await redis.kill();
    const orders: unknown[] = [];
    for (const call of ['a', 'b', 'c', 'd', 'e']) orders.push((await store.takeTurn(PILOT, call))?.order[0]);
    expect(orders).to.deep.equal([MEMBERS[1], MEMBERS[2], MEMBERS[0], MEMBERS[1], MEMBERS[2]]);
    expect(store.state).to.equal('away');
    expect(store.ready).to.equal(true);
    const stranger = await store.takeTurn('+37167999999', 'f').catch((thrown: unknown) => thrown);
    expect(stranger, 'a group never seen').to.include({ code: 'STORE_UNAVAILABLE' });
    await redis.start();
    await until(async () => (await redis.client.xlen(`hunt:{${PILOT}}:turns`)) === 6);
    expect([...(await starts())].sort()).to.deep.equal(MEMBERS.map((member) => [member, 2]));
    await until(() => store.state === 'ready');
    expect((await store.takeTurn(PILOT, 'after'))?.order[0]).to.equal(MEMBERS[0]);
  });

  it('a Redis that hangs holds one call no longer than the command timeout, and the next not at all; no turn counts twice', async () => {
    const store = await opened(redis.url, path);
    await store.groups.set(PILOT, { policy: 'circular', members: MEMBERS });
    await store.takeTurn(PILOT, 'before');
    redis.hang();
    const hung = await store.takeTurn(PILOT, 'hung');
    expect(hung?.order[0]).to.equal(MEMBERS[1]);
    const started = performance.now();
    await store.takeTurn(PILOT, 'next');
    expect(performance.now() - started).to.be.lessThan(50);
    redis.resume();
    await until(() => store.state === 'ready');
    await until(async () => (await redis.client.xlen(`hunt:{${PILOT}}:turns`)) >= 3);
    await store.takeTurn(PILOT, 'after');
    const calls = (await redis.client.xrange(`hunt:{${PILOT}}:turns`, '-', '+')).map(([, fields]) => fields[3]);
    expect(calls.sort()).to.deep.equal(['after', 'before', 'hung', 'next']);
  });

  it('opens with Redis away, says so once without the password, and is ready when Redis comes', async () => {
    await redis.kill();
    const lines: string[] = [];
    const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
    const store = await opened(`redis://:secret@127.0.0.1:${redis.port}/0`, path, { log });
    expect(store.state).to.equal('away');
    const turn = await store.takeTurn(PILOT, '1').catch((thrown: unknown) => thrown);
    expect(turn).to.include({ code: 'STORE_UNAVAILABLE' });
    expect(await store.claim(MEMBERS[0] as string, '1')).to.equal(true);
    expect(lines.length).to.equal(1);
    expect(lines[0]).to.contain(`redis://:***@127.0.0.1:${redis.port}/0`).and.not.contain('secret');
    const other = await opened(redis.url, directory());
    await redis.start();
    await until(() => other.state === 'ready');
    expect(await other.groups.set(PILOT, { members: MEMBERS })).to.equal(1);
  });

  it('a member is on one call at a time, on whichever node', async () => {
    const one = await opened(redis.url, path);
    const two = await opened(redis.url, directory());
    const member = MEMBERS[0] as string;
    expect(await one.claim(member, 'first')).to.equal(true);
    expect(await two.claim(member, 'second')).to.equal(false);
    one.release(member, 'first');
    await until(() => two.claim(member, 'second'));
  });

  it('a member whose call ends while Redis is away is free as soon as Redis is back, on every node', async () => {
    const one = await opened(redis.url, path);
    const two = await opened(redis.url, directory());
    const [member = '', other = ''] = MEMBERS;
    await one.claim(member, 'first');
    await one.claim(other, 'again');
    await redis.kill();
    await until(() => one.state === 'away');
    one.release(member, 'first');
    one.release(other, 'again');
    await one.claim(other, 'again');
    await redis.start();
    await until(() => one.state === 'ready' && two.state === 'ready');
    await until(() => two.claim(member, 'second'));
    expect(await two.claim(other, 'second'), 'claimed once more by the same call').to.equal(false);
  });

  it('a release is remembered as long as the claim may live, and no longer', async () => {
    const clock = new FakeClock();
    const store = await opened(redis.url, path, { clock, leases: { lease: 60_000, renewal: 20_000 } });
    const [early = '', late = ''] = MEMBERS;
    for (const member of [early, late]) await store.claim(member, 'call');
    await redis.kill();
    await until(() => store.state === 'away');
    store.release(early, 'call');
    await clock.run(59_000);
    store.release(late, 'call');
    await clock.run(1_000);
    await redis.start();
    await until(async () => {
      await clock.run(250);
      return store.state === 'ready' && (await redis.client.zscore(`member:{${late}}:calls`, 'call')) === null;
    });
    expect(await redis.client.zscore(`member:{${early}}:calls`, 'call')).not.to.equal(null);
  });

  it('a long call keeps its claim: it is renewed while the process lives, and lapses when it dies', async () => {
    const clock = new FakeClock();
    const store = await opened(redis.url, path, { clock, leases: { lease: 60_000, renewal: 20_000 } });
    const member = MEMBERS[0] as string;
    const key = `member:{${member}}:calls`;
    await store.claim(member, 'long');
    await redis.client.zadd(key, 'XX', 1, 'long');
    await clock.run(19_000);
    expect(await redis.client.zscore(key, 'long')).to.equal('1');
    await clock.run(2_000);
    await until(async () => Number(await redis.client.zscore(key, 'long')) > Date.now());
    await redis.client.zadd(key, 'XX', 1, 'long');
    const other = await opened(redis.url, directory());
    expect(await other.claim(member, 'other')).to.equal(true);
  });
});
