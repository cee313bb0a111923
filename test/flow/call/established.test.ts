import { expect } from 'chai';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import { SDP } from '../../support/sip-peer.js';
import { useWire, type Wire } from './call-harness.js';

interface Talking {
  readonly wire: Wire;
  /** Our 200, as the caller got it. */
  readonly answer: SipMessage;
  /** The member's 200. */
  readonly sent: SipMessage;
}

describe('The established call, over the engine', () => {
  const start = useWire();

  async function talk(fields: readonly Field[] = [], ofMember: readonly Field[] = []): Promise<Talking> {
    const wire = await start({ delay: 10 });
    await wire.call({ fields });
    await wire.pass(50);
    const sent = wire.trunk.reply(wire.invite(), 200, { fields: ofMember });
    await wire.pass(50);
    return { wire, sent, answer: wire.caller.response(200, 'INVITE') };
  }

  const finals = (peer: { readonly received: readonly SipMessage[] }, method: string): number[] =>
    peer.received.filter(({ status, cseq }) => status >= 200 && cseq.method === method).map(({ status }) => status);

  it('re-INVITE glare: one goes through, the other is 491 and may come again (RFC 3261 §14.2)', async () => {
    const { wire, answer, sent } = await talk();
    wire.caller.inDialog('INVITE', answer, { body: `${SDP}a=x-caller\r\n` });
    wire.trunk.inDialog('INVITE', sent, { body: `${SDP}a=x-member\r\n` });
    await wire.pass(50);
    expect(wire.trunk.response(491).cseq.method).to.equal('INVITE');
    wire.trunk.acknowledge(wire.trunk.response(491));
    expect(wire.invite().body).to.include('x-caller');
    wire.trunk.reply(wire.invite(), 200);
    await wire.pass(50);
    expect(finals(wire.caller, 'INVITE')).to.deep.equal([200, 200]);
    wire.trunk.inDialog('INVITE', sent, { body: `${SDP}a=x-again\r\n` });
    await wire.pass(50);
    expect(wire.caller.request('INVITE').body).to.include('x-again');
    wire.caller.reply(wire.caller.request('INVITE'), 200);
    await wire.pass(50);
    expect(finals(wire.trunk, 'INVITE')).to.deep.equal([491, 200]);
    wire.caller.bye(answer);
    await wire.expectNothingLeft();
  });

  for (const [whose, ofCaller, ofMember] of [
    ['caller', [['Session-Expires', '90;refresher=uac']], []],
    ['member', [], [['Session-Expires', '90;refresher=uas']]],
  ] as [string, Field[], Field[]][]) {
    it(`the ${whose} does not refresh its session: BYE to both (RFC 4028 §10)`, async () => {
      const { wire } = await talk([['Supported', 'timer'], ...ofCaller], ofMember);
      // A third of the interval before it expires.
      await wire.pass(59_000);
      expect([wire.caller.summary.at(-1), wire.trunk.summary.at(-1)]).to.not.include('BYE');
      await wire.pass(1500);
      expect(wire.caller.summary).to.include('BYE');
      expect(wire.trunk.summary).to.include('BYE');
      expect(wire.records[0]?.released).to.equal('system');
      await wire.expectNothingLeft();
    });
  }

  it('a caller who asks for no session timer is asked every 15 minutes whether he is still there; silence ends the call (RFC 4028 §9)', async () => {
    const { wire } = await talk([], []);
    expect(wire.caller.response(200).first('session-expires')).to.equal('1800;refresher=uas');
    await wire.pass(899_000);
    expect(wire.caller.summary).to.not.include('INVITE');
    await wire.pass(2000);
    expect(wire.caller.summary).to.include('INVITE');
    await wire.pass(70_000);
    expect(wire.trunk.summary).to.include('BYE');
    expect(wire.records[0]?.released).to.equal('system');
    await wire.expectNothingLeft();
  });

  it('a session that we refresh on one leg is refreshed there, and the other leg hears nothing of it (RFC 4028 §7.2)', async () => {
    const { wire, answer } = await talk([], [['Session-Expires', '90;refresher=uac']]);
    await wire.pass(45_100);
    expect(wire.invite().first('session-expires')).to.equal('90;refresher=uac');
    wire.trunk.reply(wire.invite(), 200, { fields: [['Session-Expires', '90;refresher=uac']] });
    await wire.pass(50);
    expect(wire.trunk.summary.at(-1)).to.equal('ACK');
    expect(wire.caller.summary).to.deep.equal(['100 INVITE', '200 INVITE']);
    wire.caller.bye(answer);
    await wire.expectNothingLeft();
  });

  for (const status of [481, 408]) {
    it(`${status} to a request within the call: BYE to both (RFC 3261 §12.2.1.2)`, async () => {
      const { wire, answer } = await talk();
      wire.caller.inDialog('INFO', answer, { body: 'x' });
      await wire.pass(50);
      wire.trunk.reply(wire.trunk.request('INFO'), status);
      await wire.pass(50);
      expect(wire.caller.summary).to.include('BYE');
      expect(wire.trunk.summary).to.include('BYE');
      expect(wire.records[0]?.released).to.equal('system');
      await wire.expectNothingLeft();
    });
  }

  it('a CSeq that went backwards is 500, a request for an unknown dialog 481, and the call goes on (RFC 3261 §12.2.2)', async () => {
    const { wire, answer } = await talk();
    wire.caller.inDialog('INFO', answer, { body: 'x', cseq: 90 });
    await wire.pass(50);
    wire.trunk.reply(wire.trunk.request('INFO'), 200);
    wire.caller.inDialog('INFO', answer, { body: 'x', cseq: 89 });
    wire.caller.inDialog('INFO', answer, { body: 'x', cseq: 91, callId: 'another-call' });
    await wire.pass(50);
    expect(finals(wire.caller, 'INFO').toSorted()).to.deep.equal([200, 481, 500]);
    expect(wire.service.active).to.equal(1);
    wire.caller.inDialog('BYE', answer, { cseq: 92 });
    await wire.expectNothingLeft();
  });

  it('BYE crosses BYE: both are answered, one record is written (edge case 74)', async () => {
    const { wire, answer, sent } = await talk();
    wire.caller.bye(answer);
    wire.trunk.bye(sent);
    await wire.pass(100);
    expect(finals(wire.caller, 'BYE')).to.deep.equal([200]);
    expect(finals(wire.trunk, 'BYE')).to.deep.equal([200]);
    expect(wire.records).to.have.length(1);
    await wire.expectNothingLeft();
  });

  it('REFER of a member is 603 and the call goes on (RFC 3515)', async () => {
    const { wire, answer, sent } = await talk();
    wire.trunk.inDialog('REFER', sent, { fields: [['Refer-To', '<sip:+37129999999@10.1.0.1>']] });
    await wire.pass(50);
    expect(finals(wire.trunk, 'REFER')).to.deep.equal([603]);
    expect(wire.caller.summary).to.deep.equal(['100 INVITE', '200 INVITE']);
    wire.caller.bye(answer);
    await wire.expectNothingLeft();
  });

  it('BYE while a re-INVITE is open: the re-INVITE is 487, a 2xx that crosses gets its ACK, nothing leaks (drachtio-server#145)', async () => {
    for (const late of [487, 200]) {
      const { wire, answer } = await talk();
      wire.caller.inDialog('INVITE', answer, { body: `${SDP}a=sendonly\r\n` });
      await wire.pass(50);
      const again = wire.invite();
      wire.trunk.reply(again, 100);
      await wire.pass(50);
      wire.caller.bye(answer);
      await wire.pass(10);
      if (late === 200) wire.trunk.reply(again, 200);
      await wire.pass(50);
      expect(finals(wire.caller, 'INVITE'), `${late}`).to.deep.equal([200, 487]);
      expect(finals(wire.caller, 'BYE')).to.deep.equal([200]);
      expect(wire.trunk.summary).to.include('BYE');
      const acknowledged = wire.trunk.received.filter(
        ({ method, cseq }) => method === 'ACK' && cseq.number === again.cseq.number,
      );
      expect(acknowledged, `${late}`).to.have.length(1);
      expect(wire.records[0]?.released).to.equal('caller');
      await wire.expectNothingLeft();
    }
  });

  it('BYE of the member crosses a re-INVITE of the caller: both end, and the re-INVITE has a final response', async () => {
    const { wire, answer, sent } = await talk();
    wire.caller.inDialog('INVITE', answer, { body: `${SDP}a=sendonly\r\n` });
    wire.trunk.bye(sent);
    await wire.pass(100);
    expect(finals(wire.caller, 'INVITE')).to.have.length(2);
    expect(finals(wire.trunk, 'BYE')).to.deep.equal([200]);
    expect(wire.caller.summary).to.include('BYE');
    expect(wire.records).to.have.length(1);
    await wire.expectNothingLeft();
  });
});
