import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createMeter, HELP } from '../../../lib/api/metrics.js';
import { alerts, dashboards, expressionsOf } from '../../support/dashboards.js';

/** Those of lib, as they are called in its sources. */
const gauges = (): string[] =>
  readdirSync('lib', { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap((file) => [...readFileSync(join('lib', file), 'utf8').matchAll(/meter\.gauge\(\s*'(\w+)'/g)])
    .map(([, name]) => name as string);

async function known(): Promise<ReadonlySet<string>> {
  const own = [...Object.keys(HELP), ...gauges()].map((name) => `virkne_${name}`);
  const usual = [...(await createMeter().render()).matchAll(/^# TYPE ((?:process|nodejs)_\w+) /gm)];
  return new Set([...own, ...usual.map(([, name]) => name as string), 'up']);
}

/** Names of metrics; of a histogram without the ending. */
const namesIn = (expr: string): string[] =>
  [...expr.matchAll(/\b((?:virkne|process|nodejs)_\w+)/g)].map(([, name = '']) =>
    name.replace(/_seconds_(?:bucket|sum|count)$/, '_seconds'),
  );

describe('Grafana and Prometheus, as docker/ sets them up', () => {
  it('every panel and every alert asks for metrics that there are', async () => {
    const there = await known();
    const asked = [...dashboards().flatMap(expressionsOf), ...alerts()].map(({ expr }) => expr);
    expect(asked.length).to.be.above(40);
    for (const expr of asked) {
      expect(namesIn(expr).length + Number(expr.includes('up{')), expr).to.be.above(0);
      expect(
        namesIn(expr).filter((name) => !there.has(name)),
        expr,
      ).to.deep.equal([]);
    }
  });

  it('the data source is a variable everywhere', () => {
    const own = { type: 'prometheus', uid: '$'.concat('{datasource}') };
    for (const { panels, templating } of dashboards()) {
      expect(templating.list.map(({ name, type }) => `${name} ${type}`)).to.deep.equal([
        'datasource datasource',
        'instance query',
      ]);
      for (const { type, datasource, targets = [] } of panels) {
        if (type === 'row') continue;
        expect(datasource).to.deep.equal(own);
        for (const target of targets) expect(target.datasource).to.deep.equal(own);
      }
    }
  });

  it('each alert says whom it wakes, and what is wrong where', () => {
    for (const { alert, labels, annotations } of alerts()) {
      expect(labels.severity, alert).to.be.oneOf(['page', 'warn']);
      expect(annotations.summary, alert).to.contain('{{ $labels.instance }}');
    }
  });
});
