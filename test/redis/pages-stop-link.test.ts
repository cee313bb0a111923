import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { personOf, stopUrl } from '../../lib/api/pages/my/stop-link.js';
import { virkne } from '../support/command.js';
import { CONSENT } from '../support/consent.js';
import { PAGES_HOST, PAGES_SECRET, type Pages, startPages } from '../support/customer-pages.js';
import { directory, remove } from '../support/store.js';

describe("The customer's page: the link of a message that withdraws (RFC 8058)", function () {
  this.timeout(30_000);
  const NUMBER = '+37120000055';
  const folder = directory();
  let pages: Pages;
  const env = () => ({
    ...{ REDIS_URL: pages.redis.url, PAGES_URL: `https://${PAGES_HOST}`, PAGES_SECRET },
    VIRKNE_CONFIG: join(folder, 'config.json'),
  });
  const act = (act: string, ...pairs: string[]) =>
    pages.consent.register.act({
      act,
      number: NUMBER,
      pairs,
      notice: act === 'grant' ? 'offers@1' : undefined,
      language: 'lv',
      method: 'call',
    });
  const valid = async (): Promise<string[]> =>
    (await pages.consent.register.state(NUMBER)).pairs.filter((pair) => pair.valid).map(({ pair }) => pair);
  const stopPath = async (pair: string): Promise<string> => {
    const { sid } = await pages.consent.register.state(NUMBER);
    return stopUrl('', PAGES_SECRET, { number: NUMBER, pair, person: personOf(sid) });
  };

  before(async () => {
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ consent: CONSENT }));
    pages = await startPages({ triesPerMinute: 8 });
  });
  beforeEach(() => act('grant', 'offers:email', 'offers:sms'));
  after(async () => {
    remove(folder);
    await pages.close();
  });

  it('a bare POST withdraws that pair alone, without cookie, form token, origin or redirection; GET only shows a button', async () => {
    const path = await stopPath('offers:email');
    const stranger = pages.customer();
    const seen = await stranger.get(path);
    expect([seen.status, await valid()]).to.deep.equal([200, ['offers:email', 'offers:sms']]);
    const oneClick = { method: 'POST', body: 'List-Unsubscribe=One-Click' };
    const answer = await stranger.get(path, {
      ...oneClick,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect([answer.status, answer.to, answer.headers.getSetCookie()]).to.deep.equal([200, null, []]);
    expect(await valid()).to.deep.equal(['offers:sms']);
    const body = new FormData();
    body.set('List-Unsubscribe', 'One-Click');
    expect((await stranger.get(await stopPath('offers:sms'), { method: 'POST', body })).status).to.equal(200);
    expect(await valid()).to.deep.equal([]);
    const last = (await pages.consent.register.history(NUMBER)).at(-1);
    expect([last?.act, last?.pairs, last?.method]).to.deep.equal(['withdraw', ['offers:sms'], 'email']);
  });

  it('shows no data, names nobody in its address, grants nothing, and opens no other page', async () => {
    const path = await stopPath('offers:email');
    expect(Buffer.from(path.split('/').at(-1) ?? '', 'base64url').toString('latin1')).to.not.contain('2000');
    expect(path).to.have.length.below(120);
    const stranger = pages.customer();
    for (const { text } of [
      await stranger.get(path),
      await stranger.post(path, { ticked: 'offers:call', press: 'save' }),
    ]) {
      expect(text).to.not.contain('0000055').and.not.contain('offers').and.not.contain('E-pasts');
    }
    expect(await valid()).to.not.include('offers:call');
    expect((await stranger.get('/my/lv/consents')).status).to.equal(403);
  });

  it('again it writes nothing; forged and cut ones are 410; the next holder of the number is not touched', async () => {
    const path = await stopPath('offers:email');
    const stranger = pages.customer();
    await stranger.post(path);
    const { length } = await pages.consent.register.history(NUMBER);
    expect((await stranger.post(path)).status).to.equal(200);
    expect(await pages.consent.register.history(NUMBER)).to.have.length(length);
    for (const bad of [path.slice(0, -2), `${path.slice(0, -6)}AAAAAA`, '/my/stop/x', '/my/stop/'.padEnd(70, 'A')]) {
      expect([(await stranger.get(bad)).status, (await stranger.post(bad)).status]).to.deep.equal([410, 410]);
    }
    const old = await stopPath('offers:sms');
    await pages.consent.register.act({ act: 'erase', number: NUMBER, cause: 'reassigned', method: 'cli' });
    await act('grant', 'offers:sms');
    expect((await stranger.post(old)).status).to.equal(200);
    expect(await valid()).to.deep.equal(['offers:sms']);
  });

  it('virkne link --stop prints one; of what is no consent, and without a register, it is refused', async () => {
    const { out, code } = await virkne(env(), 'link', NUMBER, '--stop', 'offers:sms');
    expect(code).to.equal(0);
    expect(out).to.match(/^https:\/\/my\.virkne\.test\/my\/stop\/[\w-]+\n$/);
    await pages.customer().post(out.trim().slice(`https://${PAGES_HOST}`.length));
    expect(await valid()).to.not.include('offers:sms');
    expect((await virkne(env(), 'link', NUMBER, '--stop', 'offers:fax')).code).to.equal(2);
    const { VIRKNE_CONFIG: _, ...without } = env();
    expect((await virkne(without, 'link', NUMBER, '--stop', 'offers:sms')).code).to.equal(1);
  });
});
