import { expect } from 'chai';
import { CALLER, PILOT } from './scripted-server.js';
import { ServiceHarness } from './service-harness.js';

describe('Intake (edge cases 4 to 7)', () => {
  for (const [name, headers, body, uri, status, refused] of [
    ['Max-Forwards 0', { 'max-forwards': '0' }, undefined, undefined, 483, 'too-many-hops'],
    ['unknown Require', { require: 'timer, precondition' }, undefined, undefined, 420, 'option-not-supported'],
    ['unsupported body', { 'content-type': 'application/isup' }, 'x', undefined, 415, 'body-not-supported'],
    ['unknown scheme', {}, undefined, 'h323:x@y', 416, 'scheme-not-supported'],
    ['our mark on the pilot in Diversion', { diversion: `<sip:${PILOT}@x>;virkne` }, undefined, undefined, 482, 'loop'],
    [
      'the pilot twice in Diversion',
      { diversion: `<sip:${PILOT}@x>, <tel:67000000>` },
      undefined,
      undefined,
      482,
      'loop',
    ],
    [
      'too many diversions',
      { diversion: '<sip:+37120000077@x>;counter=6' },
      undefined,
      undefined,
      482,
      'too-many-diversions',
    ],
    ['no number', {}, undefined, 'sip:harness@10.0.0.1', 404, 'no-such-number'],
  ] as [string, Record<string, string>, string | undefined, string | undefined, number, string][]) {
    it(`${name}: ${status}, and no call, and a record that says ${refused}`, async () => {
      const harness = new ServiceHarness();
      const invite = await harness.call(headers, body, uri);
      expect(invite.statuses).to.deep.equal([status]);
      expect(harness.service.active).to.equal(0);
      expect(harness.record).to.include({ status, refused, callId: 'c1', turn: 0, waited: 0, talked: 0 });
      expect(harness.record.attempts).to.deep.equal([]);
      const cause = { 404: 1, 482: 25, 483: 25 }[status] ?? null;
      expect(harness.record.cause, 'RFC 3398 §8.2.6.1').to.equal(cause);
      if (cause !== null) expect(invite.header('reason')).to.match(new RegExp(`^Q\\.850;cause=${cause};`));
      if (status === 420) expect(invite.header('unsupported')).to.equal('precondition');
      if (status === 415) expect(invite.header('accept')).to.include('application/sdp');
    });
  }

  it('a pilot that stands in Diversion once rings: its carrier forwards the line to us (RFC 5806 §6.1)', async () => {
    const harness = new ServiceHarness();
    await harness.call({ diversion: `<sip:${PILOT}@carrier.example>;reason=unconditional;counter=1` });
    expect(harness.server.legs).to.have.length(1);
  });

  for (const [name, headers, caller] of [
    ['user part', { from: '"No, really" <sip:reception@x>;tag=1' }, 'reception'],
    ['tel number that is none', { from: '<tel:112;phone-context=x>;tag=1' }, '112'],
    ['number asserted', { 'p-asserted-identity': '"A, <b>" <sip:26000009@x>' }, CALLER],
    ['user part, of which 128 chars are kept', { from: `<sip:${'x'.repeat(7_000)}@x>;tag=1` }, `${'x'.repeat(128)}…`],
    ['user part without what moves a cursor', { from: '<sip:\x9b31m@x>;tag=1' }, '\ufffd31m'],
    ['bare address', { from: `sip:${CALLER}@x;tag=1;p="<sip:y@z>"` }, CALLER],
  ] as [string, Record<string, string>, string][]) {
    it(`the record names the caller by the ${name}`, async () => {
      const harness = new ServiceHarness({ members: [] });
      await harness.call(headers);
      expect(harness.record.caller).to.equal(caller);
    });
  }

  it('white space around the slash of a media type is no other type (RFC 3261 §25.1)', async () => {
    const harness = new ServiceHarness();
    await harness.call({ 'content-type': 'application / SDP ;charset="a;b"' });
    expect(harness.server.legs).to.have.length(1);
  });

  it('Max-Forwards goes down by one', async () => {
    const harness = new ServiceHarness();
    await harness.call({ 'max-forwards': '13' });
    expect(harness.leg(1).header('max-forwards')).to.equal('12');
  });

  it('beyond the limit of calls: 503 with Retry-After (RFC 3261 §21.5.4)', async () => {
    const harness = new ServiceHarness({ settings: { maxCalls: 1 } });
    await harness.call();
    expect((await harness.call()).statuses).to.deep.equal([503]);
  });

  it('one source does not take all of them: who calls beside it is served, and what it gives back is there again', async () => {
    const harness = new ServiceHarness({ settings: { maxCalls: 20, claimMembers: 'none' } });
    const calls = [];
    for (let i = 0; i < 20; i++) calls.push(await harness.call());
    expect(calls.filter(({ statuses }) => statuses.includes(503))).to.have.length(2);
    expect(calls.at(-1)?.header('retry-after')).to.equal('5');
    harness.source = '192.0.2.2';
    const beside = await harness.call();
    expect(beside.statuses).to.not.include(503);
    calls[0]?.onCancel?.({ headers: {}, body: '' });
    beside.onCancel?.({ headers: {}, body: '' });
    await harness.pass(60_000);
    harness.source = '192.0.2.1';
    expect((await harness.call()).statuses).to.not.include(503);
  });
});
