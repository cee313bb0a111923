import { expect } from 'chai';
import { pino } from 'pino';
import { systemClock } from '../../../lib/base/clock.js';
import type { Consent } from '../../../lib/consent/open.js';
import { exportWhole } from '../../../lib/consent/whole-export.js';
import { setInterest } from '../../../lib/secondary-use/contacts/interests.js';
import { Reviews } from '../../../lib/secondary-use/review/reviews.js';
import { metadataKey, statisticKey } from '../../../lib/store/consent/keys.js';
import type { Store } from '../../../lib/store/open-store.js';
import { grant, KEY, newKey, openAt, refused, withdraw } from '../../support/consent.js';
import { directory, open, recordOf, remove, until } from '../../support/store.js';
import { everythingIn, suiteRedis } from '../../support/suite-redis.js';

const ANNA = '+37120000001';
/** Every family of keys in lib/store/consent/keys.ts. */
const FAMILIES = [
  ...['log', 'state', 'once', 'words', 'asked', 'reviews', 'interests', 'meta'],
  ...['notice', 'outbox', 'secret', 'review', 'stat'],
];

describe('The consent register: rights, receipts, bad input', function () {
  this.timeout(30_000);
  const redis = suiteRedis({ appends: 'always' });
  let consent: Consent;
  const act = (request: Parameters<Consent['register']['act']>[0]) => consent.register.act(request);
  const sid = (number: string): string => consent.persons.sid(number, 0);

  beforeEach(async () => {
    consent = await openAt(redis.url);
  });
  afterEach(() => consent.close());

  it('13. Rights: the export holds state, history with notice texts, what is kept, who asked, call records, and the retention of each', async () => {
    const path = directory();
    const store: Store = await open(redis.url, path, { retentionDays: 36_500 });
    try {
      await act(grant(ANNA, 'usage:data'));
      await act({ act: 'object', number: ANNA, pairs: ['profiling:data'], method: 'web', text: 'Nevēlos' });
      const now = systemClock.wall();
      const record = { ...recordOf('one'), pilot: ANNA, started: now, ended: now };
      await store.write(record);
      consent.metadata.ended(record);
      await until(() => consent.metadata.waiting === 0);
      const whole = await exportWhole(consent, store.link, ANNA, now);
      expect(whole.register.history.map(({ act: kind, text }) => [kind, text])).to.deep.equal([
        ['grant', undefined],
        ['object', 'Nevēlos'],
      ]);
      expect(JSON.stringify(whole.register.notices['usage@1:lv'])).to.contain('megabaitus');
      expect(whole.register.metadata.usage?.[0]).to.include({ call: 'one' });
      expect(whole.register.asked.length).to.be.greaterThan(0);
      expect(whole.records.calls.map(({ call }) => call)).to.deep.equal(['one']);
      expect(whole.retention).to.include({
        'call records': '90 days',
        'metadata for usage': '365 days, or until it is withdrawn',
      });
      // Another holder of the number sees nothing of it.
      await new Promise<void>((resolve) => systemClock.after(5, resolve));
      await act({ act: 'erase', number: ANNA, method: 'shop', cause: 'reassigned' });
      const others = await exportWhole(consent, store.link, ANNA, now);
      expect(others.register.history).to.deep.equal([]);
      expect(others.records.calls).to.deep.equal([]);
    } finally {
      await store.close();
      remove(path);
    }
  });

  it('13. correction by reference: the act stays, what is right stands beside it', async () => {
    await act({ ...grant(ANNA, 'usage:data'), method: 'shop' });
    await act({ act: 'correct', number: ANNA, corrects: 1, text: 'Tas bija pa tālruni', method: 'call' });
    const [first, second] = await consent.register.history(ANNA);
    expect(first).to.include({ act: 'grant', method: 'shop' });
    expect(second).to.include({ act: 'correct', corrects: 1, text: 'Tas bija pa tālruni' });
    expect(await refused(() => act({ act: 'correct', number: ANNA, corrects: 9, text: 'x', method: 'call' }))).to.equal(
      'CORRECTS_NOTHING',
    );
  });

  it('13. erasure leaves only the pseudonymous proof: the chain is valid, the export empty, no word of the customer in Redis', async () => {
    await act(grant(ANNA, 'usage:data'));
    await act({ act: 'object', number: ANNA, pairs: ['offers:sms'], method: 'web', text: 'Lūdzu netraucēt' });
    await redis.client.xadd(metadataKey(sid(ANNA), 'usage'), '*', 'call', 'one');
    await act({ act: 'erase', number: ANNA, method: 'web' });
    expect(await consent.register.verify(ANNA)).to.include({ valid: true, records: 3 });
    const exported = await consent.register.export(ANNA);
    expect(exported.history.map(({ act: kind }) => kind)).to.deep.equal(['erase']);
    expect(exported).to.deep.include({ metadata: {}, proof: { records: 2, until: exported.state.erased } });
    expect(exported.state.pairs.filter(({ decision }) => decision !== null)).to.deep.equal([]);
    expect((await redis.client.keys(`*{${sid(ANNA)}}*`)).sort()).to.deep.equal(
      ['log', 'once', 'state']
        .flatMap((family) => (family === 'once' ? [] : [`consent:{${sid(ANNA)}}:${family}`]))
        .concat(await redis.client.keys(`consent:{${sid(ANNA)}}:once:*`))
        .sort(),
    );
    const all: string[] = [];
    for (const key of await redis.client.keys(`*{${sid(ANNA)}}*`)) all.push(String(await redis.client.dump(key)));
    expect(all.join().includes('netrauc')).to.equal(false);
    // Whoever comes back says so himself: an import is no method.
    expect(await refused(() => act({ ...grant(ANNA, 'usage:data'), method: 'import' }))).to.equal('METHOD_UNKNOWN');
  });

  it('each family of keys is exported, or erased, or holds nobody: one that nobody thought of is found here', async () => {
    await act(grant(ANNA, 'usage:data'));
    await act({ act: 'correct', number: ANNA, corrects: 1, text: 'Nē', method: 'web' });
    await consent.gate.ask({ number: ANNA, purpose: 'usage', use: 'a test' });
    await redis.client.xadd(metadataKey(sid(ANNA), 'usage'), '*', 'call', 'one');
    const decision = {
      id: 'one',
      kind: 'eligibility',
      sid: sid(ANNA),
      at: new Date(0).toISOString(),
      automated: false,
    } as const;
    await new Reviews(consent.link).add({ ...decision, logic: null, outcome: 'human', reasons: [], facts: {} });
    await setInterest(consent, ANNA, 'new-phones', false, 'a test');
    await consent.link.command('HSETNX', [statisticKey('traffic', '2026-10'), 'document', '{}']);
    const familyOf = (key: string): string =>
      /^consent:\{[^}]+\}:(\w+)/.exec(key)?.[1] ?? /^consent:(\w+)$/.exec(key)?.[1] ?? key.split(':', 1)[0] ?? '';
    const found = new Set((await redis.client.keys('*')).map(familyOf));
    expect([...found].filter((family) => !FAMILIES.includes(family))).to.deep.equal([]);
    expect(FAMILIES.filter((family) => !found.has(family))).to.deep.equal([]);
    const exported = JSON.stringify(await consent.register.export(ANNA));
    for (const part of ['"grant"', '"Nē"', '"a test"', '"call":"one"']) expect(exported).to.contain(part);
    const [outbox] = await redis.client.xrange('consent:outbox', '-', '+', 'COUNT', 1);
    expect(outbox?.[1].filter((_, i) => i % 2 === 0)).to.deep.equal(['sid', 'seq', 'act', 'pairs', 'at', 'head']);
  });

  it('a receipt is signed by a published key, and holds what stands in the list; after a change of keys as well', async () => {
    const receipt = await act(grant(ANNA, 'usage:data'));
    expect(await consent.register.isReceipt(receipt)).to.equal(true);
    const { key, publicKey } = newKey();
    const later = await openAt(redis.url, { signingKey: key, formerKeys: [consent.register.keys[0]?.pem ?? ''] });
    expect(later.register.keys.map(({ id }) => id)).to.include(receipt.key);
    expect(await later.register.isReceipt(receipt)).to.equal(true);
    const second = await later.register.act(withdraw(ANNA));
    expect(second.key).not.to.equal(receipt.key);
    expect(await later.register.isReceipt(second)).to.equal(true);
    expect(await consent.register.isReceipt(second), 'by a key that is not published').to.equal(false);
    later.close();
    const forged = { ...receipt, act: { ...receipt.act, pairs: ['offers:call'] } };
    for (const bad of [forged, { ...receipt, key: 'x' }, { ...receipt, signature: '' }, {}, null, 'x', []])
      expect(await consent.register.isReceipt(bad)).to.equal(false);
    // Signed by us, and of another register.
    await redis.client.flushall();
    expect(await consent.register.isReceipt(receipt)).to.equal(false);
    expect([KEY.key, publicKey].length).to.equal(2);
  });

  it('refuses to start where what it acknowledges may be lost: no append-only file, keys thrown out', async () => {
    const opened = () =>
      openAt(redis.url).then(
        (other) => {
          other.close();
          return 'opened';
        },
        (thrown: unknown) => (thrown as { code: string }).code,
      );
    await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    expect(await opened()).to.equal('REGISTER_UNFIT');
    await redis.client.config('SET', 'maxmemory-policy', 'noeviction');
    await redis.client.config('SET', 'appendonly', 'no');
    expect(await opened()).to.equal('REGISTER_UNFIT');
    await redis.client.config('SET', 'appendonly', 'yes');
    expect(await opened()).to.equal('opened');
    await redis.client.config('SET', 'appendfsync', 'no');
    expect(await opened()).to.equal('REGISTER_UNFIT');
    await redis.client.config('SET', 'appendfsync', 'always');
  });

  it('a receipt says whether the act was on the disk before it was given: with appendfsync always it was, with everysec it may come a second later, which is logged', async () => {
    expect((await act(grant(ANNA, 'usage:data'))).durable).to.equal(true);
    await redis.client.config('SET', 'appendfsync', 'everysec');
    const lines: string[] = [];
    const other = await openAt(
      redis.url,
      {},
      { log: pino({ level: 'warn' }, { write: (line) => void lines.push(line) }) },
    );
    try {
      const receipt = await other.register.act(withdraw(ANNA));
      expect(receipt.durable).to.equal(false);
      expect(await consent.register.isReceipt(receipt)).to.equal(true);
      expect(await consent.register.isReceipt({ ...receipt, appends: 'always' }), 'it is signed').to.equal(false);
      expect(lines.join()).to.contain('set appendfsync always');
    } finally {
      other.close();
      await redis.client.config('SET', 'appendfsync', 'always');
    }
  });

  it('bad input is a coded refusal, and nothing is written', async () => {
    await act({ ...grant(ANNA, 'usage:data'), request: 'first' });
    const before = await everythingIn(redis);
    const usage = grant(ANNA, 'usage:data');
    const cases: Readonly<Record<string, [string, Record<string, unknown>]>> = {
      'unknown purpose': ['PURPOSE_UNKNOWN', { pairs: ['gossip:data'] }],
      'unknown channel': ['CHANNEL_UNKNOWN', { pairs: ['usage:fax'] }],
      prototype: ['PURPOSE_UNKNOWN', { pairs: ['__proto__:data'] }],
      'without a notice': ['NOTICE_MISSING', { notice: undefined }],
      'a notice that is a placeholder': ['NOTICE_UNKNOWN', { notice: 'latest' }],
      'back-dated': ['BACK_DATED', { at: '2020-01-01T00:00Z' }],
      wildcard: ['WILDCARD', { pairs: ['usage:*'] }],
      'nothing named': ['NOTHING_NAMED', { pairs: [] }],
      'pairs that are no list': ['NOTHING_NAMED', { pairs: { length: 1 } }],
      'a pair that is none': ['PAIR_INVALID', { pairs: [{ purpose: 'usage' }] }],
      'no such act': ['ACT_UNKNOWN', { act: 'import' }],
      'loose flags': ['TEXT_INVALID', { act: 'grant', text: 'x' }],
      'a number that is none': ['NUMBER_INVALID', { number: '<script>alert(1)</script>' }],
      'no number': ['NUMBER_INVALID', { number: undefined }],
      'a megabyte of number': ['NUMBER_INVALID', { number: `+${'1'.repeat(1_000_000)}` }],
      'a megabyte of words': ['TEXT_INVALID', { act: 'object', notice: undefined, text: 'a'.repeat(1_000_000) }],
      'half a sign': ['TEXT_INVALID', { act: 'object', notice: undefined, text: '\ud800' }],
      'a script as a name': ['TEXT_INVALID', { by: '<script>' }],
      'a number as a name': ['TEXT_INVALID', { by: 'Anna 20000001' }],
      'a request id that is a number': ['REQUEST_INVALID', { request: 'form-37120000001' }],
      'a request id with a blank': ['REQUEST_INVALID', { request: 'a b' }],
      'a stale state': ['STATE_CHANGED', { expectedSeq: 0 }],
      'another act under a known request': [
        'REQUEST_REUSED',
        { request: 'first', pairs: ['usage:data'], language: 'en' },
      ],
      'an erasure without a cause that is known': [
        'CAUSE_UNKNOWN',
        { act: 'erase', pairs: undefined, notice: undefined, cause: 'fun' },
      ],
    };
    for (const [name, [reason, change]] of Object.entries(cases)) {
      expect(await refused(() => act({ ...usage, ...change } as typeof usage)), name).to.equal(reason);
      expect(await everythingIn(redis), name).to.equal(before);
    }
    expect(await refused(() => consent.register.state(ANNA, new Date('x')))).to.equal('TIME_INVALID');
    // A stale withdrawal is always taken.
    expect((await act({ ...withdraw(ANNA), expectedSeq: 0 })).act.seq).to.equal(2);
  });
});
