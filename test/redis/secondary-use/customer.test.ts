import { expect } from 'chai';
import { createIds } from '../../../lib/base/ids.js';
import type { Consent } from '../../../lib/consent/open.js';
import { bureauOfFile, type CreditBureau } from '../../../lib/secondary-use/credit/bureau.js';
import { checkCredit } from '../../../lib/secondary-use/credit/credit.js';
import { isInTime, restoreLoyalty, saveLoyalty, TWO_YEARS_MS } from '../../../lib/secondary-use/loyalty/loyalty.js';
import { metadataKey } from '../../../lib/store/consent/keys.js';
import { grant, openAt, withdraw } from '../../support/consent.js';
import { PATIENT, placeOf } from '../../support/secondary-use.js';
import { suiteRedis } from '../../support/suite-redis.js';

const [ANNA, BERT] = ['+37120000001', '+37120000002'] as const;

describe('Credit checks and loyalty', function () {
  this.timeout(60_000);
  const redis = suiteRedis({ appends: 'everysec' });
  let consent: Consent;
  const place = placeOf(redis);
  const file = place.file('bureau.csv', `number,cents\n${ANNA},50000\n`);
  const sid = (number: string): string => consent.persons.sid(number, 0);
  const act = (request: Parameters<Consent['register']['act']>[0]) => consent.register.act(request);
  const kept = (purpose: string) => redis.client.xrange(metadataKey(sid(ANNA), purpose), '-', '+');
  const check = (bureau: CreditBureau, cents = 50_000) => checkCredit(consent, bureau, createIds(), ANNA, cents);
  const silent: CreditBureau = { limitOf: () => Promise.reject(new Error('the bureau must not be asked')) };

  beforeEach(async () => {
    consent = await openAt(redis.url, PATIENT);
  });
  afterEach(() => consent.close());
  after(() => place.remove());

  describe('credit', () => {
    it('with the consent `credit` the bureau is asked; its good answer counts, and goes with the withdrawal', async () => {
      await act(grant(ANNA, 'credit:data'));
      expect(await check(bureauOfFile(file))).to.deep.equal({ route: 'bureau', outcome: 'approved' });
      expect((await kept('credit')).map(([, fields]) => fields)).to.deep.equal([
        ['cents', '50000', 'outcome', 'approved'],
      ]);
      expect((await place.asked(sid(ANNA))).map(({ use }) => use)).to.deep.equal(['credit check kept', 'credit check']);
      await act(withdraw(ANNA));
      expect(await kept('credit')).to.deep.equal([]);
    });

    it('without it the bureau is not asked: the customer shows it to a human, who writes down by name what he saw', async () => {
      let asked = 0;
      const bureau: CreditBureau = { limitOf: async () => ++asked };
      for (const reason of ['unknown', 'denied']) {
        const { route, ...rest } = await check(bureau);
        expect([route, rest.outcome]).to.deep.equal(['manual', 'held']);
        if (!('review' in rest)) throw new Error('there is no review');
        expect(rest.review.decision.reasons.map(({ code }) => code)).to.deep.equal([`credit-${reason}`]);
        await act({ act: 'deny', number: ANNA, pairs: ['credit:data'], method: 'shop' });
      }
      expect(asked).to.equal(0);
      const said = await place.command('credit', ANNA, '--cents', '900', '--bureau', file);
      expect([said.code, said.out]).to.deep.equal([1, '']);
      const id = /resolve (\S+)/.exec(said.err)?.[1] ?? '';
      const proof = ['--by', 'Anna Ozola', '--reason', 'Bankas izraksts', '--outcome', 'approved'];
      expect((await place.command('review', 'resolve', id, ...proof)).code).to.equal(0);
      const { effect, resolution } = JSON.parse((await place.command('review', 'show', id, '--json')).out);
      expect([effect, resolution.by, resolution.reason]).to.deep.equal(['approved', 'Anna Ozola', 'Bankas izraksts']);
    });

    it('no program refuses anybody: too little, unknown there, and a bureau that fails lead to the human as well', async () => {
      await act(grant(ANNA, 'credit:data'));
      const codes = async (bureau: CreditBureau, cents?: number) => {
        const result = await check(bureau, cents);
        return result.route === 'manual' ? result.review.decision.reasons.map(({ code }) => code).join() : 'approved';
      };
      expect(await codes(bureauOfFile(file), 50_001)).to.equal('not-shown');
      expect(await codes({ limitOf: async () => undefined })).to.equal('not-shown');
      expect(await codes(silent)).to.equal('bureau-away');
      expect(await kept('credit'), 'of none of them anything is kept').to.deep.equal([]);
    });

    it('withdrawn while the bureau is asked: its answer is not used, and nothing is kept', async () => {
      await act(grant(ANNA, 'credit:data'));
      const bureau: CreditBureau = {
        limitOf: async () => {
          await act(withdraw(ANNA));
          return 1_000_000;
        },
      };
      expect(await check(bureau)).to.include({ route: 'manual', outcome: 'held' });
      expect(await kept('credit')).to.deep.equal([]);
    });

    it('the command says approved; a file that is none is refused with its line', async () => {
      await act(grant(ANNA, 'credit:data'));
      expect(await place.command('credit', ANNA, '--cents', '900', '--bureau', file)).to.deep.equal({
        ...{ code: 0, out: 'approved\n', err: '' },
      });
      const odd = place.file('odd.csv', `number,cents\n${ANNA},1\n${BERT},-1\n`);
      expect((await place.command('credit', ANNA, '--cents', '900', '--bureau', odd)).err).to.contain('line 3');
      expect((await place.command('credit', ANNA, '--cents', '-1', '--bureau', file)).code).to.equal(2);
      expect((await place.away('credit', ANNA, '--cents', '900', '--bureau', file)).code).to.equal(3);
    });
  });

  describe('loyalty', () => {
    const LOYALTY = { points: 420, since: '2019-03-01' };
    const savedAt = (time: number): Promise<unknown> =>
      redis.client.xadd(metadataKey(sid(ANNA), 'loyalty'), `${time}-0`, 'points', '7', 'since', '2019-03-01');

    it('two years are 730 days: a millisecond before that it is restored, then no more', async () => {
      expect(TWO_YEARS_MS).to.equal(730 * 24 * 3_600_000);
      expect([isInTime(0, TWO_YEARS_MS - 1), isInTime(0, TWO_YEARS_MS)]).to.deep.equal([true, false]);
      await act(grant(ANNA, 'loyalty:data'));
      const saved = consent.link.now - 1_000;
      await savedAt(saved);
      expect(await restoreLoyalty(consent, ANNA, saved + TWO_YEARS_MS - 1)).to.deep.equal({
        allowed: true,
        loyalty: { points: 7, since: '2019-03-01', saved: new Date(saved).toISOString() },
      });
      expect(await restoreLoyalty(consent, ANNA, saved + TWO_YEARS_MS)).to.deep.equal({ allowed: true, loyalty: null });
    });

    it('Redis forgets it by itself after two years, and what is older at each save', async () => {
      await act(grant(ANNA, 'loyalty:data'));
      await savedAt(consent.link.now - TWO_YEARS_MS - 60_000);
      expect(await saveLoyalty(consent, ANNA, LOYALTY)).to.deep.equal({ allowed: true });
      expect(await kept('loyalty')).to.have.length(1);
      const left = await redis.client.pttl(metadataKey(sid(ANNA), 'loyalty'));
      expect(left).to.be.within(TWO_YEARS_MS - 60_000, TWO_YEARS_MS);
    });

    it('save and restore by the command: the last one counts; withdrawn, it is gone, also when given again', async () => {
      await act(grant(ANNA, 'loyalty:data'));
      const save = (points: string) =>
        place.command('loyalty', 'save', ANNA, '--points', points, '--since', '2019-03-01');
      expect((await save('100')).code).to.equal(0);
      expect((await save('420')).code).to.equal(0);
      expect((await place.command('loyalty', 'restore', ANNA)).out).to.match(
        /^420 points, a customer since 2019-03-01, saved /,
      );
      expect((await place.asked(sid(ANNA))).map(({ use }) => use)).to.deep.equal([
        ...['loyalty restored', 'loyalty saved', 'loyalty saved'],
      ]);
      await act(withdraw(ANNA));
      await act(grant(ANNA, 'loyalty:data'));
      const gone = await place.command('loyalty', 'restore', ANNA);
      expect([gone.code, gone.out]).to.deep.equal([1, '']);
      expect((await place.command('loyalty', 'save', ANNA, '--points', '1', '--since', '2019-02-30')).code).to.equal(2);
    });

    it('without the consent `loyalty` nothing is saved and nothing restored; another holder of the number inherits nothing', async () => {
      expect(await saveLoyalty(consent, ANNA, LOYALTY)).to.deep.equal({ allowed: false, reason: 'UNKNOWN' });
      await act({ act: 'deny', number: ANNA, pairs: ['loyalty:data'], method: 'web' });
      await savedAt(consent.link.now);
      const denied = await place.command('loyalty', 'restore', ANNA, '--json');
      expect([denied.code, JSON.parse(denied.out)]).to.deep.equal([1, { allowed: false, reason: 'DENIED' }]);
      await act(grant(ANNA, 'loyalty:data'));
      await saveLoyalty(consent, ANNA, LOYALTY);
      await act({ act: 'erase', number: ANNA, method: 'shop', cause: 'reassigned' });
      await act(grant(ANNA, 'loyalty:data'));
      expect(await restoreLoyalty(consent, ANNA)).to.deep.equal({ allowed: true, loyalty: null });
    });
  });
});
