import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { useService } from '../sipp/service-harness.js';
import { alerts, dashboards, expressionsOf } from '../support/dashboards.js';
import { freePort } from '../support/ports.js';
import { until } from '../support/sipp.js';
import { FIRES } from './alerts.js';
import { type Prometheus, promtool, startPrometheus } from './prometheus.js';

const CALLS = 12;
const RULES = resolve('docker/prometheus/rules/virkne.yaml');
const trunkPort = await freePort();

describe('Prometheus reads the metrics, the dashboard and the alerts (prometheus, promtool, SIPp)', function () {
  this.timeout(40_000);
  const harness = useService({ trunks: [{ uri: `sip:127.0.0.1:${trunkPort}` }] });
  let prometheus: Prometheus;
  let idle: string;

  before(async () => {
    prometheus = await startPrometheus(harness.service.http.replace('http://', ''));
    idle = await harness.service.metrics();
    // What changes before it was seen at 0 has no rate.
    await until(
      async () => (await prometheus.query('virkne_calls_total')).length || undefined,
      10_000,
      () => 'nothing was scraped',
    );
    const phones = [await harness.member('busy', { calls: CALLS }), await harness.member('answer', { calls: CALLS })];
    const pilot = await harness.group(phones);
    const caller = await harness.call(pilot, 'caller', { calls: CALLS, rate: 10, pause: 100 });
    expect((await caller.exited).code).to.equal(0);
    await harness.service.records(CALLS, pilot);
    await until(
      async () => Number((await prometheus.query('sum(virkne_calls_total)'))[0]?.value[1]) === CALLS || undefined,
      10_000,
      () => 'the calls were not scraped',
    );
  });
  after(() => prometheus?.stop());

  it('promtool finds nothing wrong with them, idle and under load; each is of one type and has a help text', async () => {
    const busy = await harness.service.metrics();
    for (const [when, text] of Object.entries({ idle, busy })) {
      const own = text.split('\n').filter((line) => /^(# (HELP|TYPE) )?virkne_/.test(line));
      expect(await promtool(['check', 'metrics'], `${own.join('\n')}\n`), when).to.equal('');
    }
    expect((await prometheus.query('min_over_time(up[5m])')).map(({ value }) => value[1])).to.deep.equal(['1']);
    expect(await prometheus.query('scrape_samples_post_metric_relabeling != scrape_samples_scraped')).to.deep.equal([]);
  });

  it('the number of series is the same before and after the calls', async () => {
    const series = (text: string): string[] =>
      text.split('\n').flatMap((line) => (line.startsWith('virkne_') ? [line.slice(0, line.lastIndexOf(' '))] : []));
    expect(series(await harness.service.metrics())).to.deep.equal(series(idle));
  });

  it('every panel of the dashboard shows something', async () => {
    const empty: string[] = [];
    for (const dashboard of dashboards()) {
      for (const { title, expr } of expressionsOf(dashboard)) {
        const samples = await prometheus.query(expr);
        if (!samples.some(({ value }) => Number.isFinite(Number(value[1])))) empty.push(`${title}: ${expr}`);
      }
    }
    expect(empty).to.deep.equal([]);
  });

  it('what it shows is what happened', async () => {
    const value = async (expr: string) => Number((await prometheus.query(expr))[0]?.value[1]);
    expect(await value('virkne_calls_total{status="200"}')).to.equal(CALLS);
    expect(await value('virkne_attempts_total{why="answered"}')).to.equal(CALLS);
    expect(await value('virkne_attempts_total{why="busy"}')).to.equal(CALLS);
    expect(await value('virkne_talk_seconds_count')).to.equal(CALLS);
    expect(await value('virkne_sip_requests_total{direction="in",method="INVITE"}')).to.be.at.least(CALLS);
    expect(await value('virkne_sip_responses_total{direction="in",method="INVITE",class="4xx"}')).to.be.at.least(CALLS);
    expect(await value('virkne_redis_command_seconds_count{function="hunt_turn_json"}')).to.equal(CALLS);
    expect(await value('virkne_invariant_violations_total')).to.equal(0);
    expect(await value('virkne_calls_active')).to.equal(0);
  });

  it('every alert can be evaluated, and none fires while all is well', async () => {
    const told = await until(
      async () => {
        const rules = await prometheus.rules();
        return rules.every(({ health }) => health !== 'unknown') ? rules : undefined;
      },
      10_000,
      () => 'the rules were not evaluated',
    );
    expect(told.map(({ name }) => name)).to.deep.equal(alerts().map(({ alert }) => alert));
    expect(told.filter(({ health, state }) => health !== 'ok' || state !== 'inactive')).to.deep.equal([]);
  });

  it('every alert fires when what it is for happens, and not before', async () => {
    expect(Object.keys(FIRES).sort()).to.deep.equal(
      alerts()
        .map(({ alert }) => alert)
        .sort(),
    );
    const tests = Object.entries(FIRES).map(([alertname, { series, after }]) => ({
      interval: '1m',
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      promql_expr_test: [
        { expr: `count(ALERTS{alertname="${alertname}",alertstate="firing"})`, eval_time: '0m', exp_samples: [] },
        {
          expr: `count(ALERTS{alertname="${alertname}",alertstate="firing"})`,
          eval_time: after,
          exp_samples: [{ labels: '{}', value: 1 }],
        },
      ],
    }));
    const directory = mkdtempSync(join(tmpdir(), 'alerts-'));
    try {
      const file = join(directory, 'alerts.yaml');
      writeFileSync(file, JSON.stringify({ rule_files: [RULES], evaluation_interval: '1m', tests }));
      expect(await promtool(['test', 'rules', file])).to.contain('SUCCESS');
      expect(await promtool(['check', 'rules', RULES])).to.contain('SUCCESS');
      expect(await promtool(['check', 'config', '--syntax-only', 'docker/prometheus/prometheus.yaml'])).to.contain(
        'SUCCESS',
      );
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
