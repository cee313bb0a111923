import { expect } from 'chai';
import { ELSEWHERE, Grid, HOURS, suppressed, THRESHOLD } from '../../../lib/secondary-use/statistics/grid.js';
import { statisticChart, statisticCsv } from '../../../lib/secondary-use/statistics/rendered.js';
import type { Statistic } from '../../../lib/secondary-use/statistics/statistics.js';

const flat = (count: number): number[] => new Array<number>(HOURS).fill(count);
/** The first hour, with so many persons in each region. */
const hour = (...counts: number[]) => {
  const { cells, totals } = suppressed(new Map(counts.map((count, at) => [`R${at}`, flat(count)])));
  return { persons: cells.filter((cell) => cell.hour === 0).map(({ persons }) => persons), total: totals[0] };
};

describe('Statistics: persons over a fixed grid', () => {
  it('12. a person counts once in an hour; whoever is nowhere known is elsewhere; every region has every hour', () => {
    const grid = new Grid(['Rīga', 'Vidzeme']);
    for (let i = 0; i < 3; i++) grid.add('Rīga', new Set([8, 9]));
    grid.add(undefined, new Set([8]));
    grid.add('Nowhere', new Set([23]));
    expect([...grid.counts.keys()]).to.deep.equal(['Rīga', 'Vidzeme', ELSEWHERE]);
    expect(grid.counts.get('Rīga')?.slice(7, 11)).to.deep.equal([0, 3, 3, 0]);
    expect(grid.counts.get(ELSEWHERE)?.[8]).to.equal(1);
    expect(grid.counts.get(ELSEWHERE)?.[23]).to.equal(1);
  });

  it('12. groups under 20 are suppressed, 20 is shown; nobody at all is a group under 20', () => {
    expect(THRESHOLD).to.equal(20);
    expect(hour(20, 25)).to.deep.equal({ persons: [20, 25], total: 45 });
    expect(hour(19)).to.deep.equal({ persons: [null], total: null });
    expect(hour(0, 0)).to.deep.equal({ persons: [null, null], total: null });
    expect(hour(10, 9)).to.deep.equal({ persons: [null, null], total: null });
  });

  it('12. where the total would tell a suppressed one, the smallest of the others is suppressed as well', () => {
    expect(hour(5, 30, 100)).to.deep.equal({ persons: [null, null, 100], total: 135 });
    expect(hour(5, 7, 30, 100), '12 persons would be told').to.deep.equal({
      persons: [null, null, null, 100],
      total: 142,
    });
    expect(hour(15, 15, 100), '30 of two may be told').to.deep.equal({ persons: [null, null, 100], total: 130 });
    expect(hour(0, 40), 'that nobody is there, too').to.deep.equal({ persons: [null, null], total: 40 });
    expect(hour(5, 30)).to.deep.equal({ persons: [null, null], total: 35 });
  });

  it('12. whatever the counts: total less shown is none, or a group of 20 and more in several regions', () => {
    let seed = 7;
    const random = (most: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % most;
    };
    for (let round = 0; round < 2_000; round++) {
      const counts = Array.from({ length: 1 + random(6) }, () => random(round % 2 === 0 ? 30 : 120));
      const { persons, total } = hour(...counts);
      for (const [at, shown] of persons.entries()) expect(shown ?? counts[at]).to.equal(counts[at]);
      for (const shown of persons) if (shown !== null) expect(shown).to.be.at.least(20);
      if (total === null || total === undefined) continue;
      const hidden = counts.filter((_, at) => persons[at] === null);
      const rest = total - persons.reduce<number>((sum, shown) => sum + (shown ?? 0), 0);
      if (hidden.length > 0) expect(rest, counts.join()).to.be.at.least(20);
      expect(hidden.length, counts.join()).not.to.equal(1);
    }
  });

  const counts = new Map([
    ['Rīga <&> "apkārtne"', flat(40).with(3, 0)],
    ['Vidzeme', flat(25).with(3, 7)],
    [ELSEWHERE, flat(22).with(3, 11)],
  ]);
  const statistic: Statistic = {
    ...{
      metric: 'traffic',
      period: '2026-10',
      timeZone: 'Europe/Riga',
      threshold: 20,
      computed: '2026-11-01T00:00:00.000Z',
    },
    ...suppressed(counts),
  };

  it('50. CSV and chart are given only what may be shown: no suppressed number is in either', () => {
    const csv = [...statisticCsv(statistic)];
    expect(csv[0]).to.equal('metric,period,region,hour,persons,suppressed\r\n');
    expect(csv).to.have.length(1 + HOURS * 4);
    expect(csv.find((row) => row.includes('Vidzeme,3,'))).to.equal('traffic,2026-10,Vidzeme,3,,yes\r\n');
    expect(csv.find((row) => row.includes('all,3,'))).to.equal('traffic,2026-10,all,3,,yes\r\n');
    expect(csv.find((row) => row.includes('apkārtne'))).to.contain('"Rīga <&> ""apkārtne"""');
    const chart = statisticChart(statistic);
    expect((chart.match(/<circle/g) ?? []).length, 'three suppressed').to.equal(3 * HOURS - 3);
    expect((chart.match(/fill="#c8d3dc"/g) ?? []).length).to.equal(HOURS - 1);
    // A line with a gap begins twice.
    for (const [, path = ''] of chart.matchAll(/<path d="([^"]+)"/g)) expect(path.split('M')).to.have.length(3);
  });

  it('17. the chart has no style, no script, no request; texts are escaped; it has a title for those who do not see it', () => {
    const chart = statisticChart(statistic);
    expect(chart).to.match(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(chart).not.to.match(/style=|<style|<script|href|\bon\w+=|url\(/);
    expect(chart).to.contain('Rīga &lt;&amp;> ').and.contain('role="img"').and.contain('<title id="title">');
    expect(chart).not.to.contain('NaN');
  });
});
