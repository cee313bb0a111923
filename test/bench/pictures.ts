/** `npm run pictures`: what the dashboard's panels show of a service under load, and a call explained, as Chromium draws them. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { type Prometheus, startPrometheus } from '../prometheus/prometheus.js';
import { virkne } from '../support/command.js';
import { dashboards, expressionsOf } from '../support/dashboards.js';
import { Children, pause } from './children.js';
import { say } from './report.js';
import { HOST, startCaller } from './sipp.js';
import { choosePorts, type Ports, startVirkne } from './targets.js';
import { withMembers } from './trial.js';
import { PILOT, WORKLOADS } from './workloads.js';

const OUT = resolve('test/artefacts');
const RATE = 20;
const SECONDS = 20;
/** One page of Prometheus has so many graphs. */
const GRAPHS = 6;
const NOBODY = '+37167009999';
/** Every call keeps its course. */
const CONFIG = { traces: { failedShare: 1, otherShare: 1 }, rehearsal: { calls: 0 } };

async function callThem(children: Children, ports: Ports, port: number): Promise<void> {
  for (const work of WORKLOADS.slice(0, 2)) {
    await withMembers(children, ports, work, async () => {
      const calls = { port, localPort: ports.caller, rate: RATE, count: (RATE * SECONDS) / 2, holdMs: 300 };
      // Every fifth calls a number that there is not.
      await startCaller(children, { ...calls, numbers: [PILOT, PILOT, PILOT, PILOT, NOBODY] }).ended;
    });
  }
}

async function drawDashboards(browser: Browser, prometheus: Prometheus): Promise<void> {
  for (const dashboard of dashboards()) {
    const expressions = expressionsOf(dashboard);
    for (let from = 0; from < expressions.length; from += GRAPHS) {
      const query = expressions
        .slice(from, from + GRAPHS)
        .map(({ expr }, i) => `g${i}.expr=${encodeURIComponent(expr)}&g${i}.tab=0&g${i}.range_input=1m`);
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      await page.goto(`${prometheus.url}/graph?${query.join('&')}`);
      await pause(3000);
      const name = `dashboard-${1 + from / GRAPHS}.png`;
      await page.screenshot({ path: join(OUT, name), fullPage: true });
      say(
        `${name}: ${expressions
          .slice(from, from + GRAPHS)
          .map(({ title }) => title)
          .join(', ')}`,
      );
      await page.close();
    }
  }
}

async function drawExplanation(browser: Browser, redisUrl: string): Promise<void> {
  for (const lang of ['en', 'lv']) {
    const file = join(OUT, `explanation-${lang}.html`);
    const said = await virkne({ REDIS_URL: redisUrl }, 'explain', '--last', PILOT, '--lang', lang, '--html', file);
    if (said.code !== 0) throw new Error(said.err);
    for (const width of [1280, 390]) {
      const page = await browser.newPage({ viewport: { width, height: 800 } });
      await page.goto(pathToFileURL(file).href);
      const wide = await page.evaluate('document.documentElement.scrollWidth');
      await page.screenshot({ path: join(OUT, `explanation-${lang}-${width}.png`), fullPage: true });
      say(`explanation-${lang}-${width}.png: ${String(wide)} px wide`);
      await page.close();
    }
  }
}

mkdirSync(OUT, { recursive: true });
const children = new Children();
const ports = await choosePorts();
const target = await startVirkne(children, ports, [], CONFIG);
const prometheus = await startPrometheus(target.http);
const executablePath = '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
try {
  say(`${RATE} calls a second from ${HOST}, ${SECONDS} s long`);
  await callThem(children, ports, target.port);
  await drawDashboards(browser, prometheus);
  // Traces are kept a second behind the call.
  await pause(1500);
  await drawExplanation(browser, target.redisUrl);
} finally {
  await browser.close();
  await prometheus.stop();
  await target.stop();
}
process.exit(0);
