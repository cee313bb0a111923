import { expect } from 'chai';
import fc from 'fast-check';
import { documentOf, pushRecord } from '../../lib/store/records/fields.js';
import type { CallRecord } from '../../lib/store/types.js';
import { recordOf } from '../support/store.js';
import { everythingIn, fcallOn, suiteRedis } from '../support/suite-redis.js';

const valuesOf = (...records: CallRecord[]): string[] => {
  const values: string[] = [];
  for (const record of records) pushRecord(values, record);
  return values;
};

/** Which fields a record has is said twice, in TypeScript and in Lua. */
describe('Call records as the service sends them', () => {
  const redis = suiteRedis({ functions: true });
  const fcall = fcallOn(redis, 'records');
  const add = (...values: string[]) => fcall('record_add', 'sender', 'values', ...values).catch(String);

  /** All keys with all that they hold, the ids of entries by their place in the stream. */
  async function kept(): Promise<unknown[]> {
    const { client } = redis;
    const entries = await client.xrange('records', '-', '+');
    const places = new Map(entries.map(([id], at) => [id, `#${at}`]));
    const placed = (ids: string): string => ids.replace(/\S+/g, (id) => places.get(id) ?? id);
    const found: unknown[] = [entries.map(([, fields]) => fields)];
    for (const key of (await client.keys('*')).sort()) {
      if ((await client.type(key)) === 'zset') found.push([key, (await client.zrange(key, '0', '-1')).map(placed)]);
      if (key !== '{records}:ids') continue;
      const ids = Object.entries(await client.hgetall(key)).map(([name, value]) => [name, placed(value)]);
      found.push([key, ids.sort()]);
    }
    return found;
  }

  const word = fc.stringMatching(/^[\w.@+-]{1,20}$/);
  const mark = fc.constantFrom(undefined, true as const);
  const member = fc.constantFrom('+37120000001', '+37120000002', 'sip:anna@example.com');
  const attempts = fc.uniqueArray(
    fc.record({
      member,
      why: fc.constantFrom('answered', 'busy', 'not-needed'),
      callIds: fc.array(fc.oneof(word, fc.constant('call-0-leg')), { maxLength: 2 }),
    }),
    { maxLength: 3, selector: (one) => one.member },
  );
  const some = fc.record({
    ...{
      attempts,
      caller: fc.constantFrom('', '+37120000009', '+37120000008'),
      pilot: fc.constantFrom('', '+37167000000'),
    },
    ...{ callId: fc.oneof(fc.constantFrom('', 'again', 'call-1'), word), media: fc.option(word, { nil: undefined }) },
    ...{ provisional: mark, estimated: mark, metadataRefused: mark, diverted: fc.array(word, { maxLength: 2 }) },
    ...{ answered: fc.option(fc.nat()), owner: fc.option(word), hidden: fc.boolean(), endEstimated: fc.boolean() },
  });

  it('the same records as values and as documents are the same entries, and are found by the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(some, { minLength: 1, maxLength: 4 }), async (list) => {
        const records = list.map((one, at) => {
          const whole = one.attempts.map((attempt) => ({ ...recordOf('').attempts[0], ...attempt }));
          const record = { ...recordOf(`call-${at}`), ...one, attempts: whole };
          return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as never;
        });
        await redis.client.flushall();
        await fcall('record_add', 'sender', '', ...records.map(documentOf));
        const expected = await kept();
        await redis.client.flushall();
        expect(await add(...valuesOf(...records))).to.equal(records.length);
        expect(await kept()).to.deep.equal(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('one that is not whole is refused, and nothing of its batch is written', async () => {
    const [good = '', attempts = ''] = valuesOf(recordOf('good'));
    const values = (JSON.parse(good) as unknown[]).slice(0, 27);
    const wrong: unknown[] = [
      {},
      [],
      'x',
      values.slice(0, 26),
      values.with(3, null),
      values.with(0, []),
      values.with(26, ''),
    ];
    wrong.push(
      values.with(26, [{}]),
      [...values, ['leg']],
      [...values, [{}], []],
      [...values, [], ['name']],
      [...values, null],
    );
    for (const one of ['', '{', ...wrong.map((value) => JSON.stringify(value))])
      expect(await add(good, attempts, one, attempts), one).to.contain(
        'ARGUMENTS a record is no JSON array of its values',
      );
    for (const list of [[], [good], [good, attempts, good], Array.from({ length: 51 }, () => [good, attempts]).flat()])
      expect(await add(...list)).to.contain('ARGUMENTS give 1 to 50 records: the values of each, and its attempts');
    expect(await redis.client.dbsize()).to.equal(0);
    await redis.client.set('records', 'of another type');
    const before = await everythingIn(redis);
    expect(await add(good, attempts)).to.contain('WRONGTYPE');
    expect(await everythingIn(redis)).to.equal(before);
  });

  it('of a fenced sender nothing is added; what was reckoned gives way to the true record', async () => {
    await fcall('record_replay', 'sender', '', '', documentOf(recordOf('late')));
    expect(await add(...valuesOf(recordOf('late'), recordOf('other')))).to.equal(-1);
    await fcall('record_estimate', documentOf({ ...recordOf('lost'), estimated: true }));
    expect(await fcall('record_add', 'next', 'values', ...valuesOf(recordOf('lost'), recordOf('other')))).to.equal(2);
    const entries = await redis.client.xrange('records', '-', '+');
    expect(entries.map(([, fields]) => [fields[1], fields.includes('estimated')])).to.deep.equal([
      ['late', false],
      ['lost', false],
      ['other', false],
    ]);
    expect(await redis.client.hlen('{records}:estimated')).to.equal(0);
  });
});
