import { expect } from 'chai';
import fc from 'fast-check';
import { ensureLibrary, renderLibrary } from '../../lib/store/functions/library.js';
import { ORDERS, orderingOf } from '../../lib/store/orders.js';
import { readTurn, Snapshot } from '../../lib/store/turns.js';
import { POLICIES } from '../../lib/store/types.js';
import { CATALOGUE } from '../support/defaults.js';
import { fcallOn, suiteRedis } from '../support/suite-redis.js';

const PILOT = '+37167000000';
const KEY = `hunt:{${PILOT}}`;

/** Redis itself, and memory while it is away, must never disagree about who rings next. */
describe('The order of ringing: Redis and memory do the same', function () {
  this.timeout(30_000);
  const redis = suiteRedis({ functions: true });
  const fcall = fcallOn(redis, KEY);

  const members = fc.uniqueArray(
    fc.oneof(
      fc.integer({ min: 20_000_000, max: 29_999_999 }).map((number) => `+371${number}`),
      fc.integer({ min: 1, max: 99 }).map((number) => `sip:phone${number}@example.com`),
    ),
    { minLength: 1, maxLength: 12 },
  );
  const policy = fc.constantFrom(...POLICIES);
  const cursor = fc.integer({ min: -30, max: 30 });

  it('there is an order for each policy that may be chosen', async () => {
    expect(Object.keys(ORDERS)).to.have.members(POLICIES);
    const refusal = await fcall('hunt_set', 'policy', 'none').catch(String);
    expect(refusal).to.contain(`choose one of ${POLICIES.join(', ')}`);
  });

  it('hunt_next shows what the next hunt_turn gives, and both are the order that memory gives for the same cursor', async () => {
    await fc.assert(
      fc.asyncProperty(members, policy, cursor, async (list, chosen, at) => {
        await fcall('hunt_set', 'members', list.join(','), 'policy', chosen);
        await redis.client.set(`${KEY}:cursor`, at);
        const next = await fcall('hunt_next');
        const turn = readTurn(PILOT, await fcall('hunt_turn_json', `call-${Math.random()}`));
        const ordering = orderingOf(chosen);
        const start = ordering.start(((at % list.length) + list.length) % list.length, list.length);
        expect(next).to.deep.equal(ordering.order(list, start));
        expect(turn?.order).to.deep.equal(next);
      }),
      { numRuns: 100 },
    );
  });

  it('from any turn on, memory takes the turns that Redis would have taken: the same orders, the same numbers', async () => {
    const steps = fc.integer({ min: 1, max: 26 });
    let calls = 0;
    await fc.assert(
      fc.asyncProperty(members, policy, cursor, steps, async (list, chosen, at, count) => {
        await fcall('hunt_set', 'members', list.join(','), 'policy', chosen);
        await redis.client.set(`${KEY}:cursor`, at);
        const take = async () => readTurn(PILOT, await fcall('hunt_turn_json', `call-${calls++}`));
        const memory = new Snapshot(1);
        const last = await take();
        if (last === undefined) throw new Error('no group');
        memory.learn(last);
        for (let step = 0; step < count; step++) {
          const { group, number, order } = (await take()) ?? {};
          expect(memory.takeTurn(PILOT, 0)).to.deep.equal({ group, number, order });
        }
      }),
      { numRuns: 60 },
    );
  });

  it('what a group written by hand lacks has the defaults of hunt_set, of another catalogue as well', async () => {
    const take = async (call: string) => readTurn(PILOT, await fcall('hunt_turn_json', call));
    await ensureLibrary(
      redis.client,
      renderLibrary({ ...CATALOGUE, rings: [15, 25], plans: ['VIRTUALAIS', 'BIZNESS'] }),
    );
    try {
      await fcall('hunt_set', 'members', '+37120000001');
      const set = await take('one');
      expect(set?.group).to.include({ policy: 'linear', ring: 15, plan: 'VIRTUALAIS', enabled: true });
      await redis.client.hdel(KEY, 'policy', 'ring', 'plan', 'enabled');
      expect((await take('two'))?.group).to.deep.equal(set?.group);
      await redis.client.del(KEY);
      expect((await take('three'))?.group).to.deep.equal({ ...set?.group, enabled: false, version: 0 });
    } finally {
      await ensureLibrary(redis.client, renderLibrary(CATALOGUE));
    }
  });

  it('a policy that an operator wrote by hand and nobody knows is linear in both', async () => {
    await fcall('hunt_set', 'members', '+37120000001,+37120000002', 'policy', 'circular');
    await fcall('hunt_turn', 'one');
    await redis.client.hset(KEY, 'policy', 'toString');
    const turn = readTurn(PILOT, await fcall('hunt_turn_json', 'two'));
    expect(turn?.order).to.deep.equal(['+37120000001', '+37120000002']);
    const memory = new Snapshot(1);
    if (turn !== undefined) memory.learn(turn);
    expect(memory.takeTurn(PILOT, 0)?.order).to.deep.equal(turn?.order);
  });
});
