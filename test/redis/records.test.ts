import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { createIds } from '../../lib/base/ids.js';
import { ALL_RESULTS } from '../../lib/call/results.js';
import type { Store } from '../../lib/store/open-store.js';
import { documentOf, readRecord } from '../../lib/store/records/fields.js';
import { type CallRecord, POLICIES } from '../../lib/store/types.js';
import { directory, open, recordOf, remove, until } from '../support/store.js';
import { suiteRedis } from '../support/suite-redis.js';

describe('Call records: each in Redis exactly once', function () {
  this.timeout(30_000);
  const redis = suiteRedis({ appends: 'always' });
  let path: string;
  let store: Store;
  const calls = async (): Promise<string[]> =>
    (await redis.client.xrange('records', '-', '+')).map(([, fields]) => readRecord(fields)?.call ?? '');
  const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

  beforeEach(async () => {
    path = directory();
    store = await open(redis.url, path);
  });
  afterEach(async () => {
    await store.close();
    remove(path);
  });

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

  const printed = (text: string): string => text.replace(/[\x7f-\x9f]/g, '\ufffd');

  it('any record is read back as it was written, whatever texts it has', async () => {
    const texts = fc.string({ unit: 'binary', maxLength: 40 });
    const some = texts.filter((text) => text !== '');
    const time = fc.integer({ min: 0, max: 4_102_444_800_000 });
    const attempt = fc.record({
      ...{ member: texts, started: fc.option(time), rang: fc.option(time), ended: fc.option(time) },
      ...{ why: fc.constantFrom(...ALL_RESULTS), status: fc.option(fc.integer({ min: 100, max: 699 })) },
      ...{ trunk: fc.option(texts), callIds: fc.array(texts, { maxLength: 3 }), local: fc.option(texts) },
      said: fc.option(
        fc.record({ status: fc.nat(699), phrase: texts, reason: fc.option(texts), warning: fc.option(texts) }),
      ),
    });
    const any: fc.Arbitrary<CallRecord> = fc.record({
      ...{ call: texts, pilot: texts, caller: texts, started: time, answered: fc.option(time), ended: time },
      ...{ status: fc.integer({ min: 100, max: 699 }), by: fc.option(some) },
      released: fc.constantFrom('caller', 'callee', 'system', null),
      policy: fc.constantFrom(...POLICIES, null),
      ...{ turn: fc.nat(), version: fc.nat(), attempts: fc.array(attempt, { maxLength: 12 }) },
      ...{ node: texts, callId: texts, presented: texts, hidden: fc.boolean(), owner: fc.option(some) },
      diverted: fc.array(fc.stringMatching(/^\+\d{8}$/), { maxLength: 3 }),
      ...{ endReason: fc.option(some), endEstimated: fc.boolean() },
      ...{ cause: fc.option(fc.nat(127)), refused: fc.option(some), waited: fc.nat(), talked: fc.nat() },
    });
    // Ten leave together: each batch waits for its milliseconds.
    const ten = fc.array(any, { minLength: 10, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(ten, async (list) => {
        const records = list.map((record, i) => ({ ...record, call: `${i}${record.call}` }));
        await redis.client.flushall();
        await Promise.all(records.map((record) => store.write(record)));
        const stored = await redis.client.xrange('records', '-', '+');
        // But for what moves a terminal's cursor, in what a peer chose.
        const expected = records.map(({ caller, callId, presented, ...rest }) => ({
          ...rest,
          ...{ caller: printed(caller), callId: printed(callId), presented: printed(presented) },
        }));
        expect(stored.map(([, fields]) => readRecord(fields))).to.deep.equal(expected);
      }),
      { numRuns: 5 },
    );
  });

  it('a record that is no document, or lacks what it is found by, is refused, and nothing of its batch is written', async () => {
    const add = (...documents: string[]): Promise<string> =>
      redis.client.call('FCALL', 'record_add', 1, 'records', 's', '0', ...documents).then(() => 'taken', String);
    const good = documentOf(recordOf('good'));
    const bad = ['{', '[]', '{}', '[[]]', '[["call"],[],["x"]]', '[["pilot","x"],[],["x"]]', '[["call","x"],[],[]]'];
    bad.push('[["call",null],[],["x"]]', '[["call","x"],[[]],["x"]]', '[["call","x"],[],[{}]]', '[["call","x"]]', '');
    for (const document of bad)
      expect(await add(good, document), document).to.contain('ARGUMENTS a record is no JSON array');
    expect(await add()).to.contain('ARGUMENTS give each record as a JSON document');
    expect(await redis.client.exists('records')).to.equal(0);
  });

  it('a node of version 4, which sends the 13 values of a record, is served during an upgrade', async () => {
    const attempts = JSON.stringify([{ member: '+37120000001', why: 'busy' }]);
    const values = ['old', '+37167000000', '', '1', '', '2', '200', '', '', '', '0', '0', attempts];
    const add = (...documents: string[]): Promise<unknown> =>
      redis.client.call('FCALL', 'record_add', 1, 'records', 's', '90d', ...documents).catch(String);
    // The id behind them is for nodes of today.
    expect(((await add(JSON.stringify(values))) as unknown[]).slice(0, 3)).to.deep.equal([1, 0, 0]);
    for (const wrong of ['["good",', '["good"]', JSON.stringify([...values, 'more']), '["a",null]'])
      expect(await add(wrong), wrong).to.contain('ARGUMENTS a record is no JSON array of 13 texts: "');
    const [, fields] = (await redis.client.xrange('records', '-', '+'))[0] ?? [];
    expect(readRecord(fields ?? [])).to.deep.include({ call: 'old', status: 200, node: '', refused: null });
    expect(await redis.client.call('FCALL', 'hunt_calls', 1, 'records', 'member', '+37120000001')).to.have.length(1);
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

  const document = (call: string, more: Partial<CallRecord> = {}): string => documentOf({ ...recordOf(call), ...more });
  const fcall = (name: string, ...args: string[]): Promise<unknown> =>
    redis.client.call('FCALL', name, 1, 'records', ...args);

  it('record_replay adds only what is missing, and says what is there', async () => {
    const all = names('n', 120);
    for (let i = 0; i < 120; i += 60)
      await fcall('record_add', 'a', '', ...all.slice(i, i + 60).map((n) => document(n)));
    const wanted = ['n-7', 'new', ...all.slice(20), 'new', 'n-7'].map((call) => document(call));
    const [, ...found] = (await fcall('record_replay', 'a', '', '', ...wanted)) as string[];
    expect(found.sort()).to.deep.equal(['n-7', ...all.slice(20)].sort());
    expect((await calls()).sort()).to.deep.equal([...all, 'new'].sort());
  });

  it("a peer whose Call-ID is a call's id keeps that call from no record", async () => {
    await fcall('record_add', 'a', '', document('of-the-peer', { callId: 'in-doubt' }));
    expect(await fcall('record_replay', 'a', '', '', document('in-doubt'))).to.deep.equal(['']);
    expect(await fcall('record_replay', 'b', '', '', document('in-doubt'))).to.deep.equal(['', 'in-doubt']);
    expect((await calls()).sort()).to.deep.equal(['in-doubt', 'of-the-peer']);
  });

  it('a command of a fenced sender that arrives late does nothing', async () => {
    const sender = createIds().token();
    const args = [documentOf(recordOf('late'))];
    await fcall('record_replay', sender, '', '', ...args);
    expect(await fcall('record_add', sender, '', ...args)).to.equal(-1);
    expect(await calls()).to.deep.equal(['late']);
  });
});
