import { expect } from 'chai';
import { sentencesOf } from '../../../lib/secondary-use/advice/sentences.js';
import { usageOf } from '../../../lib/secondary-use/advice/usage.js';
import type { CallRecord } from '../../../lib/store/types.js';
import { recordOf, UNSAID_OF_ATTEMPT } from '../../support/store.js';

const [A, B, C] = ['+37120000001', '+37120000002', '+37120000003'] as const;
const START = 1_767_600_000_000;
const RINGS = [10, 20, 30];

type Step = readonly [member: string, why: string, seconds: number];

/** A call that took these steps, one after another. */
function call(...steps: Step[]): CallRecord {
  let at = START;
  const attempts = steps.map(([member, why, seconds]) => {
    const started = at;
    at += seconds * 1_000;
    return { ...UNSAID_OF_ATTEMPT, member, why, started, rang: started, ended: at, status: null };
  });
  const last = steps.at(-1);
  const isAnswered = last?.[1] === 'answered';
  const outcome = isAnswered
    ? { answered: at, by: last[0], status: 200, ended: at + 60_000 }
    : { answered: null, by: null, status: last?.[1] === 'caller-left' ? 487 : 480, ended: at };
  return { ...recordOf('call'), ...outcome, started: START, waited: at - START, attempts };
}

const times = (n: number, one: CallRecord): CallRecord[] => Array.from({ length: n }, () => one);
const settings = { policy: 'linear', ring: 30, members: [A, B] } as const;

describe('Usage advice: what records say of ring time and order', () => {
  it('a shorter ring time saves what nobody answered beyond it: 30 s became 10 s for two who did not answer, so 40 s', () => {
    const { shorter, waited } = usageOf(
      { ...settings, members: [A, B, C] },
      times(20, call([A, 'no-answer', 30], [B, 'no-answer', 30], [C, 'answered', 5])),
      RINGS,
    );
    expect(waited).to.equal(65_000);
    expect(shorter).to.deep.equal({ ring: 10, saved: 40_000, late: 0, answers: 20 });
  });

  it('is not advised where it would have cost more than 2 of 100 answers; then the next longer one is looked at', () => {
    const calls = [
      ...times(96, call([A, 'no-answer', 30], [B, 'answered', 5])),
      ...times(4, call([A, 'no-answer', 30], [B, 'answered', 15])),
    ];
    expect(usageOf(settings, calls, RINGS).shorter).to.include({ ring: 20, saved: 10_000, late: 0 });
    const later = [...calls, ...times(4, call([A, 'no-answer', 30], [B, 'answered', 25]))];
    expect(usageOf(settings, later, RINGS).shorter).to.equal(null);
  });

  it('never speaks of a longer one: nobody knows who would have answered yet', () => {
    const calls = times(30, call([A, 'no-answer', 10], [B, 'answered', 9]));
    expect(usageOf({ ...settings, ring: 10 }, calls, RINGS).shorter).to.equal(null);
  });

  it('counts a member by what is known of him: not by calls whose caller left, nor by those that did not come so far', () => {
    const calls = [
      ...times(1, call([A, 'answered', 5])),
      ...times(24, call([A, 'no-answer', 30], [B, 'answered', 5])),
      ...times(5, call([A, 'caller-left', 3])),
      ...times(5, call([A, 'busy', 0], [B, 'not-needed', 0])),
    ];
    const { members, left } = usageOf(settings, calls, RINGS);
    expect(members.map(({ member, rung, answered, percent }) => [member, rung, answered, percent])).to.deep.equal([
      [A, 30, 1, 3],
      [B, 24, 24, 100],
    ]);
    expect(left).to.equal(5);
  });

  it('another order is advised where who answers seldom stands first, and only where the order is fixed', () => {
    const calls = [...times(4, call([A, 'answered', 5])), ...times(96, call([A, 'no-answer', 30], [B, 'answered', 5]))];
    const { order } = usageOf(settings, calls, RINGS);
    expect(order?.order).to.deep.equal([B, A]);
    expect(order?.saved).to.be.closeTo(28_800, 1);
    expect(usageOf({ ...settings, policy: 'circular' }, calls, RINGS).order).to.equal(null);
    const reverse = times(100, call([B, 'answered', 5]));
    expect(usageOf({ ...settings, members: [B, A] }, reverse, RINGS).order, 'A was hardly rung').to.equal(null);
  });

  it('speaks English and Latvian, with the three forms of Latvian counts', () => {
    const calls = [...times(1, call([A, 'answered', 5])), ...times(24, call([A, 'no-answer', 30], [B, 'answered', 5]))];
    const usage = usageOf(settings, calls, RINGS);
    const said = (lang: 'en' | 'lv'): readonly string[] => sentencesOf(usage, settings, '2026-11-01', lang);
    expect(said('en')).to.deep.equal([
      'Since 2026-11-01 there were 25 calls: 25 answered, after 34 s on average; 0 callers left before that.',
      `${A} answers 4 % of the 25 calls that came so far.`,
      `${B} answers 100 % of the 24 calls that came so far.`,
      'With 10 s instead of 30 s your callers wait 19 s less on average; no answer came later than that.',
      `In the order ${B}, ${A} your callers would wait about 29 s less.`,
    ]);
    expect(said('lv')).to.deep.equal([
      'Kopš 2026-11-01 bija 25 zvani: atbildēti 25, vidēji pēc 34 s; pirms atbildes klausuli nolika 0 zvanītāju.',
      `${A} atbild uz 4 % no tur saņemtajiem zvaniem (kopā 25 zvani).`,
      `${B} atbild uz 100 % no tur saņemtajiem zvaniem (kopā 24 zvani).`,
      'Ar 10 s zvanīšanas laiku 30 s vietā Jūsu zvanītāji vidēji gaida par 19 s mazāk; vēlāk neatbildēja neviens.',
      `Secībā ${B}, ${A} Jūsu zvanītāji gaidītu aptuveni par 29 s mazāk.`,
    ]);
    const few = (n: number): string =>
      sentencesOf(usageOf(settings, calls.slice(0, n), RINGS), settings, '', 'lv').join();
    expect([1, 2, 11].map((n) => /ir (\d+ \S+):/.exec(few(n))?.[1])).to.deep.equal(['1 zvans', '2 zvani', '11 zvanu']);
  });

  it('says so where nothing better could be chosen, and advises nothing from fewer than 20 calls', () => {
    const good = usageOf(settings, times(20, call([A, 'answered', 5])), RINGS);
    expect(sentencesOf(good, settings, '2026-11-01', 'en').at(-1)).to.contain('fit');
    const few = usageOf(settings, times(19, call([A, 'no-answer', 30], [B, 'answered', 5])), RINGS);
    expect(sentencesOf(few, settings, '2026-11-01', 'en')).to.deep.equal([
      'There are 19 calls to judge by so far: advice begins with 20.',
    ]);
  });
});
