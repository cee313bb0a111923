import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { BUCKETS, bounded, labelsOf } from '../../../lib/api/metric-labels.js';
import { createMeter, HELP } from '../../../lib/api/metrics.js';
import { ALL_RESULTS } from '../../../lib/call/results.js';
import { loadConfig } from '../../../lib/config/load.js';
import { buildInfo, knownValues } from '../../../lib/metric-values.js';

/** Of which all but labels and number is the same at each reading. */
const seriesOf = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('virkne_'))
    .map((line) => line.slice(0, line.lastIndexOf(' ')));

const CONFIG = loadConfig({ TRUNKS: 'sip:+37167000000@10.1.0.1:5060,sip:trunk.example' }, (path) =>
  readFileSync(path, 'utf8'),
);

describe('Metrics', () => {
  it('counters, gauges and histograms are rendered with the prefix', async () => {
    const meter = createMeter();
    let calls = 3;
    meter.count('calls_total', { status: '200' });
    meter.count('calls_total', { status: '200' }, 2);
    meter.gauge('calls', 'Calls now', () => calls);
    meter.observe('setup_seconds', 0.004);
    calls = 5;
    const text = await meter.render();
    expect(text).to.contain('virkne_calls_total{status="200"} 3');
    expect(text).to.contain('# HELP virkne_calls Calls now').and.contain('\nvirkne_calls 5');
    expect(text).to.contain('virkne_setup_seconds_bucket{le="0.005"} 1').and.contain('virkne_setup_seconds_count 1');
  });

  it('a gauge may have one series for each trunk', async () => {
    const meter = createMeter();
    meter.gauge('trunk_up', 'Whether a trunk answers', () => 1, { trunk: '10.1.0.1' });
    meter.gauge('trunk_up', 'Whether a trunk answers', () => 0, { trunk: '10.1.0.2' });
    expect(await meter.render())
      .to.contain('virkne_trunk_up{trunk="10.1.0.1"} 1')
      .and.contain('virkne_trunk_up{trunk="10.1.0.2"} 0');
  });

  it('two meters share nothing', async () => {
    const one = createMeter();
    createMeter().count('records_written_total');
    expect(await one.render()).to.contain('virkne_records_written_total 0');
  });

  it('process and event loop are measured under the names that every dashboard knows', async () => {
    const text = await createMeter().render();
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds'])
      expect(text).to.match(new RegExp(`^${name} `, 'm'));
    expect(text).to.not.match(/virkne_(process_cpu|nodejs)/);
  });

  it('what runs is told as labels', async () => {
    const meter = createMeter();
    meter.gauge('build_info', 'Always 1', () => 1, buildInfo());
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(await meter.render()).to.contain(
      `virkne_build_info{version="${version}",node_version="${process.version}"} 1`,
    );
  });

  it('every counter is there from the start with every value of its labels, at 0', async () => {
    const text = await createMeter(knownValues(CONFIG)).render();
    for (const name of Object.keys(HELP).filter((one) => one.endsWith('_total')))
      expect(text, name).to.match(new RegExp(`^virkne_${name}(\\{.*\\})? 0$`, 'm'));
    for (const why of ALL_RESULTS) expect(text).to.contain(`virkne_attempts_total{why="${why}"} 0`);
    expect(text).to.contain('virkne_sip_responses_total{direction="in",method="INVITE",class="4xx"} 0');
    expect(text).to.contain('virkne_trunk_changes_total{trunk="10.1.0.1:5060",state="down"} 0');
    for (const name of Object.keys(HELP).filter((one) => !one.endsWith('_total')))
      expect(text, name).to.match(new RegExp(`^virkne_${name}_count(\\{.*\\})? 0$`, 'm'));
  });

  it('histograms are in seconds, with the buckets of what they measure', () => {
    expect(Object.keys(BUCKETS).sort()).to.deep.equal(
      Object.keys(HELP)
        .filter((name) => !name.endsWith('_total'))
        .sort(),
    );
    const span = (name: string) => [BUCKETS[name]?.[0], BUCKETS[name]?.at(-1)];
    expect(span('post_dial_delay_seconds')).to.deep.equal([0.05, 10]);
    expect(BUCKETS.setup_seconds).to.include.members([0.05, 10]);
    expect(span('ring_seconds')).to.deep.equal([1, 120]);
    expect(span('talk_seconds')).to.deep.equal([1, 7200]);
  });

  it('the number of series is the same after 100,000 varied observations, and no label has a number of anybody', async () => {
    const meter = createMeter(knownValues(CONFIG));
    const before = seriesOf(await meter.render());
    for (let i = 0; i < 100_000; i++) {
      const number = `+3712${i}`;
      meter.count('calls_total', { status: String(i % 1000) });
      meter.count('trunk_failures_total', { status: number });
      meter.count('trunk_changes_total', { trunk: number, state: 'up' });
      meter.count('sip_requests_total', { direction: 'in', method: number });
      meter.count('attempts_total', { why: number });
      meter.observe('redis_command_seconds', i / 1000, { function: number });
    }
    const after = await meter.render();
    expect(seriesOf(after)).to.deep.equal(before);
    expect(after).to.not.match(/\+3712|37167000000/);
    expect(after).to.contain('virkne_sip_requests_total{direction="in",method="other"} 100000');
    // A closed list has no `other`: a word that is not on it is an error of ours.
    expect(meter.counted('meter_refused_total')).to.equal(200_000);
  });

  it('labels that do not fit are dropped and counted, never thrown', async () => {
    const meter = createMeter();
    meter.count('calls_total', { status: '200' });
    meter.count('calls_total', { other: 'label' });
    meter.count('calls_total');
    meter.count('calls_total', { status: '200', other: 'label' });
    meter.count('calls_total', { status: '200' }, -1);
    meter.count('no_such_total');
    meter.observe('setup_seconds', 1);
    meter.observe('setup_seconds', 1, { other: 'label' });
    meter.observe('setup_seconds', Number.NaN);
    meter.observe('no_such_seconds', 1);
    const text = await meter.render();
    expect(text).to.contain('virkne_meter_refused_total 7').and.contain('virkne_calls_total{status="200"} 1');
  });

  it('every metric that lib counts has a help text, and the labels of the table', () => {
    const lists = knownValues(CONFIG);
    const wrong: string[] = [];
    for (const file of readdirSync('lib', { recursive: true, encoding: 'utf8' })) {
      if (!/\.tsx?$/.test(file)) continue;
      const text = readFileSync(join('lib', file), 'utf8');
      const used = /meter\??\.(?:count|counter|observe)\(\s*'(\w+)'(?:, \{([^}]*)\})?/g;
      for (const [, name = '', labels = ''] of text.matchAll(used)) {
        const given = labels.matchAll(/(?:^|,)\s*(\w+)(?:: (?:'([\w-]+)')?)?/g);
        const values = labelsOf(name, lists);
        if (HELP[name] === undefined) wrong.push(`${file}: ${name}`);
        for (const [, label = '', value] of labels === '' ? [] : given) {
          const list = values[label];
          if (list === undefined) wrong.push(`${file}: ${name} has no label ${label}`);
          else if (value !== undefined && bounded({ [label]: value }, { [label]: list }) === undefined)
            wrong.push(`${file}: ${name} has no ${label} ${value}`);
        }
      }
    }
    expect(wrong).to.deep.equal([]);
  });
});
