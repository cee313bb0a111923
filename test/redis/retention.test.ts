import { expect } from 'chai';
import fc from 'fast-check';
import { pino } from 'pino';
import { createMeter } from '../../lib/api/metrics.js';
import { silentMeter } from '../../lib/base/meter.js';
import { eraseSubject } from '../../lib/privacy/erase.js';
import type { Asked } from '../../lib/privacy/redis.js';
import { Subject } from '../../lib/privacy/subject.js';
import { MASKED_KEY } from '../../lib/store/keys.js';
import type { Store } from '../../lib/store/open-store.js';
import { documentOf, readRecord } from '../../lib/store/records/fields.js';
import { maskedDocument } from '../../lib/store/records/masked.js';
import { Sweeper } from '../../lib/store/records/sweeper.js';
import type { CallRecord } from '../../lib/store/types.js';
import { FakeClock } from '../support/fake-clock.js';
import { type Orphan, orphansOf } from '../support/orphans.js';
import { directory, open, recordOf, remove, until } from '../support/store.js';
import { suiteRedis } from '../support/suite-redis.js';

const PILOT = '+37167000000';
const KEY = `hunt:{${PILOT}}`;
const CALLER = '+37120000009';
const DAY = 86_400_000;
const HOUR = 3_600_000;
const SILENT = pino({ level: 'silent' });

describe('Retention: each class of data has its own life', function () {
  this.timeout(60_000);
  const redis = suiteRedis();
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
  /** As if it had been written so many days ago, with what finds it (functions/index.lua); the older ones first. */
  const aged = async (record: CallRecord, days: number): Promise<void> => {
    const [fields, members, ids, callId] = JSON.parse(documentOf(record)) as [string[], string[], string[], string];
    const at = daysAgo(days);
    const id = `${at}-0`;
    await redis.client.xadd('records', id, ...fields);
    const roles = [`pilot:${record.pilot}`, `caller:${record.caller}`, ...members.map((member) => `member:${member}`)];
    for (const role of roles) await redis.client.zadd(`{records}:${role}`, at * 1000, id);
    for (const one of [...ids, callId]) await redis.client.hset('{records}:ids', one, id);
  };
  const found = async (role: string, number: string): Promise<string[]> => {
    const entries = (await fcall('hunt_calls', 'records', role, number)) as [string, string[]][];
    return entries.map(([, flat]) => flat[1] ?? '');
  };
  /** With 30 days, until so many are masked. */
  const masking = async (count?: number): Promise<void> => {
    const parts = { link: store.link, clock, log: SILENT, meter: silentMeter, retentionDays: 90, maskAfterDays: 30 };
    const sweeper = new Sweeper(parts);
    const isDone = async (): Promise<boolean> => {
      const [[first = ''] = []] = await redis.client.xrange('records', '-', '+', 'COUNT', 1);
      const isMasked = first === '' || Number.parseInt(first, 10) > daysAgo(30);
      const rewritten = await redis.client.zcount('{records}:rewritten', '-inf', daysAgo(30));
      return isMasked && rewritten === 0 && (count === undefined || (await redis.client.xlen(MASKED_KEY)) >= count);
    };
    await until(async () => {
      clock.advance(5_000);
      return isDone();
    });
    sweeper.close();
  };
  const ages = async (): Promise<number[]> =>
    (await redis.client.xrange(`${KEY}:audit`, '-', '+')).map(([id]) =>
      Math.round((Date.now() - Number.parseInt(id, 10)) / DAY),
    );
  const orphans = async (): Promise<Orphan[]> => {
    const found: Orphan[] = [];
    for await (const orphan of orphansOf(asked)) found.push(orphan);
    return found;
  };

  before(() => {
    const command: Asked['command'] = (name, args) => redis.client.call(name, ...args);
    asked = { command, fcall: (name, key, args = []) => fcall(name, key, ...args), nodes: [{ command }] };
  });
  beforeEach(async () => {
    path = directory();
    clock = new FakeClock();
    clock.advance(Date.now() - clock.now());
    store = await open(redis.url, path, { clock, retentionDays: 90, billingMonths: 12 });
  });
  afterEach(async () => {
    await store.close();
    remove(path);
  });

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

  it('it is told how many went, and how old the oldest is that is left', async () => {
    for (const days of [95, 92, 89, 3]) await aged(recordOf(`${days}`), days);
    const meter = createMeter();
    // Not the clock of the store, which sweeps by itself.
    const own = new FakeClock();
    const sweeper = new Sweeper({
      link: store.link,
      clock: own,
      log: SILENT,
      meter,
      retentionDays: 90,
      maskAfterDays: 0,
    });
    try {
      await until(() => {
        own.advance(10_000);
        return meter.counted('records_expired_total') === 2;
      });
    } finally {
      sweeper.close();
    }
    const [, age] = /^virkne_records_oldest_age_seconds (.+)$/m.exec(await meter.render()) ?? [];
    expect(Math.round(Number(age) / 86_400)).to.equal(89);
  });

  it('after records.maskAfterDays a record keeps its group, times and results, and of callers and members no number', async () => {
    const now = Date.now();
    const old = { ...recordOf('old'), by: '+37120000001', presented: '+37120000008', diverted: ['+37120000007'] };
    await aged(old, 31);
    await aged(recordOf('young'), 29);
    await masking();
    const [[id = '', flat = []] = []] = await redis.client.xrange(MASKED_KEY, '-', '+');
    const record = readRecord(flat);
    expect(Math.round((now - Number.parseInt(id, 10)) / DAY)).to.equal(31);
    expect(record).to.deep.include({
      call: 'old',
      pilot: PILOT,
      status: 480,
      started: old.started,
      waited: 30_000,
      callId: '',
    });
    expect(record).to.deep.include({ caller: '+371*****009', by: '+371*****001', diverted: ['+371*****007'] });
    expect(record?.attempts[0]).to.deep.include({ member: '+371*****001', why: 'no-answer', callIds: [] });
    const kept = JSON.stringify(flat);
    for (const number of [CALLER, '+37120000001', '+37120000008', '+37120000007', 'caller-leg'])
      expect(kept).not.to.contain(number.slice(1));
    expect(flat.slice(-6)).to.deep.equal(['revision', '1', 'revised', flat.at(-3), 'masked', 'yes']);
    // Its group and its id find it, and nothing else does.
    expect(await found('pilot', PILOT)).to.deep.equal(['young', 'old']);
    expect(await found('call', 'old')).to.deep.equal(['old']);
    for (const [role, number] of [
      ['caller', CALLER],
      ['member', '+37120000001'],
      ['call', 'caller-leg-of-young'],
    ] as const)
      expect(await found(role, number), role).to.deep.equal(['young']);
    for (const lost of ['caller-leg-of-old', 'member-leg-of-old']) expect(await found('call', lost)).to.deep.equal([]);
    expect(await orphans()).to.deep.equal([]);
  });

  it('what was masked ends with the others, and never is masked again; the audit, from which is charged, is as it was', async () => {
    await redis.client.hset(KEY, 'plan', 'BIZNESS');
    await audit(300);
    const before = await redis.client.xrange(`${KEY}:audit`, '-', '+');
    await aged(recordOf('gone'), 91);
    await aged(recordOf('old'), 89);
    await masking();
    const masked = await redis.client.xrange(MASKED_KEY, '-', '+');
    expect(masked.map(([, flat]) => flat[1])).to.deep.equal(['old']);
    clock.advance(10_000);
    await store.link.ask((client) => client.ping());
    expect(await redis.client.xrange(MASKED_KEY, '-', '+')).to.deep.equal(masked);
    expect(await redis.client.xrange(`${KEY}:audit`, '-', '+')).to.deep.equal(before);
    const [gone, length] = (await fcall('record_sweep', 'records', 80)) as number[];
    expect([gone, length]).to.deep.equal([1, 1]);
    expect(await redis.client.keys('{records}*')).to.deep.equal([]);
  });

  it('a record that was erased from is masked by when it was first written; a pilot is erased from a masked one, too', async () => {
    await aged(recordOf('old'), 31);
    await eraseSubject(asked, new Subject(CALLER), Date.now(), 'test');
    await masking();
    expect(await found('pilot', PILOT)).to.deep.equal(['old']);
    const erasure = await eraseSubject(asked, new Subject(PILOT), Date.now(), 'test');
    expect(erasure.records).to.equal(1);
    expect(await found('pilot', PILOT)).to.deep.equal([]);
    expect(await orphans()).to.deep.equal([]);
    await masking();
    const [[id = '', flat = []] = [], ...others] = await redis.client.xrange(MASKED_KEY, '-', '+');
    expect(others).to.deep.equal([]);
    expect(readRecord(flat)).to.include({ call: 'old', pilot: 'erased', caller: '' });
    expect(Math.round((Date.now() - Number.parseInt(id, 10)) / DAY)).to.equal(31);
    expect(await orphans()).to.deep.equal([]);
  });

  it('thousands are masked bit by bit, and two nodes at once do it once', async () => {
    const document = (i: number): string => documentOf(recordOf(`call-${i}`));
    const fields = (i: number): string[] => (JSON.parse(document(i)) as [string[]])[0];
    for (let i = 0; i < 1000; i++) void redis.client.xadd('records', `${daysAgo(31) + i}-0`, ...fields(i));
    const other = new Sweeper({
      link: store.link,
      clock,
      log: SILENT,
      meter: silentMeter,
      retentionDays: 90,
      maskAfterDays: 30,
    });
    await masking(1000);
    other.close();
    const calls = (await redis.client.xrange(MASKED_KEY, '-', '+')).map(([, flat]) => flat[1]);
    expect(new Set(calls).size).to.equal(1000);
    expect(calls).to.have.length(1000);
  });

  it('whatever was written, erased, masked and swept: no record without what finds it, and nothing that finds no record', async () => {
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
        for (const [id, flat] of await redis.client.xrange('records', '-', '+', 'COUNT', 4))
          await fcall('record_mask', 'records', id, maskedDocument(flat, Date.now()));
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
