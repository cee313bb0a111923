import { expect } from 'chai';
import fc from 'fast-check';
import { callView } from '../../../lib/privacy/call-view.js';
import { rewritten } from '../../../lib/privacy/rewritten.js';
import { isSubject, Subject } from '../../../lib/privacy/subject.js';
import { documentOf, readRecord } from '../../../lib/store/records/fields.js';
import type { CallRecord } from '../../../lib/store/types.js';
import { recordOf } from '../../support/store.js';

const CALLER = '+37120000009';
const MEMBER = '+37120000001';
const OTHER = '+37120000002';
const PILOT = '+37167000000';

const fieldsOf = (record: CallRecord): string[] => (JSON.parse(documentOf(record)) as [string[]])[0];
const [attempt] = recordOf('a').attempts as [CallRecord['attempts'][0]];
const RECORD: CallRecord = {
  ...recordOf('0a1b2c3d-0000-4000-8000-000000000001'),
  attempts: [
    attempt,
    { ...attempt, member: OTHER, why: 'busy' },
    { ...attempt, member: '+37120000003', why: 'not-needed' },
  ],
  diverted: ['+37120000005'],
};

describe('A subject: a number in everything that is kept', () => {
  it('is a number in E.164 or a SIP URI', () => {
    for (const one of [CALLER, 'sip:desk@10.0.0.1']) expect(isSubject(one), one).to.equal(true);
    for (const one of ['', '37120000009', '+0123', 'desk', '+371 200', 'sip:a b@c'])
      expect(isSubject(one), one).to.equal(false);
  });

  it('is found with and without its plus, in a URI too, and never in a longer number', () => {
    const subject = new Subject(CALLER);
    for (const one of [CALLER, '37120000009', `<sip:${CALLER}@x>`, `tel:${CALLER};a`])
      expect(subject.isIn(one), one).to.equal(true);
    for (const one of [`${CALLER}1`, `1${CALLER.slice(1)}`, '+371200000', ''])
      expect(subject.isIn(one), one).to.equal(false);
    expect(new Subject('sip:a@b.c').isIn('sip:a@b.cz')).to.equal(false);
    expect(new Subject('sip:a@b.c').erasedFrom('x,sip:a@b.c,sip:aa@b.c')).to.equal('x,erased,sip:aa@b.c');
  });

  it('the other party is masked in an export, and a SIP URI of another one is not shown', () => {
    const subject = new Subject(CALLER);
    expect(subject.shown(CALLER)).to.equal(CALLER);
    expect(subject.shown(OTHER)).to.match(/^\+371\*+002$/);
    expect(subject.shown('sip:anna@10.0.0.1')).to.equal('sip:***');
  });

  it('an export shows a call to its caller, to each member with his own attempts alone, and to its pilot with all', () => {
    const seen = (number: string) => callView(RECORD, new Subject(number));
    expect(seen(CALLER)).to.deep.include({ roles: ['caller'], caller: CALLER, attempts: [] });
    expect(seen(MEMBER).roles).to.deep.equal(['member']);
    expect(seen(MEMBER).attempts.map(({ member }) => member)).to.deep.equal([MEMBER]);
    expect(seen('+37120000003').roles).to.deep.equal(['listed']);
    expect(seen('+37120000005').roles).to.deep.equal(['diverted']);
    expect(seen(PILOT).roles).to.deep.equal(['pilot']);
    expect(seen(PILOT).attempts).to.have.length(3);
  });

  it('no number but that of the subject is ever in what is exported, whoever asks', () => {
    const numbers = [CALLER, MEMBER, OTHER, PILOT, '+37120000003', '+37120000005'];
    fc.assert(
      fc.property(fc.constantFrom(...numbers), fc.boolean(), (number, hidden) => {
        const text = JSON.stringify(callView({ ...RECORD, hidden, by: OTHER, presented: MEMBER }, new Subject(number)));
        for (const other of numbers) if (other !== number) expect(text).not.to.contain(other.slice(1));
      }),
    );
  });

  it('RFC 3323: a caller who is withheld is not shown to anybody else, not even masked', () => {
    const hidden = { ...RECORD, hidden: true };
    for (const number of [MEMBER, PILOT]) expect(callView(hidden, new Subject(number)).caller).to.equal('withheld');
    expect(callView(hidden, new Subject(CALLER)).caller).to.equal(CALLER);
  });
});

describe('A record without a number', () => {
  const read = (document: string | undefined): CallRecord | undefined =>
    readRecord((JSON.parse(document ?? '[[]]') as [string[]])[0]);
  const without = (number: string, record = RECORD): string | undefined =>
    rewritten(fieldsOf(record), new Subject(number), 1);

  it('has it nowhere, whichever part it had, and everything else as it was', () => {
    const record = { ...RECORD, by: MEMBER, presented: CALLER };
    for (const number of [CALLER, MEMBER, OTHER, PILOT, '+37120000003', '+37120000005']) {
      const document = without(number, record) ?? '';
      expect(document, number).not.to.contain(number.slice(1));
      const { caller, pilot, by, attempts, presented, diverted, ...rest } = read(document) as CallRecord;
      const { caller: c, pilot: p, by: b, attempts: a, presented: s, diverted: d, ...same } = record;
      expect(rest).to.deep.equal(same);
      expect(attempts.map(({ why, callIds }) => [why, callIds])).to.deep.equal(
        a.map(({ why, callIds }) => [why, callIds]),
      );
    }
  });

  it('who is erased is found no more, and those who are erased are not one person', () => {
    const [, members] = JSON.parse(without(MEMBER) ?? '') as [string[], string[]];
    expect(members).to.deep.equal([OTHER]);
    expect(read(without(CALLER))?.caller).to.equal('');
  });

  it('says that it was revised, when, and how often', () => {
    const [once] = JSON.parse(without(MEMBER) ?? '') as [string[]];
    expect(once.slice(-4)).to.deep.equal(['revision', '1', 'revised', '1']);
    const [twice] = JSON.parse(rewritten(once, new Subject(OTHER), 2.5) ?? '') as [string[]];
    expect(twice.slice(-4)).to.deep.equal(['revision', '2', 'revised', '2']);
  });

  it('a number that it does not hold changes nothing', () => {
    expect(without('+37120000099')).to.equal(undefined);
  });

  it('a time is no number, though it may have its digits', () => {
    const record = { ...RECORD, caller: '+1767600000000' };
    const document = without('+1767600000000', record) ?? '';
    expect(read(document)?.started).to.equal(1_767_600_000_000);
    expect(read(document)?.attempts[0]?.started).to.equal(1_767_600_000_000);
  });

  it('a record of the first schema, and attempts that are no JSON, can be taken care of', () => {
    const old = ['call', 'x', 'pilot', PILOT, 'caller', CALLER, 'attempts', `[${MEMBER}`];
    const [fields] = JSON.parse(rewritten(old, new Subject(MEMBER), 1) ?? '') as [string[]];
    expect(fields.slice(0, 8)).to.deep.equal(['call', 'x', 'pilot', PILOT, 'caller', CALLER, 'attempts', '[erased']);
  });
});
