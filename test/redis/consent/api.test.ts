import { expect } from 'chai';
import type { Consent } from '../../../lib/consent/open.js';
import type { Store } from '../../../lib/store/open-store.js';
import { startApi, type TestApi } from '../../support/api.js';
import { CONTROLLER, openAt } from '../../support/consent.js';
import { startRedis, type TestRedis } from '../../support/redis.js';
import { directory, open, remove } from '../../support/store.js';

const ANNA = '+37120000001';

describe('API: the consent register', function () {
  this.timeout(30_000);
  let redis: TestRedis;
  let consent: Consent | undefined;
  let store: Store;
  let path: string;
  let api: TestApi;
  const post = (route: string, json: unknown, role: 'privacy' | 'support' = 'privacy') =>
    api.ask(role, `/api/v1/consents/${route}`, { method: 'POST', json });
  const grant = { act: 'grant', number: ANNA, pairs: ['usage:data'], notice: 'usage@1', language: 'lv', method: 'web' };

  before(async () => {
    redis = await startRedis();
    path = directory();
    store = await open(redis.url, path);
    consent = await openAt(redis.url);
    api = await startApi(() => store, { consent: () => consent });
  });
  after(async () => {
    await api.close();
    consent?.close();
    await store.close();
    await redis.stop();
    remove(path);
  });

  it('takes acts, shows state, history, export, and verifies: the number is in the body alone', async () => {
    const receipt = await post('acts', { ...grant, request: 'form-1' });
    expect(receipt.status, receipt.text).to.equal(200);
    expect(receipt.json).to.deep.include({ controller: CONTROLLER });
    expect((await post('acts', { ...grant, request: 'form-1' })).json).to.deep.equal(receipt.json);
    expect((receipt.json.act as { by: string }).by).to.equal('operator:the-privacy');
    expect((await post('check', { number: ANNA, purpose: 'usage' })).json).to.deep.equal({ allowed: true });
    const state = await post('state', { number: ANNA });
    expect(state.json).to.include({ seq: 1 });
    const before = await post('state', { number: ANNA, at: '2020-01-01T00:00Z' });
    expect((before.json.pairs as { valid: boolean }[]).filter(({ valid }) => valid)).to.deep.equal([]);
    expect((await post('acts', { act: 'withdraw', number: ANNA, pairs: 'all', method: 'call' })).status).to.equal(200);
    expect((await post('check', { number: ANNA, purpose: 'usage' })).json).to.deep.equal({
      allowed: false,
      reason: 'DENIED',
    });
    expect((await post('history', { number: ANNA })).json.acts).to.have.length(2);
    expect((await post('verify', { number: ANNA, receipt: receipt.json })).json).to.include({
      valid: true,
      records: 2,
      receipt: true,
    });
    const exported = await post('export', { number: ANNA });
    expect(Object.keys(exported.json).sort()).to.deep.equal(['records', 'register', 'retention']);
    expect((await api.ask('reader', '/api/v1/consents/keys')).json.keys).to.have.length(1);
    expect((await api.ask('reader', '/api/v1/consents/catalogue')).json.purposes).to.have.length(7);
  });

  it('bad input is a problem with a code and a reason, and nothing is written', async () => {
    const acts = async () => (await post('history', { number: ANNA })).json.acts;
    const before = await acts();
    const cases: readonly (readonly [change: object, status: number, code: string, reason: string | undefined])[] = [
      [{ pairs: ['gossip:data'] }, 422, 'CONSENT_REFUSED', 'PURPOSE_UNKNOWN'],
      [{ pairs: ['usage:fax'] }, 422, 'CONSENT_REFUSED', 'CHANNEL_UNKNOWN'],
      [{ pairs: 'all' }, 422, 'CONSENT_REFUSED', 'WILDCARD'],
      [{ notice: undefined }, 422, 'CONSENT_REFUSED', 'NOTICE_MISSING'],
      [{ number: '<script>' }, 422, 'CONSENT_REFUSED', 'NUMBER_INVALID'],
      [{ expectedSeq: 0 }, 409, 'CONSENT_CONFLICT', 'STATE_CHANGED'],
      [{ at: '2020-01-01T00:00Z' }, 400, 'INVALID', undefined],
      [{ act: 'import' }, 400, 'INVALID', undefined],
      [{ method: 'telepathy' }, 400, 'INVALID', undefined],
      [{ text: 'a'.repeat(1_000_000) }, 413, 'TOO_LARGE', undefined],
    ];
    for (const [change, status, code, reason] of cases) {
      const { json, text } = await post('acts', { ...grant, ...change });
      expect(json, text).to.include({ status, code, ...(reason !== undefined && { reason }) });
      expect(text).not.to.contain('20000001');
    }
    expect(await acts()).to.deep.equal(before);
  });

  it('is for the role privacy alone, and there is no route with a number in it', async () => {
    expect((await post('acts', grant, 'support')).status).to.equal(403);
    expect(
      (await api.ask(undefined, '/api/v1/consents/state', { method: 'POST', json: { number: ANNA } })).status,
    ).to.equal(401);
    expect((await api.ask('privacy', `/api/v1/consents/${ANNA}`)).status).to.equal(404);
  });

  it('without a register, or while its Redis is away, it is 503', async () => {
    const opened = consent;
    consent = undefined;
    expect((await post('state', { number: ANNA })).json).to.include({ status: 503, code: 'CONSENT_OFF' });
    consent = opened;
  });
});
