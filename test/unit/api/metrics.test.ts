import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createMeter, HELP } from '../../../lib/api/metrics.js';

describe('Metrics', () => {
  it('counters, gauges and histograms are rendered with the prefix', async () => {
    const meter = createMeter();
    let calls = 3;
    meter.count('calls_total', { outcome: 'answered' });
    meter.count('calls_total', { outcome: 'answered' }, 2);
    meter.gauge('calls', 'Calls now', () => calls);
    meter.observe('setup_seconds', 0.004);
    calls = 5;
    const text = await meter.render();
    expect(text).to.contain('virkne_calls_total{outcome="answered"} 3');
    expect(text).to.contain('# HELP virkne_calls Calls now').and.contain('\nvirkne_calls 5');
    expect(text).to.contain('virkne_setup_seconds_bucket{le="0.005"} 1').and.contain('virkne_setup_seconds_count 1');
  });

  it('two meters share nothing', async () => {
    const one = createMeter();
    createMeter().count('calls_total');
    expect(await one.render()).to.not.contain('calls_total');
  });

  it('process and event loop are measured', async () => {
    const text = await createMeter().render();
    expect(text).to.contain('virkne_process_cpu_seconds_total').and.contain('virkne_nodejs_eventloop_lag_seconds');
  });

  it('labels that do not fit are dropped and counted, never thrown', async () => {
    const meter = createMeter();
    meter.count('calls_total', { outcome: 'answered' });
    meter.count('calls_total', { other: 'label' });
    meter.count('calls_total', {}, -1);
    meter.observe('setup_seconds', 1);
    meter.observe('setup_seconds', 1, { other: 'label' });
    expect(await meter.render()).to.contain('virkne_meter_refused_total 3');
  });

  it('every metric that lib counts has a help text', () => {
    const used = readdirSync('lib', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => [
        ...readFileSync(join('lib', file), 'utf8').matchAll(/meter\??\.(?:count|observe)\(\s*'(\w+)'/g),
      ])
      .map((match) => match[1] as string);
    expect(used.filter((name) => HELP[name] === undefined)).to.deep.equal([]);
  });
});
