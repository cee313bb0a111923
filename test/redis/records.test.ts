import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { pino } from 'pino';
import { createIds } from '../../lib/base/ids.js';
import { ALL_RESULTS } from '../../lib/call/results.js';
import type { Store } from '../../lib/store/open-store.js';
import { documentOf, readRecord } from '../../lib/store/records/fields.js';
import { type CallRecord, POLICIES } from '../../lib/store/types.js';
import { FakeClock } from '../support/fake-clock.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { directory, open, recordOf, remove, until } from '../support/store.js';

describe('Call records: each in Redis exactly once', function () {
  this.timeout(30_000);
  let redis: TestRedis;
  let path: string;
  let store: Store;
  const calls = async (): Promise<string[]> =>
    (await redis.client.xrange('records', '-', '+')).map(([, fields]) => readRecord(fields)?.call ?? '');
  const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

  before(async () => {
    redis = await startRedis();
  });
  beforeEach(async () => {
    await redis.client.flushall();
    path = directory();
    store = await open(redis.url, path);
  });
  afterEach(async () => {
    await store.close();
    remove(path);
  });
  after(() => redis.stop());

  it('writes a record as flat fields and reads the same record back', async () => {
    const record = { ...recordOf('one'), answered: 1_767_600_001_000, by: '+37120000001', released: 'caller' as const };
    await store.write(record);
    await store.write(recordOf('two'));
    const [first, second] = await redis.client.xrange('records', '-', '+');
    expect(first?.[1].slice(0, 4)).to.deep.equal(['call', 'one', 'pilot', '+37167000000']);
    expect(readRecord(first?.[1] ?? [])).to.deep.equal(record);
    expect(readRecord(second?.[1] ?? [])).to.deep.equal(recordOf('two'));
  });

  it('a record that cannot be put into words costs itself, and not those that leave with it', async () => {
    const broken: CallRecord = { ...recordOf('broken'), attempts: [1n] as never };
    await Promise.all([store.write(recordOf('before')), store.write(broken), store.write(recordOf('after'))]);
    expect(await calls()).to.deep.equal(['before', 'after']);
  });

  it('any record is read back as it was written, whatever texts it has', async () => {
    const texts = fc.string({ unit: 'binary', maxLength: 40 });
    const time = fc.integer({ min: 0, max: 4_102_444_800_000 });
    const attempt = fc.record({
      ...{ member: texts, started: fc.option(time), rang: fc.option(time), ended: fc.option(time) },
      ...{ why: fc.constantFrom(...ALL_RESULTS), status: fc.option(fc.integer({ min: 100, max: 699 })) },
    });
    const any: fc.Arbitrary<CallRecord> = fc.record({
      ...{ call: texts, pilot: texts, caller: texts, started: time, answered: fc.option(time), ended: time },
      ...{ status: fc.integer({ min: 100, max: 699 }), by: fc.option(texts.filter((text) => text !== '')) },
      released: fc.constantFrom('caller', 'callee', 'system', null),
      policy: fc.constantFrom(...POLICIES, null),
      ...{ turn: fc.nat(), version: fc.nat(), attempts: fc.array(attempt, { maxLength: 12 }) },
    });
    await fc.assert(
      fc.asyncProperty(any, async (record) => {
        const call = `x${record.call}`;
        await store.write({ ...record, call });
        const [[, fields] = []] = await redis.client.xrevrange('records', '+', '-', 'COUNT', 1);
        expect(readRecord(fields ?? [])).to.deep.equal({ ...record, call });
      }),
      { numRuns: 50 },
    );
  });

  it('a record that is no document, or lacks a value, is refused, and nothing of its batch is written', async () => {
    const add = (...documents: string[]): Promise<string> =>
      redis.client.call('FCALL', 'record_add', 1, 'records', 's', '0', ...documents).then(() => 'taken', String);
    const good = documentOf(recordOf('good'));
    const bad = ['["good",', '["good"]', good.replace('"480"', 'null'), good.replace('"480"', '[]'), '{}', ''];
    for (const document of bad)
      expect(await add(good, document), document).to.contain('ARGUMENTS a record is no JSON array of 13 texts: "');
    expect(await redis.client.exists('records')).to.equal(0);
  });

  it('a node of version 3, which sends a record as 13 values, is served during an upgrade', async () => {
    const values = ['old', 'p', '', '1', '', '2', '200', '', '', '', '0', '0', '[]'];
    const add = (...args: string[]): Promise<unknown> =>
      redis.client.call('FCALL', 'record_add', 1, 'records', 's', '0', ...args).catch(String);
    expect(await add(...values, ...values)).to.equal(2);
    expect(await add(...values, 'rest')).to.contain('ARGUMENTS give each record as a JSON array of texts: call, pilot');
    const [, fields] = (await redis.client.xrange('records', '-', '+'))[0] ?? [];
    expect(readRecord(fields ?? [])).to.deep.include({ call: 'old', status: 200, attempts: [] });
  });

  it('those of one turn of the event loop go in one command', async () => {
    await redis.client.config('RESETSTAT');
    await Promise.all(names('batch', 50).map((call) => store.write(recordOf(call))));
    expect(await redis.client.info('commandstats')).to.match(/cmdstat_fcall:calls=1,/);
    expect(await calls()).to.have.length(50);
  });

  it('Redis killed in the middle of the writing, and started again: none lost, none doubled', async () => {
    const written: Promise<void>[] = [];
    const all: string[] = [];
    const burst = async (prefix: string): Promise<void> => {
      for (const call of names(prefix, 200)) {
        all.push(call);
        written.push(store.write(recordOf(call)));
        if (all.length % 10 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      }
    };
    await burst('up');
    const dead = redis.kill();
    await burst('dying');
    await dead;
    await burst('down');
    await Promise.all(written);
    await redis.start();
    await burst('back');
    await Promise.all(written);
    await until(async () => (await calls()).length >= all.length);
    expect((await calls()).sort()).to.deep.equal(all.sort());
  });

  it('Redis hangs: what it took without answering is not written again', async () => {
    redis.hang();
    const all = names('hung', 30);
    await Promise.all(all.map((call) => store.write(recordOf(call))));
    await store.write(recordOf('later'));
    redis.resume();
    await until(async () => (await calls()).length >= 31);
    await until(() => store.state === 'ready');
    await store.write(recordOf('last'));
    expect((await calls()).sort()).to.deep.equal([...all, 'later', 'last'].sort());
  });

  it('a process that stops with Redis away leaves its records to the next one', async () => {
    await redis.kill();
    await Promise.all(names('spooled', 250).map((call) => store.write(recordOf(call))));
    await store.close();
    await redis.start();
    store = await open(redis.url, path);
    await until(async () => (await calls()).length >= 250);
    expect(new Set(await calls()).size).to.equal(250);
  });

  it('a spool on a disk that takes nothing: records go to Redis from memory, also while the process stops', async () => {
    await store.close();
    writeFileSync(join(path, 'file'), '');
    store = await open(redis.url, join(path, 'file', 'spool'));
    expect(store.degraded.join()).to.contain('spool: cannot be written').and.contain('ENOTDIR');
    await redis.kill();
    await Promise.all(names('held', 250).map((call) => store.write(recordOf(call))));
    await redis.start();
    await until(() => store.state === 'ready');
    await store.close();
    expect((await calls()).sort()).to.deep.equal(names('held', 250).sort());
  });

  it('a record that Redis refuses costs itself: the others of its batch land', async () => {
    await redis.kill();
    const bad = { ...recordOf('bad'), caller: '\ud800' };
    await Promise.all(['one', bad, 'two'].map((one) => store.write(typeof one === 'string' ? recordOf(one) : one)));
    await redis.start();
    await until(async () => (await calls()).length === 2);
    await until(() => store.state === 'ready');
    await store.write(recordOf('last'));
    expect(await calls()).to.deep.equal(['one', 'two', 'last']);
  });

  it('record_replay adds only what is missing, also when it must look in several steps', async () => {
    const args = (call: string): string[] => [call, 'p', '', '1', '', '2', '200', '', '', '', '0', '0', '[]'];
    for (let i = 0; i < 2500; i += 100) {
      void redis.client.call('FCALL', 'record_add', 1, 'records', 'a', '0', ...names(`n${i}`, 100).flatMap(args));
    }
    const replay = async (from: string, wanted: string[]): Promise<string[]> =>
      (await redis.client.call(
        'FCALL',
        'record_replay',
        1,
        'records',
        'a',
        '0',
        from,
        ...wanted.flatMap(args),
      )) as string[];
    let steps = 0;
    let missing = ['n2400-7', 'new', 'n0-0'];
    for (let from = '0'; from !== ''; steps++) {
      const [next = '', ...found] = await replay(from, missing);
      missing = missing.filter((call) => !found.includes(call));
      from = next;
    }
    expect(steps).to.equal(3);
    expect(missing).to.deep.equal(['new']);
    expect((await calls()).filter((call) => call === 'new')).to.have.length(1);
    expect(await redis.client.xlen('records')).to.equal(2501);
  });

  it('a command of a fenced sender that arrives late does nothing', async () => {
    const sender = createIds().token();
    const args = ['late', 'p', '', '1', '', '2', '200', '', '', '', '0', '0', '[]'];
    await redis.client.call('FCALL', 'record_replay', 1, 'records', sender, '0', '0', ...args);
    expect(await redis.client.call('FCALL', 'record_add', 1, 'records', sender, '0', ...args)).to.equal(-1);
    expect(await calls()).to.deep.equal(['late']);
  });

  it('keeps records for the configured days', async () => {
    await redis.client.xadd('records', '1-1', 'call', 'ancient');
    for (let i = 0; i < 150; i++) await redis.client.xadd('records', `${2 + i}-1`, 'call', 'ancient');
    await store.write(recordOf('new'));
    expect(await redis.client.xlen('records')).to.be.lessThan(100);
    expect(await calls()).to.include('new');
  });

  it('a node with a wrong clock removes nothing: age is told by the clock of Redis', async () => {
    await Promise.all(names('kept', 300).map((call) => store.write(recordOf(call))));
    const clock = new FakeClock();
    clock.advance(Date.now() + 400 * 86_400_000);
    const other = await open(redis.url, directory(), { clock });
    const done = other.write(recordOf('from the future'));
    clock.advance(50);
    await done;
    const old = ['old', 'p', '', '1', '', '2', '200', '', '', '', '0', '0', '[]'];
    await redis.client.call('FCALL', 'record_add', 1, 'records', 'v3', String(clock.now()), ...old);
    expect(await redis.client.xlen('records')).to.equal(302);
    await other.close();
  });

  it('retention removes no more than a tenth of the records at once, and says how many they were', async () => {
    for (let i = 1; i <= 3000; i++) void redis.client.xadd('records', `${i}-1`, 'call', 'ancient');
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    const clock = new FakeClock();
    const other = await open(redis.url, directory(), { log, clock });
    const write = async (call: string): Promise<number> => {
      const done = other.write(recordOf(call));
      clock.advance(50);
      await done;
      return redis.client.xlen('records');
    };
    expect(await write('one')).to.equal(2701);
    expect(await write('two'), 'within ten seconds').to.equal(2702);
    clock.advance(10_000);
    expect(await write('three')).to.equal(2503);
    expect(lines.map((line) => JSON.parse(line))[0]).to.deep.include({ gone: 300, of: 3000, retentionDays: 90 });
    await other.close();
  });
});
