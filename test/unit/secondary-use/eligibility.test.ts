import { expect } from 'chai';
import { decide, type EligibilityFacts, LOGIC } from '../../../lib/secondary-use/eligibility/decide.js';
import { type Decision, effectOf, resolutionOf, viewOf } from '../../../lib/secondary-use/review/review.js';
import type { UseRefusal } from '../../../lib/secondary-use/use.js';

const GOOD: EligibilityFacts = { plan: 'BIZNESS', contract: true, overdueDays: 30, groups: 19 };
const AT = '2026-11-01T10:00:00.000Z';
const MONTH = 30 * 86_400_000;

const decisionOf = (outcome: Decision['outcome']): Decision => ({
  ...{ id: 'one', kind: 'eligibility', sid: 'person', at: AT, automated: true, logic: LOGIC, outcome },
  ...{ reasons: [], facts: {} },
});

describe('Eligibility: the automated decision and its review', () => {
  it('each rule gives a reason, met or not, in English and Latvian; one that refuses beats one that asks a human', () => {
    const { outcome, reasons } = decide(GOOD);
    expect(outcome).to.equal('approved');
    expect(reasons.map(({ code, met }) => [code, met])).to.deep.equal([
      ...[
        ['plan', true],
        ['contract', true],
        ['overdue', true],
        ['groups', true],
      ],
    ]);
    for (const { en, lv } of reasons) expect(en).to.be.a('string').and.not.equal(lv);
    const failing = (more: Partial<EligibilityFacts>): string => {
      const decided = decide({ ...GOOD, ...more });
      return `${decided.outcome}: ${decided.reasons.filter(({ met }) => !met).map(({ code }) => code)}`;
    };
    expect(failing({ plan: 'PRIVATE' })).to.equal('refused: plan');
    expect(failing({ contract: false })).to.equal('refused: contract');
    expect(failing({ overdueDays: 31 })).to.equal('refused: overdue');
    expect(failing({ groups: 20 })).to.equal('human: groups');
    expect(failing({ groups: 20, contract: false })).to.equal('refused: contract,groups');
  });

  it('11. contested, its effect is held until a human has resolved it; what he says counts then, and the original stays', () => {
    const decision = decisionOf('refused');
    const contested = { at: AT, by: 'operator:anna', text: '' };
    const resolution = resolutionOf({ by: 'Anna Ozola', reason: 'Rēķins ir samaksāts', outcome: 'approved' }, 0);
    expect(effectOf({ decision, contested: null, resolution: null })).to.equal('refused');
    expect(effectOf({ decision, contested, resolution: null })).to.equal('held');
    expect(effectOf({ decision, contested, resolution })).to.equal('approved');
    expect(effectOf({ decision: decisionOf('human'), contested: null, resolution: null })).to.equal('held');
    expect(viewOf({ decision, contested, resolution }, 0).decision).to.equal(decision);
  });

  it('a human has a month, from the contest or from what nobody has decided; the deadline is seen, and that it has passed', () => {
    const open = { decision: decisionOf('human'), contested: null, resolution: null };
    const due = Date.parse(AT) + MONTH;
    expect(viewOf(open, due)).to.include({ deadline: '2026-12-01T10:00:00.000Z', overdue: false });
    expect(viewOf(open, due + 1).overdue).to.equal(true);
    const later = { ...open, contested: { at: '2026-11-02T10:00:00.000Z', by: 'x', text: '' } };
    expect(viewOf(later, due).deadline).to.equal('2026-12-02T10:00:00.000Z');
    expect(viewOf({ ...open, decision: decisionOf('refused') }, due)).to.include({ deadline: null, overdue: false });
  });

  it('no resolution without the name of a human, a written reason and an outcome', () => {
    const whole = { by: 'Anna Ozola', reason: 'Samaksāts', outcome: 'approved' };
    const refusedFor = (more: Partial<typeof whole>): string => {
      try {
        resolutionOf({ ...whole, ...more }, 0);
      } catch (thrown) {
        return (thrown as UseRefusal).reason;
      }
      return 'taken';
    };
    expect(refusedFor({})).to.equal('taken');
    for (const by of ['', ' ', 'A', '+37120000001', '<b>Anna</b>', 'x'.repeat(65)])
      expect(refusedFor({ by }), by).to.equal('REVIEWER_MISSING');
    for (const reason of ['', '  ', '...', '12']) expect(refusedFor({ reason })).to.equal('REASON_MISSING');
    expect(refusedFor({ outcome: 'maybe' })).to.equal('OUTCOME_UNKNOWN');
  });
});
