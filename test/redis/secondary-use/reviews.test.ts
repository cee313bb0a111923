import { expect } from 'chai';
import type { Consent } from '../../../lib/consent/open.js';
import type { Decision, Review, ReviewView } from '../../../lib/secondary-use/review/review.js';
import { Reviews } from '../../../lib/secondary-use/review/reviews.js';
import { fakeStore, startApi, type TestApi } from '../../support/api.js';
import { grant, openAt, withdraw } from '../../support/consent.js';
import { startRedis } from '../../support/redis.js';
import { PATIENT, placeOf } from '../../support/secondary-use.js';
import { suiteRedis } from '../../support/suite-redis.js';

const ANNA = '+37120000001';
const QUESTION = { number: ANNA, plan: 'BIZNESS', contract: true, overdueDays: 0, groups: 1 };

describe('Eligibility over the API, and reviews by humans', function () {
  this.timeout(60_000);
  const redis = suiteRedis({ appends: 'everysec' });
  let consent: Consent;
  let api: TestApi;
  const place = placeOf(redis);
  const decide = async (more: object = {}, status = 201): Promise<ReviewView> => {
    const answer = await api.ask<ReviewView>('operator', '/api/v1/eligibility', {
      method: 'POST',
      json: { ...QUESTION, ...more },
    });
    expect(answer.status, answer.text).to.equal(status);
    return answer.json;
  };
  const post = (role: 'operator' | 'privacy', path: string, json: object) =>
    api.ask<ReviewView & { code: string }>(role, `/api/v1/reviews/${path}`, { method: 'POST', json });
  const original = (id: string) => redis.client.hget(`review:${id}`, 'decision');
  const human = { by: 'Anna Ozola', reason: 'Rēķins ir samaksāts', outcome: 'approved' };

  beforeEach(async () => {
    consent = await openAt(redis.url, PATIENT);
    api = await startApi(() => fakeStore(async () => null), { consent: () => consent });
  });
  afterEach(async () => {
    await api.close();
    consent.close();
  });
  after(() => place.remove());

  it('11. with the consent `profiling` a program decides at once, and writes its reasons and the version of its logic', async () => {
    await consent.register.act(grant(ANNA, 'profiling:data'));
    const approved = await decide();
    expect(approved).to.include({ effect: 'approved', deadline: null, resolution: null });
    expect(approved.decision).to.include({ automated: true, logic: 'eligibility@1', outcome: 'approved' });
    expect((await decide({ overdueDays: 31 })).decision.reasons.filter(({ met }) => !met)).to.deep.equal([
      {
        ...{ code: 'overdue', met: false, en: 'An invoice is overdue for more than 30 days.' },
        lv: 'Kāds rēķins kavēts ilgāk par 30 dienām.',
      },
    ]);
    const kept = (await original(approved.id)) ?? '';
    expect(kept).to.contain('"logic":"eligibility@1"').and.contain('"met":true');
    expect(kept.includes('20000001'), 'no number').to.equal(false);
    expect((await place.asked(consent.persons.sid(ANNA, 0))).map(({ use, verdict }) => [use, verdict])).to.deep.equal([
      ...[
        ['eligibility at provisioning', 'ALLOWED'],
        ['eligibility at provisioning', 'ALLOWED'],
      ],
    ]);
  });

  it('without it no program decides, whatever it would have said: it waits for a human, with a deadline', async () => {
    for (const overdueDays of [0, 99]) {
      const waiting = await decide({ overdueDays });
      expect(waiting).to.include({ effect: 'held', overdue: false });
      expect(waiting.deadline).to.be.a('string');
      expect(waiting.decision).to.include({ automated: false, logic: null, outcome: 'human' });
      expect(waiting.decision.reasons.map(({ code }) => code)).to.deep.equal(['profiling-unknown']);
    }
    await consent.register.act(grant(ANNA, 'profiling:data'));
    await consent.register.act(withdraw(ANNA));
    expect((await decide()).decision.reasons.map(({ code }) => code)).to.deep.equal(['profiling-denied']);
    const { reviews } = (await api.ask<{ reviews: ReviewView[] }>('privacy', '/api/v1/reviews')).json;
    expect(reviews).to.have.length(3);
    expect((await api.ask('operator', '/api/v1/reviews')).status).to.equal(403);
  });

  it('11. contested, its effect is held until a named human resolves it with a written reason; the original is unchanged', async () => {
    await consent.register.act(grant(ANNA, 'profiling:data'));
    const { id, effect } = await decide({ overdueDays: 31 });
    expect(effect).to.equal('refused');
    const before = await original(id);
    expect((await post('privacy', `${id}/resolution`, human)).json.code, 'nobody waits').to.equal('USE_REFUSED');
    const contested = await post('operator', `${id}/contest`, { text: 'Es samaksāju' });
    expect(contested.json).to.include({ effect: 'held', overdue: false });
    expect(contested.json.contested).to.include({ by: 'operator:the-operator', text: 'Es samaksāju' });
    const again = await post('operator', `${id}/contest`, { text: 'Vēlreiz' });
    expect(again.json.contested, 'a second time changes nothing').to.deep.equal(contested.json.contested);
    for (const bad of [{ by: '' }, { by: '42' }, { reason: ' ' }])
      expect((await post('privacy', `${id}/resolution`, { ...human, ...bad })).json.code).to.equal('USE_REFUSED');
    expect((await post('operator', `${id}/resolution`, human)).status, 'not who provisions').to.equal(403);
    const resolved = await post('privacy', `${id}/resolution`, human);
    expect(resolved.json).to.include({ effect: 'approved', deadline: null });
    expect(resolved.json.resolution).to.include(human);
    expect(await original(id)).to.equal(before);
    expect((await post('privacy', `${id}/resolution`, { ...human, outcome: 'refused' })).status).to.equal(409);
    expect((await post('operator', `${id}/contest`, {})).status).to.equal(409);
    expect(await redis.client.zcard('review:open')).to.equal(0);
    expect((await api.ask<Review>('operator', `/api/v1/reviews/${id}`)).json.resolution).to.include(human);
  });

  it('of 20 who resolve the same one at once one wins', async () => {
    const { id } = await decide();
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, i) => post('privacy', `${id}/resolution`, { ...human, reason: `Reason ${i}` })),
    );
    expect(all.filter(({ status }) => status === 200)).to.have.length(1);
    expect(all.filter(({ status }) => status === 409)).to.have.length(19);
  });

  it('bad input: unknown and odd ids, missing and foreign fields, a number that is none: a coded error, nothing written', async () => {
    const keys = async (): Promise<number> => (await redis.client.keys('review*')).length;
    for (const id of ['nobody', 'open', '%2e%2e', 'x'.repeat(65), '%00'])
      expect([400, 404]).to.include((await api.ask('operator', `/api/v1/reviews/${id}`)).status);
    await decide({ number: 'nobody' }, 422);
    await decide({ overdueDays: -1 }, 400);
    await decide({ plan: 'x'.repeat(65) }, 400);
    await decide({ gender: 'f' }, 400);
    expect(await keys()).to.equal(0);
  });

  it('the register away: nothing is decided and nothing written, 503 with its code; where there is none as well', async () => {
    const lost = await startRedis();
    const other = await openAt(lost.url, PATIENT);
    const half = await startApi(() => fakeStore(async () => null), { consent: () => other });
    const off = await startApi(() => fakeStore(async () => null));
    const ask = (to: TestApi) =>
      to.ask<{ code: string }>('operator', '/api/v1/eligibility', { method: 'POST', json: QUESTION });
    try {
      await lost.kill();
      const answer = await ask(half);
      expect([answer.status, answer.json.code]).to.deep.equal([503, 'STORE_UNAVAILABLE']);
      expect((await ask(off)).json.code).to.equal('CONSENT_OFF');
    } finally {
      await half.close();
      await off.close();
      other.close();
      await lost.stop();
    }
  });

  it('virkne review: list, show, contest, resolve; exit status 1 for what is not there or is done', async () => {
    await consent.register.act(grant(ANNA, 'profiling:data'));
    const { id } = await decide({ contract: false });
    expect(await place.command('review', 'list')).to.include({ code: 0, err: 'nothing waits for a human\n' });
    expect((await place.command('review', 'contest', id, '--text', 'Līgums ir')).out).to.contain('held');
    const list = JSON.parse((await place.command('review', 'list', '--json')).out);
    expect(list).to.have.length(1);
    expect(list[0]).to.include({ id, effect: 'held', overdue: false });
    const table = (await place.command('review', 'list')).out;
    expect(table)
      .to.contain('answer by')
      .and.contain(id)
      .and.contain('refused by eligibility@1')
      .and.contain('contract');
    const resolve = (...more: string[]) =>
      place.command('review', 'resolve', id, '--by', 'Anna Ozola', '--outcome', 'approved', ...more);
    expect((await resolve()).code, 'no reason').to.equal(2);
    expect((await resolve('--reason', ' ')).code).to.equal(1);
    expect((await resolve('--reason', 'Līgums atrasts')).out)
      .to.contain('approved')
      .and.contain('Līgums atrasts');
    expect((await resolve('--reason', 'Vēlreiz')).err).to.contain('REVIEW_CLOSED');
    expect((await place.command('review', 'show', 'nobody')).err).to.contain('REVIEW_UNKNOWN');
    expect((await place.away('review', 'list')).code).to.equal(3);
  });

  it('a review is exported with the person, and erased with him, open ones too', async () => {
    await consent.register.act(grant(ANNA, 'profiling:data'));
    const { id } = await decide();
    await post('operator', `${id}/contest`, { text: 'Nē' });
    const { reviews } = await consent.register.export(ANNA);
    expect(reviews).to.have.length(1);
    expect(JSON.parse(reviews[0]?.decision ?? '')).to.include({ id });
    await consent.register.act({ act: 'erase', number: ANNA, method: 'web' });
    expect(await redis.client.exists(`review:${id}`)).to.equal(0);
    expect((await consent.register.export(ANNA)).reviews).to.deep.equal([]);
    expect(await place.command('review', 'list')).to.include({ code: 0, out: '' });
  });

  it('a decision is written once: the same id again changes nothing of it', async () => {
    const reviews = new Reviews(consent.link);
    const { decision } = await decide();
    await reviews.add({ ...decision, outcome: 'refused' } as Decision);
    expect((await reviews.find(decision.id)).decision).to.deep.equal(decision);
  });
});
