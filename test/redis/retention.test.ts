import { expect } from 'chai';
import fc from 'fast-check';
import { eraseSubject } from '../../lib/privacy/erase.js';
import type { Asked } from '../../lib/privacy/redis.js';
import { Subject } from '../../lib/privacy/subject.js';
import type { Store } from '../../lib/store/open-store.js';
import { type Orphan, orphansOf } from '../../lib/store/records/orphans.js';
import type { CallRecord } from '../../lib/store/types.js';
import { FakeClock } from '../support/fake-clock.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { directory, open, recordOf, remove, until } from '../support/store.js';

const PILOT = '+37167000000';
const KEY = `hunt:{${PILOT}}`;
const CALLER = '+37120000009';
const DAY = 86_400_000;
const HOUR = 3_600_000;

describe('Retention: each class of data has its own life', function () {
  this.timeout(60_000);
  let redis: TestRedis;
  let path: string;
  let store: Store;
  let clock: FakeClock;
  let asked: Asked;
  const fcall = (name: string, key: string, ...args: (string | number)[]): Promise<unknown> =>
    redis.client.call('FCALL', name, 1, key, ...args);
  const daysAgo = (days: number): number => Date.now() - days * DAY;
  const audit = (days: number, after = '{"plan":"BIZNESS"}'): Promise<unknown> =>
    redis.client.xadd(
      `${KEY}:audit`,
      `${daysAgo(days)}-0`,
      ...['by', '', 'what', 'hunt_set', 'before', '', 'after', after],
    );
  const ages = async (): Promise<number[]> =>
    (await redis.client.xrange(`${KEY}:audit`, '-', '+')).map(([id]) =>
      Math.round((Date.now() - Number.parseInt(id, 10)) / DAY),
    );
  const orphans = async (): Promise<Orphan[]> => {
    const found: Orphan[] = [];
    for await (const orphan of orphansOf(asked)) found.push(orphan);
    return found;
  };

  before(async () => {
    redis = await startRedis();
    const command: Asked['command'] = (name, args) => redis.client.call(name, ...args);
    asked = { command, fcall: (name, key, args = []) => fcall(name, key, ...args), nodes: [{ command }] };
  });
  beforeEach(async () => {
    await redis.client.flushall();
    path = directory();
    clock = new FakeClock();
    clock.advance(Date.now() - clock.now());
    store = await open(redis.url, path, { clock, retentionDays: 90, billingMonths: 12 });
  });
  afterEach(async () => {
    await store.close();
    remove(path);
  });
  after(() => redis.stop());

  it('an audit keeps what is within its life, and the last change before: what the group was when that begins', async () => {
    await redis.client.hset(KEY, 'plan', 'BIZNESS');
    for (const days of [900, 800, 700, 100, 1]) await audit(days);
    expect(await fcall('audit_sweep', KEY, 365)).to.equal(2);
    expect(await ages()).to.deep.equal([700, 100, 1]);
    expect(await fcall('audit_sweep', KEY, 365)).to.equal(0);
  });

  it('that of a group that was deleted goes as a whole, and no sooner', async () => {
    for (const [days, after] of [
      [900, '{}'],
      [300, ''],
    ] as const)
      await audit(days, after);
    expect(await fcall('audit_sweep', KEY, 365)).to.equal(0);
    expect(await fcall('audit_sweep', KEY, 200)).to.equal(2);
    expect(await redis.client.exists(`${KEY}:audit`)).to.equal(0);
  });

  it('a group that is as it was for longer than that keeps its last change', async () => {
    await redis.client.hset(KEY, 'plan', 'BIZNESS');
    await audit(900);
    expect(await fcall('audit_sweep', KEY, 365)).to.equal(0);
    expect(await ages()).to.deep.equal([900]);
  });

  it('the service does so by itself once an hour: audits, and closed months, each after charges.retentionMonths', async () => {
    await redis.client.hset(KEY, 'plan', 'BIZNESS');
    for (let i = 0; i < 250; i++) await audit(1000 - i);
    await audit(1);
    const monthsAgo = (months: number): string => new Date(daysAgo(months * 30.5)).toISOString().slice(0, 7);
    await redis.client.rpush(`charges:{${monthsAgo(15)}}`, 'old');
    await redis.client.rpush(`charges:{${monthsAgo(11)}}`, 'young');
    clock.advance(HOUR);
    await until(async () => {
      clock.advance(50);
      return (await redis.client.keys('charges:*')).length === 1 && (await ages()).length === 2;
    });
    expect(await ages()).to.deep.equal([751, 1]);
    expect(await redis.client.lrange(`charges:{${monthsAgo(11)}}`, 0, -1)).to.deep.equal(['young']);
  });

  it('after a sweep no record is older than its life and one interval, whatever schema it has; the audit stays', async () => {
    await audit(300);
    await redis.client.xadd('records', `${daysAgo(91)}-0`, 'call', 'first-schema', 'attempts', '[]');
    await redis.client.xadd('records', `${daysAgo(90.5)}-0`, 'some', 'stranger');
    await redis.client.xadd('records', `${daysAgo(89)}-0`, 'call', 'young', 'attempts', '[]');
    await until(async () => {
      clock.advance(10_000);
      return (await redis.client.xlen('records')) === 1;
    });
    expect((await redis.client.xrange('records', '-', '+')).map(([, flat]) => flat[1])).to.deep.equal(['young']);
    expect(await ages()).to.deep.equal([300]);
  });

  it('whatever was written, erased and swept: no record without what finds it, and nothing that finds no record', async () => {
    let count = 0;
    const number = fc.constantFrom(PILOT, CALLER, '+37120000001', 'sip:a@b', '');
    const some = fc.record({ pilot: number, caller: number, members: fc.array(number, { maxLength: 4 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(some, { maxLength: 12 }), number, async (all, erased) => {
        const [attempt] = recordOf('x').attempts as [CallRecord['attempts'][0]];
        const writes = all.map(({ members, ...rest }) =>
          store.write({
            ...recordOf(`call-${count++}`),
            ...rest,
            attempts: members.map((member) => ({ ...attempt, member })),
          }),
        );
        clock.advance(50);
        await Promise.all(writes);
        if (erased !== '') await eraseSubject(asked, new Subject(erased), Date.now(), 'test');
        expect(await orphans()).to.deep.equal([]);
        await fcall('record_sweep', 'records', 0, 5);
        expect(await orphans()).to.deep.equal([]);
      }),
      { numRuns: 25 },
    );
  });

  it('the checker finds an orphan either way', async () => {
    const written = store.write(recordOf('one'));
    clock.advance(50);
    await written;
    await redis.client.del(`{records}:caller:${CALLER}`);
    await redis.client.zadd(`{records}:member:${CALLER}`, 1, '1-1');
    await redis.client.hset('{records}:ids', 'gone', '2-2');
    const found = (await orphans()).map(({ key, what }) => [key, what]);
    expect(found).to.deep.equal([
      [`{records}:caller:${CALLER}`, 'record without index'],
      [`{records}:member:${CALLER}`, 'index without record'],
      ['{records}:ids', 'index without record'],
    ]);
  });
});
