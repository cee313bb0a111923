import { expect } from 'chai';
import { fill } from '../bench/redis/fill.js';
import { LINES, longest } from '../bench/redis/longest.js';
import { startRedis, type TestRedis } from '../support/redis.js';

/** What a function may hold Redis up, in microseconds. */
const LONGEST = 10_000;

describe('No function holds Redis up for 10 ms, as dear as it can be asked for (a million records: npm run bench:redis)', function () {
  this.timeout(120_000);
  let redis: TestRedis;

  before(async () => {
    redis = await startRedis(['--appendfsync', 'no']);
    await fill(redis.client, { records: 50_000, groups: 2_000, live: 2_000 });
  });
  after(() => redis.stop());

  it('lookups, live calls, lists, sweeps, and what the service writes', async () => {
    const held = await longest(redis.client, 5);
    expect(held).to.have.length(LINES.length);
    // The median: now and then Redis does something else in between.
    for (const { name, median } of held) expect(median, `${name}: microseconds`).to.be.within(1, LONGEST);
  });
});
