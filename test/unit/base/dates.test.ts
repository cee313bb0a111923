import { expect } from 'chai';
import { isDate, timeOf } from '../../../lib/base/dates.js';

describe('Dates and times', () => {
  it('a date is one of the calendar', () => {
    for (const text of ['2026-02-28', '2028-02-29', '2026-12-31']) expect(isDate(text), text).to.equal(true);
    for (const text of ['2026-02-29', '2026-13-01', '2026-1-1', '', '2026-11-31', '2026-11-01T00:00Z']) {
      expect(isDate(text), text).to.equal(false);
    }
  });

  it('a time is on a day of the calendar, whatever its offset', () => {
    expect(timeOf('2026-02-28')).to.equal(Date.UTC(2026, 1, 28));
    expect(timeOf('2026-03-01T00:30+02:00')).to.equal(Date.UTC(2026, 1, 28, 22, 30));
    for (const text of ['2026-02-30', '2026-02-29T00:00Z', '2026-11-31T23:59+02:00', '2026-11-01T25:00Z', ''])
      expect(timeOf(text), text).to.deep.equal(Number.NaN);
  });
});
