import { expect } from 'chai';
import { systemClock } from '../../../lib/base/clock.js';
import { canonical } from '../../../lib/consent/canonical.js';
import type { Consent } from '../../../lib/consent/open.js';
import type { Receipt } from '../../../lib/consent/receipt.js';
import { metadataKey } from '../../../lib/store/consent/keys.js';
import { CONTROLLER, grant, openAt, PURPOSES, refused, withdraw, withNotices } from '../../support/consent.js';
import { everythingIn, suiteRedis } from '../../support/suite-redis.js';

const ANNA = '+37120000001';
const BERT = '+37120000002';

describe('The consent register: what it guarantees', function () {
  this.timeout(30_000);
  const redis = suiteRedis({ appends: 'always' });
  let consent: Consent;

  const sid = (number: string, epoch = 0): string => consent.persons.sid(number, epoch);
  const log = (number: string): Promise<string[]> => redis.client.lrange(`consent:{${sid(number)}}:log`, 0, -1);
  const isAllowed = async (number: string, purpose: string, channel?: string): Promise<string> => {
    const verdict = await consent.gate.ask({ number, purpose, channel, use: 'a test' });
    return verdict.allowed ? 'ALLOWED' : verdict.reason;
  };
  const act = (request: Parameters<Consent['register']['act']>[0]): Promise<Receipt> => consent.register.act(request);

  beforeEach(async () => {
    consent = await openAt(redis.url);
  });
  afterEach(() => consent.close());

  it('1. Append-only: each act is one canonical record with the SHA-256 of the one before; removing or changing one is detected', async () => {
    await act({ ...grant(ANNA, 'offers:sms'), act: 'served' });
    await act(grant(ANNA, 'offers:sms'));
    await act({ act: 'deny', number: ANNA, pairs: ['credit:data'], method: 'shop' });
    await act(withdraw(ANNA, 'offers:sms'));
    await act({ act: 'object', number: ANNA, pairs: ['profiling:data'], method: 'email', text: 'Es iebilstu' });
    await act({ act: 'correct', number: ANNA, corrects: 3, text: 'Tas nebija veikalā', method: 'call' });
    await act({ act: 'restrict', number: ANNA, method: 'web' });
    await act({ act: 'erase', number: ANNA, method: 'web' });
    const whole = await log(ANNA);
    expect(whole.map((text) => JSON.parse(text).act)).to.deep.equal([
      ...['served', 'grant', 'deny', 'withdraw', 'object', 'correct', 'restrict', 'erase'],
    ]);
    for (const text of whole) expect(canonical(JSON.parse(text))).to.equal(text);
    expect(await consent.register.verify(ANNA)).to.include({ valid: true, records: 8 });
    const key = `consent:{${sid(ANNA)}}:log`;
    for (let at = 0; at < whole.length; at++) {
      const changed = (whole[at] as string).replace('"schema":1', '"schema":2');
      await redis.client.lset(key, at, changed);
      expect((await consent.register.verify(ANNA)).valid, `${at} changed`).to.equal(false);
      await redis.client.lset(key, at, 'gone');
      await redis.client.lrem(key, 1, 'gone');
      expect((await consent.register.verify(ANNA)).valid, `${at} removed`).to.equal(false);
      await redis.client.del(key);
      await redis.client.rpush(key, ...whole);
    }
    expect(await consent.register.verify(ANNA)).to.include({ valid: true });
  });

  it('2. Numbers are not readable: a keyed HMAC, no number in any key; a recycled number starts a new epoch and inherits nothing', async () => {
    await act(grant(ANNA, 'usage:data'));
    expect(await isAllowed(ANNA, 'usage')).to.equal('ALLOWED');
    const keys = await redis.client.keys('*');
    expect(keys.filter((key) => key.includes('20000001'))).to.deep.equal([]);
    expect((await everythingIn(redis)).includes('37120000001')).to.equal(false);
    // One person however the number is written, and nobody by another secret.
    expect(await isAllowed('20 000 001', 'usage')).to.equal('ALLOWED');
    expect(await isAllowed('0037120000001', 'usage')).to.equal('ALLOWED');
    await act({ act: 'erase', number: ANNA, method: 'shop', cause: 'reassigned' });
    expect(await isAllowed(ANNA, 'usage')).to.equal('UNKNOWN');
    const state = await consent.register.state(ANNA);
    expect(state).to.include({ epoch: 1, seq: 0, erased: null });
    expect(await consent.register.history(ANNA)).to.deep.equal([]);
    await act(grant(ANNA, 'usage:data'));
    expect(await consent.register.state(ANNA)).to.include({ epoch: 1, seq: 1, sid: sid(ANNA, 1) });
    expect(await redis.client.llen(`consent:{${sid(ANNA)}}:log`)).to.equal(2);
  });

  it('2. another secret is refused at start: everybody would be unknown', async () => {
    const other = openAt(redis.url, { secret: 'another secret of the tests, long enough as well' });
    const thrown = await other.then(
      () => undefined,
      (error: unknown) => error as { code: string; message: string },
    );
    expect(thrown).to.include({ code: 'REGISTER_UNFIT' });
  });

  it('3. Per purpose and channel: offers:sms is not offers:call; no bundled grant, every pair is named; withdrawing may say all', async () => {
    await act(grant(ANNA, 'offers:sms'));
    expect(await isAllowed(ANNA, 'offers', 'sms')).to.equal('ALLOWED');
    expect(await isAllowed(ANNA, 'offers', 'call')).to.equal('PENDING');
    expect(await isAllowed(ANNA, 'offers')).to.equal('UNKNOWN');
    expect(await refused(() => act({ ...grant(ANNA, 'offers:sms'), pairs: 'all' }))).to.equal('WILDCARD');
    for (const pair of ['offers:*', '*', 'all', 'offers:all'])
      expect(await refused(() => act(grant(ANNA, pair))), pair).to.equal('WILDCARD');
    expect(await refused(() => act(grant(ANNA, 'offers')))).to.equal('PAIR_INVALID');
    expect(await refused(() => act(grant(ANNA, 'offers:sms', 'usage:data')))).to.equal('NOTICE_OF_ANOTHER_PURPOSE');
    const { act: withdrawn } = await act(withdraw(ANNA));
    expect(withdrawn.pairs).to.have.members(
      PURPOSES.purposes.flatMap(({ id, notices }) => notices[0]?.channels.map((one) => `${id}:${one}`) ?? []),
    );
  });

  it('4. As easy to withdraw as to give: same call, same channels; withdraw all is one call', async () => {
    for (const method of ['web', 'app', 'call', 'sms', 'email', 'post', 'shop', 'api', 'cli']) {
      await act({ ...grant(ANNA, 'offers:email', 'offers:sms'), method });
      expect(await isAllowed(ANNA, 'offers', 'email')).to.equal('ALLOWED');
      const receipt = await act({ ...withdraw(ANNA, 'offers:email', 'offers:sms'), method });
      expect(receipt.act).to.include({ act: 'withdraw', method });
      expect(await isAllowed(ANNA, 'offers', 'email')).to.equal('DENIED');
    }
    for (const { id, notices } of PURPOSES.purposes)
      await act(grant(ANNA, ...(notices[0]?.channels.map((channel) => `${id}:${channel}`) ?? [])));
    await act(withdraw(ANNA));
    const { pairs } = await consent.register.state(ANNA);
    expect(pairs.filter(({ valid }) => valid)).to.deep.equal([]);
    expect(new Set(pairs.map(({ reason }) => reason))).to.deep.equal(new Set(['DENIED']));
  });

  it('5. Time: a grant binds from its receipt, never earlier; a withdrawal at once; state as of any moment can be asked', async () => {
    const before = new Date(systemClock.wall() - 1000);
    expect(await refused(() => act({ ...grant(ANNA, 'usage:data'), at: before.toISOString() }))).to.equal('BACK_DATED');
    const granted = Date.parse((await act(grant(ANNA, 'usage:data'))).act.at);
    expect(granted).to.be.within(systemClock.wall() - 5000, systemClock.wall() + 100);
    await new Promise<void>((resolve) => systemClock.after(5, resolve));
    const withdrawn = Date.parse((await act(withdraw(ANNA, 'usage:data'))).act.at);
    expect(await isAllowed(ANNA, 'usage')).to.equal('DENIED');
    const asOf = async (moment: number): Promise<string | null | undefined> => {
      const { pairs } = await consent.register.state(ANNA, new Date(moment));
      const one = pairs.find(({ pair }) => pair === 'usage:data');
      return one?.valid ? 'ALLOWED' : one?.reason;
    };
    expect(await asOf(granted - 1)).to.equal('UNKNOWN');
    expect(await asOf(granted)).to.equal('ALLOWED');
    expect(await asOf(withdrawn - 1)).to.equal('ALLOWED');
    expect(await asOf(withdrawn)).to.equal('DENIED');
  });

  it('6. No grant without a notice: its id, version, language and content hash are in the record; a materially new one turns grants PENDING', async () => {
    expect(await refused(() => act({ ...grant(ANNA, 'usage:data'), notice: undefined }))).to.equal('NOTICE_MISSING');
    expect(await refused(() => act({ ...grant(ANNA, 'usage:data'), notice: 'usage@9' }))).to.equal('NOTICE_UNKNOWN');
    expect(await refused(() => act({ ...grant(ANNA, 'usage:data'), language: 'de' }))).to.equal('LANGUAGE_UNKNOWN');
    const { act: granted } = await act(grant(ANNA, 'usage:data'));
    expect(granted.notice).to.include({ id: 'usage', version: 1, language: 'lv' });
    expect(granted.notice?.hash).to.match(/^[0-9a-f]{64}$/);
    const second = (change: 'material' | 'minor') =>
      withNotices('usage', (first) => [first, { ...first, version: 2, change, text: { lv: 'Jauns', en: 'New' } }]);
    const minor = await openAt(redis.url, { catalogue: second('minor') });
    expect(await minor.gate.ask({ number: ANNA, purpose: 'usage', use: 'a test' })).to.deep.equal({ allowed: true });
    minor.close();
    await redis.client.del('notice:usage@2:lv', 'notice:usage@2:en');
    const material = await openAt(redis.url, { catalogue: second('material') });
    const asked = await material.gate.ask({ number: ANNA, purpose: 'usage', use: 'a test' });
    expect(asked).to.deep.equal({ allowed: false, reason: 'PENDING' });
    expect(await refused(() => material.register.act(grant(ANNA, 'usage:data')))).to.equal('NOTICE_OUTDATED');
    await material.register.act({ ...grant(ANNA, 'usage:data'), notice: 'usage@2' });
    expect(await material.gate.ask({ number: ANNA, purpose: 'usage', use: 'a test' })).to.deep.equal({ allowed: true });
    material.close();
  });

  it('6. notices are immutable: a changed text, or an id that is used again for something else, is refused at start', async () => {
    const changed = withNotices('usage', (first) => [{ ...first, text: { ...first.text, lv: 'Pavisam kas cits' } }]);
    const opened = openAt(redis.url, { catalogue: changed });
    const thrown = await opened.then(
      () => undefined,
      (error: unknown) => error as { code: string; message: string },
    );
    expect(thrown).to.include({ code: 'REGISTER_UNFIT' });
    expect(thrown?.message).to.contain('usage@1:lv');
  });

  it('7. Withdrawal deletes: what is kept only for that purpose goes in the same step, unless another channel is still granted', async () => {
    await act(grant(ANNA, 'offers:sms', 'offers:email'));
    await act(grant(ANNA, 'usage:data'));
    for (const purpose of ['offers', 'usage', 'statistics'])
      await redis.client.xadd(metadataKey(sid(ANNA), purpose), '*', 'call', 'one');
    await act(withdraw(ANNA, 'offers:sms'));
    expect(await redis.client.exists(metadataKey(sid(ANNA), 'offers'))).to.equal(1);
    await act(withdraw(ANNA, 'offers:email'));
    expect(await redis.client.exists(metadataKey(sid(ANNA), 'offers'))).to.equal(0);
    expect(await redis.client.exists(metadataKey(sid(ANNA), 'usage'))).to.equal(1);
    await act(withdraw(ANNA));
    expect(await redis.client.keys('meta:*')).to.deep.equal([]);
  });

  it('14. Idempotent: a repeated request id changes nothing and returns the same receipt; used for another act it is refused', async () => {
    const first = await act({ ...grant(ANNA, 'offers:sms'), request: 'form-1' });
    const before = await everythingIn(redis);
    expect(await act({ ...grant(ANNA, 'offers:sms'), request: 'form-1' })).to.deep.equal(first);
    expect(await everythingIn(redis)).to.equal(before);
    expect(await refused(() => act({ ...withdraw(ANNA), request: 'form-1' }))).to.equal('REQUEST_REUSED');
    expect(await everythingIn(redis)).to.equal(before);
    // Another person's request of the same id is his own.
    expect((await act({ ...grant(BERT, 'offers:sms'), request: 'form-1' })).act.seq).to.equal(1);
    expect(first.controller).to.deep.equal(CONTROLLER);
  });

  it('14. Two writers at once: both acts land, in order', async () => {
    const other = await openAt(redis.url);
    try {
      const acts = Array.from({ length: 50 }, (_, i) => [
        consent.register.act(i % 2 === 0 ? grant(ANNA, 'usage:data') : withdraw(ANNA, 'usage:data')),
        other.register.act(i % 2 === 0 ? grant(ANNA, 'offers:sms') : withdraw(ANNA, 'offers:sms')),
      ]).flat();
      const seqs = (await Promise.all(acts)).map(({ act: { seq } }) => seq);
      expect(seqs.toSorted((a, b) => a - b)).to.deep.equal(Array.from({ length: 100 }, (_, i) => i + 1));
      expect(await consent.register.verify(ANNA)).to.include({ valid: true, records: 100 });
    } finally {
      other.close();
    }
  });
});
