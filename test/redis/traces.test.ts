import { expect } from 'chai';
import type { Store } from '../../lib/store/open-store.js';
import { directory, open, remove } from '../support/store.js';
import { suiteRedis } from '../support/suite-redis.js';

describe('Traces of calls in Redis', function () {
  this.timeout(30_000);
  const redis = suiteRedis();
  let path: string;
  let store: Store;

  beforeEach(async () => {
    path = directory();
    store = await open(redis.url, path, { traces: { keepDays: 7, most: 3 } });
  });
  afterEach(async () => {
    await store.close();
    remove(path);
  });

  it('lie beside the records, leave by themselves, and are found by their call', async () => {
    await store.traces.keep([
      ['one', '{"a":1}'],
      ['two', '{"b":2}'],
    ]);
    expect(await store.traces.find('one')).to.equal('{"a":1}');
    expect(await store.traces.find('three')).to.equal(null);
    expect(await redis.client.ttl('{records}:trace:one')).to.be.within(7 * 86_400 - 5, 7 * 86_400);
  });

  it('beyond as many as allowed the oldest go; what has left by itself does not count', async () => {
    for (const call of ['a', 'b', 'c', 'd', 'e']) {
      await store.traces.keep([[call, call]]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const found = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((call) => store.traces.find(call)));
    expect(found.filter((one) => one !== null)).to.have.length(3);
    expect(found.at(-1)).to.equal('e');
    await redis.client.zadd('{records}:traces', 1, 'c', 1, 'd', 1, 'e');
    await store.traces.keep([['f', 'f']]);
    expect(await redis.client.zcard('{records}:traces')).to.equal(1);
  });

  it('what Redis does not take is gone, and nobody waits for it', async () => {
    await redis.client.set('{records}:traces', 'no set');
    await store.traces.keep([['one', 'x']]);
    await redis.client.del('{records}:traces');
    expect(store.state).to.equal('ready');
  });

  it('wrong arguments are refused with how it is called', async () => {
    for (const args of [[], [0, 1, 'a', 'b'], [1, 1, 'a']]) {
      const refused = await redis.client.call('FCALL', 'trace_add', 1, 'records', ...args).then(
        () => '',
        (error: Error) => error.message,
      );
      expect(refused).to.include('FCALL trace_add 1 records SECONDS MOST CALL TRACE');
    }
  });
});
