import { expect } from 'chai';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import { SDP } from '../../support/sip-peer.js';
import { type CallHarness, useCallHarness } from './call-harness.js';

interface Talking {
  readonly harness: CallHarness;
  /** Our 200, as the caller got it. */
  readonly answer: SipMessage;
  /** The member's 200. */
  readonly sent: SipMessage;
}

describe('The established call, over the engine', () => {
  const start = useCallHarness();

  async function talk(fields: readonly Field[] = [], ofMember: readonly Field[] = []): Promise<Talking> {
    const harness = await start({ delay: 10 });
    await harness.call({ fields });
    await harness.pass(50);
    const sent = harness.trunk.reply(harness.invite(), 200, { fields: ofMember });
    await harness.pass(50);
    return { harness, sent, answer: harness.caller.response(200, 'INVITE') };
  }

  const finals = (peer: { readonly received: readonly SipMessage[] }, method: string): number[] =>
    peer.received.filter(({ status, cseq }) => status >= 200 && cseq.method === method).map(({ status }) => status);

  it('re-INVITE glare: one goes through, the other is 491 and may come again (RFC 3261 §14.2)', async () => {
    const { harness, answer, sent } = await talk();
    harness.caller.inDialog('INVITE', answer, { body: `${SDP}a=x-caller\r\n` });
    harness.trunk.inDialog('INVITE', sent, { body: `${SDP}a=x-member\r\n` });
    await harness.pass(50);
    expect(harness.trunk.response(491).cseq.method).to.equal('INVITE');
    harness.trunk.acknowledge(harness.trunk.response(491));
    expect(harness.invite().body).to.include('x-caller');
    harness.trunk.reply(harness.invite(), 200);
    await harness.pass(50);
    expect(finals(harness.caller, 'INVITE')).to.deep.equal([200, 200]);
    harness.trunk.inDialog('INVITE', sent, { body: `${SDP}a=x-again\r\n` });
    await harness.pass(50);
    expect(harness.caller.request('INVITE').body).to.include('x-again');
    harness.caller.reply(harness.caller.request('INVITE'), 200);
    await harness.pass(50);
    expect(finals(harness.trunk, 'INVITE')).to.deep.equal([491, 200]);
    harness.caller.bye(answer);
    await harness.expectNothingLeft();
  });

  for (const [whose, ofCaller, ofMember] of [
    ['caller', [['Session-Expires', '90;refresher=uac']], []],
    ['member', [], [['Session-Expires', '90;refresher=uas']]],
  ] as [string, Field[], Field[]][]) {
    it(`the ${whose} does not refresh its session: BYE to both (RFC 4028 §10)`, async () => {
      const { harness } = await talk([['Supported', 'timer'], ...ofCaller], ofMember);
      // A third of the interval before it expires.
      await harness.pass(59_000);
      expect([harness.caller.summary.at(-1), harness.trunk.summary.at(-1)]).to.not.include('BYE');
      await harness.pass(1500);
      expect(harness.caller.summary).to.include('BYE');
      expect(harness.trunk.summary).to.include('BYE');
      expect(harness.records[0]?.released).to.equal('system');
      await harness.expectNothingLeft();
    });
  }

  it('a caller who asks for no session timer is asked every 15 minutes whether he is still there; silence ends the call (RFC 4028 §9)', async () => {
    const { harness } = await talk([], []);
    expect(harness.caller.response(200).first('session-expires')).to.equal('1800;refresher=uas');
    await harness.pass(899_000);
    expect(harness.caller.summary).to.not.include('INVITE');
    await harness.pass(2000);
    expect(harness.caller.summary).to.include('INVITE');
    await harness.pass(70_000);
    expect(harness.trunk.summary).to.include('BYE');
    expect(harness.records[0]?.released).to.equal('system');
    await harness.expectNothingLeft();
  });

  it('a session that we refresh on one leg is refreshed there, and the other leg hears nothing of it (RFC 4028 §7.2)', async () => {
    const { harness, answer } = await talk([], [['Session-Expires', '90;refresher=uac']]);
    await harness.pass(45_100);
    expect(harness.invite().first('session-expires')).to.equal('90;refresher=uac');
    harness.trunk.reply(harness.invite(), 200, { fields: [['Session-Expires', '90;refresher=uac']] });
    await harness.pass(50);
    expect(harness.trunk.summary.at(-1)).to.equal('ACK');
    expect(harness.caller.summary).to.deep.equal(['100 INVITE', '200 INVITE']);
    harness.caller.bye(answer);
    await harness.expectNothingLeft();
  });

  for (const status of [481, 408]) {
    it(`${status} to a request within the call: BYE to both (RFC 3261 §12.2.1.2)`, async () => {
      const { harness, answer } = await talk();
      harness.caller.inDialog('INFO', answer, { body: 'x' });
      await harness.pass(50);
      harness.trunk.reply(harness.trunk.request('INFO'), status);
      await harness.pass(50);
      expect(harness.caller.summary).to.include('BYE');
      expect(harness.trunk.summary).to.include('BYE');
      expect(harness.records[0]?.released).to.equal('system');
      await harness.expectNothingLeft();
    });
  }

  it('a CSeq that went backwards is 500, a request for an unknown dialog 481, and the call goes on (RFC 3261 §12.2.2)', async () => {
    const { harness, answer } = await talk();
    harness.caller.inDialog('INFO', answer, { body: 'x', cseq: 90 });
    await harness.pass(50);
    harness.trunk.reply(harness.trunk.request('INFO'), 200);
    harness.caller.inDialog('INFO', answer, { body: 'x', cseq: 89 });
    harness.caller.inDialog('INFO', answer, { body: 'x', cseq: 91, callId: 'another-call' });
    await harness.pass(50);
    expect(finals(harness.caller, 'INFO').toSorted()).to.deep.equal([200, 481, 500]);
    expect(harness.service.active).to.equal(1);
    harness.caller.inDialog('BYE', answer, { cseq: 92 });
    await harness.expectNothingLeft();
  });

  it('BYE crosses BYE: both are answered, one record is written (edge case 74)', async () => {
    const { harness, answer, sent } = await talk();
    harness.caller.bye(answer);
    harness.trunk.bye(sent);
    await harness.pass(100);
    expect(finals(harness.caller, 'BYE')).to.deep.equal([200]);
    expect(finals(harness.trunk, 'BYE')).to.deep.equal([200]);
    expect(harness.records).to.have.length(1);
    await harness.expectNothingLeft();
  });

  it('REFER of a member is 603 and the call goes on (RFC 3515)', async () => {
    const { harness, answer, sent } = await talk();
    harness.trunk.inDialog('REFER', sent, { fields: [['Refer-To', '<sip:+37129999999@10.1.0.1>']] });
    await harness.pass(50);
    expect(finals(harness.trunk, 'REFER')).to.deep.equal([603]);
    expect(harness.caller.summary).to.deep.equal(['100 INVITE', '200 INVITE']);
    harness.caller.bye(answer);
    await harness.expectNothingLeft();
  });

  it('BYE while a re-INVITE is open: the re-INVITE is 487, a 2xx that crosses gets its ACK, nothing leaks (drachtio-server#145)', async () => {
    for (const late of [487, 200]) {
      const { harness, answer } = await talk();
      harness.caller.inDialog('INVITE', answer, { body: `${SDP}a=sendonly\r\n` });
      await harness.pass(50);
      const again = harness.invite();
      harness.trunk.reply(again, 100);
      await harness.pass(50);
      harness.caller.bye(answer);
      await harness.pass(10);
      if (late === 200) harness.trunk.reply(again, 200);
      await harness.pass(50);
      expect(finals(harness.caller, 'INVITE'), `${late}`).to.deep.equal([200, 487]);
      expect(finals(harness.caller, 'BYE')).to.deep.equal([200]);
      expect(harness.trunk.summary).to.include('BYE');
      const acknowledged = harness.trunk.received.filter(
        ({ method, cseq }) => method === 'ACK' && cseq.number === again.cseq.number,
      );
      expect(acknowledged, `${late}`).to.have.length(1);
      expect(harness.records[0]?.released).to.equal('caller');
      await harness.expectNothingLeft();
    }
  });

  it('BYE of the member crosses a re-INVITE of the caller: both end, and the re-INVITE has a final response', async () => {
    const { harness, answer, sent } = await talk();
    harness.caller.inDialog('INVITE', answer, { body: `${SDP}a=sendonly\r\n` });
    harness.trunk.bye(sent);
    await harness.pass(100);
    expect(finals(harness.caller, 'INVITE')).to.have.length(2);
    expect(finals(harness.trunk, 'BYE')).to.deep.equal([200]);
    expect(harness.caller.summary).to.include('BYE');
    expect(harness.records).to.have.length(1);
    await harness.expectNothingLeft();
  });
});
