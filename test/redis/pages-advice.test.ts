import { expect } from 'chai';
import { systemClock } from '../../lib/base/clock.js';
import { documentOf } from '../../lib/store/records/fields.js';
import type { CallRecord } from '../../lib/store/types.js';
import { grant, withdraw } from '../support/consent.js';
import { type Customer, type Pages, startPages } from '../support/customer-pages.js';
import { recordOf, UNSAID_OF_ATTEMPT } from '../support/store.js';

const PILOT = '+37167000000';
const [A, B] = ['+37120000001', '+37120000002'] as const;

describe("The customer's page: advice", function () {
  this.timeout(30_000);
  let pages: Pages;
  let customer: Customer;
  const entered = async (number: string): Promise<Customer> => {
    const one = pages.customer({ 'accept-language': 'en' });
    await one.enter(await pages.link(number));
    return one;
  };
  const call = (name: string): CallRecord => {
    const started = systemClock.wall() + 1_000;
    const attempt = { ...UNSAID_OF_ATTEMPT, started, rang: started, ended: started + 30_000, status: null };
    const answered = started + 35_000;
    return {
      ...recordOf(name),
      ...{ pilot: PILOT, started, answered, ended: started + 60_000, by: B, status: 200, waited: 35_000 },
      attempts: [
        { ...attempt, member: A, why: 'no-answer' },
        { ...attempt, member: B, why: 'answered', started: started + 30_000, rang: started + 30_000, ended: answered },
      ],
    };
  };

  before(async () => {
    pages = await startPages();
    const { client } = pages.redis;
    const hunt = ['members', `${A},${B}`, 'policy', 'linear', 'ring', '30'];
    await client.call('FCALL', 'hunt_set', 1, `hunt:{${PILOT}}`, ...hunt);
    customer = await entered(PILOT);
  });
  after(() => pages.close());

  it('who has not agreed is told so, and where to decide; who agrees sees the sentences in both languages, and not after a withdrawal', async () => {
    const before = await customer.get('/my/en/advice');
    expect(before.status).to.equal(200);
    expect(before.text)
      .to.contain('You have not agreed')
      .and.contain('href="/my/en/consents"')
      .and.not.contain(' % of the ');
    await pages.consent.register.act(grant(PILOT, 'usage:data'));
    const records = Array.from({ length: 20 }, (_, i) => documentOf(call(`call-${i}`)));
    await pages.redis.client.call('FCALL', 'record_add', 1, 'records', 'test', '', ...records);
    const english = await customer.get('/my/en/advice');
    expect(english.text).to.contain(`${A} answers 0 % of the 20 calls`).and.contain('With 10 s instead of 30 s');
    expect(english.text).to.contain('aria-current="page">Advice');
    expect((await customer.get('/my/lv/advice')).text).to.contain('zvanītāji vidēji gaida par 20 s mazāk');
    await pages.consent.register.act(withdraw(PILOT));
    expect((await customer.get('/my/en/advice')).text)
      .to.contain('You have not agreed')
      .and.not.contain('20 calls');
  });

  it('nobody else’s: without a session no sentence, and a number without a group has no such page', async () => {
    expect((await pages.customer().get('/my/en/advice')).status).to.equal(403);
    const other = await entered('+37167000009');
    expect((await other.get('/my/en/advice')).status).to.equal(404);
    expect((await other.get('/my/en/')).text).not.to.contain('/my/en/advice');
  });

  it('the register away: the page says so, 503, and the rest of the pages is there', async () => {
    const half = await startPages({ advise: async () => 'away' });
    try {
      const { client } = half.redis;
      await client.call('FCALL', 'hunt_set', 1, `hunt:{${PILOT}}`, 'members', A);
      const one = half.customer({ 'accept-language': 'en' });
      await one.enter(await half.link(PILOT));
      expect((await one.get('/my/en/advice')).status).to.equal(503);
      expect((await one.get('/my/en/group')).status).to.equal(200);
    } finally {
      await half.close();
    }
  });
});
