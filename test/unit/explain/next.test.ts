import { expect } from 'chai';
import { explainNext, type NextInput } from '../../../lib/explain/next.js';

const PILOT = '+37167000000';
const [A, B, C, D] = ['+37120000001', '+37120000002', '+37120000003', 'sip:desk@10.1.0.1'] as const;
const SINCE = Date.UTC(2026, 10, 25, 10, 3, 11);

const input: NextInput = {
  pilot: PILOT,
  group: { enabled: true, members: [A, B, C, D, PILOT] },
  order: [C, D, A, PILOT],
  away: [{ member: B, until: SINCE, reason: 'lunch' }],
  busy: new Map([[A, SINCE]]),
};

const next = (more: Partial<NextInput> = {}, lang: 'en' | 'lv' = 'en') =>
  explainNext({ ...input, ...more }, { lang, timeZone: 'Europe/Riga' });

describe('Who would ring now, and why not the others', () => {
  it('in the order of the turn, then those who would not: on a call, away until, the own number', () => {
    const { headline, phones } = next();
    expect(headline).to.equal('A call to +371…00 would ring +371…03, desk.');
    expect(phones.map(({ position, why, sentence }) => [position, why, sentence])).to.deep.equal([
      [1, 'rings', '+371…03 would ring as number 1.'],
      [2, 'rings', 'desk would ring as number 2.'],
      [null, 'on-a-call', '+371…01 would not ring: on another call since 12:03:11.'],
      [null, 'own-number', "+371…00 would not ring: it is the group's own number."],
      [null, 'away', '+371…02 would not ring: away until 2026-11-25 12:03:11 +02:00 (lunch).'],
    ]);
  });

  it('in Latvian', () => {
    const { headline, phones } = next({}, 'lv');
    expect(headline).to.equal('Zvanot uz +371…00, zvanītu +371…03, desk.');
    expect(phones.map(({ sentence }) => sentence)).to.include(
      '+371…02 nezvanītu: prombūtnē līdz 2026-11-25 12:03:11 +02:00 (lunch).',
    );
  });

  it('a caller who is a member is not rung', () => {
    expect(next({ caller: C }).phones.find(({ member }) => member === '+371…03')).to.include({
      why: 'own-number',
      sentence: "+371…03 would not ring: it is the caller's own number.",
    });
  });

  it('nobody: switched off, no phones, all left out', () => {
    expect(next({ group: { enabled: false, members: [A] }, order: [] }).headline).to.include('is switched off');
    expect(next({ group: { enabled: true, members: [] }, order: [] }).headline).to.include('has no phones');
    expect(next({ group: { enabled: true, members: [A] }, order: [A] }).headline).to.include('every phone is left out');
  });
});
