import { expect } from 'chai';
import { messageOf } from '../../lib/base/errors.js';
import type { Charges, Doubt } from '../../lib/charges/charges.js';
import { type Month, monthNameAt, monthOf } from '../../lib/charges/month.js';
import { ensureLibrary, renderLibrary } from '../../lib/store/functions/library.js';
import type { Store } from '../../lib/store/open-store.js';
import { chargesOf, neverDoubt, pilotOf, textOf, ZONE } from '../support/charges.js';
import { CATALOGUE } from '../support/defaults.js';
import { directory, open, remove, until } from '../support/store.js';
import { suiteRedis } from '../support/suite-redis.js';

const DAY = 86_400_000;
const A = '+37120000001';
const keyOf = (n: number): string => `hunt:{${pilotOf(n)}}`;
const refusal = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'not refused', messageOf);

describe('Monthly charges out of the audit', function () {
  this.timeout(30_000);
  const redis = suiteRedis();
  let path: string;
  let store: Store;
  let charges: Charges;
  /** The month that runs by Redis's clock, the last one, and the one before. */
  let [present, last, former] = [] as unknown as [Month, Month, Month];

  const hunt = (name: string, n: number, ...args: string[]): Promise<unknown> => store.link.fcall(name, keyOf(n), args);
  /** An entry as it was written at that time; the group itself is left alone. */
  const wrote = async (n: number, at: number, before: object | undefined, after: object | undefined): Promise<void> => {
    const [was, is] = [before, after].map((group) => (group === undefined ? '' : JSON.stringify(group)));
    const entry = ['by', 'anna', 'what', 'hunt_set', 'before', was ?? '', 'after', is ?? ''];
    await redis.client.call('XADD', `${keyOf(n)}:audit`, `${at}-0`, ...entry);
  };
  const text = async (month: Month, doubt = neverDoubt): Promise<string> =>
    textOf(await charges.month(month.name, doubt));
  const lines = async (month: Month): Promise<Record<string, unknown>[]> => JSON.parse(await text(month)).lines;
  const on = { plan: 'BIZNESS', enabled: 'yes', owner: 'C-1' };

  beforeEach(async () => {
    path = directory();
    store = await open(redis.url, path, { commandTimeout: 5000 });
    charges = chargesOf(store);
    present = monthOf(monthNameAt(store.link.redisTime(), ZONE), ZONE);
    last = monthOf(monthNameAt(present.start - 1, ZONE), ZONE);
    former = monthOf(monthNameAt(last.start - 1, ZONE), ZONE);
  });
  afterEach(async () => {
    await store.close();
    remove(path);
  });

  it('follows hunt_set, hunt_members, hunt_import and hunt_del: the month in which they are made', async () => {
    await hunt('hunt_set', 1, 'members', A, 'owner', 'C-1');
    await hunt('hunt_set', 2, 'members', A, 'plan', 'VIRTUALAIS');
    await hunt('hunt_members', 2, 'add', '+37120000002');
    await hunt('hunt_set', 3, 'members', A, 'enabled', 'no');
    await hunt('hunt_import', 4, '{"members":["+37120000001"],"plan":"EKONOMISKAIS","owner":"C-4"}');
    await hunt('hunt_set', 5, 'members', A, 'plan', 'BIZNESS');
    await until(
      async () =>
        store.link.redisTime() >
        Number.parseInt(
          String(((await redis.client.xrevrange(`${keyOf(5)}:audit`, '+', '-', 'COUNT', 1))[0] ?? ['0'])[0]),
          10,
        ) +
          1,
    );
    await hunt('hunt_set', 5, 'plan', 'VIRTUALAIS');
    await hunt('hunt_del', 5);
    const found = await lines(present);
    expect(found.map(({ group, owner, plan, cents }) => [group, owner, plan, cents])).to.deep.equal([
      [pilotOf(1), 'C-1', 'BIZNESS', 300],
      [pilotOf(2), null, 'VIRTUALAIS', 440],
      [pilotOf(4), 'C-4', 'EKONOMISKAIS', 300],
      ...found.slice(3).map(() => [pilotOf(5), null, found[3]?.plan, found[3]?.cents]),
    ]);
    expect(found).to.have.length(4);
    expect(await lines(last)).to.deep.equal([]);
  });

  it('the plan of a group is one that has a price: hunt_set refuses others', async () => {
    expect(await refusal(hunt('hunt_set', 1, 'members', A, 'plan', 'GOLD'))).to.contain(
      'PLAN plan "GOLD" is not allowed: choose one of BIZNESS, EKONOMISKAIS, VIRTUALAIS',
    );
    expect(await lines(present)).to.deep.equal([]);
  });

  it('the same month gives the same bytes, whatever happens behind it, and whatever is made in the next one', async () => {
    await wrote(1, last.start - DAY, undefined, on);
    await wrote(2, last.end - 1000, undefined, { ...on, plan: 'VIRTUALAIS' });
    const first = await text(last);
    expect(JSON.parse(first).total).to.equal(740);
    await hunt('hunt_set', 7, 'members', A);
    await hunt('hunt_set', 1, 'members', A, 'plan', 'VIRTUALAIS', 'owner', 'C-9');
    expect(await text(last)).to.equal(first);
    await textOf(await charges.close(last.name, neverDoubt));
    await hunt('hunt_del', 1);
    expect(await text(last)).to.equal(first);
  });

  it('50 that close a month at once close it once: each gets the same bytes, no draft stays', async () => {
    for (let n = 0; n < 40; n++) await wrote(n, last.start + n * 3_600_000, undefined, { ...on, owner: `C-${n}` });
    const all = await Promise.all(
      Array.from({ length: 50 }, async () => textOf(await charges.close(last.name, neverDoubt))),
    );
    expect(new Set(all).size).to.equal(1);
    expect(JSON.parse(all[0] ?? '')).to.deep.include({
      total: 40 * 300,
      fees: [{ price: 'BIZNESS@2000-01-01', cents: 300, count: 40, sum: 12_000 }],
    });
    expect(await redis.client.keys('charges:*')).to.deep.equal([`charges:{${last.name}}`]);
    expect(await redis.client.ttl(`charges:{${last.name}}`)).to.equal(-1);
  });

  it('a closed month cannot change: neither by its audit, nor by other prices or zones, nor by closing it again', async () => {
    await wrote(1, last.start, undefined, on);
    const closed = await textOf(await charges.close(last.name, neverDoubt));
    await wrote(2, last.start, undefined, on);
    await redis.client.del(`${keyOf(1)}:audit`);
    const dear = chargesOf(store, { currency: 'USD', prices: [{ plan: 'BIZNESS', cents: 999, from: '2000-01-01' }] });
    expect(await textOf(await dear.month(last.name, neverDoubt))).to.equal(closed);
    expect(await textOf(await dear.close(last.name, neverDoubt))).to.equal(closed);
    const { isClosed } = await charges.month(last.name, neverDoubt);
    expect(isClosed).to.equal(true);
  });

  it('only a month that is over is closed, and one that has not begun has no charges', async () => {
    expect(await refusal(charges.close(present.name, neverDoubt))).to.match(/is not over: it ends at 20/);
    const next = monthNameAt(present.end, ZONE);
    for (const name of [next, '2026-13', 'x', '']) {
      expect(await refusal(charges.month(name, neverDoubt)), name).to.match(
        /has not begun|is no month: write it as 2026-11/,
      );
    }
  });

  it('a correction is a signed line in an open month, once, and never in a closed one', async () => {
    await wrote(1, former.start, undefined, on);
    const closed = await textOf(await charges.close(former.name, neverDoubt));
    const wanted = { of: former.name, group: pilotOf(1), cents: -300, reason: 'never used' };
    expect(await charges.correct({ ...wanted, into: last.name })).to.equal(true);
    expect(await charges.correct({ ...wanted, into: last.name })).to.equal(false);
    expect(await text(former)).to.equal(closed);
    const document = JSON.parse(await text(last));
    expect(document.lines[1]).to.deep.equal({
      ...{ kind: 'correction', of: former.name, group: pilotOf(1), owner: 'C-1', cents: -300, reason: 'never used' },
    });
    expect(document).to.deep.include({ corrections: { count: 1, sum: -300 }, total: 0 });
    await charges.close(last.name, neverDoubt);
    expect(await charges.correct({ ...wanted, into: last.name })).to.equal(false);
    const other = { ...wanted, reason: 'another' };
    expect(await refusal(charges.correct({ ...other, into: last.name }))).to.contain(`month "${last.name}" is closed`);
    expect(await charges.correct(other)).to.equal(true);
    expect((await lines(present)).at(-1)).to.include({ reason: 'another', of: former.name });
  });

  it('a correction of nothing, without a reason, or of an open month is refused', async () => {
    await charges.close(former.name, neverDoubt);
    const wanted = { of: former.name, group: pilotOf(1), cents: -300, reason: 'x' };
    for (const [wrong, says] of [
      [{ cents: 0 }, 'whole number of cents'],
      [{ cents: 0.5 }, 'whole number of cents'],
      [{ reason: ' ' }, 'has a reason'],
      [{ reason: 'a\nb' }, 'has a reason'],
      [{ group: 'x' }, 'no group'],
      [{ owner: '' }, 'owner has 1 to 64'],
      [{ of: last.name }, 'is not closed'],
      [{ of: 'x' }, 'is no month'],
    ] as const) {
      expect(await refusal(charges.correct({ ...wanted, ...wrong })), JSON.stringify(wrong)).to.contain(says);
    }
  });

  it('a correction that comes while the month is being closed is in it, or not taken', async () => {
    await wrote(1, former.start, undefined, on);
    await charges.close(former.name, neverDoubt);
    const wanted = { of: former.name, group: pilotOf(1), cents: -100, into: last.name };
    const both = await Promise.allSettled([
      charges.close(last.name, neverDoubt),
      ...Array.from({ length: 10 }, (_, n) => charges.correct({ ...wanted, reason: `no ${n}` })),
    ]);
    if (both[0]?.status === 'rejected') await charges.close(last.name, neverDoubt);
    const taken = both.slice(1).filter(({ status }) => status === 'fulfilled').length;
    expect(JSON.parse(await text(last)).corrections).to.deep.equal({ count: taken, sum: -100 * taken });
  });

  it('an audit that nobody can read keeps the month open, and is named', async () => {
    await wrote(1, last.start, undefined, on);
    await redis.client.call('XADD', `${keyOf(1)}:audit`, `${last.start + 5}-0`, 'after', '{');
    const doubts: string[] = [];
    expect(JSON.parse(await text(last, ({ text: one }) => doubts.push(one))).total).to.equal(300);
    expect(doubts).to.deep.equal([`the entry ${last.start + 5}-0 of ${keyOf(1)}:audit cannot be read: XDEL it`]);
    expect(await refusal(charges.close(last.name, () => {}))).to.contain(
      'stays open: 1 entries or audits cannot be read',
    );
    await redis.client.xdel(`${keyOf(1)}:audit`, `${last.start + 5}-0`);
    expect(JSON.parse(await textOf(await charges.close(last.name, neverDoubt))).total).to.equal(300);
  });

  it('what was written past the functions is noticed: a group without an audit is active since it is known', async () => {
    await redis.client.hset(keyOf(1), { policy: 'linear', ring: '20', plan: 'VIRTUALAIS', enabled: 'yes' });
    await redis.client.rpush(`${keyOf(1)}:members`, A);
    await redis.client.hset(keyOf(2), { plan: 'BIZNESS', enabled: 'yes', since: String(last.start) });
    expect((await lines(last)).map(({ group }) => group)).to.deep.equal([pilotOf(2)]);
    expect((await lines(present)).map(({ group, cents }) => [group, cents])).to.deep.equal([
      [pilotOf(1), 440],
      [pilotOf(2), 300],
    ]);
    expect(await redis.client.xlen(`${keyOf(1)}:audit`)).to.equal(1);
    await redis.client.hset(keyOf(1), 'enabled', 'no');
    await redis.client.del(keyOf(2));
    const first = await text(present);
    expect(await text(present)).to.equal(first);
    const [entry] = await redis.client.xrevrange(`${keyOf(1)}:audit`, '+', '-', 'COUNT', 1);
    expect(entry?.[1]).to.include('hunt_notice');
    expect(await redis.client.xlen(`${keyOf(2)}:audit`)).to.equal(2);
    expect(await redis.client.xlen(`${keyOf(1)}:audit`)).to.equal(2);
  });

  it('a key of another type costs its own group alone, and is named', async () => {
    await wrote(1, last.start, undefined, on);
    await redis.client.set(`${keyOf(2)}:audit`, 'oops');
    await redis.client.set(keyOf(3), 'oops');
    await wrote(4, last.start, undefined, on);
    const doubts: Doubt[] = [];
    expect(JSON.parse(await text(last, (one) => doubts.push(one))).total).to.equal(600);
    expect(doubts.map(({ kind, group }) => [kind, group])).to.have.deep.members([
      ['unreadable', pilotOf(2)],
      ['unreadable', pilotOf(3)],
    ]);
    expect(await refusal(charges.close(last.name, () => {}))).to.contain('stays open: 2');
  });

  it('a change that cannot be written into the audit changes nothing', async () => {
    await redis.client.set(`${keyOf(1)}:audit`, 'oops');
    expect(await refusal(hunt('hunt_set', 1, 'members', A))).to.contain('WRONGTYPE');
    await redis.client.del(`${keyOf(1)}:audit`);
    await hunt('hunt_set', 1, 'members', A);
    await redis.client.del(`${keyOf(1)}:audit`);
    await redis.client.set(`${keyOf(1)}:audit`, 'oops');
    for (const change of [['hunt_set', 'ring', '30'], ['hunt_members', 'add', '+37120000002'], ['hunt_del']]) {
      const [name, ...args] = change as [string, ...string[]];
      const before = await redis.client.dump(keyOf(1));
      expect(await refusal(hunt(name, 1, ...args)), name).to.contain('WRONGTYPE');
      expect(await redis.client.dump(keyOf(1)), name).to.deep.equal(before);
      expect(await redis.client.lrange(`${keyOf(1)}:members`, 0, -1), name).to.deep.equal([A]);
    }
  });

  it('a group in use with a plan that has no price costs nothing, is told, and keeps nothing open', async () => {
    await wrote(1, last.start, undefined, { ...on, plan: 'GOLD' });
    const doubts: Doubt[] = [];
    const { pieces } = await charges.close(last.name, (one) => doubts.push(one));
    expect(doubts.map(({ kind, group }) => [kind, group])).to.deep.equal([['unpriced', pilotOf(1)]]);
    expect(JSON.parse(await textOf({ isClosed: true, pieces })).total).to.equal(0);
  });

  it('hunt_set takes a plan from the moment at which its price begins until the one at which it ends', async () => {
    const now = store.link.redisTime();
    const plans = ['BIZNESS', 'EKONOMISKAIS', 'VIRTUALAIS'];
    for (const [from, till, isTaken] of [
      [0, now - 1000, false],
      [now + 60_000, undefined, false],
      [0, now + 60_000, true],
      [now - 1000, undefined, true],
    ] as const) {
      const planSpans = [{ plan: 'BIZNESS', from, until: till }];
      await ensureLibrary(redis.client, renderLibrary({ ...CATALOGUE, plans, planSpans }));
      const said = await refusal(hunt('hunt_set', 1, 'members', A, 'plan', 'BIZNESS'));
      if (isTaken) expect(said).to.equal('not refused');
      else expect(said).to.contain('choose one of EKONOMISKAIS, VIRTUALAIS');
      await hunt('hunt_set', 2, 'members', A);
      expect(await redis.client.hget(keyOf(2), 'plan')).to.equal(isTaken ? 'BIZNESS' : 'EKONOMISKAIS');
      expect(await hunt('hunt_check', 2)).to.deep.equal([]);
      await redis.client.flushdb();
    }
    const planSpans = plans.map((plan) => ({ plan, from: 0, until: 1 }));
    await ensureLibrary(redis.client, renderLibrary({ ...CATALOGUE, plans, planSpans }));
    expect(await refusal(hunt('hunt_set', 1, 'members', A))).to.contain('PLAN no plan can be had now');
  });

  it('an audit longer than one answer of Redis is read whole', async () => {
    const entries = 1203;
    const writes = Array.from({ length: entries }, (_, n) =>
      wrote(1, last.start + n * 1000, undefined, { ...on, owner: `C-${n < entries - 1 ? 0 : 1}` }),
    );
    await Promise.all(writes);
    expect((await lines(last)).map(({ owner }) => owner)).to.deep.equal(['C-0', 'C-1']);
  });

  it('with Redis away it says so', async () => {
    await store.close();
    expect(await refusal(charges.month(last.name, neverDoubt))).to.contain('Redis is away');
  });
});
