import { expect } from 'chai';
import { A, B, C, CALLER, immediates, Office, PILOT } from './scripted-server.js';

describe('A hunt: moving on', () => {
  it('486 and 600: the next member rings at once (RFC 3261 §21.4.24, §21.6.1)', async () => {
    const office = new Office();
    await office.call();
    office.leg(1).reply(486);
    await immediates();
    office.leg(2).reply(600);
    await immediates();
    expect(office.leg(3).sent.uri).to.equal(`sip:${C}@10.1.0.1:5060;user=phone`);
  });

  it('rings for the ring time, counted once from the INVITE; a repeated 18x does not start it again (edge case 30)', async () => {
    const office = new Office();
    await office.call();
    await office.pass(1000);
    office.leg(1).reply(180);
    await office.pass(18_000);
    office.leg(1).reply(183);
    office.leg(1).reply(180);
    await office.pass(999);
    expect(office.leg(1).cancelled).to.equal(undefined);
    await office.pass(1);
    expect(office.leg(1).reason).to.equal('SIP;cause=480;text="No answer"');
  });

  it('waits for the 487 before the next phone rings, but at most 500 ms (edge case 51)', async () => {
    const office = new Office();
    await office.call();
    office.leg(1).reply(180);
    await office.pass(20_000);
    expect(office.server.legs).to.have.length(1);
    await office.pass(499);
    expect(office.server.legs).to.have.length(1);
    await office.pass(1);
    expect(office.server.legs).to.have.length(2);
    office.leg(2).reply(180);
    await office.pass(20_000);
    office.leg(2).reply(487);
    await immediates();
    expect(office.server.legs).to.have.length(3);
  });

  it('no 1xx within 4 s: the other trunk for the same member, then unreachable (edge cases 39, 40)', async () => {
    const office = new Office({ members: [A, B], trunks: ['sip:10.1.0.1:5060', 'sip:10.1.0.2:5060'] });
    await office.call();
    await office.pass(3999);
    expect(office.server.legs).to.have.length(1);
    await office.pass(1);
    expect(office.leg(2).sent.uri).to.equal(`sip:${A}@10.1.0.2:5060;user=phone`);
    await office.pass(4000);
    expect(office.leg(3).sent.uri).to.include(B);
  });

  it('100 Trying keeps the member: only silence makes it unreachable (edge case 40)', async () => {
    const office = new Office();
    await office.call();
    office.leg(1).reply(100);
    await office.pass(19_999);
    expect(office.server.legs).to.have.length(1);
    expect(office.leg(1).cancelled).to.equal(undefined);
  });

  it('where the server hides 100, silence is no reason: the ring time decides', async () => {
    const office = new Office();
    office.server.reportsTrying = false;
    await office.call();
    await office.pass(19_999);
    expect(office.leg(1).cancelled).to.equal(undefined);
    await office.pass(501);
    expect(office.server.legs).to.have.length(2);
  });

  it('503 and transport errors: the next trunk for the same member, and the trunk rests (RFC 3263 §4.3)', async () => {
    const office = new Office({ members: [A, B], trunks: ['sip:10.1.0.1:5060', 'sip:10.1.0.2:5060'] });
    await office.call();
    office.leg(1).reply(503, { 'retry-after': '7' });
    await immediates();
    expect(office.leg(2).sent.uri).to.equal(`sip:${A}@10.1.0.2:5060;user=phone`);
    office.leg(2).user.onFailed(new Error('no route'));
    await immediates();
    expect(office.leg(3).sent.uri).to.include(B);
    await office.pass(0);
    expect(office.leg(3).sent.uri).to.include('10.1.0.');
  });

  it('603 hunts on by default, and ends the hunt where that is chosen (RFC 3261 §16.7 item 5 binds proxies)', async () => {
    const open = new Office({ members: [A, B] });
    await open.call();
    open.leg(1).reply(603);
    await immediates();
    expect(open.server.legs).to.have.length(2);
    const strict = new Office({ members: [A, B], settings: { huntOnDecline: false } });
    const invite = await strict.call();
    strict.leg(1).reply(603);
    await immediates();
    expect(invite.statuses).to.deep.equal([480]);
    expect(strict.whys).to.deep.equal(['declined', 'not-needed']);
  });

  for (const [name, status, headers] of [
    ['302 is not followed', 302, { contact: '<sip:voicemail@10.0.0.5>' }],
    ['181 says that the phone forwards', 181, {}],
    ['a Diversion in a 180 says that the phone forwards', 180, { diversion: '<sip:+37129999999@x>' }],
    [
      'a foreign History-Info entry in a 2xx says that the phone forwards',
      200,
      { 'history-info': '<sip:+37129999999@x>;index=1.2' },
    ],
  ] as const) {
    it(`${name}: the attempt ends as forwarded and the next member rings (RFC 3261 §8.1.3.4, §21.1.3)`, async () => {
      const office = new Office({ members: [A, B] });
      const invite = await office.call();
      office.leg(1).reply(status, headers);
      await office.pass(500);
      expect(office.leg(2).sent.uri).to.include(B);
      office.leg(2).reply(486);
      await immediates();
      expect(office.whys).to.deep.equal(['forwarded', 'busy']);
      expect(invite.statuses.at(-1)).to.equal(480);
    });
  }

  it('our own History-Info sent back is no forwarding (RFC 7044)', async () => {
    const office = new Office();
    await office.call();
    office.leg(1).reply(180, { 'history-info': office.leg(1).header('history-info') });
    await office.pass(1000);
    expect(office.leg(1).cancelled).to.equal(undefined);
  });

  it('422: the same member again with an interval that it accepts, once (RFC 4028 §7.3)', async () => {
    const office = new Office({ members: [A, B] });
    await office.call({ 'session-expires': '90' });
    expect(office.leg(1).header('session-expires')).to.equal('90');
    office.leg(1).reply(422, { 'min-se': '600' });
    await immediates();
    expect(office.leg(2).sent.uri).to.include(A);
    expect([office.leg(2).header('session-expires'), office.leg(2).header('min-se')]).to.deep.equal(['600', '600']);
    office.leg(2).reply(422, { 'min-se': '1200' });
    await immediates();
    expect(office.leg(3).sent.uri).to.include(B);
  });

  it('401, 407 and a 487 that nobody asked for end the attempt as failed (edge cases 36, 42)', async () => {
    const office = new Office();
    const invite = await office.call();
    for (const [n, status] of [401, 407, 487].entries()) {
      office.leg(n + 1).reply(status);
      await immediates();
    }
    expect(office.whys).to.deep.equal(['failed', 'failed', 'failed']);
    expect(invite.statuses).to.deep.equal([480]);
  });

  it('an answer without Contact is released and the next member rings (RFC 3261 §12.1.1)', async () => {
    const office = new Office({ members: [A, B] });
    await office.call();
    const leg = office.leg(1);
    leg.user.onFinal({ status: 200, reason: '', headers: {}, body: '' }, leg.dialog);
    await immediates();
    expect(leg.acks).to.have.length(1);
    expect(office.leg(2).sent.uri).to.include(B);
  });

  it('a response repeated after the attempt is over does not advance the chain again (edge case 56)', async () => {
    const office = new Office();
    await office.call();
    office.leg(1).reply(486);
    await immediates();
    office.leg(1).reply(486);
    office.leg(1).reply(180);
    await immediates();
    expect(office.server.legs).to.have.length(2);
  });

  it("a member that is the caller's own number, or the pilot, is skipped (edge case 13)", async () => {
    const office = new Office({ members: [CALLER, PILOT, A] });
    await office.call();
    expect(office.leg(1).sent.uri).to.include(A);
    office.leg(1).reply(486);
    await immediates();
    expect(office.whys).to.deep.equal(['own-number', 'own-number', 'busy']);
  });

  it('a member who is on another call is not rung and counts as busy; claims end with the attempt', async () => {
    const office = new Office({ members: [A, B] });
    office.store.onCall.add(A);
    const invite = await office.call();
    expect(office.leg(1).sent.uri).to.include(B);
    office.leg(1).reply(486);
    await immediates();
    expect(office.whys).to.deep.equal(['on-a-call', 'busy']);
    expect(invite.statuses).to.deep.equal([486]);
    expect(office.store.released).to.deep.equal([B]);
  });

  it('a member that is a SIP URI goes there directly and is not claimed', async () => {
    const office = new Office({ members: ['sip:desk@192.0.2.7:5070'] });
    await office.call();
    expect(office.leg(1).sent.uri).to.equal('sip:desk@192.0.2.7:5070');
    expect(office.store.claimed).to.deep.equal([]);
  });
});

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

describe('A hunt: answers that come late', () => {
  async function leftRinging(office: Office): Promise<void> {
    await office.call();
    office.leg(1).reply(180);
    await office.pass(20_500);
    office.leg(2).reply(180);
  }

  it('a 2xx that crosses our CANCEL is taken while nobody else has answered (edge case 48)', async () => {
    const office = new Office();
    await leftRinging(office);
    office.leg(1).reply(200, {}, 'v=0\r\nlate');
    await immediates();
    expect(office.leg(2).reason)
      .to.include('cause=200;text="Call completed elsewhere"')
      .and.to.include('Q.850;cause=26');
    expect(office.leg(1).acks).to.have.length(1);
    office.leg(2).reply(487);
    office.server.inDialog('caller-dialog', 'BYE');
    await immediates();
    expect([office.record.by, office.record.status, office.whys]).to.deep.equal([
      A,
      200,
      ['answered', 'not-needed', 'not-needed'],
    ]);
    expect(office.service.active).to.equal(0);
  });

  it('it is released with ACK and BYE once somebody else has answered (edge cases 47, 53)', async () => {
    const office = new Office();
    await leftRinging(office);
    office.leg(2).reply(200);
    office.leg(1).reply(200);
    await immediates();
    expect(office.leg(1).acks).to.have.length(1);
    expect(office.server.byes).to.deep.equal(['member-dialog-1']);
  });

  it('on a server that releases by itself it is acknowledged and nothing more (drachtio fact 4)', async () => {
    const office = new Office();
    office.server.deliversLateAnswers = false;
    await leftRinging(office);
    office.leg(1).reply(200);
    await immediates();
    expect(office.leg(1).acks).to.have.length(1);
    expect(office.server.byes).to.deep.equal([]);
    expect(office.leg(2).cancelled).to.equal(undefined);
  });

  it('the same member, by the trunk that we had given up: that leg has the call (edge case 53)', async () => {
    const office = new Office({ members: [A], trunks: ['sip:10.1.0.1:5060', 'sip:10.1.0.2:5060'] });
    const invite = await office.call();
    await office.pass(4000);
    office.leg(2).reply(180);
    office.leg(1).reply(200, {}, 'v=0\r\nfirst');
    await immediates();
    expect(invite.responses.at(-1)).to.include({ status: 200, body: 'v=0\r\nfirst' });
    expect(office.leg(2).reason).to.include('Call completed elsewhere');
    office.leg(2).reply(200);
    await immediates();
    expect(office.leg(2).acks).to.have.length(1);
  });

  it('an old leg is watched for 64*T1 and then forgotten (RFC 3261 §9.1)', async () => {
    const office = new Office({ members: [A] });
    const invite = await office.call();
    office.leg(1).reply(180);
    await office.pass(20_500);
    expect(invite.statuses).to.deep.equal([180, 480]);
    expect(office.service.active).to.equal(1);
    await office.pass(31_500);
    expect(office.leg(1).forgotten).to.equal(true);
    expect(office.service.active).to.equal(0);
    expect(office.clock.pending).to.equal(0);
  });
});

describe('A hunt: its end', () => {
  it('writes one record with one entry for each member, and leaves nothing behind', async () => {
    const office = new Office();
    await office.call();
    office.leg(1).reply(486);
    await immediates();
    await office.answered(2);
    await office.pass(5000);
    office.server.inDialog('member-dialog-2', 'BYE');
    await immediates();
    const { record } = office;
    expect(record).to.include({
      pilot: PILOT,
      caller: CALLER,
      status: 200,
      by: B,
      released: 'callee',
      turn: 7,
      version: 3,
    });
    expect(office.whys).to.deep.equal(['busy', 'answered', 'not-needed']);
    expect(record.ended - (record.answered ?? 0)).to.equal(5000);
    expect(office.store.released).to.deep.equal([A, B]);
    expect(office.server.dialogs.size).to.equal(0);
    expect(office.service.active).to.equal(0);
    expect(office.clock.pending).to.equal(0);
  });

  it('everything is given up when the SIP server is lost', async () => {
    const office = new Office();
    await office.call();
    office.leg(1).reply(180);
    office.leg(1).user.onFailed(new Error('lost'));
    office.server.user?.onLost();
    for (const leg of office.server.legs) leg.user.onFailed(new Error('lost'));
    await immediates();
    expect(office.record.status).to.equal(503);
  });

  it('draining refuses new calls, ends what goes on at the deadline, and resolves', async () => {
    const office = new Office();
    await office.call();
    await office.answered(1);
    let drained = false;
    const done = office.service.drain(10_000).then(() => (drained = true));
    const refused = await office.call();
    expect(refused.statuses).to.deep.equal([503]);
    expect(refused.header('retry-after')).to.equal('5');
    await office.pass(9999);
    expect(drained).to.equal(false);
    await office.pass(1);
    await done;
    expect(office.server.byes.toSorted()).to.deep.equal(['caller-dialog', 'member-dialog-1']);
    expect(office.record.released).to.equal('system');
  });
});
