import { expect } from 'chai';
import { immediates } from '../../support/fake-clock.js';
import { A, B, C, PILOT } from './scripted-server.js';
import { ServiceHarness } from './service-harness.js';

describe('A hunt: what the caller hears', () => {
  it('one bare 180 when the first member rings, again every minute, never with SDP of a member (RFC 3261 §13.3.1.1)', async () => {
    const harness = new ServiceHarness({ members: [A, B, C], group: { ring: 30 } });
    const invite = await harness.call();
    harness.leg(1).reply(100);
    expect(invite.statuses).to.deep.equal([]);
    harness.leg(1).reply(183, { 'content-type': 'application/sdp' }, 'v=0');
    await harness.pass(30_000);
    harness.leg(1).reply(487);
    await immediates();
    harness.leg(2).reply(180);
    expect(invite.statuses).to.deep.equal([180]);
    await harness.pass(30_000);
    expect(invite.responses.map(({ status, body }) => [status, body])).to.deep.equal([
      [180, ''],
      [180, ''],
    ]);
  });

  it('Require: 100rel makes our 180 reliable (RFC 3262 §3)', async () => {
    const harness = new ServiceHarness();
    const invite = await harness.call({ require: '100rel' });
    harness.leg(1).reply(180);
    expect(invite.header('require')).to.equal('100rel');
  });

  it('Expires caps the whole hunt: the member is cancelled and the caller gets 487 (RFC 3261 §13.3.1 item 1)', async () => {
    const harness = new ServiceHarness();
    const invite = await harness.call({ expires: '5' });
    harness.leg(1).reply(180);
    await harness.pass(5000);
    expect(harness.leg(1).cancelled).to.not.equal(undefined);
    expect(invite.statuses).to.deep.equal([180, 487]);
    expect(harness.whys).to.deep.equal(['no-answer', 'not-needed', 'not-needed']);
  });

  it('an empty or disabled group is 480 at once, without 18x (edge case 68)', async () => {
    for (const harness of [new ServiceHarness({ members: [] }), new ServiceHarness({ group: { enabled: false } })]) {
      const invite = await harness.call();
      expect(invite.statuses).to.deep.equal([480]);
      expect(harness.record).to.include({
        status: 480,
        refused: harness.store.turn?.group.enabled ? 'no-members' : 'disabled',
      });
      expect(harness.service.active).to.equal(0);
    }
  });

  it('a number that is no group is 404, and its record says so', async () => {
    const harness = new ServiceHarness();
    harness.store.turn = undefined;
    const invite = await harness.call();
    expect(invite.statuses).to.deep.equal([404]);
    expect(harness.record).to.include({ status: 404, refused: 'no-such-number', pilot: PILOT, turn: 0, policy: null });
  });

  it('503 with Retry-After when the store cannot say whose turn it is', async () => {
    const harness = new ServiceHarness();
    harness.store.failing = true;
    const invite = await harness.call();
    expect(invite.statuses).to.deep.equal([503]);
    expect(invite.header('retry-after')).to.equal('5');
  });
});

describe('A hunt: the caller leaves', () => {
  for (const [what, heard] of [
    ['180', 180],
    ['183 after a minute', 100],
  ] as const) {
    it(`the ${what} cannot be sent, as the INVITE is over: the member is cancelled and nobody else rings`, async () => {
      const harness = new ServiceHarness({ group: { ring: 120 } });
      const invite = await harness.call();
      invite.fails = true;
      harness.leg(1).reply(heard);
      await harness.pass(60_000);
      expect(harness.leg(1).reason).to.include('ORIGINATOR_CANCEL');
      await harness.pass(200_000);
      expect(harness.server.legs).to.have.length(1);
      expect([harness.record.status, harness.whys]).to.deep.equal([487, ['caller-left', 'not-needed', 'not-needed']]);
      expect(harness.service.active).to.equal(0);
    });
  }

  it('cancels the ringing member with the Reason of the caller, and rings nobody else (RFC 3261 §9.2, RFC 3326)', async () => {
    const harness = new ServiceHarness();
    const invite = await harness.call();
    harness.leg(1).reply(180);
    invite.cancel({ reason: 'Q.850;cause=16' });
    expect(harness.leg(1).reason).to.equal('Q.850;cause=16');
    await harness.pass(60_000);
    expect(harness.server.legs).to.have.length(1);
    expect(invite.statuses).to.deep.equal([180]);
    expect([harness.record.status, harness.whys]).to.deep.equal([487, ['caller-left', 'not-needed', 'not-needed']]);
  });

  it('without a Reason of the caller the CANCEL says ORIGINATOR_CANCEL', async () => {
    const harness = new ServiceHarness();
    (await harness.call()).cancel();
    expect(harness.leg(1).reason).to.equal('SIP;cause=487;text="ORIGINATOR_CANCEL"');
  });

  it('while the store is asked: nobody rings (edge case 57)', async () => {
    const harness = new ServiceHarness();
    const invite = harness.offer();
    invite.cancel();
    await immediates();
    expect(harness.server.legs).to.have.length(0);
    expect(harness.record.status).to.equal(487);
    expect(harness.service.active).to.equal(0);
  });

  it('while a member is claimed: nobody rings, and the claim is given back (edge case 57)', async () => {
    const harness = new ServiceHarness();
    let grant: (granted: boolean) => void = () => {};
    harness.store.claim = () => new Promise((resolve) => (grant = resolve));
    const invite = await harness.call();
    invite.cancel();
    grant(true);
    await immediates();
    expect(harness.server.legs).to.have.length(0);
    expect(harness.store.released).to.deep.equal([A]);
    expect(harness.service.active).to.equal(0);
  });

  it('a member who answers after that gets ACK, then BYE (RFC 3261 §13.2.2.4)', async () => {
    const harness = new ServiceHarness();
    const invite = await harness.call();
    harness.leg(1).reply(180);
    invite.cancel();
    harness.leg(1).reply(200);
    await immediates();
    expect(harness.leg(1).acks).to.have.length(1);
    // With `release` it is the engine that sends the BYE, behind the ACK.
    expect(harness.leg(1).late).to.equal('release');
    expect(harness.service.active).to.equal(0);
  });

  it('a CANCEL that beats our 200 to the server ends the member who answered (edge cases 59, 63)', async () => {
    const harness = new ServiceHarness();
    const invite = await harness.call();
    invite.fails = true;
    harness.leg(1).reply(200);
    await immediates();
    expect(harness.server.byes).to.deep.equal(['member-dialog-1']);
    expect([harness.record.status, harness.record.by, harness.whys[0]]).to.deep.equal([487, null, 'caller-left']);
    expect(harness.service.active).to.equal(0);
  });
});
