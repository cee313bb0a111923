import { expect } from 'chai';
import { type Asked, evidenceOf } from '../../../lib/call/forwarding.js';
import { historyFor } from '../../../lib/call/history.js';
import { Numbers } from '../../../lib/call/numbers.js';
import { A, B, CALLER, PILOT } from './scripted-server.js';

const numbers = new Numbers('LV');
const numberOf = (uri: string) => numbers.fromUri(uri);
const OTHER = '+37129999999';

const sent = historyFor({
  received: {},
  pilot: PILOT,
  domain: 'operator.example',
  position: 2,
  memberUri: `sip:${B}@10.1.0.1:5060;user=phone`,
  previous: { uri: `sip:${A}@10.1.0.1:5060;user=phone`, result: 'busy', status: 486 },
  numberOf,
});
const asked: Asked = { member: B, diversion: sent.diversion, history: sent['history-info'], numberOf };
const all = sent['history-info'];

describe('Whether a phone forwards: proof', () => {
  for (const [what, headers] of [
    ['another user than before (RFC 7044 §10.4)', { 'history-info': `${all}, <sip:${OTHER}@x>;index=1.2.1;mp=1.2` }],
    ['the cause of a redirection (RFC 4458 §2.2)', { 'history-info': `<sip:29999999@x;cause=408>;index=1.2.1` }],
    ['the same of a tel URI', { 'history-info': `<tel:${OTHER};cause=302>;index=1.2.1` }],
    [
      'the response that led on (RFC 7044 §10.2)',
      { 'history-info': `<sip:${B}@x?Reason=SIP%3Bcause%3D302>;index=1.2, <tel:${OTHER}>;index=1.3` },
    ],
    ['the member in a Diversion (RFC 5806 §3.1)', { diversion: `<sip:${B}@x>;reason=no-answer` }],
    ['another number in a Diversion', { diversion: `<tel:${OTHER}>;reason="user-busy"` }],
  ] as [string, Record<string, string>][])
    it(what, () => expect(evidenceOf(headers, asked)).to.equal('forwards'));

  it('of a member that is a URI only the cause tells: its number is not known', () => {
    const exchange = { ...asked, member: 'sip:desk@pbx.example' };
    const entry = { 'history-info': `<sip:${OTHER}@x>;index=1.2.1;mp=1.2` };
    expect(evidenceOf(entry, exchange)).to.equal('history-info');
    const caused = { 'history-info': `<sip:${OTHER}@x;cause=302>;index=1.2.1;mp=1.2` };
    expect(evidenceOf(caused, exchange)).to.equal('forwards');
  });
});

describe('Whether a phone forwards: hints, which prove nothing', () => {
  for (const [what, headers, hint] of [
    ["a PBX's main number as connected line", { 'p-asserted-identity': '<sip:67111111@x>' }, 'asserted-identity'],
    ["the caller's own number as connected line", { 'p-asserted-identity': `<tel:${CALLER}>` }, 'asserted-identity'],
    ['the registered contact', { 'history-info': `${all}, <sip:u7@10.9.9.9:4060>;index=1.2.1;rc=1.2` }, 'history-info'],
    ['a contact with a number', { 'history-info': `${all}, <sip:${OTHER}@x>;index=1.2.1;rc=1.2` }, 'history-info'],
    ['another number without a cause', { 'history-info': `<sip:${OTHER}@x>;index=1.2` }, 'history-info'],
    ['an anonymous target', { 'history-info': '<sip:anonymous@anonymous.invalid>;index=1.3;mp=1' }, 'history-info'],
    ['a Diversion without a reason', { diversion: `<sip:${OTHER}@x>` }, 'diversion'],
    ['a Diversion for unknown reasons', { diversion: `<sip:${OTHER}@x>;reason=unknown` }, 'diversion'],
    ['a Diversion without a number', { diversion: '<sip:reception@x>;reason=no-answer' }, 'diversion'],
  ] as [string, Record<string, string>, string][])
    it(what, () => expect(evidenceOf(headers, asked)).to.equal(hint));
});

describe('Whether a phone forwards: nothing at all', () => {
  for (const [what, headers] of [
    ['no such header', { server: 'x' }],
    ['our own entries sent back (RFC 7044 §9.4)', { diversion: sent.diversion, 'history-info': all }],
    ['the same as 00, with tel and without parameters', { diversion: '<tel:0037167000000>;reason=no-answer' }],
    ['the same escaped', { 'history-info': '<sip:%2B37167000000@other.example;cause=302>;index=1;mp=1' }],
    ['the same in national form', { 'history-info': '<sip:20000001@other?Reason=SIP%3Bcause%3D486>;index=1.1;mp=1' }],
    ["the member's own number", { 'history-info': `<sip:20000002@ims.example;cause=302>;index=1.2.1;mp=1.2` }],
    ["the member's own number asserted", { 'p-asserted-identity': `<sip:20000002@x>, <tel:${B}>` }],
    ['an identity without a number', { 'p-asserted-identity': '"Desk" <sip:desk@x>' }],
    ['what is malformed', { diversion: '<<', 'history-info': '"', 'p-asserted-identity': '<' }],
  ] as [string, Record<string, string>][])
    it(what, () => expect(evidenceOf(headers, asked)).to.equal(undefined));

  it('numbers are compared as numbers: a part of one is another', () => {
    const german = { ...asked, member: '+4930200000011', history: '<sip:+4930200000011@x>;index=1.1;mp=1' };
    const part = { 'history-info': '<sip:+493020000001@x>;index=1.1.1;mp=1.1' };
    expect(evidenceOf(part, german)).to.equal('forwards');
  });
});
