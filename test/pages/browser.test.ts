import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { personOf, stopUrl } from '../../lib/api/pages/my/stop-link.js';
import { documentOf } from '../../lib/store/records/fields.js';
import type { AttemptRecord, CallRecord } from '../../lib/store/types.js';
import { axe, type Front, launch, openTab, picture, startFront, type Tab, WEBMAIL } from '../support/browser.js';
import { PAGES_HOST, PAGES_SECRET, type Pages, startPages } from '../support/customer-pages.js';
import { recordOf, UNSAID_OF_ATTEMPT } from '../support/store.js';

const PILOT = '+37167000000';
const MEMBERS = ['+37120000001', '+37120000002', '+37129111222', '+37126333444'] as const;
const BASE = `https://${PAGES_HOST}`;
const HOUR = 3_600_000;
const LANGS = ['lv', 'en'] as const;

const attempt = (member: string, why: string, started: number, ended: number): AttemptRecord => ({
  ...UNSAID_OF_ATTEMPT,
  ...{ member, why, started, rang: why === 'busy' ? null : started + 600, ended, status: why === 'busy' ? 486 : 487 },
});

/** Some days of an office: answered, busy, nobody there, a caller who left. */
function someCalls(): CallRecord[] {
  const [a, b, c, d] = MEMBERS;
  const calls: CallRecord[] = [];
  for (let i = 0; i < 14; i++) {
    const at = Date.now() - i * 5 * HOUR - 600_000;
    const base = {
      ...recordOf(`call-${i}`),
      started: at,
      caller: `+3712655${1000 + i * 77}`,
      hidden: i % 5 === 4,
      waited: 0,
    };
    if (i % 3 === 0) {
      const attempts = [
        attempt(a, 'busy', at, at + 300),
        attempt(b, 'answered', at + 300, at + 9_300),
        notNeeded(c),
        notNeeded(d),
      ];
      calls.push({
        ...base,
        ...{
          attempts,
          status: 200,
          by: b,
          answered: at + 9_300,
          ended: at + 130_000,
          released: 'caller',
          waited: 9_300,
          talked: 120_700,
        },
      });
    } else if (i % 3 === 1) {
      const attempts = MEMBERS.map((member, n) => attempt(member, 'no-answer', at + n * 20_000, at + (n + 1) * 20_000));
      calls.push({ ...base, attempts, status: 480, ended: at + 80_000, waited: 80_000 });
    } else {
      const attempts = [{ ...attempt(a, 'caller-left', at, at + 12_000) }, notNeeded(b), notNeeded(c), notNeeded(d)];
      calls.push({ ...base, attempts, status: 487, ended: at + 12_000, waited: 12_000 });
    }
  }
  return calls.reverse();
}

const notNeeded = (member: string): AttemptRecord => ({
  ...UNSAID_OF_ATTEMPT,
  ...{ member, why: 'not-needed', started: null, rang: null, ended: null, status: null },
});

describe("The customer's page in Chromium", function () {
  this.timeout(60_000);
  let pages: Pages;
  let front: Front;
  let browser: Browser;
  let link = '';
  const group = () => pages.store.groups.get(PILOT);

  before(async () => {
    pages = await startPages({}, ['127.0.0.1']);
    front = await startFront(pages.url, (path) =>
      path === '/mail'
        ? `<!doctype html><a id="link" href="${BASE}${link}">Your page</a>`
        : `<!doctype html><form id="evil" method="post" action="${BASE}/my/en/leave"><input name="form" value="x"><button>Win</button></form>`,
    );
    browser = await launch(front);
    await pages.redis.client.call(
      'FCALL',
      'hunt_set',
      1,
      `hunt:{${PILOT}}`,
      'members',
      MEMBERS.join(','),
      'policy',
      'circular',
    );
    for (const pairs of [['offers:email'], ['usage:data'], ['offers:sms', 'offers:web']]) {
      const notice = `${pairs[0]?.split(':')[0]}@1`;
      await pages.consent.register.act({ act: 'grant', number: PILOT, pairs, notice, language: 'lv', method: 'shop' });
    }
    await pages.consent.register.act({ act: 'withdraw', number: PILOT, pairs: ['offers:web'], method: 'call' });
    await pages.redis.client.call('FCALL', 'record_add', 1, 'records', 'test', '', ...someCalls().map(documentOf));
  });
  after(async () => {
    await browser?.close();
    await front?.close();
    await pages?.close();
  });

  const entered = async (width = 1280, locale = 'lv'): Promise<Tab> => {
    const tab = await openTab(browser, width, locale);
    await tab.page.goto(`${BASE}${await pages.link(PILOT)}`);
    await tab.page.locator('main button').click();
    return tab;
  };
  const settled = (tab: Tab): void => {
    expect(tab.complaints).to.deep.equal([]);
    expect(tab.elsewhere).to.deep.equal([]);
  };
  const focused = (page: Page): Promise<string> =>
    page.evaluate(
      () =>
        `${document.activeElement?.tagName}#${document.activeElement?.id || document.activeElement?.getAttribute('value')}`,
    );

  it('a link on another site leads in, and the session holds at the next link from there (SameSite=Lax)', async () => {
    link = await pages.link(PILOT);
    const { page, context, ...rest } = await openTab(browser);
    await page.goto(`https://${WEBMAIL}/mail`);
    await page.click('#link');
    await page.locator('main button').click();
    expect(page.url()).to.equal(`${BASE}/my/lv/`);
    expect(await page.textContent('h1')).to.equal(PILOT);
    const cookies = await context.cookies();
    expect(
      cookies.map(({ name, secure, httpOnly, sameSite, domain }) => [name, secure, httpOnly, sameSite, domain]),
    ).to.deep.equal([['__Host-my', true, true, 'Lax', PAGES_HOST]]);
    link = '/my/lv/calls';
    await page.goto(`https://${WEBMAIL}/mail`);
    await page.click('#link');
    expect(await page.textContent('h1')).to.equal('Zvani');
    settled({ page, context, ...rest });
    await context.close();
  });

  it('a form of another site does nothing, and the session goes on', async () => {
    const tab = await entered();
    await tab.page.goto(`https://${WEBMAIL}/evil`);
    await tab.page.click('button');
    expect(await tab.page.title()).to.match(/^(?:Error|Kļūda): /);
    await tab.page.goto(`${BASE}/my/lv/`);
    expect(await tab.page.textContent('h1')).to.equal(PILOT);
    await tab.context.close();
  });

  it('by keyboard alone: sign in, move a member, add one, meet a mistake, mend it, save, sign out', async () => {
    const { page, context } = await openTab(browser, 1280, 'en');
    await page.goto(`${BASE}${await pages.link(PILOT)}`);
    const press = (...keys: string[]) =>
      keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
    const tabTo = async (what: (id: string) => boolean): Promise<void> => {
      for (let i = 0; i < 60; i++) {
        await press('Tab');
        if (what(await focused(page))) return;
      }
      throw new Error(`no Tab leads there; the last one to ${await focused(page)}`);
    };
    const loaded = async (key: string): Promise<void> => {
      await Promise.all([page.waitForNavigation(), press(key)]);
    };
    await press('Tab');
    expect(await page.textContent(':focus')).to.equal('Skip to the content');
    await press('Enter', 'Tab');
    await loaded('Enter');
    expect(page.url()).to.equal(`${BASE}/my/en/`);
    await page.goto(`${BASE}/my/en/group`);
    await tabTo((at) => at === 'BUTTON#up-3');
    await loaded('Enter');
    expect(await focused(page)).to.equal('BUTTON#up-2');
    await loaded('Space');
    expect(await focused(page)).to.equal('BUTTON#up-1');
    expect(await page.textContent('.notice h2')).to.equal('Not saved yet');
    await tabTo((at) => at === 'INPUT#next');
    await page.keyboard.type('not a number');
    await loaded('Enter');
    expect(await page.title()).to.match(/^Error: /);
    expect(await page.evaluate(() => document.activeElement?.className)).to.equal('summary');
    await press('Tab', 'Enter');
    expect(await focused(page)).to.equal('INPUT#next');
    expect(await page.inputValue('#next')).to.equal('not a number');
    await press('Control+a');
    await page.keyboard.type('2700 0005');
    await loaded('Enter');
    expect(await page.textContent('.notice h2')).to.equal('Saved');
    expect((await group())?.members).to.deep.equal([MEMBERS[0], MEMBERS[3], MEMBERS[1], MEMBERS[2], '+37127000005']);
    await tabTo((at) => at === 'INPUT#ring' || at === 'INPUT#ring-20');
    await press('ArrowRight');
    await loaded('Enter');
    expect((await group())?.ring).to.equal(30);
    await page.locator('footer button').focus();
    await loaded('Enter');
    expect(await page.textContent('h1')).to.equal('You have signed out');
    await page.goBack();
    expect(await page.title()).to.match(/^Error: /);
    await context.close();
    await pages.store.groups.set(PILOT, { members: [...MEMBERS], ring: 20 });
  });

  it('no violation for axe-core, none of the policy, no request elsewhere, no side scroll at 320 px: every page and error page, both languages', async () => {
    const link2 = await pages.link('+37120000099');
    const bad = await openTab(browser);
    await bad.page.setContent('<html><body><img src="data:,"><input></body></html>');
    expect(await axe(bad.page), 'axe-core finds what is wrong').to.have.length.above(2);
    await bad.context.close();
    const { sid } = await pages.consent.register.state(PILOT);
    const stop = stopUrl('', PAGES_SECRET, { number: PILOT, pair: 'offers:sms', person: personOf(sid) });
    for (const lang of LANGS) {
      const tab = await entered(320, lang);
      const { page } = tab;
      const check = async (what: string): Promise<void> => {
        expect(await page.getAttribute('html', 'lang'), what).to.equal(lang);
        expect(await axe(page), `${what} ${lang}`).to.deep.equal([]);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(wide, `${what} ${lang}: its width`).to.equal(320);
      };
      for (const path of ['', 'group', 'calls', 'advice', 'consents', 'history', 'data', 'left', 'nothing']) {
        await page.goto(`${BASE}/my/${lang}/${path}`);
        await check(path);
      }
      await page.goto(`${BASE}/my/${lang}/group`);
      await page.fill('#member-1', 'x');
      await page.locator('form .actions button[value=save]').click();
      await check('mistakes');
      await page.locator('button[value=remove-1]').click();
      await check('unsaved');
      await pages.store.groups.set(PILOT, { ring: lang === 'lv' ? 10 : 20 });
      await page.locator('form .actions button[value=save]').click();
      await check('stale');
      await page.goto(`${BASE}/my/${lang}/consents`);
      await page.check('#offers-sms');
      await page.locator('form .actions button[value=save]').click();
      await check('consents saved');
      await page.goto(`${BASE}/my/${lang}/history`);
      await check('history');
      await page.goto(`${BASE}${stop}?lang=${lang}`);
      await check('stop');
      await page.locator('main button').click();
      await check('stopped');
      await page.goto(`${BASE}${link2}?lang=${lang}`);
      await check('link');
      await page.goto(`${BASE}/my/link/used?lang=${lang}`);
      await check('dead link');
      pages.hideStore(true);
      await page.goto(`${BASE}/my/${lang}/`).finally(() => pages.hideStore(false));
      await check('away');
      await tab.context.clearCookies();
      await page.goto(`${BASE}/my/${lang}/`);
      await check('signed out');
      settled({ ...tab, complaints: tab.complaints.filter((one) => !/status of 503/.test(one)) });
      await tab.context.close();
    }
  });

  it('by keyboard alone: give a consent, find it given, withdraw all', async () => {
    const { page, context } = await openTab(browser, 390, 'en');
    await page.goto(`${BASE}${await pages.link(PILOT)}`);
    await page.locator('main button').click();
    await page.goto(`${BASE}/my/en/consents`);
    await page.locator('#credit-data').focus();
    await page.keyboard.press('Space');
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
    expect(await page.textContent('.notice h2')).to.equal('Saved');
    expect(await page.isChecked('#credit-data')).to.equal(true);
    expect(await page.textContent('#credit-data-state')).to.match(/^Allowed since \d{4}-\d\d-\d\d, until /);
    await page.locator('.danger').focus();
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Space')]);
    expect(await page.isChecked('#credit-data')).to.equal(false);
    const { pairs } = await pages.consent.register.state(PILOT);
    expect(pairs.filter(({ valid }) => valid)).to.deep.equal([]);
    await context.close();
  });

  it('works without JavaScript, and has none', async () => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: false, locale: 'en' });
    const page = await context.newPage();
    await page.goto(`${BASE}${await pages.link(PILOT)}`);
    await page.locator('main button').click();
    await page.goto(`${BASE}/my/en/group`);
    await page.locator('button[value=down-0]').click();
    await page.locator('form .actions button[value=save]').click();
    expect((await group())?.members[1]).to.equal(MEMBERS[0]);
    expect(await page.textContent('.notice h2')).to.equal('Saved');
    await context.close();
    await pages.store.groups.set(PILOT, { members: [...MEMBERS] });
  });

  it('pictures at 390 and 1280 px; what a page weighs, and the time to its first byte', async () => {
    const weights: string[] = [];
    for (const pair of ['offers:email', 'usage:data']) {
      const notice = `${pair.split(':')[0]}@1`;
      await pages.consent.register.act({
        act: 'grant',
        number: PILOT,
        pairs: [pair],
        notice,
        language: 'lv',
        method: 'web',
      });
    }
    for (const width of [390, 1280]) {
      const tab = await entered(width);
      const { page } = tab;
      for (const name of ['home', 'group', 'calls', 'consents', 'history', 'data']) {
        const answer = await page.goto(`${BASE}/my/lv/${name === 'home' ? '' : name}`);
        const { responseStart, requestStart } = answer?.request().timing() ?? {
          responseStart: Number.NaN,
          requestStart: 0,
        };
        const sizes = await answer?.request().sizes();
        weights.push(
          `${name}: ${((sizes?.responseBodySize ?? 0) / 1024).toFixed(1)} kB, ${(responseStart - requestStart).toFixed(0)} ms`,
        );
        expect(sizes?.responseBodySize).to.be.below(20 * 1024);
        await picture(page, `${name}-${width}`);
      }
      await page.goto(`${BASE}/my/lv/group`);
      await page.fill('#member-1', '2000');
      await page.locator('form .actions button[value=save]').click();
      await picture(page, `mistake-${width}`);
      await page.goto(`${BASE}${await pages.link('+37120000098')}`);
      await picture(page, `link-${width}`);
      await page.goto(`${BASE}/my/link/used`);
      await picture(page, `dead-link-${width}`);
      settled(tab);
      await tab.context.close();
    }
    console.log(`      ${weights.slice(0, 6).join(' · ')}`);
  });
});
