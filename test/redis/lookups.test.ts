import { expect } from 'chai';
import fc from 'fast-check';
import { pino } from 'pino';
import { messageOf } from '../../lib/base/errors.js';
import type { Store } from '../../lib/store/open-store.js';
import { documentOf, readRecord } from '../../lib/store/records/fields.js';
import type { CallRecord } from '../../lib/store/types.js';
import { FakeClock } from '../support/fake-clock.js';
import { directory, open, recordOf, remove, until } from '../support/store.js';
import { suiteRedis } from '../support/suite-redis.js';

const DAY = 86_400_000;
const PILOT = '+37167000000';
const CALLER = '+37120000009';
const MEMBER = '+37120000001';

type Entry = [id: string, fields: string[]];

describe('Call records: found by number, call and Call-ID, and gone when their time is over', function () {
  this.timeout(30_000);
  const redis = suiteRedis();
  let path: string;
  let store: Store;
  const lookUp = (...args: (string | number)[]): Promise<Entry[]> =>
    redis.client.call('FCALL_RO', 'hunt_calls', 1, 'records', ...args) as Promise<Entry[]>;
  const calls = async (...args: (string | number)[]): Promise<string[]> =>
    (await lookUp(...args)).map(([, fields]) => readRecord(fields)?.call ?? '');
  const refusal = (...args: (string | number)[]): Promise<string> =>
    lookUp(...args).then(() => 'not refused', messageOf);

  beforeEach(async () => {
    path = directory();
    // Its own sweeps find nothing.
    store = await open(redis.url, path, { retentionDays: 36_500 });
  });
  afterEach(async () => {
    await store.close();
    remove(path);
  });

  it('the calls of a pilot, a caller or a member, the newest first, page by page, none twice and none left out', async () => {
    const names = Array.from({ length: 250 }, (_, i) => `call-${i}`);
    await Promise.all(names.map((call) => store.write(recordOf(call))));
    for (const [role, number] of [
      ['pilot', PILOT],
      ['caller', CALLER],
      ['member', MEMBER],
    ] as const) {
      const seen: string[] = [];
      let before: string[] = [];
      for (;;) {
        const page = await lookUp(role, number, 60, ...before);
        if (page.length === 0) break;
        seen.push(...page.map(([, fields]) => readRecord(fields)?.call ?? ''));
        before = [page.at(-1)?.[0] ?? ''];
        if (seen.length === 60) await store.write(recordOf(`meanwhile ${role}`));
      }
      expect(
        seen.filter((call) => !call.startsWith('meanwhile')),
        role,
      ).to.deep.equal(names.toReversed());
    }
    expect(await calls('caller', PILOT)).to.deep.equal([]);
  });

  it('one call by its id, by the Call-ID of the caller, and by that of each leg', async () => {
    const record = recordOf('one');
    const [attempt] = record.attempts;
    await store.write({
      ...record,
      attempts: [{ ...(attempt as never as CallRecord['attempts'][0]), callIds: ['leg 1', 'leg-2'] }],
    });
    await store.write(recordOf('two'));
    for (const id of ['one', 'caller-leg-of-one', 'leg 1', 'leg-2'])
      expect(await calls('call', id), id).to.deep.equal(['one']);
    expect(await calls('call', 'nobody')).to.deep.equal([]);
  });

  it('a leg whose Call-ID begins with the id of its call costs no entry, and is found all the same', async () => {
    const call = '0a1b2c3d-0000-4000-8000-000000000001';
    const record = recordOf(call);
    const attempts = record.attempts.map((one) => ({ ...one, callIds: [`${call}.1`, `${call}.2`] }));
    await store.write({ ...record, attempts });
    expect(await calls('call', `${call}.2`)).to.deep.equal([call]);
    expect(await redis.client.hkeys('{records}:ids')).to.have.members([call, `caller-leg-of-${call}`]);
  });

  it('a member to whom a call never came has no part in it', async () => {
    const record = recordOf('short');
    const others = record.attempts.map((one) => ({ ...one, member: 'sip:other@host', why: 'not-needed', callIds: [] }));
    await store.write({ ...record, attempts: [...record.attempts, ...others] });
    expect(await calls('member', 'sip:other@host')).to.deep.equal([]);
    expect(await calls('member', MEMBER)).to.deep.equal(['short']);
  });

  it('a Call-ID that a caller uses again finds each of the calls, the last of them first, and no more than ten', async () => {
    for (let i = 0; i < 12; i++) await store.write({ ...recordOf(`same-${i}`), callId: 'again' });
    expect(await calls('call', 'again')).to.deep.equal(Array.from({ length: 10 }, (_, i) => `same-${9 - i}`));
  });

  it('a member that is a SIP URI is found by it; a caller without a number is not one person', async () => {
    const record = recordOf('uri');
    const attempts = record.attempts.map((one) => ({ ...one, member: 'sip:desk@10.0.0.1' }));
    await store.write({ ...record, caller: '', attempts });
    expect(await calls('member', 'sip:desk@10.0.0.1')).to.deep.equal(['uri']);
    expect(await redis.client.keys('{records}:caller:*')).to.deep.equal([]);
  });

  it('says what it does not understand', async () => {
    expect(await refusal()).to.contain('say: FCALL hunt_calls 1 records pilot|member|caller NUMBER');
    expect(await refusal('owner', PILOT)).to.contain('say: FCALL hunt_calls');
    expect(await refusal('pilot', PILOT, '101')).to.contain('COUNT count "101" is not allowed: choose 1 to 100');
    expect(await refusal('pilot', PILOT, '5', 'x')).to.contain('ID id "x" is none of a record');
  });

  const sweep = (days: number, count = 100): Promise<[number, number, number]> =>
    redis.client.call('FCALL', 'record_sweep', 1, 'records', days, count) as Promise<[number, number, number]>;

  it('whatever records there were: a sweep of all of them leaves neither a record nor anything that finds one', async () => {
    const number = fc.constantFrom(PILOT, CALLER, MEMBER, 'sip:a@b', '');
    const id = fc.constantFrom('a', 'b', 'c', 'd', '');
    const why = fc.constantFrom('busy', 'not-needed');
    const record = fc.record({
      pilot: number,
      caller: number,
      callId: id,
      members: fc.array(number),
      ids: fc.array(id),
      why,
    });
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 20 }), async (all) => {
        await Promise.all(
          all.map(({ members, ids, why, ...some }) => {
            const whole = recordOf(`call-${count++}`);
            const attempts = members.map((member) => ({
              ...(whole.attempts[0] as CallRecord['attempts'][0]),
              member,
              why,
              callIds: ids,
            }));
            return store.write({ ...whole, ...some, attempts });
          }),
        );
        // One of this very millisecond is not past its life yet.
        await until(async () => (await sweep(0))[1] === 0);
        expect(await redis.client.keys('{records}:*')).to.deep.equal([]);
        expect(await redis.client.xlen('records')).to.equal(0);
      }),
      { numRuns: 30 },
    );
  });

  it('a sweep takes the oldest, and only those past their life by the clock of Redis, a bounded number at once', async () => {
    const entry = recordOf('old');
    for (let i = 1; i <= 150; i++) await redis.client.xadd('records', `${i}-1`, 'call', `ancient-${i}`);
    await store.write(entry);
    expect((await sweep(90)).slice(0, 2)).to.deep.equal([100, 151]);
    const [gone, of, oldest] = await sweep(90);
    expect([gone, of]).to.deep.equal([50, 51]);
    expect(Date.now() - oldest).to.be.within(0, 60_000);
    expect((await sweep(90))[0]).to.equal(0);
    expect(await calls('call', 'old')).to.deep.equal(['old']);
  });

  it('a node with a wrong clock removes nothing: age is told by the clock of Redis', async () => {
    await Promise.all(Array.from({ length: 300 }, (_, i) => store.write(recordOf(`kept-${i}`))));
    const clock = new FakeClock();
    clock.advance(Date.now() + 400 * DAY);
    const swept = redis.client.duplicate();
    await swept.config('RESETSTAT');
    const other = await open(redis.url, directory(), { clock });
    clock.advance(20_000);
    await until(async () => (await swept.info('commandstats')).includes('cmdstat_xrange'));
    const old = documentOf(recordOf('old'));
    await redis.client.call('FCALL', 'record_add', 1, 'records', 'v4', '1d', old);
    expect(await redis.client.xlen('records')).to.equal(301);
    await other.close();
    swept.disconnect();
  });

  it('the service sweeps by itself: no more than a tenth in one round, and a line when that is much', async () => {
    for (let i = 1; i <= 3000; i++) void redis.client.xadd('records', `${i}-1`, 'call', 'ancient');
    const lines: { gone?: number }[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const clock = new FakeClock();
    const other = await open(redis.url, directory(), { log, clock });
    const length = (): Promise<number> => redis.client.xlen('records');
    const round = async (left: number): Promise<void> =>
      until(async () => {
        clock.advance(50);
        return (await length()) === left;
      });
    clock.advance(10_000);
    await round(2700);
    await until(() => lines.length === 1);
    clock.advance(5000);
    expect(await length(), 'within ten seconds').to.equal(2700);
    clock.advance(5000);
    await round(2400);
    expect(lines[0]).to.deep.include({ gone: 300, of: 3000, retentionDays: 90 });
    await other.close();
  });
});
