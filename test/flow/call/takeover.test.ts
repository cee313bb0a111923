import { expect } from 'chai';
import { SDP } from '../../support/sip-peer.js';
import { ENGINE, useCallHarness } from './call-harness.js';

const THEFT = SDP.replaceAll('192.0.2.1', '203.0.113.66');

describe('A call belongs to its caller, over the engine (RFC 3261 §12)', () => {
  const start = useCallHarness();

  for (const isAnswered of [false, true])
    it(`a second INVITE with the Call-ID and From tag of a call that ${isAnswered ? 'is up' : 'rings'} is another call`, async () => {
      const harness = await start();
      const attacker = harness.peer('10.0.0.66', { user: 'attacker' });
      const invite = await harness.call();
      const member = harness.invite();
      await harness.reply(180);
      const answering = () => harness.reply(200);
      if (isAnswered) await answering();
      const from = invite.first('from') ?? '';
      attacker.invite(ENGINE, { uri: invite.uri, callId: invite.callId, from, cseq: 77, body: THEFT });
      await harness.pass(0);
      if (!isAnswered) harness.trunk.reply(member, 200);
      await harness.pass(0);
      const answer = harness.caller.response(200, 'INVITE');
      // The member's requests go to his caller.
      harness.trunk.inDialog('INVITE', harness.trunk.reply(member, 200), { body: `${SDP}a=x-hold\r\n` });
      await harness.pass(0);
      expect(harness.caller.request('INVITE').body).to.include('x-hold');
      harness.caller.reply(harness.caller.request('INVITE'), 200);
      await harness.pass(0);
      expect(harness.trunk.response(200, 'INVITE').body).to.equal(SDP);
      expect(attacker.summary.filter((one) => !one.endsWith(' INVITE'))).to.deep.equal([]);
      // And his caller ends the call.
      harness.caller.bye(answer);
      await harness.pass(0);
      expect(harness.caller.response(200, 'BYE').callId).to.equal(invite.callId);
      expect(harness.trunk.request('BYE').callId).to.equal(member.callId);
    });

  for (const link of ['direct', 'protocol'] as const)
    it(`${link}: a bar in Call-ID and From tag ends no dialog id, and the BYE of the member reaches that caller`, async () => {
      const harness = await start({ link });
      const from = '<sip:caller@10.0.0.9>;tag=a|b';
      await harness.call({ callId: 'x|continue|y', from });
      const sent = await harness.reply(200);
      harness.trunk.bye(sent);
      await harness.pass(0);
      expect(harness.caller.request('BYE').callId).to.equal('x|continue|y');
      expect(harness.records[0]?.released).to.equal('callee');
    });

  it('BYE, re-INVITE and UPDATE of another peer are 403 on both legs, and the call goes on', async () => {
    const harness = await start();
    const attacker = harness.peer('10.0.0.66', { user: 'attacker' });
    await harness.call();
    const sent = await harness.reply(200);
    const answer = harness.caller.response(200, 'INVITE');
    for (const [from, to, { callId }] of [
      [answer.first('from'), answer.first('to'), answer],
      [sent.first('to'), sent.first('from'), sent],
    ] as const)
      for (const method of ['BYE', 'INVITE', 'UPDATE'])
        attacker.start(method, ENGINE, { from: from ?? '', to: to ?? '', callId, cseq: 900, body: THEFT });
    await harness.pass(0);
    const both = ['403 BYE', '403 INVITE', '403 UPDATE'];
    expect(attacker.summary).to.deep.equal([...both, ...both]);
    expect([harness.caller.summary.at(-1), harness.trunk.summary.at(-1)]).to.deep.equal(['200 INVITE', 'ACK']);
    harness.caller.bye(answer);
    await harness.pass(0);
    expect(harness.trunk.summary.at(-1)).to.equal('BYE');
  });
});
