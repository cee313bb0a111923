import { expect } from 'chai';
import { type CalledSource, calledIn } from '../../../lib/call/called.js';
import { Numbers } from '../../../lib/call/numbers.js';
import { CALL_SETTINGS } from '../../support/defaults.js';

const numbers = new Numbers('LV');
const NUMBER = '+37167000001';
const OTHER = '+37167000002';
const THIRD = '+37167000003';
const CONTACT = 'sip:harness@10.0.0.1:5060;line=abc';

const called = (
  uri: string,
  headers: Record<string, string>,
  isToContact = true,
  order: readonly CalledSource[] = CALL_SETTINGS.calledFrom,
): string | undefined => calledIn({ uri, headers }, order, isToContact, (one) => numbers.fromUri(one))?.number;

describe('The called number', () => {
  const to = { to: `"ServiceHarness, main" <sip:${OTHER}@trunk.example>;tag=1` };
  const party = { 'p-called-party-id': `<tel:${NUMBER}>` };
  const diversion = { diversion: `<sip:${THIRD}@x>;reason=unconditional, <sip:${OTHER}@x>` };

  it('a Request-URI that is no contact of ours counts before all else', () => {
    expect(called(`sip:${THIRD}@10.0.0.1`, { ...to, ...party }, false)).to.equal(THIRD);
  });

  it('the contact: P-Called-Party-ID (RFC 7315 §4.2), then To', () => {
    expect(called(CONTACT, { ...to, ...party })).to.equal(NUMBER);
    expect(called(CONTACT, to)).to.equal(OTHER);
    expect(called(CONTACT, { to: '<sip:harness@trunk.example>' })).to.equal(undefined);
  });

  it('an account that is a number is no called number as long as another is named', () => {
    const account = `sip:${THIRD}@10.0.0.1:5060`;
    expect(called(account, { ...to, ...party })).to.equal(NUMBER);
    expect(called(account, { to: '<sip:anonymous@anonymous.invalid>' })).to.equal(THIRD);
    expect(called(account, { to: '<sip:anonymous@anonymous.invalid>' }, true, ['to'])).to.equal(undefined);
  });

  it('the order is the one that is wanted; Diversion is whoever diverted the call last', () => {
    const all = { ...to, ...party, ...diversion };
    expect(called(CONTACT, all, true, ['to', 'p-called-party-id'])).to.equal(OTHER);
    expect(called(CONTACT, all, true, ['diversion', 'to'])).to.equal(THIRD);
    expect(called(`sip:${NUMBER}@10.0.0.1`, all, false, ['to', 'request-uri'])).to.equal(OTHER);
  });

  it('what is malformed, or no number, is passed over', () => {
    expect(called(CONTACT, { 'p-called-party-id': '<<>', ...to })).to.equal(OTHER);
    expect(called(CONTACT, { 'p-called-party-id': '', to: '' })).to.equal(undefined);
  });
});
