import { expect } from 'chai';
import { dayOf, isMonthName, monthNameAt, monthOf } from '../../../lib/charges/month.js';

const HOUR = 3_600_000;
const RIGA = 'Europe/Riga';

/** The date that a clock in that zone shows: by ICU, which the months are not made with. */
const dates = (timeZone: string): ((time: number) => string) => {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (time) => format.format(time);
};

describe('A month in the operator’s time zone', () => {
  for (const [name, start, end] of [
    ['2026-11', '2026-10-31T22:00:00.000Z', '2026-11-30T22:00:00.000Z'],
    ['2026-03', '2026-02-28T22:00:00.000Z', '2026-03-31T21:00:00.000Z'],
    ['2026-10', '2026-09-30T21:00:00.000Z', '2026-10-31T22:00:00.000Z'],
    ['2028-02', '2028-01-31T22:00:00.000Z', '2028-02-29T22:00:00.000Z'],
    ['2026-12', '2026-11-30T22:00:00.000Z', '2026-12-31T22:00:00.000Z'],
  ] as const) {
    it(`${name} in Riga is from ${start} to before ${end}`, () => {
      const month = monthOf(name, RIGA);
      expect([month.start, month.end].map((time) => new Date(time).toISOString())).to.deep.equal([start, end]);
      expect(
        [month.start - 1, month.start, month.end - 1, month.end].map((time) => monthNameAt(time, RIGA) === name),
      ).to.deep.equal([false, true, true, false]);
    });
  }

  for (const [date, hours] of [
    ['2026-03-29', 23],
    ['2026-10-25', 25],
    ['2026-11-02', 24],
  ] as const) {
    it(`the clocks change: ${date} has ${hours} hours`, () => {
      const { dates, starts, end } = monthOf(date.slice(0, 7), RIGA);
      const at = dates.indexOf(date);
      expect((starts[at + 1] ?? end) - (starts[at] ?? 0)).to.equal(hours * HOUR);
    });
  }

  for (const timeZone of [
    RIGA,
    'UTC',
    'America/Havana',
    'Asia/Beirut',
    'Pacific/Apia',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
  ]) {
    it(`every moment of two years is on the day that a clock shows: ${timeZone}`, () => {
      const dateAt = dates(timeZone);
      for (let at = 0; at < 24; at++) {
        const month = monthOf(`${2026 + Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`, timeZone);
        for (let time = month.start; time < month.end; time += 6 * HOUR + 1) {
          expect(month.dates[dayOf(month, time)], new Date(time).toISOString()).to.equal(dateAt(time));
        }
        for (const start of month.starts) expect(dateAt(start - 1)).to.not.equal(dateAt(start));
      }
    });
  }

  it('is named by year and month, and nothing else', () => {
    expect(['2026-01', '2026-12'].every(isMonthName)).to.equal(true);
    for (const text of ['2026-13', '2026-00', '2026-1', '26-11', '2026-11-01', '2026-11 ', '', '202611']) {
      expect(isMonthName(text), text).to.equal(false);
    }
  });
});
