import { expect } from 'chai';
import { NotSent } from '../../../lib/sip-server/not-sent.js';
import { ALL_CAPABILITIES } from '../../../lib/sip-server/sip-server.js';
import { immediates } from '../../support/fake-clock.js';
import { A, B, C, CALLER, PILOT } from './scripted-server.js';
import { ServiceHarness } from './service-harness.js';

describe('A hunt: moving on', () => {
  it('486 and 600: the next member rings at once (RFC 3261 §21.4.24, §21.6.1)', async () => {
    const harness = new ServiceHarness();
    await harness.call();
    harness.leg(1).reply(486);
    await immediates();
    harness.leg(2).reply(600);
    await immediates();
    expect(harness.leg(3).sent.uri).to.equal(`sip:${C}@10.1.0.1:5060;user=phone`);
  });

  it('rings for the ring time, counted once from the INVITE; a repeated 18x does not start it again (edge case 30)', async () => {
    const harness = new ServiceHarness();
    await harness.call();
    await harness.pass(1000);
    harness.leg(1).reply(180);
    await harness.pass(18_000);
    harness.leg(1).reply(183);
    harness.leg(1).reply(180);
    await harness.pass(999);
    expect(harness.leg(1).cancelled).to.equal(undefined);
    await harness.pass(1);
    expect(harness.leg(1).reason).to.equal('SIP;cause=480;text="No answer"');
  });

  it('waits for the 487 before the next phone rings, but at most 500 ms (edge case 51)', async () => {
    const harness = new ServiceHarness();
    await harness.call();
    harness.leg(1).reply(180);
    await harness.pass(20_000);
    expect(harness.server.legs).to.have.length(1);
    await harness.pass(499);
    expect(harness.server.legs).to.have.length(1);
    await harness.pass(1);
    expect(harness.server.legs).to.have.length(2);
    harness.leg(2).reply(180);
    await harness.pass(20_000);
    harness.leg(2).reply(487);
    await immediates();
    expect(harness.server.legs).to.have.length(3);
  });

  it('no 1xx within 4 s: the other trunk for the same member, then unreachable (edge cases 39, 40)', async () => {
    const harness = new ServiceHarness({ members: [A, B], trunks: ['sip:10.1.0.1:5060', 'sip:10.1.0.2:5060'] });
    await harness.call();
    await harness.pass(3999);
    expect(harness.server.legs).to.have.length(1);
    await harness.pass(1);
    expect(harness.leg(2).sent.uri).to.equal(`sip:${A}@10.1.0.2:5060;user=phone`);
    await harness.pass(4000);
    expect(harness.leg(3).sent.uri).to.include(B);
  });

  it('100 Trying keeps the member: only silence makes it unreachable (edge case 40)', async () => {
    const harness = new ServiceHarness();
    await harness.call();
    harness.leg(1).reply(100);
    await harness.pass(19_999);
    expect(harness.server.legs).to.have.length(1);
    expect(harness.leg(1).cancelled).to.equal(undefined);
  });

  it('where the server hides 100, silence is no reason: the ring time decides', async () => {
    const harness = new ServiceHarness();
    harness.server.capabilities = { ...ALL_CAPABILITIES, reportsTrying: false };
    await harness.call();
    await harness.pass(19_999);
    expect(harness.leg(1).cancelled).to.equal(undefined);
    await harness.pass(501);
    expect(harness.server.legs).to.have.length(2);
  });

  it('503 and transport errors: the next trunk for the same member, and the trunk rests (RFC 3263 §4.3)', async () => {
    const harness = new ServiceHarness({ members: [A, B], trunks: ['sip:10.1.0.1:5060', 'sip:10.1.0.2:5060'] });
    await harness.call();
    harness.leg(1).reply(503, { 'retry-after': '7' });
    await immediates();
    expect(harness.leg(2).sent.uri).to.equal(`sip:${A}@10.1.0.2:5060;user=phone`);
    harness.leg(2).user.onFailed(new NotSent('transport', 'no route'));
    await immediates();
    expect(harness.leg(3).sent.uri).to.include(B);
    await harness.pass(0);
    expect(harness.leg(3).sent.uri).to.include('10.1.0.');
  });

  it('603 hunts on by default, and ends the hunt where that is chosen (RFC 3261 §16.7 item 5 binds proxies)', async () => {
    const open = new ServiceHarness({ members: [A, B] });
    await open.call();
    open.leg(1).reply(603);
    await immediates();
    expect(open.server.legs).to.have.length(2);
    const strict = new ServiceHarness({ members: [A, B], settings: { huntOnDecline: false } });
    const invite = await strict.call();
    strict.leg(1).reply(603);
    await immediates();
    expect(invite.statuses).to.deep.equal([480]);
    expect(strict.whys).to.deep.equal(['declined', 'not-needed']);
  });

  for (const [name, status, headers] of [
    ['302 is not followed', 302, { contact: '<sip:voicemail@10.0.0.5>' }],
    ['181 says that the phone forwards', 181, {}],
    [
      'a Diversion in a 180 that names the member and why says that the phone forwards',
      180,
      { diversion: `<sip:${A}@x>;reason=no-answer` },
    ],
    [
      'a foreign History-Info entry with the cause of a redirection in a 2xx says that the phone forwards',
      200,
      { 'history-info': '<sip:+37129999999@x;cause=302>;index=1.2' },
    ],
  ] as const) {
    it(`${name}: the attempt ends as forwarded and the next member rings (RFC 3261 §8.1.3.4, §21.1.3)`, async () => {
      const harness = new ServiceHarness({ members: [A, B] });
      const invite = await harness.call();
      harness.leg(1).reply(status, headers);
      await harness.pass(500);
      expect(harness.leg(2).sent.uri).to.include(B);
      harness.leg(2).reply(486);
      await immediates();
      expect(harness.whys).to.deep.equal(['forwarded', 'busy']);
      expect(invite.statuses.at(-1)).to.equal(480);
    });
  }

  for (const [name, status, headers, hint] of [
    ["a PBX's main number", 200, { 'p-asserted-identity': '"Main" <sip:67111111@x;user=phone>' }, 'asserted-identity'],
    ["the caller's own number", 200, { 'p-asserted-identity': `<tel:${CALLER}>` }, 'asserted-identity'],
    ['the registered contact', 180, { 'history-info': '<sip:u@10.9.9.9:4060>;index=1.1.1;rc=1.1' }, 'history-info'],
    ['a Diversion for no reason', 183, { diversion: '<sip:+37129999999@x>' }, 'diversion'],
  ] as const) {
    it(`${name} in a ${status} is written down, and hangs up on nobody`, async () => {
      const harness = new ServiceHarness({ members: [A, B] });
      await harness.call();
      harness.leg(1).reply(status, headers);
      if (status < 200) harness.leg(1).reply(200);
      await harness.pass(1000);
      expect([harness.server.legs.length, harness.leg(1).cancelled]).to.deep.equal([1, undefined]);
      harness.server.inDialog('member-dialog-1', 'BYE');
      harness.server.dialogs.get('caller-dialog')?.onAcknowledge({ headers: {}, body: '' });
      await immediates();
      expect(harness.record.attempts[0]).to.include({ why: 'answered', hint });
      expect(harness.record.attempts[1]).to.not.have.property('hint');
    });
  }

  it('our own entries in another spelling are no evidence at all (RFC 7044 §9.4)', async () => {
    const harness = new ServiceHarness({ members: [A, B] });
    await harness.call();
    const history = '<sip:%2B37167000000@x>;index=1, <sip:20000001@ims;cause=302>;index=1.1;mp=1';
    harness.leg(1).reply(180, { 'history-info': history, diversion: '<tel:0037167000000>;reason=no-answer' });
    await harness.answered(1);
    harness.server.inDialog('member-dialog-1', 'BYE');
    await immediates();
    expect(harness.record.attempts[0]).to.include({ why: 'answered' }).and.to.not.have.property('hint');
  });

  it("what we or the caller wrote wrong is no trunk's fault: the attempt has failed, the trunks stay", async () => {
    const trunks = ['sip:10.1.0.1:5060', 'sip:10.1.0.2:5060'];
    const harness = new ServiceHarness({ members: [A, B], trunks });
    await harness.call();
    harness.leg(1).user.onFailed(new NotSent('local', 'invalid address provided by client'));
    await immediates();
    expect(harness.leg(2).sent.uri, 'the next member, over the same trunk').to.equal(
      `sip:${B}@10.1.0.1:5060;user=phone`,
    );
    harness.leg(2).reply(486);
    await immediates();
    expect(harness.whys).to.deep.equal(['failed', 'busy']);
  });

  it('the own number of the member, asserted in whatever form, is no forwarding (RFC 3325 §9.1)', async () => {
    const harness = new ServiceHarness();
    const invite = await harness.call();
    const national = A.replace('+371', '');
    harness.leg(1).reply(180, { 'p-asserted-identity': `<sip:${national}@ims.example;user=phone>, <tel:${A}>` });
    await harness.pass(1000);
    expect(harness.leg(1).cancelled).to.equal(undefined);
    expect(invite.statuses).to.include(180);
  });

  it('our own History-Info sent back is no forwarding (RFC 7044)', async () => {
    const harness = new ServiceHarness();
    await harness.call();
    harness.leg(1).reply(180, { 'history-info': harness.leg(1).header('history-info') });
    await harness.pass(1000);
    expect(harness.leg(1).cancelled).to.equal(undefined);
  });

  it('422: the same member again with an interval that it accepts, once (RFC 4028 §7.3)', async () => {
    const harness = new ServiceHarness({ members: [A, B] });
    await harness.call({ 'session-expires': '90' });
    expect(harness.leg(1).header('session-expires')).to.equal('90');
    harness.leg(1).reply(422, { 'min-se': '600' });
    await immediates();
    expect(harness.leg(2).sent.uri).to.include(A);
    expect([harness.leg(2).header('session-expires'), harness.leg(2).header('min-se')]).to.deep.equal(['600', '600']);
    harness.leg(2).reply(422, { 'min-se': '1200' });
    await immediates();
    expect(harness.leg(3).sent.uri).to.include(B);
  });

  it('401, 407 and a 487 that nobody asked for end the attempt as failed (edge cases 36, 42)', async () => {
    const harness = new ServiceHarness();
    const invite = await harness.call();
    for (const [n, status] of [401, 407, 487].entries()) {
      harness.leg(n + 1).reply(status);
      await immediates();
    }
    expect(harness.whys).to.deep.equal(['failed', 'failed', 'failed']);
    expect(invite.statuses).to.deep.equal([480]);
  });

  it('an answer without Contact is released and the next member rings (RFC 3261 §12.1.1)', async () => {
    const harness = new ServiceHarness({ members: [A, B] });
    await harness.call();
    const leg = harness.leg(1);
    leg.user.onFinal({ status: 200, reason: '', headers: {}, body: '' }, leg.dialog);
    await immediates();
    expect(leg.acks).to.have.length(1);
    expect(harness.leg(2).sent.uri).to.include(B);
  });

  it('a response repeated after the attempt is over does not advance the chain again (edge case 56)', async () => {
    const harness = new ServiceHarness();
    await harness.call();
    harness.leg(1).reply(486);
    await immediates();
    harness.leg(1).reply(486);
    harness.leg(1).reply(180);
    await immediates();
    expect(harness.server.legs).to.have.length(2);
  });

  it("a member that is the caller's own number, or the pilot, is skipped (edge case 13)", async () => {
    const harness = new ServiceHarness({ members: [CALLER, PILOT, A] });
    await harness.call();
    expect(harness.leg(1).sent.uri).to.include(A);
    harness.leg(1).reply(486);
    await immediates();
    expect(harness.whys).to.deep.equal(['own-number', 'own-number', 'busy']);
  });

  it('a member who is on another call is not rung and counts as busy; claims end with the attempt', async () => {
    const harness = new ServiceHarness({ members: [A, B] });
    harness.store.onCall.add(A);
    const invite = await harness.call();
    expect(harness.leg(1).sent.uri).to.include(B);
    harness.leg(1).reply(486);
    await immediates();
    expect(harness.whys).to.deep.equal(['on-a-call', 'busy']);
    expect(invite.statuses).to.deep.equal([486]);
    expect(harness.store.released).to.deep.equal([B]);
  });

  it('a member that is a SIP URI goes there directly and is not claimed', async () => {
    const harness = new ServiceHarness({ members: ['sip:desk@192.0.2.7:5070'] });
    await harness.call();
    expect(harness.leg(1).sent.uri).to.equal('sip:desk@192.0.2.7:5070');
    expect(harness.store.claimed).to.deep.equal([]);
  });
});
