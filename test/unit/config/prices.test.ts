import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { load, mistakes, withFile } from './loading.js';

type Price = Readonly<Record<string, unknown>>;

const BIZNESS = { plan: 'BIZNESS', cents: 300, from: '2026-01-01' };
const list = (prices: readonly unknown[] = [BIZNESS], more: object = {}) => ({
  ...{ currency: 'EUR', vat: 'excluded', prices },
  ...more,
});
const withPrices = (file: unknown) =>
  load({ VIRKNE_CONFIG: 'site.json' }, { 'site.json': { charges: { prices: 'prices.json' } }, 'prices.json': file });
const wrong = (...prices: Price[]): string[] => mistakes(() => withPrices(list(prices)));

describe('Configuration: prices', () => {
  it('those of config/charges.json, unless charges.prices names another file', () => {
    const shipped = JSON.parse(readFileSync('config/charges.json', 'utf8'));
    expect(load().prices).to.deep.equal(shipped);
    expect(shipped.prices.map(({ plan, cents }: Price) => [plan, cents])).to.deep.equal([
      ['BIZNESS', 300],
      ['EKONOMISKAIS', 300],
      ['VIRTUALAIS', 440],
    ]);
    expect(withPrices(list([{ ...BIZNESS, cents: 320 }])).prices.prices[0]?.cents).to.equal(320);
  });

  it('a group is provisioned only with a plan that has a price: one list for the bill and for hunt_set', () => {
    expect(load().catalogue.plans).to.deep.equal(['BIZNESS', 'EKONOMISKAIS', 'VIRTUALAIS']);
    const two = [BIZNESS, { ...BIZNESS, from: '2027-01-01', cents: 350 }].map((one, at) =>
      at === 0 ? { ...one, to: '2026-12-31' } : one,
    );
    expect(withPrices(list(two)).catalogue.plans).to.deep.equal(['BIZNESS']);
  });

  it('a plan can be had while it has a price: from the first moment of its first day to the last one of its last', () => {
    expect(load().catalogue.planSpans).to.deep.equal([]);
    const spans = (...prices: Price[]) => withPrices(list(prices)).catalogue.planSpans;
    const other = { ...BIZNESS, plan: 'VIRTUALAIS' };
    expect(spans(BIZNESS, { ...other, from: '2026-04-01', to: '2026-10-31' })).to.deep.equal([
      { plan: 'VIRTUALAIS', from: Date.parse('2026-03-31T21:00Z'), until: Date.parse('2026-10-31T22:00Z') },
    ]);
    expect(spans(BIZNESS, { ...other, to: '2026-11-30' }, { ...other, from: '2026-12-01' })).to.deep.equal([
      { plan: 'VIRTUALAIS', from: 0, until: Date.parse('2026-11-30T22:00Z') },
      { plan: 'VIRTUALAIS', from: Date.parse('2026-11-30T22:00Z'), until: undefined },
    ]);
  });

  it('a price is a whole number of cents above nothing, of a known plan, from a day of the calendar', () => {
    for (const [change, path] of [
      [{ cents: 0 }, 'cents'],
      [{ cents: 3.5 }, 'cents'],
      [{ cents: '300' }, 'cents'],
      [{ cents: -300 }, 'cents'],
      [{ plan: 'GOLD' }, 'plan'],
      [{ from: '2026-02-30' }, 'from'],
      [{ from: undefined }, 'from'],
      [{ to: '2025-12-31' }, 'to'],
      [{ price: 3 }, 'price'],
    ] as const) {
      const [found, ...others] = wrong({ ...BIZNESS, ...change });
      expect(found).to.match(new RegExp(`^prices\\[0\\]\\.${path} = .*\\(prices\\.json\\): (?:must|is)`));
      expect(others).to.deep.equal([]);
    }
  });

  it('two prices of a plan are never in force together', () => {
    expect(wrong(BIZNESS, { ...BIZNESS, from: '2026-06-01', cents: 350 })).to.deep.equal([
      'prices[1].from = "2026-06-01" (prices.json): must not be while prices[0] of the same plan is in force',
    ]);
  });

  it('there is one currency, VAT is not in it, and at least one price', () => {
    expect(mistakes(() => withPrices(list([])))).to.have.length(1);
    expect(mistakes(() => withPrices(list([BIZNESS], { currency: 'euro' })))[0]).to.contain('currency = ');
    expect(mistakes(() => withPrices(list([BIZNESS], { vat: 'included' })))[0]).to.contain('prices are without VAT');
  });

  it('a file that is missing or no JSON is one mistake among the others', () => {
    const file = { charges: { prices: 'nowhere.json', minimumDays: 0 }, operator: { timeZone: '+02:00' } };
    const found = mistakes(() => withFile(file));
    expect(found.map((one) => one.split(/ = |: /)[0])).to.have.members([
      'charges.minimumDays',
      'operator.timeZone',
      'charges.prices=nowhere.json',
    ]);
    expect(mistakes(() => withPrices('{'))).to.have.length(1);
  });

  it('a time zone is named: only a name knows when the clocks change', () => {
    expect(load().operator.timeZone).to.equal('Europe/Riga');
    for (const timeZone of ['UTC', 'Europe/Tallinn', 'America/Havana']) {
      expect(withFile({ operator: { timeZone } }).operator.timeZone).to.equal(timeZone);
    }
    for (const timeZone of ['Europe/Rīga', '+02:00', 'Latvia', '', 2]) {
      expect(mistakes(() => withFile({ operator: { timeZone } }))[0], String(timeZone)).to.contain(
        'name of a time zone',
      );
    }
  });
});
