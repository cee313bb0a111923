import { expect } from 'chai';
import { Redis } from 'ioredis';
import { createIds } from '../../../lib/base/ids.js';
import type { Labels, Meter } from '../../../lib/base/meter.js';
import { silentMeter } from '../../../lib/base/meter.js';
import { monthNameAt, monthOf } from '../../../lib/charges/month.js';
import { aclRules } from '../../../lib/consent/acl.js';
import type { Consent } from '../../../lib/consent/open.js';
import { adviseOn } from '../../../lib/secondary-use/advice/advise.js';
import { campaignOf, contactsFor, newTally } from '../../../lib/secondary-use/contacts/contacts.js';
import { setInterest } from '../../../lib/secondary-use/contacts/interests.js';
import { checkCredit } from '../../../lib/secondary-use/credit/credit.js';
import { decideEligibility } from '../../../lib/secondary-use/eligibility/eligibility.js';
import { restoreLoyalty, saveLoyalty } from '../../../lib/secondary-use/loyalty/loyalty.js';
import { NO_REGIONS } from '../../../lib/secondary-use/regions.js';
import { Reviews } from '../../../lib/secondary-use/review/reviews.js';
import { publishStatistic } from '../../../lib/secondary-use/statistics/statistics.js';
import { grant, openAt } from '../../support/consent.js';
import { startRedis, type TestRedis } from '../../support/redis.js';
import { PATIENT } from '../../support/secondary-use.js';

const ANNA = '+37120000001';
const PASSWORD = 'of-the-register';
const FACTS = { plan: 'BIZNESS', contract: true, overdueDays: 0, groups: 1 };
const PURPOSES = ['offers:sms', 'usage:data', 'profiling:data', 'credit:data', 'loyalty:data', 'statistics:data'];

/** What no use may reach while it is not allowed. */
const untouched = new Proxy({} as never, {
  get: (_, name) => {
    throw new Error(`${String(name)} was touched`);
  },
});

type Use = (consent: Consent) => Promise<unknown>;

/** A month that is over, of which everything is still kept. */
const month = (): string => monthNameAt(monthOf(monthNameAt(Date.now(), 'UTC'), 'UTC').start - 1, 'UTC');

const USES: Readonly<Record<string, Use>> = {
  usage: (consent) => adviseOn(consent, untouched, ANNA, 0, { lang: 'en', timeZone: 'UTC', ringTimes: [10] }),
  profiling: (consent) => decideEligibility(consent, createIds(), ANNA, FACTS),
  offers: (consent) =>
    contactsFor(consent, NO_REGIONS, campaignOf({ name: 'x', channel: 'sms' }), [ANNA], 1, newTally()).next(),
  credit: (consent) => checkCredit(consent, untouched, createIds(), ANNA, 1),
  loyalty: (consent) => restoreLoyalty(consent, ANNA),
  statistics: (consent) => publishStatistic(consent, NO_REGIONS, [ANNA], month(), 'UTC'),
};

describe('Every use of call data beyond the service stands behind the gate', function () {
  this.timeout(60_000);
  let redis: TestRedis;
  let consent: Consent;

  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(async () => {
    consent.close();
    await redis.stop();
  });

  it('8. the register away: each is refused, touches nothing, and is counted where the gate is asked', async () => {
    const counted: Labels[] = [];
    const meter: Meter = {
      ...silentMeter,
      count: (name, labels = {}) => void (name === 'consent_asked_total' && counted.push(labels)),
    };
    consent = await openAt(redis.url, PATIENT, { meter });
    for (const pair of PURPOSES) await consent.register.act(grant(ANNA, pair));
    await redis.kill();
    for (const [purpose, use] of Object.entries(USES)) {
      counted.length = 0;
      const answer = await use(consent).then(
        (value) => value as object,
        (thrown: unknown) => ({ code: (thrown as { code: unknown }).code }),
      );
      const refused = [{ allowed: false, reason: 'UNAVAILABLE' }, { code: 'STORE_UNAVAILABLE' }];
      expect(refused, purpose).to.deep.include(answer);
      // A list, and a statistic, end before anybody is asked for.
      const isAsked = purpose !== 'offers' && purpose !== 'statistics';
      expect(counted, purpose).to.deep.equal(isAsked ? [{ purpose, verdict: 'UNAVAILABLE' }] : []);
    }
  });

  it('1. under the rules of the register’s Redis user each works, and what was decided and published cannot be written again', async () => {
    await redis.client.call('ACL', 'SETUSER', 'register', ...aclRules(PASSWORD));
    const url = `redis://register:${PASSWORD}@127.0.0.1:${redis.port}/0`;
    consent = await openAt(url, PATIENT);
    for (const pair of PURPOSES) await consent.register.act(grant(ANNA, pair));
    expect((await USES.offers?.(consent)) as object).to.have.nested.property('value.number', ANNA);
    await setInterest(consent, ANNA, 'x', false, 'a test');
    expect(await USES.offers?.(consent)).to.include({ done: true });
    expect(await saveLoyalty(consent, ANNA, { points: 1, since: '2019-03-01' })).to.deep.equal({ allowed: true });
    expect(await USES.loyalty?.(consent)).to.have.nested.property('loyalty.points', 1);
    const statistic = (await USES.statistics?.(consent)) as { period: string };
    const { id } = await decideEligibility(consent, createIds(), ANNA, { ...FACTS, contract: false });
    const reviews = new Reviews(consent.link);
    await reviews.contest(id, 'a test', '');
    await reviews.resolve(id, { by: 'Anna Ozola', reason: 'Jā', outcome: 'approved' });
    const user = new Redis(url, { lazyConnect: true });
    await user.connect();
    try {
      for (const [key, field] of [
        [`review:${id}`, 'decision'],
        [`review:${id}`, 'resolution'],
        [`stat:traffic:${statistic.period}`, 'document'],
      ] as const) {
        const before = await redis.client.hget(key, field);
        for (const command of [
          ['HSET', key, field, 'x'],
          ['HDEL', key, field],
          ['RENAME', key, 'x'],
          ['SET', key, 'x'],
        ]) {
          const [name = '', ...args] = command;
          const reply = await user.call(name, ...args).then(
            () => 'done',
            (thrown: Error) => thrown.message,
          );
          expect(reply, command.join(' ')).to.contain('NOPERM');
        }
        expect(await user.call('HSETNX', key, field, 'x')).to.equal(0);
        expect(await redis.client.hget(key, field)).to.equal(before);
      }
    } finally {
      user.disconnect();
    }
    await consent.register.act({ act: 'erase', number: ANNA, method: 'web' });
    expect(await redis.client.exists(`review:${id}`)).to.equal(0);
  });
});
