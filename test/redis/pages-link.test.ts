import { expect } from 'chai';
import { Signer } from '../../lib/api/pages/my/tokens.js';
import { eraseSubject } from '../../lib/privacy/erase.js';
import type { Asked } from '../../lib/privacy/redis.js';
import { Subject } from '../../lib/privacy/subject.js';
import { virkne } from '../support/command.js';
import { PAGES_HOST, PAGES_SECRET, type Pages, startPages } from '../support/customer-pages.js';

const PILOT = '+37167000000';
const A = '+37120000001';

describe("The customer's page: the link", function () {
  this.timeout(30_000);
  let pages: Pages;
  const fcall = (name: string, key: string, ...args: string[]): Promise<unknown> =>
    pages.redis.client.call('FCALL', name, 1, key, ...args);
  const env = () => ({ REDIS_URL: pages.redis.url, PAGES_URL: `https://${PAGES_HOST}`, PAGES_SECRET });
  /** Everything that Redis holds, octet for octet. */
  const everything = async (): Promise<string> => {
    const keys = (await pages.redis.client.keys('*')).sort();
    const dumps = await Promise.all(keys.map((key) => pages.redis.client.dumpBuffer(key)));
    return keys.map((key, i) => `${key} ${dumps[i]?.toString('hex')}`).join('\n');
  };
  const sessions = async (): Promise<number> => (await pages.redis.client.keys('{my}:session:*')).length;

  before(async () => {
    pages = await startPages();
  });
  beforeEach(async () => {
    for (const key of await pages.redis.client.keys('*'))
      if (!key.startsWith('notice:')) await pages.redis.client.del(key);
    await fcall('hunt_set', `hunt:{${PILOT}}`, 'members', A);
  });
  after(() => pages.close());

  it('GET and HEAD of it change nothing and show nobody, as mail scanners open links; then a POST lets in', async () => {
    const link = await pages.link(PILOT);
    const before = await everything();
    for (let i = 0; i < 5; i++) {
      const seen = await pages.customer().get(link);
      expect([seen.status, seen.text.includes('7000000'), seen.headers.getSetCookie()]).to.deep.equal([200, false, []]);
      const head = await pages.customer().get(link, { method: 'HEAD' });
      expect([head.status, head.text, head.headers.getSetCookie()]).to.deep.equal([200, '', []]);
    }
    expect(await everything()).to.equal(before);
    const anna = pages.customer();
    expect((await anna.enter(link)).text).to.contain(PILOT);
  });

  it('nothing presses its button by itself: there is no script in any page', async () => {
    const { text, headers } = await pages.customer().get(await pages.link(PILOT));
    expect(text).to.not.match(/<script|onload=|http-equiv/i);
    expect(headers.get('content-security-policy')).to.contain("default-src 'none'").and.not.contain('script-src');
  });

  it('of 50 POSTs at once one gets a session', async () => {
    const link = await pages.link(PILOT);
    const answers = await Promise.all(Array.from({ length: 50 }, () => pages.customer().post(link)));
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([303, ...Array(49).fill(410)]);
    expect(await sessions()).to.equal(1);
  });

  it('used, expired, forged and cut links: one page and status, with what to do next', async () => {
    const [used, expired] = [await pages.link(PILOT), await pages.link(A, 1)];
    await pages.customer().enter(used);
    const forged = `/my/link/${new Signer('another secret that is as long as that').newLink()}`;
    const customer = pages.customer({ 'accept-language': 'en' });
    const answers = [];
    for (const link of [used, expired, forged, used.slice(0, -3), '/my/link/x']) {
      answers.push(await customer.get(link), await customer.post(link));
    }
    for (const { status, title, text } of answers) {
      expect([status, title]).to.deep.equal([410, 'Error: This link cannot be used – My number']);
      expect(text).to.contain('Ask customer service for a new link');
    }
    expect(await sessions()).to.equal(1);
  });

  it('a new link revokes the one before; an erasure, and another owner of the group, revoke all of the number', async () => {
    const [older, newer] = [await pages.link(PILOT), await pages.link(PILOT)];
    const others = await pages.link(A);
    expect((await pages.customer().post(older)).status).to.equal(410);
    const anna = pages.customer();
    await anna.enter(newer);
    const third = await pages.link(PILOT);
    await fcall('hunt_set', `hunt:{${PILOT}}`, 'owner', 'somebody else');
    expect((await anna.get('/my/en/')).status).to.equal(403);
    expect((await pages.customer().post(third)).status).to.equal(410);
    const fourth = await pages.link(PILOT);
    await anna.enter(fourth);
    const { link: redis } = pages.store;
    const asked = { fcall: redis.fcall.bind(redis), command: redis.command.bind(redis), nodes: redis.nodes } as Asked;
    await eraseSubject(asked, new Subject(PILOT), Date.now(), 'anna');
    expect((await anna.get('/my/en/')).status).to.equal(403);
    expect((await pages.customer().post(others)).status).to.equal(303);
  });

  it('is short, opaque, and known to Redis by its digest alone; the time is that of Redis', async () => {
    const said = await virkne(env(), 'link', PILOT, '--minutes', '5', '--json');
    const { url, until } = JSON.parse(said.out) as { url: string; until: string };
    expect(url)
      .to.match(/^https:\/\/my\.virkne\.test\/my\/link\/[\w-]{32}$/)
      .and.have.length.below(70);
    const [seconds] = (await pages.redis.client.time()) as unknown as [string, string];
    expect(Date.parse(until) / 1000 - Number(seconds)).to.be.within(290, 301);
    expect(await everything()).to.not.contain(url.slice(-32));
    const anna = pages.customer();
    expect((await anna.enter(url.slice(`https://${PAGES_HOST}`.length))).status).to.equal(200);
  });

  it('begins with what is configured, whatever a request says of its host', async () => {
    const { out } = await virkne(env(), 'link', PILOT);
    expect(out).to.match(/^https:\/\/my\.virkne\.test\/my\/link\//);
    const spoofed = { host: 'evil.test', 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'http' };
    const { text } = await pages.customer(spoofed).get(await pages.link(PILOT));
    const entered = await pages.customer(spoofed).post(await pages.link(A));
    expect(text).to.not.contain('evil.test');
    expect(entered.to).to.equal('/my/lv/');
  });

  it('virkne link: without pages, with a number or minutes that are none, and with Redis away', async () => {
    const none = await virkne({ REDIS_URL: pages.redis.url }, 'link', PILOT);
    expect([none.code, none.out]).to.deep.equal([1, '']);
    expect(none.err).to.contain('PAGES_URL');
    expect((await virkne(env(), 'link', '12')).code).to.equal(2);
    expect((await virkne(env(), 'link', PILOT, '--minutes', '0')).code).to.equal(2);
    expect((await virkne(env(), 'link', PILOT, '--minutes', '1441')).code).to.equal(2);
    expect((await virkne({ ...env(), REDIS_URL: 'redis://127.0.0.1:1/0' }, 'link', PILOT)).code).to.equal(3);
  });
});
