import { expect } from 'chai';
import { pino } from 'pino';
import { systemClock } from '../../../lib/base/clock.js';
import type { Meter } from '../../../lib/base/meter.js';
import type { Consent } from '../../../lib/consent/open.js';
import { metadataKey, stateKey } from '../../../lib/store/consent/keys.js';
import type { CallRecord } from '../../../lib/store/types.js';
import { grant, openAt, SETTINGS, withdraw, withNotices } from '../../support/consent.js';
import { recordOf, until } from '../../support/store.js';
import { suiteRedis } from '../../support/suite-redis.js';

const ANNA = '+37120000001';
const OFFICE = '+37167000000';

describe('The gate: what it guarantees', function () {
  this.timeout(30_000);
  const redis = suiteRedis({ appends: 'always' });
  let consent: Consent;
  let counted: Record<string, number>;
  let lines: string[];

  const meter: Meter = {
    count: (name, labels = {}) => {
      const key = [name, ...Object.values(labels)].join(' ');
      counted[key] = (counted[key] ?? 0) + 1;
    },
    gauge: () => {},
    counter: () => ({ add: () => {} }),
    observe: () => {},
  };
  const ask = async (number: string, purpose: string, channel?: string): Promise<string> => {
    const verdict = await consent.gate.ask({ number, purpose, channel, use: 'a test' });
    return verdict.allowed ? 'ALLOWED' : verdict.reason;
  };
  const act = (request: Parameters<Consent['register']['act']>[0]) => consent.register.act(request);
  const sid = (number: string): string => consent.persons.sid(number, 0);
  const keptOf = (number: string, purpose: string) => redis.client.xrange(metadataKey(sid(number), purpose), '-', '+');
  const call = (id: string, more: Partial<CallRecord> = {}): CallRecord => ({
    ...recordOf(id),
    ...{ pilot: OFFICE, started: systemClock.wall(), ended: systemClock.wall() },
    ...more,
  });
  /** A call ends, and all that follows from it has happened. */
  const ends = async (record: CallRecord): Promise<void> => {
    consent.metadata.ended(record);
    await until(() => consent.metadata.waiting === 0);
  };

  beforeEach(async () => {
    counted = {};
    lines = [];
    const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
    consent = await openAt(redis.url, {}, { meter, log });
  });
  afterEach(() => consent.close());

  it("8. The gate fails closed: unknown purpose or person; its answers are CAMARA's, each is counted by purpose and verdict", async () => {
    const answers: Record<string, string> = {};
    answers.purpose = await ask(ANNA, 'gossip');
    answers.prototype = await ask(ANNA, '__proto__');
    answers.channel = await ask(ANNA, 'offers', 'fax');
    answers.person = await ask(ANNA, 'usage');
    answers.number = await ask('nobody', 'usage');
    await act({ ...grant(ANNA, 'usage:data'), act: 'served' });
    answers.served = await ask(ANNA, 'usage');
    answers.nothing = await ask(ANNA, 'loyalty');
    await act({ act: 'deny', number: ANNA, pairs: ['usage:data'], method: 'web' });
    answers.denied = await ask(ANNA, 'usage');
    await act(grant(ANNA, 'usage:data'));
    answers.granted = await ask(ANNA, 'usage');
    await act({ act: 'object', number: ANNA, pairs: ['usage:data'], method: 'web' });
    answers.objected = await ask(ANNA, 'usage');
    await act(grant(ANNA, 'loyalty:data'));
    await act({ act: 'restrict', number: ANNA, method: 'web' });
    answers.restricted = await ask(ANNA, 'loyalty');
    await act({ act: 'restrict', number: ANNA, method: 'web', lift: true });
    answers.lifted = await ask(ANNA, 'loyalty');
    await act(grant(ANNA, 'credit:data'));
    const field = JSON.parse((await redis.client.hget(stateKey(sid(ANNA)), 'credit:data')) ?? '') as object;
    const over = { ...field, until: new Date(systemClock.wall() - 1).toISOString() };
    await redis.client.hset(stateKey(sid(ANNA)), 'credit:data', JSON.stringify(over));
    answers.expired = await ask(ANNA, 'credit');
    for (const [garbage, text] of Object.entries({
      text: 'granted',
      list: '[]',
      null: 'null',
      half: '{"decision":"granted"',
    })) {
      await redis.client.hset(stateKey(sid(ANNA)), 'credit:data', text);
      answers[garbage] = await ask(ANNA, 'credit');
    }
    await redis.client.hset(stateKey(sid(ANNA)), 'credit:data', '{"decision":"granted","until":null}');
    answers.noNotice = await ask(ANNA, 'credit');
    await redis.client.set(stateKey(sid('+37120000003')), 'no hash');
    answers.noHash = await ask('+37120000003', 'usage');
    expect(answers).to.deep.equal({
      ...{ purpose: 'UNKNOWN', prototype: 'UNKNOWN', channel: 'UNKNOWN', person: 'UNKNOWN', number: 'UNKNOWN' },
      ...{ served: 'REQUESTED', nothing: 'PENDING', denied: 'DENIED', granted: 'ALLOWED', objected: 'OBJECTED' },
      ...{ restricted: 'OBJECTED', lifted: 'ALLOWED', expired: 'EXPIRED' },
      ...{ text: 'DENIED', list: 'DENIED', null: 'DENIED', half: 'DENIED', noNotice: 'PENDING', noHash: 'UNAVAILABLE' },
    });
    expect(counted).to.include({
      'consent_asked_total other UNKNOWN': 2,
      'consent_asked_total usage ALLOWED': 1,
      'consent_asked_total usage UNKNOWN': 2,
      'consent_asked_total loyalty OBJECTED': 1,
    });
    expect(Object.keys(counted).filter((key) => key.includes('gossip'))).to.deep.equal([]);
  });

  it('8. Redis away, or slower than 50 ms: not allowed, at once, and counted; allowed again when it is back', async () => {
    consent.close();
    const { gateMs } = SETTINGS;
    consent = await openAt(redis.url, { gateMs }, { meter });
    expect(gateMs).to.equal(50);
    await act(grant(ANNA, 'usage:data'));
    await until(async () => (await ask(ANNA, 'usage')) === 'ALLOWED');
    redis.hang();
    const begun = systemClock.now();
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(ANNA, 'usage')));
    const took = systemClock.now() - begun;
    // Who asks meanwhile is told at once: questions do not pile up.
    const later = systemClock.now();
    expect(await ask(ANNA, 'usage')).to.equal('UNAVAILABLE');
    expect(systemClock.now() - later).to.be.lessThan(45);
    redis.resume();
    expect(new Set(answers)).to.deep.equal(new Set(['UNAVAILABLE']));
    expect(took).to.be.within(45, 2_000);
    await until(async () => (await ask(ANNA, 'usage')) === 'ALLOWED');
    await redis.kill();
    await until(async () => (await ask(ANNA, 'usage')) === 'UNAVAILABLE');
    const act2 = await act(grant(ANNA, 'usage:data')).then(
      () => 'taken',
      (thrown: unknown) => (thrown as { code: string }).code,
    );
    expect(act2).to.equal('STORE_UNAVAILABLE');
    await redis.start();
    await until(async () => (await ask(ANNA, 'usage')) === 'ALLOWED');
    expect(counted['consent_asked_total usage UNAVAILABLE']).to.be.greaterThan(100);
  });

  it('leaves a trace that it asked: in the log without a number, and in what an export shows; of nobody unknown anything is kept', async () => {
    await ask('+37120000009', 'usage');
    expect(await redis.client.keys(`consent:{${sid('+37120000009')}}:*`)).to.deep.equal([]);
    await act(grant(ANNA, 'usage:data'));
    await consent.gate.ask({ number: ANNA, purpose: 'usage', use: 'advice for the customer', callId: 'call-1' });
    await ask(ANNA, 'loyalty');
    await until(async () => (await consent.register.export(ANNA)).asked.length === 2);
    const { asked } = await consent.register.export(ANNA);
    expect(asked.map(({ purpose, use, verdict, call }) => [purpose, use, verdict, call])).to.deep.equal([
      ['loyalty', 'a test', 'PENDING', undefined],
      ['usage', 'advice for the customer', 'ALLOWED', 'call-1'],
    ]);
    expect(lines.filter((line) => line.includes('was asked')).length).to.equal(3);
    expect(lines.join('').includes('20000001')).to.equal(false);
  });

  it('9. Asked twice: when metadata is written for a secondary purpose, and again when it is used', async () => {
    await act(grant(OFFICE, 'usage:data'));
    await ends(call('one'));
    expect((await keptOf(OFFICE, 'usage')).length).to.equal(1);
    expect(await keptOf(OFFICE, 'statistics')).to.deep.equal([]);
    const used = await consent.metadata.use({ number: OFFICE, purpose: 'usage', use: 'a test' });
    expect(used).to.deep.include({ allowed: true });
    if (used.allowed) expect(used.entries[0]).to.include({ call: 'one', status: '480' });
    expect(JSON.stringify(used).includes('3712')).to.equal(false);
    await act({ act: 'restrict', number: OFFICE, method: 'web' });
    const again = await consent.metadata.use({ number: OFFICE, purpose: 'usage', use: 'a test' });
    expect(again).to.deep.equal({ allowed: false, reason: 'OBJECTED' });
    await ends(call('two'));
    expect((await keptOf(OFFICE, 'usage')).length).to.equal(1);
    expect(counted).to.include({ 'consent_metadata_total usage kept': 1, 'consent_metadata_total usage denied': 1 });
  });

  it('9. what is kept ends by itself, with its retention or with the grant', async () => {
    await act(grant(OFFICE, 'usage:data'));
    await ends(call('one'));
    const days = (await redis.client.pttl(metadataKey(sid(OFFICE), 'usage'))) / 86_400_000;
    expect(days).to.be.within(364.9, 365);
    consent.close();
    consent = await openAt(
      redis.url,
      { catalogue: withNotices('statistics', (first) => [first, { ...first, version: 2, validMonths: 1 }]) },
      { meter },
    );
    await act({ ...grant(OFFICE, 'statistics:data'), notice: 'statistics@2' });
    await ends(call('two'));
    expect((await redis.client.pttl(metadataKey(sid(OFFICE), 'statistics'))) / 86_400_000).to.be.within(27, 31);
  });

  it('10. Refusal for one call beats any grant', async () => {
    await act(grant(OFFICE, 'usage:data'));
    await act(grant(OFFICE, 'statistics:data'));
    await ends(call('one', { metadataRefused: true }));
    expect(await redis.client.keys('meta:*')).to.deep.equal([]);
    expect(counted).to.include({ 'consent_metadata_total usage refused': 1, 'consent_asked_total usage OBJECTED': 1 });
    await ends(call('two'));
    expect((await redis.client.keys('meta:*')).length).to.equal(2);
    const asked = await consent.gate.ask({ number: OFFICE, purpose: 'usage', use: 'a test', refused: true });
    expect(asked).to.deep.equal({ allowed: false, reason: 'OBJECTED' });
  });

  it('withdrawal while a call is up: nothing of that call is kept for that purpose, given again or not', async () => {
    await act(grant(OFFICE, 'usage:data'));
    const first = call('one', { started: systemClock.wall() });
    await act(withdraw(OFFICE, 'usage:data'));
    await ends(first);
    expect(await redis.client.keys('meta:*')).to.deep.equal([]);
    const second = call('two', { started: systemClock.wall() - 5 });
    await act(grant(OFFICE, 'usage:data'));
    await ends(second);
    expect(await redis.client.keys('meta:*')).to.deep.equal([]);
    // A grant that is given again while it is in force is no break.
    const third = call('three', { started: systemClock.wall() + 5 });
    await act(grant(OFFICE, 'usage:data'));
    await ends(third);
    expect((await keptOf(OFFICE, 'usage')).length).to.equal(1);
  });

  it('a withdrawal between the question and what is kept is no gap: Redis compares in the same step', async () => {
    await act(grant(OFFICE, 'usage:data'));
    const { grounds } = await consent.gate.rule({ number: OFFICE, purpose: 'usage', use: 'a test' });
    await act(withdraw(OFFICE, 'usage:data'));
    const keys = [metadataKey(sid(OFFICE), 'usage'), stateKey(sid(OFFICE))];
    expect(await consent.link.fcall('consent_keep', keys, [grounds?.seq ?? 0, 10, '', 'call', 'x'])).to.equal(0);
    expect(await redis.client.keys('meta:*')).to.deep.equal([]);
  });

  it('calls beyond what can be kept at once are counted, not queued without end', async () => {
    consent.close();
    consent = await openAt(redis.url, { gateMs: 50 }, { meter });
    redis.hang();
    for (let i = 0; i < 6_000; i++) consent.metadata.ended(call(`call-${i}`));
    expect(consent.metadata.waiting).to.be.lessThan(5_100);
    redis.resume();
    await until(() => consent.metadata.waiting === 0);
    expect(counted['consent_metadata_total other dropped']).to.be.greaterThan(900);
  });
});
