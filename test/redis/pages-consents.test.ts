import { expect } from 'chai';
import { type Customer, fieldsIn, type Pages, startPages } from '../support/customer-pages.js';
import { recordOf } from '../support/store.js';

const CONSENTS = '/my/en/consents';
const ALL = '/my/en/consents/withdraw-all';

describe("The customer's page: consents", function () {
  this.timeout(30_000);
  let pages: Pages;
  let customer: Customer;
  let number = '';
  let next = 10_000;
  const valid = async (): Promise<string[]> =>
    (await pages.consent.register.state(number)).pairs.filter((pair) => pair.valid).map(({ pair }) => pair);
  const history = () => pages.consent.register.history(number);
  const entered = async (): Promise<Customer> => {
    const one = pages.customer({ 'accept-language': 'en' });
    await one.enter(await pages.link(number));
    return one;
  };
  const form = async (path = CONSENTS) => {
    const { form: token = '', once = '', seq = '', ...fields } = fieldsIn((await customer.get(path)).text);
    const ticked = [fields.ticked ?? []].flat();
    return { ...fields, form: String(token), once: String(once), seq: String(seq), ticked, press: 'save' };
  };
  const grant = (...pairs: string[]) =>
    pages.consent.register.act({
      act: 'grant',
      number,
      pairs,
      notice: `${pairs[0]?.split(':')[0]}@1`,
      language: 'lv',
      method: 'call',
    });

  before(async () => {
    pages = await startPages();
  });
  beforeEach(async () => {
    next += 1;
    number = `+371200${next}`;
    customer = await entered();
  });
  after(() => pages.close());

  it('shows the seven purposes with their texts, a native checkbox for each channel, the state in words, who the controller is', async () => {
    const { text } = await customer.get(CONSENTS);
    const { catalogue } = pages.consent.register;
    expect(catalogue.purposes).to.have.length(7);
    for (const { id, notices } of catalogue.purposes) {
      expect(text)
        .to.contain(notices[0]?.title.en)
        .and.contain(notices[0]?.text.en?.slice(0, 60))
        .and.contain(`value="${id}@1"`);
    }
    expect(text.match(/type="checkbox"/g)).to.have.length(11);
    expect(text.match(/ checked/g)).to.equal(null);
    expect(text.match(/Not allowed: you have not decided\./g)).to.have.length(11);
    for (const part of [
      'Operators SIA',
      '40000000000',
      'Brīvības iela 1, Rīga',
      'dati@operator.example',
      '+37167000001',
    ]) {
      expect(text).to.contain(part);
    }
    expect(await history()).to.deep.equal([]);
  });

  it('save, reload, same: what is ticked is granted by its own notice and language, and nothing else is decided', async () => {
    const fields = { ...(await form()), ticked: ['offers:sms', 'offers:email', 'usage:data'] };
    const { to } = await customer.post(CONSENTS, fields);
    expect(to).to.equal(`${CONSENTS}?saved=2`);
    const shown = await customer.get(to ?? '');
    expect(shown.text).to.contain('What you see below is what the register has');
    expect((await form()).ticked).to.deep.equal(['offers:email', 'offers:sms', 'usage:data']);
    expect(await valid()).to.deep.equal(['offers:email', 'offers:sms', 'usage:data']);
    const acts = (await history()).map(({ act, pairs, notice, method, by }) => [
      act,
      pairs,
      notice?.id,
      notice?.language,
      method,
      by,
    ]);
    expect(acts).to.deep.equal([
      ['grant', ['offers:email', 'offers:sms'], 'offers', 'en', 'web', 'customer'],
      ['grant', ['usage:data'], 'usage', 'en', 'web', 'customer'],
    ]);
  });

  it('withdrawing is as easy: unticking and saving, that purpose and channel only, and the box does not come back', async () => {
    await grant('offers:sms', 'offers:email');
    await grant('usage:data');
    const fields = await form();
    expect(fields.ticked).to.have.length(3);
    await customer.post(CONSENTS, { ...fields, ticked: ['offers:email', 'usage:data'] });
    expect(await valid()).to.deep.equal(['offers:email', 'usage:data']);
    expect((await form()).ticked).to.deep.equal(['offers:email', 'usage:data']);
    expect((await customer.get(CONSENTS)).text).to.match(/Not allowed since \d{4}-\d\d-\d\d\./);
  });

  it('withdraw-all is one act over all purposes and channels', async () => {
    await grant('offers:sms', 'offers:call');
    await grant('loyalty:data');
    const { form: token, once } = await form();
    const { to } = await customer.post(ALL, { form: token, once });
    expect(to).to.equal(`${CONSENTS}?saved=3`);
    expect(await valid()).to.deep.equal([]);
    const last = (await history()).at(-1);
    expect([last?.act, last?.pairs.length]).to.deep.equal(['withdraw', 11]);
  });

  it('a purpose that was not on the form is not decided; leaving the page, and saving what is there, write nothing', async () => {
    const fields = await form();
    await customer.post(CONSENTS, { ...fields, shown: ['offers@1'], ticked: ['offers:sms', 'credit:data'] });
    expect(await valid()).to.deep.equal(['offers:sms']);
    const again = await customer.post(CONSENTS, await form());
    expect(again.to).to.equal(`${CONSENTS}?saved=nothing`);
    expect(await history()).to.have.length(1);
    expect((await customer.get(`${CONSENTS}?saved=7`)).text).to.not.contain('is what the register has');
  });

  it('a stale tab: a grant is a conflict that shows what is; a withdrawal is always taken; nothing withdrawn comes back', async () => {
    await grant('offers:sms', 'offers:email');
    const stale = await form();
    await pages.consent.register.act({ act: 'withdraw', number, pairs: ['offers:sms'], method: 'call' });
    const answer = await customer.post(CONSENTS, { ...stale, ticked: ['offers:sms', 'usage:data'] });
    expect([answer.status, answer.title.startsWith('Error: ')]).to.deep.equal([409, true]);
    expect(answer.text).to.contain('Your consents have changed meanwhile');
    expect(await valid()).to.deep.equal([]);
    const again = fieldsIn(answer.text);
    expect(again.ticked).to.deep.equal(['usage:data']);
    await customer.post(CONSENTS, { ...again, press: 'save' });
    expect(await valid()).to.deep.equal(['usage:data']);
  });

  it('a double click: same receipt, one entry; the same form with other choices is a conflict, its withdrawal is taken', async () => {
    const fields = { ...(await form()), ticked: ['offers:sms'] };
    const answers = await Promise.all([1, 2, 3].map(() => customer.post(CONSENTS, fields)));
    expect(answers.map(({ to }) => to)).to.deep.equal(Array(3).fill(`${CONSENTS}?saved=1`));
    expect(await history()).to.have.length(1);
    const other = await customer.post(CONSENTS, { ...fields, ticked: ['offers:email'] });
    expect(other.status).to.equal(409);
    expect(await valid()).to.deep.equal(['offers:sms']);
    const taken = { ...(await form()), ticked: [] as string[] };
    await customer.post(CONSENTS, taken);
    await grant('offers:sms', 'offers:post');
    const back = { ...taken, was: ['offers:sms', 'offers:post'], ticked: [] as string[] };
    expect((await customer.post(CONSENTS, back)).status).to.equal(303);
    expect(await valid()).to.deep.equal([]);
    const all = { form: fields.form, once: taken.once };
    expect((await customer.post(ALL, all)).to).to.equal((await customer.post(ALL, all)).to);
  });

  it('unknown purposes and channels, wildcards, and a notice that is none: nothing is written', async () => {
    const fields = await form();
    const bad = [
      { shown: ['offers@1'], ticked: ['offers:fax'] },
      { shown: ['offers@1'], ticked: ['offers:*'] },
      { shown: ['all@1'], ticked: ['all:data'] },
      { shown: ['offers@7'], ticked: ['offers:sms'] },
      { shown: ['__proto__@1'], ticked: ['__proto__:x'] },
    ];
    for (const one of bad) {
      const { status } = await customer.post(CONSENTS, { ...fields, ...one });
      expect([one, [400, 409].includes(status)]).to.deep.equal([one, true]);
    }
    for (const one of [{ seq: 'x' }, { once: '' }, { press: 'other' }, { ticked: Array(201).fill('x') }]) {
      expect((await customer.post(CONSENTS, { ...fields, ...one })).status).to.equal(400);
    }
    expect((await customer.post(ALL, { form: fields.form, once: '../x' })).status).to.equal(400);
    expect(await history()).to.deep.equal([]);
  });

  it('a form of another origin gives and takes nothing', async () => {
    await grant('offers:sms');
    const fields = { ...(await form()), ticked: ['credit:data'] };
    const elsewhere = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' };
    expect((await customer.post(CONSENTS, fields, elsewhere)).status).to.equal(403);
    expect((await customer.post(ALL, { form: fields.form, once: fields.once }, elsewhere)).status).to.equal(403);
    expect((await customer.post(ALL, { form: 'x', once: fields.once })).status).to.equal(403);
    expect(await valid()).to.deep.equal(['offers:sms']);
  });

  it('another language keeps what was ticked, and cleared boxes too', async () => {
    await grant('offers:sms', 'offers:email');
    const fields = { ...(await form()), ticked: ['offers:email', 'credit:data'], press: 'language' };
    const { text } = await customer.post('/my/lv/consents', fields);
    expect(text).to.contain('<html lang="lv">').and.contain('Vēl nav saglabāts').and.contain('Kredītinformācija');
    expect(fieldsIn(text)).to.deep.include({
      ticked: ['offers:email', 'credit:data'],
      once: fields.once,
      seq: fields.seq,
    });
    await customer.post('/my/lv/consents', { ...fieldsIn(text), press: 'save' });
    expect(await valid()).to.deep.equal(['offers:email', 'credit:data']);
    expect((await history()).at(-1)?.notice?.language).to.equal('lv');
  });

  it('history: each act with its time and offset, in words, the newest first, twenty at a time', async () => {
    await grant('offers:sms', 'offers:email');
    await pages.consent.register.act({
      act: 'object',
      number,
      pairs: ['usage:data'],
      method: 'email',
      text: 'not <b>mine</b>',
    });
    const { text } = await customer.get('/my/en/history');
    expect(text.indexOf('Objection')).to.be.below(text.indexOf('Consent given'));
    expect(text)
      .to.contain('News and offers: E-mail, SMS')
      .and.contain('Text offers@1 (lv).')
      .and.contain('by telephone');
    expect(text).to.match(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(\+0[23]:00\)/);
    const [, last] = await history();
    expect(text).to.contain(`Proof ${last?.prev.slice(0, 12)}`);
    expect(text).to.contain('not &lt;b>mine&lt;/b>').and.not.contain('<b>mine');
    for (let i = 0; i < 21; i++) {
      await pages.consent.register.act({ act: 'withdraw', number, pairs: ['offers:sms'], method: 'web' });
    }
    const first = await customer.get('/my/en/history');
    expect(first.text.match(/<time/g)).to.have.length(20);
    const older = /href="([^"]+before=\d+)" rel="next"/.exec(first.text)?.[1] ?? '';
    expect((await customer.get(older)).text.match(/<time/g)).to.have.length(3);
    expect((await customer.get('/my/en/history?before=x')).status).to.equal(404);
  });

  it('the download has the consents, their history and the texts that were shown', async () => {
    await grant('offers:sms');
    const { form: token } = await form();
    const all = JSON.parse((await customer.post('/my/en/data/download', { form: token })).text);
    expect(all.consents.history).to.have.length(1);
    expect(all.consents.notices['offers@1:lv'].title).to.equal('Jaunumi un piedāvājumi');
    expect(all.consents.state.seq).to.equal(1);
  });

  it('download and page of the next holder of a number have nothing of the one before', async () => {
    const { store } = pages;
    await store.groups.set(number, { members: ['+37120000001'] }, { by: 'anna' });
    const at = (from: number) => ({ pilot: number, started: Date.now() - from, ended: Date.now() - from + 1000 });
    const shown = async () => ((await customer.get('/my/en/calls')).text.match(/<h3>/g) ?? []).length;
    await store.write({ ...recordOf('before'), ...at(60_000) });
    const download = async () => {
      const { form: token } = await form();
      return JSON.parse((await customer.post('/my/en/data/download', { form: token })).text);
    };
    expect((await download()).calls.map(({ call }: { call: string }) => call)).to.deep.equal(['before']);
    expect(await shown()).to.equal(1);
    await pages.consent.register.act({ act: 'erase', number, cause: 'reassigned', method: 'shop' });
    customer = await entered();
    expect((await download()).calls).to.deep.equal([]);
    // As an erasure of its caller does, which makes a record of before younger than what came since.
    await store.write({ ...recordOf('written again'), ...at(50_000) });
    expect(await shown()).to.equal(0);
    await store.write({ ...recordOf('since'), ...at(-1) });
    expect([(await download()).calls.length, await shown()]).to.deep.equal([1, 1]);
  });

  it('without a register there is no page of consents, and no way to it; the rest is there', async () => {
    const without = await startPages({ register: undefined });
    try {
      const one = without.customer();
      const home = await one.enter(await without.link(number));
      expect(home.text).to.not.contain('consents');
      expect((await one.get(CONSENTS)).status).to.equal(404);
    } finally {
      await without.close();
    }
  });
});
