import { expect } from 'chai';
import { domainOf, hostIn } from '../../../lib/call/domain.js';
import { diversionsOf, type HistoryInput, hasLoop, historyFor } from '../../../lib/call/history.js';
import { Numbers } from '../../../lib/call/numbers.js';
import { A, B, PILOT } from './scripted-server.js';

const numbers = new Numbers('LV');
const numberOf = (uri: string) => numbers.fromUri(uri);
const AT = `<sip:${PILOT}@operator.example;user=phone>`;

const base: HistoryInput = {
  received: {},
  pilot: PILOT,
  domain: 'operator.example',
  position: 1,
  memberUri: `sip:${A}@t`,
  previous: undefined,
  numberOf,
};

describe('Diversion and History-Info that we send (RFC 5806, RFC 7044)', () => {
  it('the first member: the pilot has index 1, the member 1.1; both say that they are ours', () => {
    expect(historyFor(base)).to.deep.equal({
      diversion: `${AT};reason=unconditional;counter=1;privacy=off;virkne`,
      'history-info': `${AT};index=1, <sip:${A}@t>;index=1.1;mp=1;virkne`,
    });
  });

  it('the next member: index 1.2, and why the one before did not take the call', () => {
    const previous = { uri: `sip:${A}@t?Subject=x`, result: 'busy', status: 486 } as const;
    const { diversion, 'history-info': history } = historyFor({
      ...base,
      position: 2,
      memberUri: `sip:${B}@t`,
      previous,
    });
    expect(diversion).to.include(';reason=user-busy;');
    expect(history).to.include(`<sip:${A}@t?Subject=x&Reason=SIP%3Bcause%3D486>;index=1.1;mp=1`);
    expect(history.endsWith(`<sip:${B}@t>;index=1.2;mp=1;virkne`)).to.equal(true);
  });

  it('entries of the caller stay in front, and ours are children of the last', () => {
    const received = {
      'history-info': `<sip:x@y>;index=1, <sip:${PILOT}@10.0.0.1>;index=1.1`,
      diversion: '<sip:x@y>;reason=no-answer',
    };
    const { diversion, 'history-info': history } = historyFor({ ...base, received });
    expect(history).to.equal(`${received['history-info']}, <sip:${A}@t>;index=1.1.1;mp=1.1;virkne`);
    expect(diversion.endsWith(', <sip:x@y>;reason=no-answer')).to.equal(true);
  });

  it('RFC 7044 §9.1, §10.3 item 6: where the last entry is not the pilot, the hop before us added none', () => {
    const received = { 'history-info': '<sip:desk@x>;index=1.1.2' };
    expect(historyFor({ ...base, received })['history-info']).to.equal(
      `<sip:desk@x>;index=1.1.2, ${AT};index=1.1.2.0.1, <sip:${A}@t>;index=1.1.2.0.1.1;mp=1.1.2.0.1;virkne`,
    );
  });

  it('Privacy: id hides the entries', () => {
    const { diversion, 'history-info': history } = historyFor({ ...base, received: { privacy: 'none,id;critical' } });
    expect(history).to.include(`<sip:${PILOT}@operator.example;user=phone?Privacy=history>;index=1`);
    expect(diversion).to.include(';privacy=full');
  });

  it('RFC 3323 §4.2: only what the caller asked for in so many words', () => {
    for (const privacy of ['none', 'x-id', 'session'])
      expect(historyFor({ ...base, received: { privacy } }).diversion, privacy).to.include(';privacy=off');
  });
});

describe("Where a pilot's number lives", () => {
  const invite = (uri: string, to = `<sip:${PILOT}@10.0.0.1>`) => ({ uri, headers: { to } });
  for (const [what, request, configured, expected] of [
    ['as configured', invite('sip:67000000@pbx.example'), 'operator.example', 'operator.example'],
    ['the domain that was dialled', invite('sip:67000000@PBX.example:5070'), undefined, 'pbx.example'],
    ['the domain in To', invite('sip:67000000@10.0.0.1', '<sip:p@pbx.example>'), undefined, 'pbx.example'],
    ['the domain in To of a tel URI', invite(`tel:${PILOT}`, '<sip:p@pbx.example>'), undefined, 'pbx.example'],
    ['our address without port', invite('sip:67000000@10.0.0.1:5060'), undefined, '10.0.0.1'],
    ['our IPv6 address', invite('sip:67000000@[2001:db8::1]:5060'), undefined, '[2001:db8::1]'],
    ['nowhere', invite(`tel:${PILOT}`, `tel:${PILOT}`), undefined, undefined],
  ] as const)
    it(`${what}: ${expected}`, () => expect(domainOf(request, configured)).to.equal(expected));

  it('else where the member lives', () => {
    expect([hostIn(`sip:${A}@10.1.0.1:5060`), hostIn('sip:a@[::1]')]).to.deep.equal(['10.1.0.1', '[::1]']);
  });
});

describe('A loop through us (edge case 5)', () => {
  const loops = (headers: Record<string, string>, pilot = PILOT) => hasLoop(headers, pilot, numberOf);
  const ours = historyFor(base);

  it('what we sent to a member comes back: by our mark, whatever the carrier has made of the URI', () => {
    expect(loops({ diversion: ours.diversion })).to.equal(true);
    expect(loops({ 'history-info': ours['history-info'] })).to.equal(true);
    expect(loops({ diversion: `<tel:${PILOT}>;reason=unconditional;virkne` })).to.equal(true);
    expect(loops({ diversion: `<sip:${A}@c>;reason=no-answer, <sip:67000000@c>;virkne` })).to.equal(true);
    const received = { 'history-info': `<sip:${PILOT}@carrier>;index=1` };
    expect(loops({ 'history-info': historyFor({ ...base, received })['history-info'] })).to.equal(true);
  });

  it('a pilot whose line the carrier forwards to us stands there once, and rings', () => {
    expect(loops({ diversion: `<sip:${PILOT}@carrier.example>;reason=unconditional;counter=1` })).to.equal(false);
    expect(loops({ diversion: `<sip:${A}@c>;reason=no-answer, <tel:${PILOT}>;reason=unconditional` })).to.equal(false);
    const entries = [
      `<sip:${PILOT}@carrier>;index=1, <sip:67000000@10.0.0.1>;index=1.1;mp=1`,
      `<sip:${PILOT}@carrier?Reason=SIP%3Bcause%3D302>;index=1, <sip:${A}@carrier;cause=302>;index=1.1;mp=1`,
      `<sip:${PILOT}@carrier>;index=1, <sip:trunk@10.0.0.1>;index=1.1;rc=1`,
      `<sip:${A}@a>;index=1, <sip:${PILOT}@a>;index=1.1, <sip:${PILOT}@b>;index=1.1.1`,
    ];
    for (const history of entries) expect(loops({ 'history-info': history }), history).to.equal(false);
  });

  it('the pilot named twice is a loop whose marks somebody took away', () => {
    expect(loops({ diversion: `<sip:${PILOT}@a>;reason=no-answer, <tel:67000000>;reason=unknown` })).to.equal(true);
    const through = `<sip:${PILOT}@a>;index=1, <sip:${A}@a>;index=1.1, <sip:0037167000000@a>;index=1.1.1`;
    expect(loops({ 'history-info': through })).to.equal(true);
  });

  it('a pilot that is a member of another group rings: the mark is of that other pilot', () => {
    const other = { ...base, pilot: '+37167000009' };
    const sent = historyFor({ ...other, memberUri: `sip:${PILOT}@t` });
    expect(loops(sent)).to.equal(false);
    const back = historyFor({ ...base, received: sent, memberUri: 'sip:+37167000009@t' });
    expect(loops(back, '+37167000009')).to.equal(true);
  });

  it('a counter that is no count neither lowers the sum nor makes it endless (RFC 5806 §4)', () => {
    for (const [counter, sum] of [
      ['-50', 4],
      ['0', 4],
      ['1e9', 4],
      ['0x10', 4],
      ['2.5', 4],
      ['', 4],
      ['99999999999999999999', 102],
    ] as const)
      expect(diversionsOf({ diversion: `<tel:+1>;counter=3, <tel:+2>;counter="${counter}"` }), counter).to.equal(sum);
  });

  it('diversions are counted with their counters', () => {
    expect(diversionsOf({ diversion: '<tel:+1>;counter=3, <tel:+2>' })).to.equal(4);
  });
});
