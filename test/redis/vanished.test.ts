import { expect } from 'chai';
import { pino } from 'pino';
import type { Store } from '../../lib/store/open-store.js';
import { readRecord } from '../../lib/store/records/fields.js';
import { FakeClock } from '../support/fake-clock.js';
import { directory, open, recordOf, remove, until } from '../support/store.js';
import { suiteRedis } from '../support/suite-redis.js';

const PILOT = '+37167000000';
const OTHER = '+37167000001';
const NEVER_CALLED = '+37167000002';
const MEMBERS = ['+37120000001', '+37120000002'];

describe('Redis emptied under calls: groups that were called before are rung from memory, and it is told', function () {
  this.timeout(20_000);
  const redis = suiteRedis();
  let path: string;
  let clock: FakeClock;
  let store: Store;
  let lines: string[];

  const set = (pilot: string): Promise<number> => store.groups.set(pilot, { policy: 'circular', members: MEMBERS });
  const call = (pilot: string, id: string): Promise<unknown> =>
    store.takeTurn(pilot, id).then(
      (turn) => turn?.order[0] ?? 404,
      (thrown: { code: string }) => thrown.code,
    );
  /** What looks every five seconds has looked. */
  const look = (done: () => boolean): Promise<void> =>
    until(async () => {
      await clock.run(1_000);
      return done();
    });

  beforeEach(async () => {
    path = directory();
    clock = new FakeClock();
    lines = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    store = await open(redis.url, path, { clock, log });
    for (const pilot of [PILOT, OTHER, NEVER_CALLED]) await set(pilot);
    for (const pilot of [PILOT, OTHER]) await store.takeTurn(pilot, `before-${pilot}`);
  });
  afterEach(async () => {
    await store.close();
    remove(path);
  });

  it('FLUSHALL: known groups ring on, in turn; others are not told 404; one loud line each; /readyz says what to do', async () => {
    expect(store.degraded).to.deep.equal([]);
    await redis.client.flushall();
    expect([await call(PILOT, 'a'), await call(PILOT, 'b')]).to.deep.equal([MEMBERS[1], MEMBERS[0]]);
    expect(await call(OTHER, 'c')).to.equal(MEMBERS[1]);
    expect(await call(NEVER_CALLED, 'd'), '503, as nobody can know').to.equal('STORE_UNAVAILABLE');
    expect(store.state).to.equal('ready');
    expect(store.degraded.join())
      .to.contain('redis: 2 groups that were called before are gone')
      .and.contain('hunt_set');
    expect(lines.filter((line) => line.includes('is gone from Redis and nobody deleted it'))).to.have.length(2);
  });

  it('is noticed without a call, too', async () => {
    await redis.client.flushall();
    await look(() => store.degraded.length > 0);
  });

  it('a number that memory gave is provisional in the record: no master ever counted that turn', async () => {
    await redis.client.flushall();
    const turn = await store.takeTurn(PILOT, 'a');
    const done = store.write({ ...recordOf('a'), turn: turn?.number ?? 0 });
    await clock.run(50);
    await done;
    const [[, fields] = []] = await redis.client.xrange('records', '-', '+');
    expect(readRecord(fields ?? [])).to.deep.include({ call: 'a', turn: 2, provisional: true });
    expect(fields?.slice(-2)).to.deep.equal(['provisional', 'yes']);
  });

  it('the way back: restored or set anew, or deleted for good', async () => {
    await redis.client.flushall();
    for (const pilot of [PILOT, OTHER]) await call(pilot, `gone-${pilot}`);
    await set(PILOT);
    expect(await call(PILOT, 'again')).to.equal(MEMBERS[0]);
    expect(store.degraded.join()).to.contain('redis: 1 groups');
    expect(await store.groups.delete(OTHER)).to.equal(false);
    await look(() => store.degraded.length === 0);
    expect([await call(OTHER, 'e'), await call(NEVER_CALLED, 'f')]).to.deep.equal([404, 404]);
    expect(lines.at(-1)).to.contain('are there again, or deleted');
  });

  it('what an operator deletes with hunt_del is 404 at once, also where another node deletes it', async () => {
    await redis.client.call('FCALL', 'hunt_del', 1, `hunt:{${PILOT}}`);
    expect(await call(PILOT, 'a')).to.equal(404);
    expect(store.degraded).to.deep.equal([]);
    expect(await redis.client.ttl(`hunt:{${PILOT}}:deleted`)).to.be.within(30 * 86_400 - 5, 30 * 86_400);
    await set(PILOT);
    expect(await redis.client.exists(`hunt:{${PILOT}}:deleted`)).to.equal(0);
  });

  it('of one group, by hand: only that one is taken for lost', async () => {
    await redis.client.del(`hunt:{${PILOT}}`, `hunt:{${PILOT}}:members`);
    expect(await call(PILOT, 'a')).to.equal(MEMBERS[1]);
    expect(await call(OTHER, 'b')).to.equal(MEMBERS[1]);
    expect(store.degraded.join()).to.contain('redis: 1 groups');
  });
});
