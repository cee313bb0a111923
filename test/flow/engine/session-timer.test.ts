import { expect } from 'chai';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { EngineHarness } from './engine-harness.js';

describe('Engine: session timers (RFC 4028)', () => {
  let harness: EngineHarness;
  let peer: SipPeer;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
    peer = harness.peer({ address: '10.0.0.2', user: 'member' });
  });
  afterEach(() => harness.expectNoLeak());

  const callOut = (expires: string): void => {
    harness.invite();
    harness.settle();
    peer.reply(peer.request('INVITE'), 200, { fields: [['Session-Expires', expires]] });
    harness.settle();
    harness.acknowledge(harness.owner.responses.at(-1)?.dialogId ?? '');
    harness.settle();
  };
  const callIn = (value: string, cseq = 1): void => {
    peer.invite(harness.at, { fields: [['Session-Expires', value]], cseq });
    harness.settle();
    harness.answer();
    harness.settle();
  };

  it('§10: the peer refreshes and does not: BYE, and the owner is told', () => {
    callOut('100;refresher=uas');
    harness.settle(100_000);
    expect(peer.summary.at(-1)).to.equal('BYE');
    const reason = harness.owner.unsolicited[0]?.message.first('reason');
    expect(reason).to.equal('SIP;cause=408;text="Session timer expired"');
    expect(harness.owner.unsolicited[0]?.reason).to.equal('session-expired');
  });

  it('a refresh that is 491 comes again: after 2.1 to 4 s where we chose the Call-ID, else within 2 s (RFC 3261 §14.1)', () => {
    const waited = (): number => {
      const refused = peer.request('INVITE');
      peer.reply(refused, 491);
      const from = harness.clock.now();
      harness.settle();
      while (peer.request('INVITE').cseq.number === refused.cseq.number && harness.clock.now() - from < 5000)
        harness.settle();
      return harness.clock.now() - from;
    };
    callOut('100;refresher=uac');
    harness.settle(50_000);
    expect(waited()).to.be.within(2100, 4010);
    callIn('100;refresher=uas');
    peer.received.length = 0;
    harness.settle(50_000);
    const times = [1, 2, 3, 4].map(() => waited());
    expect(Math.max(...times)).to.be.at.most(2010);
    expect(new Set(times).size, 'random').to.be.greaterThan(1);
    harness.engine.release(harness.owner);
  });

  it('§7.2: we refresh at half of the interval with the last description, unseen by the owner', () => {
    callOut('100;refresher=uac');
    harness.settle(50_000);
    const refresh = peer.request('INVITE');
    expect(refresh.toTag).not.to.equal('');
    expect(refresh.body).to.equal(SDP);
    expect(refresh.first('session-expires')).to.equal('100;refresher=uac');
    peer.reply(refresh, 200, { fields: [['Session-Expires', '100;refresher=uac']] });
    harness.settle(50_000);
    expect(peer.summary).to.deep.equal(['INVITE', 'ACK', 'INVITE', 'ACK', 'INVITE']);
    peer.reply(peer.request('INVITE'), 481);
    harness.settle();
    expect(peer.summary.slice(-2)).to.deep.equal(['ACK', 'BYE']);
    expect(harness.owner.told).to.deep.equal([200]);
    expect(harness.owner.unsolicited).to.have.length(1);
  });

  it('§9: what a caller with a refresher asks for is granted, and its refresh restarts the timer', () => {
    callIn('100;refresher=uac');
    const ok = peer.response(200);
    expect(ok.first('session-expires')).to.equal('100;refresher=uac');
    harness.settle(60_000);
    peer.inDialog('UPDATE', ok, { cseq: 5, fields: [['Session-Expires', '100;refresher=uac']] });
    harness.settle();
    harness.respond(200);
    // §10: 32 s before it expires
    harness.settle(67_990);
    expect(peer.summary).not.to.include('BYE');
    harness.settle(20);
    expect(peer.summary.at(-1)).to.equal('BYE');
  });

  it('§9: what an INVITE asks for is never raised, and we refresh at 45 s at the most', () => {
    callIn('60;refresher=uas');
    expect(peer.response(200).first('session-expires')).to.equal('60;refresher=uas');
    harness.settle(44_900);
    expect(peer.summary).not.to.include('INVITE');
    harness.settle(200);
    expect(peer.summary.at(-1)).to.equal('INVITE');
    harness.engine.release(harness.owner);
  });

  it('§6: an interval below 90 s in a re-INVITE is 422 with Min-SE', () => {
    callIn('100;refresher=uac');
    peer.inDialog('INVITE', peer.response(200), {
      cseq: 5,
      fields: [
        ['Supported', 'timer'],
        ['Session-Expires', '60'],
      ],
    });
    harness.settle();
    expect(peer.response(422).first('min-se')).to.equal('90');
    peer.inDialog('BYE', peer.response(200), { cseq: 6 });
    harness.settle();
    harness.respond(200);
    harness.settle(200_000);
    expect(harness.owner.unsolicited).to.have.length(0);
  });
});
