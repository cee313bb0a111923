import { expect } from 'chai';
import { documentOf } from '../../lib/store/records/fields.js';
import type { CallRecord } from '../../lib/store/types.js';
import { type Customer, fieldsIn, type Pages, startPages } from '../support/customer-pages.js';
import { recordOf, UNSAID_OF_ATTEMPT } from '../support/store.js';

const PILOT = '+37167000000';
const [A, B, C] = ['+37120000001', '+37120000002', '+37120000003'] as const;
const GROUP = '/my/en/group';

describe("The customer's page: the ring group and its calls", function () {
  this.timeout(30_000);
  let pages: Pages;
  let customer: Customer;
  const fcall = (name: string, key: string, ...args: (string | number)[]): Promise<unknown> =>
    pages.redis.client.call('FCALL', name, 1, key, ...args);
  const group = async () => {
    const found = await pages.store.groups.get(PILOT);
    if (found === undefined) throw new Error('no group');
    return found;
  };
  const entered = async (number: string): Promise<Customer> => {
    const one = pages.customer({ 'accept-language': 'en' });
    await one.enter(await pages.link(number));
    return one;
  };

  before(async () => {
    pages = await startPages();
  });
  beforeEach(async () => {
    for (const key of await pages.redis.client.keys('*'))
      if (!key.startsWith('notice:')) await pages.redis.client.del(key);
    await fcall('hunt_set', `hunt:{${PILOT}}`, 'members', `${A},${B},${C}`, 'policy', 'linear', 'ring', '20');
    customer = await entered(PILOT);
  });
  after(() => pages.close());

  it('what is saved is written by hunt_set, once, and stands in the audit as the customer; the page reads it again', async () => {
    const answer = await customer.submit(GROUP, (fields) => {
      Object.assign(fields, {
        member: [C, A],
        next: '20 000 004',
        ring: '30',
        policy: 'circular',
        enabled: 'no',
        press: 'save',
      });
    });
    expect([answer.status, answer.to]).to.deep.equal([303, `${GROUP}?saved=2`]);
    expect(await group()).to.deep.include({
      ...{ members: [C, A, '+37120000004'], ring: 30, policy: 'circular', enabled: false, version: 2 },
    });
    const [[, change] = []] = (await fcall('hunt_audit', `hunt:{${PILOT}}`)) as [string, string[]][];
    expect(change?.slice(0, 4)).to.deep.equal(['by', 'customer', 'what', 'hunt_set']);
    const shown = await customer.get(answer.to ?? '');
    expect(shown.text).to.contain('From the next call on').and.contain(`value="${C}"`);
    const told = await customer.get(`${GROUP}?saved=7`);
    expect(told.text).to.not.contain('From the next call on');
  });

  it('buttons change what is shown and write nothing; the page says that it is not saved yet', async () => {
    const moved = await customer.submit(GROUP, (fields) => {
      Object.assign(fields, { next: 'half a number', press: 'up-2' });
    });
    expect(moved.status).to.equal(200);
    expect(fieldsIn(moved.text)).to.deep.include({ member: [A, C, B], next: 'half a number' });
    expect(moved.text).to.contain('Not saved yet');
    expect((await group()).version).to.equal(1);
    const fields = { ...fieldsIn(moved.text), next: '', press: 'save' };
    expect((await customer.post(GROUP, fields)).status).to.equal(303);
    expect((await group()).members).to.deep.equal([A, C, B]);
  });

  it('a mistake: the title begins with the word for it, the summary comes first and leads to the field, nothing typed is lost', async () => {
    const typed = { member: [A, 'not a number', ''], next: PILOT, ring: '', policy: 'circular', enabled: 'no' };
    for (const [lang, word] of [
      ['en', 'Error: '],
      ['lv', 'Kļūda: '],
    ] as const) {
      const answer = await customer.submit(`/my/${lang}/group`, (fields) => {
        delete fields.ring;
        Object.assign(fields, { ...typed, press: 'save' });
      });
      expect([answer.status, answer.title.startsWith(word)]).to.deep.equal([400, true]);
      const again = fieldsIn(answer.text);
      expect(again).to.deep.include({ member: typed.member, next: PILOT, policy: 'circular', enabled: 'no' });
      expect(again.ring).to.equal(undefined);
      for (const field of ['member-1', 'member-2', 'next', 'ring']) {
        expect(answer.text)
          .to.contain(`href="#${field}"`)
          .and.contain(`id="${field}"`)
          .and.contain(`${field}-mistake"`);
        expect(answer.text.indexOf(`href="#${field}"`)).to.be.below(answer.text.indexOf('<h1>'));
      }
      expect(answer.text.match(/aria-invalid="true"/g)).to.have.length(3);
    }
    expect((await group()).version).to.equal(1);
  });

  it('a stale tab: nothing is written, its choices stay beside what is in force now, and a second Save replaces it', async () => {
    const stale = { ...fieldsIn((await customer.get(GROUP)).text), ring: '10', press: 'save' };
    await fcall('hunt_members', `hunt:{${PILOT}}`, 'remove', B);
    const answer = await customer.post(GROUP, stale);
    expect([answer.status, answer.title.startsWith('Error: ')]).to.deep.equal([409, true]);
    expect(answer.text).to.contain('Somebody has changed the group meanwhile').and.contain(`<dd>${A}, ${C}</dd>`);
    expect(await group()).to.deep.include({ members: [A, C], ring: 20, version: 2 });
    const again = { ...fieldsIn(answer.text), press: 'save' };
    expect(again).to.deep.include({ member: [A, B, C], ring: '10', version: '2' });
    expect((await customer.post(GROUP, again)).to).to.equal(`${GROUP}?saved=3`);
    expect((await group()).members).to.deep.equal([A, B, C]);
  });

  it('the function itself refuses a change of another version, so that none comes between reading and writing', async () => {
    const key = `hunt:{${PILOT}}`;
    const refused = await fcall('hunt_set', key, 'ring', '10', 'version', '7').catch((error: Error) => error.message);
    expect(refused).to.contain('VERSION version is "1" by now and not "7": look at the group again');
    const [, version] = (await fcall('hunt_set', key, 'ring', '10', 'version', '1')) as [string, number];
    expect([version, (await group()).ring]).to.deep.equal([2, 10]);
    expect(await fcall('hunt_set', 'hunt:{+37167000009}', 'members', A, 'version', '0')).to.deep.equal(['OK', 1]);
  });

  it('a double click is one change: the second finds it done', async () => {
    const fields = { ...fieldsIn((await customer.get(GROUP)).text), ring: '10', press: 'save' };
    const [one, two] = [await customer.post(GROUP, fields), await customer.post(GROUP, fields)];
    expect([one.to, two.to]).to.deep.equal([`${GROUP}?saved=2`, `${GROUP}?saved=2`]);
    expect(await pages.redis.client.xlen(`hunt:{${PILOT}}:audit`)).to.equal(2);
    const both = await Promise.all(
      [10, 20, 30].map((ring) => customer.post(GROUP, { ...fields, version: '2', ring: String(ring) })),
    );
    expect(both.map(({ status }) => status).filter((status) => status === 303).length).to.be.within(1, 2);
    expect((await group()).version).to.be.within(2, 3);
  });

  it('what Redis refuses by its own rules is said, and what was typed stays', async () => {
    await pages.redis.client.rpush(`hunt:{${PILOT}}:members`, 'by hand');
    const answer = await customer.submit(GROUP, (fields) => {
      Object.assign(fields, { press: 'save', ring: '30' });
    });
    expect(answer.status).to.equal(400);
    expect(answer.text).to.contain('MEMBERS member').and.contain('by hand');
    expect(fieldsIn(answer.text).ring).to.equal('30');
  });

  it('another language loses nothing that was typed, stays on the page, and is said on html', async () => {
    const answer = await customer.submit(GROUP, (fields) => {
      Object.assign(fields, { member: [B, 'x'], next: 'y', press: 'language' });
    });
    const other = await customer.post('/my/lv/group', { ...fieldsIn(answer.text), press: 'language' });
    expect(answer.text).to.contain('<html lang="en">').and.contain('<li lang="lv">');
    expect(other.text).to.contain('<html lang="lv">').and.contain('<li lang="en">').and.contain('Vēl nav saglabāts');
    expect(fieldsIn(other.text)).to.deep.include({ member: [B, 'x'], next: 'y' });
  });

  it('the session ends in mid-form: what was chosen is shown once more, and nothing is saved', async () => {
    const fields = { ...fieldsIn((await customer.get(GROUP)).text), next: '+37120000077', ring: '30', press: 'save' };
    await pages.access.forget(PILOT);
    const answer = await customer.post(GROUP, fields);
    expect([answer.status, answer.title]).to.deep.equal([403, 'Error: You are not signed in – My number']);
    expect(answer.text).to.contain('What you had chosen').and.contain('+37120000077').and.contain('30 seconds');
    expect((await group()).version).to.equal(1);
    const foreign = await customer.post(GROUP, fields, { 'sec-fetch-site': 'cross-site' });
    expect(foreign.text).to.not.contain('+37120000077');
  });

  it('a number without a group: its page says so, the group is not there, and nothing makes one', async () => {
    const member = await entered(A);
    const home = await member.get('/my/en/');
    expect(home.text).to.contain('This number has no ring group').and.not.contain(`href="${GROUP}"`);
    expect((await member.get(GROUP)).status).to.equal(404);
    const { form = '' } = fieldsIn((await customer.get(GROUP)).text) as { form?: string };
    expect((await member.post(GROUP, { form })).status).to.equal(403);
    expect((await member.get('/my/en/calls')).text).to.contain('no calls to show');
    expect(await pages.store.groups.get(A)).to.equal(undefined);
  });

  describe('calls', () => {
    const HOUR = 3_600_000;
    const add = (...records: CallRecord[]): Promise<unknown> =>
      pages.redis.client.call('FCALL', 'record_add', 1, 'records', 'test', '', ...records.map(documentOf));
    const attempt = (member: string, why: string, from: number, to: number) => ({
      ...UNSAID_OF_ATTEMPT,
      ...{ member, why, started: from, rang: from + 1000, ended: to, status: 486 },
    });

    it('say who was rung and why, the newest first and by day, callers masked, hidden ones not at all, times with offset', async () => {
      const now = Date.now();
      const noon = new Date(now).setUTCHours(9, 0, 0, 0) - 24 * HOUR;
      await add({
        ...recordOf('yesterday'),
        ...{
          started: noon,
          answered: noon + 12_000,
          ended: noon + 72_000,
          status: 200,
          by: B,
          talked: 60_000,
          waited: 12_000,
        },
        attempts: [attempt(A, 'busy', noon, noon + 2000), attempt(B, 'answered', noon + 2000, noon + 72_000)],
      });
      await add({ ...recordOf('today'), started: now, ended: now + 30_000, hidden: true, status: 487, attempts: [] });
      const { text } = await customer.get('/my/en/calls');
      expect(text.indexOf('Today, ')).to.be.above(0).and.below(text.indexOf('<h3>'));
      expect(text).to.contain('+371…01 was busy.').and.contain('+371…02 answered after');
      expect(text).to.match(/1[12]:00 <span class="offset">\+0[23]:00<\/span><\/time> \+371…09/);
      expect(text).to.contain('waited 12 s · spoke 1 min');
      expect(text).to.contain('withheld').and.not.contain('20000009').and.not.contain('486');
      expect((text.match(/<h2>/g) ?? []).length).to.equal(2);
      expect(text).to.not.contain('<table');
      const lv = await customer.get('/my/lv/calls');
      expect(lv.text).to.contain('Šodien, ').and.contain('+371…01 bija aizņemts.').and.contain('1 zvans');
    });

    it('those of another owner of the group are not his: neither on the page nor in the download, however many', async () => {
      const set = (owner: string) => fcall('hunt_set', `hunt:{${PILOT}}`, 'owner', owner);
      const at = (i: number) => ({ started: Date.now() - i * HOUR, ended: Date.now() - i * HOUR + 1000 });
      let changes = 0;
      const seen = async () => {
        customer = await entered(PILOT);
        const { text } = await customer.get('/my/en/calls');
        const { form = '' } = fieldsIn((await customer.get(GROUP)).text) as { form?: string };
        const all = JSON.parse((await customer.post('/my/en/data/download', { form })).text);
        changes = all.groups[0].changes.length;
        return [(text.match(/<h3>/g) ?? []).length, text.includes('rel="next"'), all.calls.length];
      };
      await add(...Array.from({ length: 23 }, (_, i) => ({ ...recordOf(`call-${i}`), ...at(23 - i) })));
      expect(await seen(), 'nobody was named').to.deep.equal([10, true, 23]);
      await set('C-1');
      await set('C-1');
      expect(await seen(), 'the first who is named').to.deep.equal([10, true, 23]);
      expect(changes).to.equal(3);
      await set('C-2');
      await fcall('hunt_set', `hunt:{${PILOT}}`, 'ring', '10');
      expect(await seen(), 'the next one').to.deep.equal([0, false, 0]);
      expect(changes, 'of five').to.be.below(5);
      await add({ ...recordOf('his own'), started: Date.now() + 1, ended: Date.now() + 1 });
      expect(await seen()).to.deep.equal([1, false, 1]);
      await fcall('hunt_del', `hunt:{${PILOT}}`);
      await fcall('hunt_set', `hunt:{${PILOT}}`, 'members', A, 'owner', 'C-3');
      expect(await seen(), 'deleted and made anew').to.deep.equal([0, false, 0]);
    });

    it('come ten at a time; those of others never; a page behind an id that is none is not there', async () => {
      const at = (i: number) => ({ started: Date.now() - i * HOUR, ended: Date.now() - i * HOUR + 1000 });
      await add(...Array.from({ length: 23 }, (_, i) => ({ ...recordOf(`call-${i}`), ...at(23 - i) })));
      await add({ ...recordOf('of another'), pilot: '+37167000001' });
      const seen: number[] = [];
      let path: string | undefined = '/my/en/calls';
      for (let pagesSeen = 0; path !== undefined && pagesSeen < 5; pagesSeen++) {
        const { text }: { text: string } = await customer.get(path);
        seen.push((text.match(/<h3>/g) ?? []).length);
        path = /href="([^"]+before=[\d-]+)" rel="next"/.exec(text)?.[1];
      }
      expect(seen).to.deep.equal([10, 10, 3]);
      for (const id of ['x', '1', '1-1-1', "1-1'", '%00']) {
        expect((await customer.get(`/my/en/calls?before=${id}`)).status).to.equal(404);
      }
    });
  });

  it('the download holds the calls, the group and what would stay, and is of this number alone', async () => {
    await pages.redis.client.call('FCALL', 'record_add', 1, 'records', 'test', '', documentOf(recordOf('one')));
    const { form = '' } = fieldsIn((await customer.get(GROUP)).text) as { form?: string };
    const { status, headers, text } = await customer.post('/my/en/data/download', { form });
    expect([status, headers.get('content-disposition')]).to.deep.equal([200, 'attachment; filename="my-data.json"']);
    const all = JSON.parse(text);
    expect(all).to.deep.include({ subject: PILOT });
    expect(all.calls.map(({ call, caller }: CallRecord) => [call, caller])).to.deep.equal([['one', '+371*****009']]);
    expect(all.groups[0]).to.deep.include({ pilot: PILOT, exists: true });
  });
});
