/** A real Chromium before the customers' pages, behind a proxy that speaks TLS, and another site beside them. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { Authority } from './certificates.js';
import { PAGES_HOST } from './customer-pages.js';

export const WEBMAIL = 'webmail.elsewhere.test';
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const ARTEFACTS = 'test/artefacts';

/** What other sites show: the mail with the link, or a form that posts to us. */
export type OtherSite = (path: string) => string;

export interface Front {
  readonly port: number;
  close(): Promise<void>;
}

/** TLS in front of the service, as an operator's proxy is; and the other site. */
export async function startFront(service: string, otherSite: OtherSite): Promise<Front> {
  const { certificate, key } = new Authority().issue(`DNS:${PAGES_HOST}`, `DNS:${WEBMAIL}`);
  const pass = (incoming: IncomingMessage, answer: ServerResponse): void => {
    if (incoming.headers.host?.startsWith(WEBMAIL)) {
      answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(otherSite(incoming.url ?? '/'));
      return;
    }
    const headers = { ...incoming.headers, 'x-forwarded-for': incoming.socket.remoteAddress ?? '' };
    const passed = forward(`${service}${incoming.url}`, { method: incoming.method ?? 'GET', headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    passed.on('error', () => answer.writeHead(502).end());
    incoming.pipe(passed);
  };
  const server = createServer({ cert: certificate, key }, pass);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export function launch(front: Front): Promise<Browser> {
  const executablePath = CHROMIUM.find(existsSync);
  if (executablePath === undefined) throw new Error('there is no chromium: apt-get install chromium');
  const hosts = [PAGES_HOST, WEBMAIL].map((host) => `MAP ${host}:443 127.0.0.1:${front.port}`).join(',');
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', `--host-resolver-rules=${hosts},MAP * ~NOTFOUND,EXCLUDE 127.0.0.1`],
  });
}

export interface Tab {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the browser complained of: violations of the policy, what could not be loaded. */
  readonly complaints: string[];
  /** Requests to any host but ours. */
  readonly elsewhere: string[];
}

export async function openTab(browser: Browser, width = 1280, locale = 'lv'): Promise<Tab> {
  const context = await browser.newContext({
    ...{ ignoreHTTPSErrors: true, locale, viewport: { width, height: 800 }, javaScriptEnabled: true },
  });
  const page = await context.newPage();
  const [complaints, elsewhere]: [string[], string[]] = [[], []];
  page.on('console', (message) => {
    // The browser notes every answer that is no success.
    if (!/the server responded with a status of 4\d\d/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const { hostname } = new URL(request.url());
    if (hostname !== PAGES_HOST && hostname !== WEBMAIL) elsewhere.push(request.url());
  });
  return { context, page, complaints, elsewhere };
}

/** What axe-core finds wrong: rule and places, one line each. It runs outside the page's own policy. */
export async function axe(page: Page): Promise<readonly string[]> {
  const session = await page.context().newCDPSession(page);
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      ...{ expression, awaitPromise: true, returnByValue: true },
    });
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  await evaluate(`${AXE};undefined`);
  const found = await evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 120)).join(' | ')))`,
  );
  await session.detach();
  return found as string[];
}

export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(ARTEFACTS, { recursive: true });
  await page.screenshot({ path: `${ARTEFACTS}/${name}.png`, fullPage: true });
}
