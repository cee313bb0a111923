import { expect } from 'chai';
import { digestOf } from '../../lib/api/pages/my/tokens.js';
import { type Customer, fieldsIn, type Pages, startPages } from '../support/customer-pages.js';

const PILOT = '+37167000000';
const OTHER = '+37167000001';
const A = '+37120000001';
const GROUP = '/my/en/group';

describe("The customer's page: sessions, headers, proxies", function () {
  this.timeout(30_000);
  let pages: Pages;
  const fcall = (name: string, key: string, ...args: string[]): Promise<unknown> =>
    pages.redis.client.call('FCALL', name, 1, key, ...args);
  const version = async (): Promise<number> => (await pages.store.groups.get(PILOT))?.version ?? 0;
  const entered = async (number = PILOT): Promise<Customer> => {
    const customer = pages.customer({ 'accept-language': 'en' });
    await customer.enter(await pages.link(number));
    return customer;
  };

  before(async () => {
    pages = await startPages();
  });
  beforeEach(async () => {
    await fcall('hunt_set', `hunt:{${PILOT}}`, 'members', A, 'ring', '20');
    await fcall('hunt_set', `hunt:{${OTHER}}`, 'members', A);
  });
  after(() => pages.close());

  it('the cookie is of this host alone, over TLS, not for scripts, and comes along from a link in webmail (Lax)', async () => {
    const answer = await pages.customer().post(await pages.link(PILOT));
    expect(answer.headers.getSetCookie()).to.have.length(1);
    expect(answer.headers.getSetCookie()[0]).to.match(/^__Host-my=[\w-]{32}; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    expect(answer.to).to.equal('/my/lv/');
  });

  it('a session has a new id at redemption, and the one of before is unknown then', async () => {
    const customer = await entered();
    const before = customer.cookie;
    await customer.enter(await pages.link(OTHER));
    expect(customer.cookie).to.not.equal(before);
    const old = pages.customer();
    old.cookie = before;
    expect((await old.get('/my/en/')).status).to.equal(403);
    const planted = pages.customer();
    planted.cookie = `__Host-my=${'A'.repeat(32)}`;
    await planted.enter(await pages.link(PILOT));
    expect(planted.cookie).to.not.contain('AAAAA');
  });

  it('a request under way at sign-out does not revive the session', async () => {
    const customer = await entered();
    const late = pages.customer();
    late.cookie = customer.cookie;
    const { text } = await customer.get('/my/en/');
    const form = /name="form" value="([^"]+)"/.exec(text)?.[1] ?? '';
    const [left, ...others] = await Promise.all([
      customer.post('/my/en/leave', { form }),
      ...Array.from({ length: 20 }, () => late.get('/my/en/')),
    ]);
    expect(left.to).to.equal('/my/en/left');
    expect(left.headers.getSetCookie()[0]).to.match(/^__Host-my=; /);
    for (const { status } of others) expect([200, 403]).to.include(status);
    const session = digestOf(late.cookie.slice('__Host-my='.length));
    expect(await pages.redis.client.exists(`{my}:session:${session}`)).to.equal(0);
    expect((await late.get('/my/en/')).status).to.equal(403);
  });

  it('a session ends when nothing is asked for so long, and at its end whatever is asked; the page says both', async () => {
    const customer = await entered();
    const key = `{my}:session:${digestOf(customer.cookie.slice('__Host-my='.length))}`;
    const { text } = await customer.get('/my/en/');
    expect(text).to.match(/ends after 30 minutes without a click, and at [\d-]* ?\d\d:\d\d \(\+0\d:00\) at the latest/);
    expect(await pages.redis.client.pttl(key)).to.be.within(29 * 60_000, 30 * 60_000);
    await pages.redis.client.pexpire(key, 5_000);
    await customer.get('/my/en/');
    expect(await pages.redis.client.pttl(key)).to.be.above(29 * 60_000);
    const [seconds] = (await pages.redis.client.time()) as unknown as [string, string];
    await pages.redis.client.hset(key, 'till', String(Number(seconds) * 1000 - 1));
    expect((await customer.get('/my/en/')).status).to.equal(403);
    expect(await pages.redis.client.exists(key)).to.equal(0);
  });

  it('two tabs both submit: one secret for all forms of a session', async () => {
    const customer = await entered();
    const [one, two] = await Promise.all([customer.get(GROUP), customer.get('/my/lv/group')]);
    const first = { ...fieldsIn(one.text), ring: '10', press: 'save' };
    expect((await customer.post(GROUP, first)).status).to.equal(303);
    const second = { ...fieldsIn(two.text), version: String(await version()), ring: '30', press: 'save' };
    expect((await customer.post(GROUP, second)).status).to.equal(303);
  });

  it('a form of another origin, without its token, or with that of another session is refused, and nothing is written', async () => {
    const customer = await entered();
    const fields = { ...fieldsIn((await customer.get(GROUP)).text), ring: '30', press: 'save' };
    const before = await version();
    const stranger = fieldsIn((await (await entered(OTHER)).get(GROUP)).text).form ?? '';
    const answers = [
      await customer.post(GROUP, fields, { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }),
      await customer.post(GROUP, fields, { 'sec-fetch-site': 'same-site', origin: 'https://other.virkne.test' }),
      await customer.post(GROUP, fields, { 'sec-fetch-site': 'cross-site' }),
      await customer.post(GROUP, fields, { 'sec-fetch-site': '', origin: 'https://evil.test' }),
      await customer.post(GROUP, { ...fields, form: '' }),
      await customer.post(GROUP, { ...fields, form: stranger }),
      await customer.post(GROUP, { ...fields, form: ['a', 'b'] }),
      await customer.post('/my/en/leave', {}),
      await customer.post('/my/en/data/download', {}),
    ];
    for (const { status, title } of answers) {
      expect([status, title]).to.deep.equal([403, 'Error: This form did not come from here – My number']);
    }
    const link = await pages.link(PILOT);
    const pressed = await pages
      .customer()
      .post(link, {}, { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' });
    expect(pressed.status).to.equal(403);
    expect(await version()).to.equal(before);
    expect((await customer.post(GROUP, fields)).status).to.equal(303);
    expect((await pages.customer().post(link)).status).to.equal(303);
  });

  it('every dynamic answer is private, not stored, without referrer and script: pages, redirections, errors, downloads', async () => {
    const customer = await entered();
    const fields = fieldsIn((await customer.get(GROUP)).text);
    const answers = [
      await customer.get('/my'),
      await customer.get('/my/'),
      await customer.get('/my/en/'),
      await customer.get(GROUP),
      await customer.get('/my/en/calls'),
      await customer.get('/my/en/data'),
      await customer.post('/my/en/data/download', { form: fields.form ?? '' }),
      await customer.post(GROUP, { ...fields, press: 'save' }),
      await customer.post(GROUP, { ...fields, version: '0', ring: '10', press: 'save' }),
      await customer.get('/my/en/nothing'),
      await customer.get('/my/link/x'),
      await customer.post('/my/en/calls', {}),
      await customer.post(GROUP, 'x'.repeat(100_000)),
      await pages.customer().get('/my/en/'),
      await pages.customer().get(await pages.link(OTHER)),
      await customer.get('/my/en/left'),
    ];
    expect(answers.map(({ status }) => status)).to.deep.equal([
      ...[303, 303, 200, 200, 200, 200, 200, 303, 409, 404, 410, 405, 413, 403, 200, 200],
    ]);
    for (const { headers, status } of answers) {
      expect([status, headers.get('cache-control'), headers.get('referrer-policy')]).to.deep.equal([
        ...[status, 'private, no-store', 'no-referrer'],
      ]);
      expect(headers.get('content-security-policy')).to.contain("default-src 'none'").and.contain("form-action 'self'");
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('strict-transport-security')).to.match(/^max-age=\d{8}$/);
    }
  });

  it('the stylesheet has the digest of its content in its name, and lies in caches for ever', async () => {
    const { text } = await pages.customer().get(await pages.link(PILOT));
    const path = /href="(\/my\/style-[0-9a-f]{16}\.css)"/.exec(text)?.[1] ?? '';
    const style = await pages.customer().get(path);
    expect([style.status, style.headers.get('cache-control')]).to.deep.equal([
      200,
      'public, max-age=31536000, immutable',
    ]);
    expect(text).to.not.match(/ style=|<style/);
  });

  it('there is no return URL: whatever an address asks for, a redirection leads to a page of ours', async () => {
    const customer = pages.customer();
    const link = await pages.link(PILOT);
    const { to } = await customer.post(`${link}?next=https://evil.test&lang=//evil.test&return=/x`);
    expect(to).to.equal('/my/lv/');
    expect((await customer.get('/my?lang=https://evil.test')).to).to.equal('/my/lv/');
    expect((await customer.get('/my//evil.test')).status).to.equal(404);
  });

  it('a path that cannot be read, as of a link that a mail program has broken, leads to a page that says what to do', async () => {
    const customer = pages.customer({ 'accept-language': 'en' });
    for (const path of ['/my/link/%zz', '/my/%', `/my/link/${'a'.repeat(3000)}`]) {
      const { to, headers, text } = await customer.get(path);
      expect([to, headers.get('cache-control'), text]).to.deep.equal(['/my/unreadable', 'no-store', '']);
    }
    const { status, text } = await customer.get('/my/unreadable');
    expect(status).to.equal(404);
    expect(text).to.contain('ask customer service for a link').and.contain('+37167000001');
    expect((await customer.get('/my/en')).to).to.equal('/my/en/');
    const other = await customer.get('/api/%zz');
    expect([other.status, JSON.parse(other.text).message]).to.deep.equal([400, 'the path cannot be read']);
  });

  it('a form comes as a form: any other type is 415, and nothing is written', async () => {
    const customer = await entered();
    const fields = { ...fieldsIn((await customer.get(GROUP)).text), ring: '30', press: 'save' };
    const before = await version();
    const types = [
      'application/json',
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded/x',
      'application/json ; x=application/x-www-form-urlencoded',
    ];
    for (const type of types) {
      const { status } = await customer.post(GROUP, JSON.stringify(fields), { 'content-type': type });
      expect([type, status]).to.deep.equal([type, 415]);
    }
    expect(await version()).to.equal(before);
  });

  it('1 MB of text is 413; a form that is none of ours is 400; a name with a script in it stands there as text', async () => {
    const customer = await entered();
    const fields = { ...fieldsIn((await customer.get(GROUP)).text), press: 'save' };
    const before = await version();
    expect((await customer.post(GROUP, { ...fields, next: 'x'.repeat(1_000_000) })).status).to.equal(413);
    const { form = '', version: seen = '' } = fields as Record<string, string>;
    const bad = [
      { form },
      { form, version: 'x', press: 'save' },
      { form, version: seen, press: 'up-99' },
      { form, version: seen, press: '__proto__' },
      { form, version: seen, press: 'save', ring: ['10', '20'] },
      { form, version: seen, press: 'save', member: Array.from({ length: 61 }, () => '1') },
    ];
    for (const one of bad) expect((await customer.post(GROUP, one)).status).to.equal(400);
    const script = '"><script>alert(1)</script>';
    const { status, text } = await customer.post(GROUP, { ...fields, next: script });
    expect(status).to.equal(400);
    expect(text).to.not.contain('<script');
    expect(text).to.match(/value="&quot;(?:>|&gt;)&lt;script(?:>|&gt;)/);
    expect(await version()).to.equal(before);
  });

  it('no token, session or number is in any log, at the lowest level', async () => {
    const link = await pages.link(PILOT);
    const customer = pages.customer();
    await customer.get(link);
    await customer.enter(link);
    await customer.post(link);
    const { form = '' } = fieldsIn((await customer.get(GROUP)).text) as { form?: string };
    await customer.get(`/my/en/calls?before=${link.slice(-32)}`);
    await customer.get(`/my/en/${PILOT}`);
    await customer.post('/my/en/data/download', { form });
    pages.hideStore(true);
    await customer.get('/my/en/');
    pages.hideStore(false);
    const log = pages.log.join('');
    expect(log).to.contain('"route":"/my/link/:token"');
    for (const secret of [link.slice(-32), customer.cookie.slice(-32), form, PILOT, PILOT.slice(1), A, '7000000']) {
      expect(log).to.not.contain(secret);
    }
  });

  it('with Redis away, and before it is there, a page says 503 and that calls go on; nobody is signed out by it', async () => {
    const customer = await entered();
    pages.hideStore(true);
    const early = await customer.get('/my/en/');
    pages.hideStore(false);
    expect([early.status, early.title]).to.deep.equal([503, 'Error: The page is not available just now – My number']);
    expect((await customer.get('/my/en/')).status).to.equal(200);
  });
});

describe("The customer's page: who asks too much", function () {
  this.timeout(30_000);
  let pages: Pages;

  before(async () => {
    pages = await startPages({ requestsPerMinute: 12, triesPerMinute: 3 }, ['10.9.0.0/16', '127.0.0.1']);
  });
  after(() => pages.close());

  it('requests are counted by address, as a trusted proxy tells it; what a client writes there itself counts for nothing', async () => {
    const from = (address: string) => pages.customer({ 'x-forwarded-for': address });
    const link = await pages.link(PILOT);
    for (let i = 0; i < 12; i++) expect((await from('192.0.2.1').get(link)).status).to.equal(200);
    const refused = await from('192.0.2.1').get(link);
    expect([refused.status, Number(refused.headers.get('retry-after'))].at(0)).to.equal(429);
    expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60);
    expect(refused.headers.get('cache-control')).to.equal('private, no-store');
    expect((await from('203.0.113.9, 192.0.2.1').get(link)).status).to.equal(429);
    expect((await from('192.0.2.1, 10.9.0.7').get(link)).status).to.equal(429);
    expect((await from('192.0.2.2').get(link)).status).to.equal(200);
    for (let i = 0; i < 12; i++) await from(`2001:db8:0:1::${i}`).get(link);
    expect((await from('2001:db8:0:1:ffff::1').get(link)).status).to.equal(429);
    expect((await from('2001:db8:0:2::1').get(link)).status).to.equal(200);
  });

  it('tries of links are counted by address, and by link from however many addresses', async () => {
    const from = (address: string) => pages.customer({ 'x-forwarded-for': address });
    const wrong = (n: number) => `/my/link/${String(n).repeat(32)}`;
    for (let i = 1; i <= 3; i++) expect((await from('192.0.2.10').post(wrong(i))).status).to.equal(410);
    expect((await from('192.0.2.10').post(wrong(4))).status).to.equal(429);
    for (let i = 1; i <= 3; i++) expect((await from(`198.51.100.${i}`).post(wrong(7))).status).to.equal(410);
    expect((await from('198.51.100.9').post(wrong(7))).status).to.equal(429);
  });
});
