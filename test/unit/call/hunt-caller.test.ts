import { expect } from 'chai';
import { A, B, C, immediates, Office } from './scripted-server.js';

describe('A hunt: what the caller hears', () => {
  it('one bare 180 when the first member rings, again every minute, never with SDP of a member (RFC 3261 §13.3.1.1)', async () => {
    const office = new Office({ members: [A, B, C], group: { ring: 30 } });
    const invite = await office.call();
    office.leg(1).reply(100);
    expect(invite.statuses).to.deep.equal([]);
    office.leg(1).reply(183, { 'content-type': 'application/sdp' }, 'v=0');
    await office.pass(30_000);
    office.leg(1).reply(487);
    await immediates();
    office.leg(2).reply(180);
    expect(invite.statuses).to.deep.equal([180]);
    await office.pass(30_000);
    expect(invite.responses.map(({ status, body }) => [status, body])).to.deep.equal([
      [180, ''],
      [180, ''],
    ]);
  });

  it('Require: 100rel makes our 180 reliable (RFC 3262 §3)', async () => {
    const office = new Office();
    const invite = await office.call({ require: '100rel' });
    office.leg(1).reply(180);
    expect(invite.header('require')).to.equal('100rel');
  });

  it('Expires caps the whole hunt: the member is cancelled and the caller gets 487 (RFC 3261 §13.3.1 item 1)', async () => {
    const office = new Office();
    const invite = await office.call({ expires: '5' });
    office.leg(1).reply(180);
    await office.pass(5000);
    expect(office.leg(1).cancelled).to.not.equal(undefined);
    expect(invite.statuses).to.deep.equal([180, 487]);
    expect(office.whys).to.deep.equal(['no-answer', 'not-needed', 'not-needed']);
  });

  it('an empty or disabled group is 480 at once, without 18x (edge case 68)', async () => {
    for (const office of [new Office({ members: [] }), new Office({ group: { enabled: false } })]) {
      const invite = await office.call();
      expect(invite.statuses).to.deep.equal([480]);
      expect(office.record.status).to.equal(480);
      expect(office.service.active).to.equal(0);
    }
  });

  it('a number that is no group is 404 and leaves no record', async () => {
    const office = new Office();
    office.store.turn = undefined;
    const invite = await office.call();
    expect(invite.statuses).to.deep.equal([404]);
    expect(office.records).to.deep.equal([]);
  });

  it('503 with Retry-After when the store cannot say whose turn it is', async () => {
    const office = new Office();
    office.store.failing = true;
    const invite = await office.call();
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
      const office = new Office({ group: { ring: 120 } });
      const invite = await office.call();
      invite.fails = true;
      office.leg(1).reply(heard);
      await office.pass(60_000);
      expect(office.leg(1).reason).to.include('ORIGINATOR_CANCEL');
      await office.pass(200_000);
      expect(office.server.legs).to.have.length(1);
      expect([office.record.status, office.whys]).to.deep.equal([487, ['caller-left', 'not-needed', 'not-needed']]);
      expect(office.service.active).to.equal(0);
    });
  }

  it('cancels the ringing member with the Reason of the caller, and rings nobody else (RFC 3261 §9.2, RFC 3326)', async () => {
    const office = new Office();
    const invite = await office.call();
    office.leg(1).reply(180);
    invite.cancel({ reason: 'Q.850;cause=16' });
    expect(office.leg(1).reason).to.equal('Q.850;cause=16');
    await office.pass(60_000);
    expect(office.server.legs).to.have.length(1);
    expect(invite.statuses).to.deep.equal([180]);
    expect([office.record.status, office.whys]).to.deep.equal([487, ['caller-left', 'not-needed', 'not-needed']]);
  });

  it('without a Reason of the caller the CANCEL says ORIGINATOR_CANCEL', async () => {
    const office = new Office();
    (await office.call()).cancel();
    expect(office.leg(1).reason).to.equal('SIP;cause=487;text="ORIGINATOR_CANCEL"');
  });

  it('while the store is asked: nobody rings (edge case 57)', async () => {
    const office = new Office();
    const invite = office.offer();
    invite.cancel();
    await immediates();
    expect(office.server.legs).to.have.length(0);
    expect(office.record.status).to.equal(487);
    expect(office.service.active).to.equal(0);
  });

  it('while a member is claimed: nobody rings, and the claim is given back (edge case 57)', async () => {
    const office = new Office();
    let grant: (granted: boolean) => void = () => {};
    office.store.claim = () => new Promise((resolve) => (grant = resolve));
    const invite = await office.call();
    invite.cancel();
    grant(true);
    await immediates();
    expect(office.server.legs).to.have.length(0);
    expect(office.store.released).to.deep.equal([A]);
    expect(office.service.active).to.equal(0);
  });

  it('a member who answers after that gets ACK, then BYE (RFC 3261 §13.2.2.4)', async () => {
    const office = new Office();
    const invite = await office.call();
    office.leg(1).reply(180);
    invite.cancel();
    office.leg(1).reply(200);
    await immediates();
    expect(office.leg(1).acks).to.have.length(1);
    // With `release` it is the engine that sends the BYE, behind the ACK.
    expect(office.leg(1).late).to.equal('release');
    expect(office.service.active).to.equal(0);
  });

  it('a CANCEL that beats our 200 to the server ends the member who answered (edge cases 59, 63)', async () => {
    const office = new Office();
    const invite = await office.call();
    invite.fails = true;
    office.leg(1).reply(200);
    await immediates();
    expect(office.server.byes).to.deep.equal(['member-dialog-1']);
    expect([office.record.status, office.record.by, office.whys[0]]).to.deep.equal([487, null, 'caller-left']);
    expect(office.service.active).to.equal(0);
  });
});
