import { expect } from 'chai';
import { type FeeRules, feesOf } from '../../../lib/charges/fees.js';
import { type AuditEntry, historyOf } from '../../../lib/charges/history.js';
import { type Month, monthOf } from '../../../lib/charges/month.js';
import { audit, DAY, fees, GROUP, group, NOVEMBER, RULES } from './audits.js';

const brief = (entries: readonly AuditEntry[], month?: Month, rules?: FeeRules) =>
  fees(entries, month, rules).map(({ owner, plan, cents, days }) => [owner, plan, cents, days]);

const at = (text: string): number => Date.parse(text);

describe('Monthly charges: what a group pays for a month', () => {
  it('3.00 with BIZNESS and EKONOMISKAIS, 4.40 with VIRTUALAIS, which covers the plan; a whole number of cents with the version of the price', () => {
    for (const [plan, cents, coversPlan] of [
      ['BIZNESS', 300, false],
      ['EKONOMISKAIS', 300, false],
      ['VIRTUALAIS', 440, true],
    ] as const) {
      expect(fees(audit([[at('2026-11-10T10:00Z'), { plan, owner: 'C-1' }]]))).to.deep.equal([
        {
          ...{ kind: 'fee', group: GROUP, owner: 'C-1', plan, price: `${plan}@2026-01-01`, coversPlan, cents },
          ...{
            from: '2026-11-10',
            to: '2026-11-30',
            days: 21,
            reason: 'active on 21 days from 2026-11-10 to 2026-11-30',
          },
        },
      ]);
    }
  });

  describe('active on any day pays the month', () => {
    const { start, end } = NOVEMBER;
    for (const [title, on, off, pays] of [
      ['off one second before the month begins', start - DAY, start - 1000, false],
      ['off as it begins', start - DAY, start, false],
      ['off one millisecond into it', start - DAY, start + 1, true],
      ['off one second into it', start - DAY, start + 1000, true],
      ['on one second before it ends', end - 1000, end + DAY, true],
      ['on one millisecond before it ends', end - 1, end + DAY, true],
      ['on as the next one begins', end, end + DAY, false],
      ['on one second after it ended', end + 1000, end + DAY, false],
      ['on and off in the same millisecond', start + DAY, start + DAY, false],
      ['on all the time', start - DAY, end + DAY, true],
    ] as const) {
      it(`${title}: ${pays ? 'one fee' : 'nothing'}`, () => {
        for (const gone of [undefined, { enabled: 'no' }]) {
          expect(
            fees(
              audit([
                [on, {}],
                [off, gone],
              ]),
            ),
          ).to.have.length(pays ? 1 : 0);
        }
      });
    }

    for (const name of ['2026-03', '2026-10']) {
      it(`±1 s around both borders where the clocks change: ${name}`, () => {
        const month = monthOf(name, 'Europe/Riga');
        const pays = (on: number, off: number): number =>
          fees(
            audit([
              [on, {}],
              [off, undefined],
            ]),
            month,
          ).length;
        expect([
          pays(month.start - DAY, month.start - 1000),
          pays(month.start - DAY, month.start + 1000),
        ]).to.deep.equal([0, 1]);
        expect([pays(month.end - 1000, month.end + DAY), pays(month.end + 1000, month.end + DAY)]).to.deep.equal([
          1, 0,
        ]);
      });
    }
  });

  it('a change of plan in mid-month is one fee, that of the plan with which it was last active: never both', () => {
    const moved = (first: string, then: string) =>
      brief(
        audit([
          [at('2026-10-01T00:00Z'), { plan: first }],
          [at('2026-11-15T12:00Z'), { plan: then }],
        ]),
      );
    expect(moved('BIZNESS', 'VIRTUALAIS')).to.deep.equal([[null, 'VIRTUALAIS', 440, 30]]);
    expect(moved('VIRTUALAIS', 'BIZNESS')).to.deep.equal([[null, 'BIZNESS', 300, 30]]);
    // Disabled before it is moved: the new plan was never used.
    const paused = audit([
      [at('2026-11-01T12:00Z'), {}],
      [at('2026-11-02T12:00Z'), { enabled: 'no' }],
      [at('2026-11-03T12:00Z'), { enabled: 'no', plan: 'VIRTUALAIS' }],
    ]);
    expect(brief(paused)).to.deep.equal([[null, 'BIZNESS', 300, 2]]);
  });

  it('deleted and made again within a month is one fee', () => {
    const again = audit([
      [at('2026-11-01T12:00Z'), { owner: 'C-1' }],
      [at('2026-11-05T12:00Z'), undefined],
      [at('2026-11-20T12:00Z'), { owner: 'C-1' }],
    ]);
    expect(fees(again)).to.have.length(1);
    expect(fees(again)[0]).to.include({ days: 16, from: '2026-11-01', to: '2026-11-30' });
  });

  it('a number that is given to another customer is charged to each for his own time, and neither sees the other’s', () => {
    const given = audit([
      [at('2026-11-01T12:00Z'), { owner: 'C-1' }],
      [at('2026-11-05T12:00Z'), undefined],
      [at('2026-11-20T12:00Z'), { owner: 'C-2', plan: 'VIRTUALAIS' }],
    ]);
    expect(fees(given).map(({ owner, cents, from, to }) => [owner, cents, from, to])).to.deep.equal([
      ['C-1', 300, '2026-11-01', '2026-11-05'],
      ['C-2', 440, '2026-11-20', '2026-11-30'],
    ]);
    const december = monthOf('2026-12', 'Europe/Riga');
    expect(brief(given, december)).to.deep.equal([['C-2', 'VIRTUALAIS', 440, 31]]);
  });

  it('time without an owner belongs to who is named next in the month, else to who was last', () => {
    const named = audit([
      [at('2026-11-01T12:00Z'), {}],
      [at('2026-11-01T12:01Z'), { owner: 'C-1' }],
    ]);
    expect(brief(named)).to.deep.equal([['C-1', 'BIZNESS', 300, 30]]);
    const unnamed = audit([
      [at('2026-11-01T12:00Z'), { owner: 'C-1' }],
      [at('2026-11-20T12:01Z'), {}],
    ]);
    expect(brief(unnamed)).to.deep.equal([['C-1', 'BIZNESS', 300, 30]]);
    expect(brief(audit([[at('2026-11-01T12:00Z'), {}]]))).to.deep.equal([[null, 'BIZNESS', 300, 30]]);
  });

  it('a plan without a price on that day is no eligible one', () => {
    expect(fees(audit([[at('2026-11-01T12:00Z'), { plan: 'GOLD' }]]))).to.deep.equal([]);
    expect(
      fees(
        audit([
          [at('2025-11-01T12:00Z'), {}],
          [at('2025-11-02T12:00Z'), undefined],
        ]),
        monthOf('2025-11', 'Europe/Riga'),
      ),
    ).to.deep.equal([]);
  });

  it('the price is that of the last day on which it was active', () => {
    const prices = {
      currency: 'EUR',
      prices: [
        { plan: 'BIZNESS', cents: 300, from: '2026-01-01', to: '2026-11-14' },
        { plan: 'BIZNESS', cents: 350, from: '2026-11-15' },
      ],
    };
    const until = (day: string) =>
      fees(
        audit([
          [at('2026-10-01T00:00Z'), {}],
          [at(`${day}T12:00Z`), undefined],
        ]),
        NOVEMBER,
        { prices, minimumDays: 1 },
      );
    expect(until('2026-11-14')[0]).to.include({ cents: 300, price: 'BIZNESS@2026-01-01' });
    expect(until('2026-11-15')[0]).to.include({ cents: 350, price: 'BIZNESS@2026-11-15' });
  });

  it('minimumDays: fewer days cost nothing, and a shorter month counts as a whole', () => {
    const days = (count: number) =>
      audit([
        [NOVEMBER.start, {}],
        [(NOVEMBER.starts[count - 1] as number) + 1, undefined],
      ]);
    const rules = (minimumDays: number): FeeRules => ({ ...RULES, minimumDays });
    expect(fees(days(4), NOVEMBER, rules(5))).to.have.length(0);
    expect(fees(days(5), NOVEMBER, rules(5))).to.have.length(1);
    expect(fees(days(29), NOVEMBER, rules(31))).to.have.length(0);
    expect(fees(days(30), NOVEMBER, rules(31))).to.have.length(1);
  });

  describe('what the audit knows', () => {
    it('a group that is older than the audit has been so since it was made, where that was written down', () => {
      const since = String(at('2026-11-02T12:00Z'));
      const found = audit([[at('2026-12-05T12:00Z'), { since, enabled: 'no' }]], group({ since }));
      expect(brief(found)).to.deep.equal([[null, 'BIZNESS', 300, 29]]);
      const unknown = audit([[at('2026-11-05T12:00Z'), {}]], group());
      expect(brief(unknown)).to.deep.equal([[null, 'BIZNESS', 300, 26]]);
    });

    it('an entry behind others does not tell what was before it', () => {
      const since = String(at('2026-01-02T12:00Z'));
      const [entry] = audit([[at('2026-11-30T12:00Z'), undefined]], group({ since }));
      expect(feesOf(GROUP, historyOf([entry as AuditEntry], false).changes, NOVEMBER, RULES)).to.deep.equal([]);
    });

    it('what nobody can read is named, and the rest counts', () => {
      for (const text of ['{', '[]', '1', 'null', '"x"']) {
        const entries = audit([
          [at('2026-11-01T12:00Z'), {}],
          [at('2026-11-03T12:00Z'), undefined],
        ]);
        const broken = [
          entries[0],
          { id: '7-7', at: at('2026-11-02T12:00Z'), before: '', after: text },
          entries[1],
        ] as AuditEntry[];
        expect(historyOf(broken, true).unreadable, text).to.deep.equal(['7-7']);
        expect(brief(broken)).to.deep.equal([[null, 'BIZNESS', 300, 3]]);
      }
      expect(historyOf(audit([[1, {}]], '{'), true).unreadable).to.deep.equal(['1-0']);
      expect(fees(audit([[NOVEMBER.start, { plan: 1 as never, owner: null as never }]]))).to.deep.equal([]);
    });
  });
});
