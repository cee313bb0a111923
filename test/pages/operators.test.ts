import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import { type Browser, chromium, type Page } from 'playwright-core';
import { secretOf } from '../support/api.js';
import { RealApi } from '../support/real-api.js';
import { recordOf } from '../support/store.js';

const CALL = '0b6ff6ba-6d17-4d3c-9a7c-3f2a1c9d0000';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe('Pages of operators and of the API, in a real browser', function () {
  this.timeout(60_000);
  let real: RealApi;
  let browser: Browser;
  let page: Page;
  const [complaints, elsewhere]: [string[], string[]] = [[], []];

  before(async () => {
    real = await RealApi.start();
    const started = Date.now() - 60_000;
    await real.add({ ...recordOf(CALL), started, ended: started + 30_000 });
    const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync) ?? 'chromium';
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    page.on('console', (message) => {
      // The browser notes every answer that is no success, and advises.
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(real.api.url)) elsewhere.push(request.url());
    });
    mkdirSync('test/artefacts', { recursive: true });
  });
  after(async () => {
    await browser?.close();
    await real.stop();
  });

  const go = (path: string) => page.goto(real.api.url + path);
  const path = (): string => page.url().replace(real.api.url, '');
  /** Looks at it as people and axe-core do. */
  const look = async (name: string): Promise<void> => {
    await page.screenshot({ path: `test/artefacts/${name}.png`, fullPage: true });
    const session = await page.context().newCDPSession(page);
    await session.send('Runtime.evaluate', { expression: `${AXE};undefined` });
    const expression = 'axe.run().then(({ violations }) => violations.map(({ id }) => id))';
    const { result } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    await session.detach();
    expect(result.value, name).to.deep.equal([]);
  };

  it('an operator signs in, sees why a phone did not ring, finds calls of a group, and signs out', async () => {
    await go(`/calls/${CALL}?lang=lv`);
    expect(path()).to.match(/^\/sign-in\?/);
    await look('operators-sign-in');
    await page.fill('#token', 'nobody-0123456789abcdef');
    await page.click('main button');
    expect(await page.textContent('[role=alert]')).to.equal('Šī pilnvara nav zināma.');
    await page.fill('#token', secretOf('support'));
    await page.click('main button');
    expect(path()).to.equal(`/calls/${CALL}?lang=lv`);
    expect(await page.locator('ol.phones li').allTextContents()).to.have.length(1);
    expect(await page.locator('svg .arrow').count()).to.be.greaterThan(1);
    await look('operators-call');
    await page.click('header a');
    await page.fill('#find', '+371 67 000 000');
    await page.click('main button');
    expect(await page.locator('tbody tr').count()).to.equal(1);
    await look('operators-calls');
    await page.click('tbody a');
    expect(path()).to.equal(`/calls/${CALL}?lang=lv`);
    await page.click('header button');
    expect(path()).to.equal('/sign-in');
    await go('/calls');
    expect(path()).to.match(/^\/sign-in\?/);
  });

  it('the document is read without a script', async () => {
    await go('/openapi#listCalls');
    expect(await page.locator('article').count()).to.be.greaterThan(15);
    await look('openapi');
  });

  it('nothing is asked of another host, and nothing is refused by the policy of a page', () => {
    expect(elsewhere).to.deep.equal([]);
    expect(complaints).to.deep.equal([]);
  });
});
