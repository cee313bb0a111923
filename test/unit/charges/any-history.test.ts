import { expect } from 'chai';
import fc from 'fast-check';
import type { FeeRules } from '../../../lib/charges/fees.js';
import type { AuditEntry } from '../../../lib/charges/history.js';
import { type Month, monthOf } from '../../../lib/charges/month.js';
import { audit, DAY, fees, RULES } from './audits.js';

/** The same by walking through the days, and the moments of each, with the calendar of ICU. */
function naive(entries: readonly AuditEntry[], month: Month, { prices, minimumDays }: FeeRules) {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: month.timeZone });
  const moments = new Set<number>();
  for (let time = month.start - DAY; time < month.end + DAY; time += 3_600_000) moments.add(time);
  for (const { at: time } of entries) moments.add(time);
  const seen: { date: string; owner: string; cents: number }[] = [];
  for (const moment of [...moments].sort((a, b) => a - b)) {
    const date = format.format(moment);
    if (!date.startsWith(month.name)) continue;
    const text = entries.findLast((entry) => entry.at <= moment)?.after ?? '';
    const state = text === '' ? {} : JSON.parse(text);
    const price = prices.prices.find(
      (one) => one.plan === state.plan && one.from <= date && date <= (one.to ?? '9999'),
    );
    if (state.enabled === 'yes' && price) seen.push({ date, owner: state.owner ?? '', cents: price.cents });
  }
  seen.forEach((one, index) => {
    if (one.owner !== '') return;
    const next = seen.slice(index).find(({ owner }) => owner !== '') ?? seen.findLast(({ owner }) => owner !== '');
    one.owner = next?.owner ?? '';
  });
  const least = Math.min(minimumDays, month.dates.length);
  return [...new Set(seen.map(({ owner }) => owner))].sort().flatMap((owner) => {
    const own = seen.filter((one) => one.owner === owner);
    const days = new Set(own.map(({ date }) => date)).size;
    return days < least ? [] : [[owner === '' ? null : owner, own.at(-1)?.cents, days]];
  });
}

describe('Monthly charges: any history', () => {
  const months = ['2026-02', '2026-03', '2026-10', '2026-11', '2028-02'].map((name) => monthOf(name, 'Europe/Riga'));
  const monthArbitrary = fc.constantFrom(...months);
  const said = fc.option(
    fc.record(
      {
        plan: fc.constantFrom('BIZNESS', 'EKONOMISKAIS', 'VIRTUALAIS', 'GOLD'),
        enabled: fc.constantFrom('yes', 'yes', 'no'),
        owner: fc.constantFrom('C-1', 'C-2', ''),
      },
      { requiredKeys: ['plan', 'enabled'] },
    ),
    { nil: undefined, freq: 4 },
  );
  const offset = fc.oneof(
    fc.integer({ min: -3 * DAY, max: 34 * DAY }),
    // Around the borders of days, as these decide.
    fc
      .tuple(fc.integer({ min: -2, max: 33 }), fc.constantFrom(-1000, -1, 0, 1, 1000))
      .map(([day, ms]) => day * DAY + ms),
  );
  const steps = fc.array(fc.tuple(offset, said), { maxLength: 12 });
  const history = fc.tuple(monthArbitrary, steps).map(([month, list]) => {
    const sorted = [...list].sort(([a], [b]) => a - b).map(([ms, one]) => [month.start + ms, one] as const);
    return { month, entries: audit(sorted) };
  });

  it('is charged as a walk from day to day charges it', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 31 }), ({ month, entries }, minimumDays) => {
        for (const rules of [RULES, { ...RULES, minimumDays }]) {
          const found = fees(entries, month, rules).map(({ owner, cents, days }) => [owner, cents, days]);
          expect(found).to.deep.equal(naive(entries, month, rules));
        }
      }),
      { numRuns: 100 },
    );
  }).timeout(60_000);

  it('no owner pays twice, and no line is for nothing', () => {
    fc.assert(
      fc.property(history, ({ month, entries }) => {
        const found = fees(entries, month);
        expect(new Set(found.map(({ owner }) => owner)).size).to.equal(found.length);
        for (const { cents, reason, price } of found) {
          expect([300, 440]).to.include(cents);
          expect(reason).to.not.equal('');
          expect(price).to.match(/@2026-01-01$/);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
