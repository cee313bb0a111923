import { expect } from 'chai';
import type { SipMessage } from '../../../lib/sip/message.js';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { EngineHarness, TIMEOUT } from './engine-harness.js';

const branchOf = (message: SipMessage): string => message.via.params.get('branch') ?? '';

describe('Engine as server', () => {
  let harness: EngineHarness;
  let caller: SipPeer;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
    caller = harness.peer();
  });
  afterEach(() => harness.expectNoLeak());

  const call = (peer = caller): SipMessage => {
    const invite = peer.invite(harness.at);
    harness.settle();
    return invite;
  };
  const hangUp = (): void => {
    caller.bye(caller.response(200, 'INVITE'));
    harness.settle();
    harness.respond(200);
    harness.settle();
  };

  it('RFC 3261 §17.2.1: a repeated INVITE is one call and gets the last provisional response again', () => {
    const invite = call();
    caller.send(invite, harness.at);
    harness.settle();
    expect(harness.owner.asked).to.deep.equal(['new INVITE']);
    harness.respond(180);
    caller.send(invite, harness.at);
    harness.settle();
    expect(caller.summary).to.deep.equal(['100 INVITE', '100 INVITE', '180 INVITE', '180 INVITE']);
    harness.respond(486);
    harness.settle();
  });

  it('RFC 3261 §13.3.1.4: the 2xx is repeated at T1 doubling to T2 until its ACK, even over TCP', () => {
    for (const protocol of ['udp', 'tcp'] as const) {
      const peer = harness.peer({ protocol, autoAck: false, user: protocol, port: 5070 });
      peer.invite(harness.at);
      harness.settle();
      harness.answer();
      const start = harness.clock.now();
      harness.settle(8000);
      const times = harness.network.trace
        .filter(({ line, to }) => line.startsWith('SIP/2.0 200') && to === '10.0.0.9:5070')
        .filter(({ at }) => at >= start)
        .map(({ at }) => at - start);
      expect(times, protocol).to.deep.equal([0, 500, 1500, 3500, 7500]);
      peer.acknowledge(peer.response(200));
      harness.settle(20_000);
      expect(peer.summary.filter((line) => line === '200 INVITE')).to.have.length(5);
      peer.bye(peer.response(200));
      harness.settle();
      harness.respond(200);
      harness.settle(TIMEOUT);
    }
  });

  it('RFC 3261 §13.3.1.4: without ACK the session is ended by BYE, and the owner is told why', () => {
    const silent = harness.peer({ autoAck: false, port: 5071 });
    call(silent);
    harness.answer();
    harness.settle(TIMEOUT + 1);
    expect(silent.summary.at(-1)).to.equal('BYE');
    const [bye] = harness.owner.unsolicited;
    expect(bye?.message.first('reason')).to.equal('SIP;cause=408;text="ACK timeout"');
    expect(bye?.reason).to.equal('no-ack');
    const { callId, fromTag } = bye?.message ?? {};
    expect(bye?.dialogId).to.equal(`${callId};from-tag=from-caller-1;to-tag=${fromTag}`);
  });

  it('RFC 3261 §15: a BYE of the owner before the ACK waits for the ACK', () => {
    const slow = harness.peer({ autoAck: false, port: 5071 });
    call(slow);
    const { dialogId } = harness.answer();
    harness.inDialog(dialogId, 'BYE');
    harness.settle(1000);
    expect(slow.summary).not.to.include('BYE');
    slow.acknowledge(slow.response(200));
    harness.settle();
    expect(slow.summary.at(-1)).to.equal('BYE');
    expect(harness.owner.told).to.deep.equal([200]);
  });

  it('a BYE that waits for an ACK that never comes is sent once, and nobody is told of a timeout', () => {
    const silent = harness.peer({ autoAck: false, port: 5071 });
    call(silent);
    const { dialogId } = harness.answer();
    harness.inDialog(dialogId, 'BYE');
    harness.settle(TIMEOUT + 100);
    expect(silent.summary.filter((line) => line === 'BYE')).to.have.length(1);
    expect(harness.owner.unsolicited).to.have.length(0);
    expect(harness.owner.told).to.deep.equal([200]);
  });

  it('RFC 3261 §9.2: a CANCEL that crosses the 200 is answered 200 and changes nothing', () => {
    const invite = call();
    harness.answer();
    caller.cancel(invite, harness.at);
    harness.settle();
    expect(caller.summary.at(-1)).to.equal('200 CANCEL');
    expect(harness.owner.asked).to.deep.equal(['new INVITE', 'ack ACK']);
    hangUp();
  });

  it('a CANCEL whose Via was changed on the way still finds its INVITE', () => {
    const invite = call();
    const cancel = caller.cancel(invite, { address: '10.0.0.99', port: 1 });
    const moved = cancel.text.replace('10.0.0.9:5060', '10.0.0.77:4711');
    caller.send(moved, harness.at);
    harness.settle();
    expect(harness.owner.asked).to.deep.equal(['new INVITE', 'cancel CANCEL']);
    expect(caller.summary).to.include('487 INVITE');
  });

  it('RFC 3261 §9.2: a CANCEL without INVITE is 481', () => {
    const invite = harness.peer({ port: 5075 }).invite({ address: '10.0.0.50', port: 5060 });
    caller.cancel(invite, harness.at);
    harness.network.rule({ when: () => false });
    harness.settle();
    expect(harness.network.lines()).to.include('SIP/2.0 481 Call/Transaction Does Not Exist');
  });

  it('RFC 3261 §8.2.2.2: the same request on another way is 482', () => {
    const invite = call();
    const fork = invite.text.replace(branchOf(invite), 'z9hG4bK-other-way');
    caller.send(fork, harness.at);
    harness.settle();
    expect(caller.summary).to.deep.equal(['100 INVITE', '482 INVITE']);
    expect(harness.owner.asked).to.have.length(1);
    harness.respond(486);
    harness.settle();
  });

  it('a new attempt with the same Call-ID after our refusal is a new call, even before the ACK', () => {
    const quiet = harness.peer({ autoAck: false, port: 5071 });
    const invite = call(quiet);
    harness.respond(503);
    quiet.send(invite.text.replace(branchOf(invite), 'z9hG4bK-route-advance'), harness.at);
    harness.settle();
    expect(harness.owner.asked).to.deep.equal(['new INVITE', 'new INVITE']);
    harness.respond(486);
    harness.settle();
  });

  it('RFC 3261 §17.2.1: a refusal is repeated over UDP until its ACK, or 64·T1', () => {
    const quiet = harness.peer({ autoAck: false, port: 5071 });
    call(quiet);
    harness.respond(486);
    harness.settle(8000);
    const times = quiet.summary.filter((line) => line === '486 INVITE').length;
    expect(times).to.equal(5);
    quiet.acknowledge(quiet.response(486));
    harness.settle(TIMEOUT);
    expect(quiet.summary.filter((line) => line === '486 INVITE')).to.have.length(times);
    expect(harness.owner.asked).to.deep.equal(['new INVITE']);
  });

  it('RFC 3261 §12.2.2: a CSeq that went backwards is 500, an unknown dialog 481, a stray ACK nothing', () => {
    call();
    harness.answer();
    harness.settle();
    const ok = caller.response(200);
    caller.inDialog('INFO', ok, { cseq: 10 });
    harness.settle();
    harness.respond(200);
    caller.inDialog('INFO', ok, { cseq: 9 });
    harness.settle();
    expect(caller.summary.at(-1)).to.equal('500 INFO');
    const stranger = { from: '<sip:x@y>;tag=1', to: '<sip:z@y>;tag=2', callId: 'nowhere', cseq: 3 };
    for (const method of ['INVITE', 'BYE', 'INFO', 'UPDATE', 'PRACK', 'ACK'])
      caller.start(method, harness.at, stranger);
    harness.settle();
    const refused = caller.summary.filter((line) => line.startsWith('481'));
    expect(refused).to.deep.equal(['481 INVITE', '481 BYE', '481 INFO', '481 UPDATE', '481 PRACK']);
    caller.inDialog('BYE', ok, { cseq: 11 });
    harness.settle();
    harness.respond(200);
    harness.settle();
  });

  it('BYE crosses BYE: both are answered, and the dialog is gone once', () => {
    call();
    const { dialogId } = harness.answer();
    harness.settle();
    caller.bye(caller.response(200));
    harness.inDialog(dialogId, 'BYE');
    harness.settle();
    harness.respond(200);
    harness.settle();
    expect(harness.owner.told).to.deep.equal([200]);
    expect(caller.summary.slice(-2).sort()).to.deep.equal(['200 BYE', 'BYE']);
    expect(() => harness.inDialog(dialogId, 'INFO')).to.throw('unable to find dialog');
  });

  it('RFC 3261 §15.1.2: a BYE in the early dialog is 200, the INVITE 487, and the owner learns of a CANCEL', () => {
    call();
    harness.respond(180);
    harness.settle();
    caller.bye(caller.response(180));
    harness.settle();
    expect(caller.summary.slice(-2)).to.deep.equal(['200 BYE', '487 INVITE']);
    expect(harness.owner.asked).to.deep.equal(['new INVITE', 'cancel CANCEL']);
  });

  it('RFC 3261 §14.2: a second re-INVITE while one is open is 500 with Retry-After; ours being open, 491', () => {
    call();
    const { dialogId } = harness.answer();
    harness.settle();
    const ok = caller.response(200);
    caller.inDialog('INVITE', ok, { cseq: 20 });
    harness.settle();
    const first = harness.owner.last();
    caller.inDialog('INVITE', ok, { cseq: 21 });
    harness.settle();
    expect(caller.response(500).has('retry-after')).to.equal(true);
    harness.respond(200, [], SDP, first.transactionId);
    harness.settle();
    expect(harness.owner.last().kind).to.equal('ack');
    expect(harness.owner.last().transactionId).not.to.equal(first.transactionId);
    harness.inDialog(dialogId, 'INVITE', { body: SDP });
    harness.settle();
    caller.inDialog('INVITE', ok, { cseq: 22 });
    harness.settle();
    expect(caller.summary.at(-1)).to.equal('491 INVITE');
    caller.reply(caller.request('INVITE'), 488);
    harness.settle();
    caller.inDialog('BYE', ok, { cseq: 23 });
    harness.settle();
    harness.respond(200);
    harness.settle();
  });

  it('a re-INVITE moves the remote target, and its 2xx is repeated as the first one', () => {
    call();
    const { dialogId } = harness.answer();
    harness.settle();
    harness.network.rule({ when: ({ text }) => text.startsWith('ACK'), drop: true, times: 2 });
    caller.inDialog('INVITE', caller.response(200), { cseq: 30, contact: '<sip:moved@10.0.0.9:5060>' });
    harness.settle();
    harness.answer();
    harness.settle(1600);
    expect(caller.summary.filter((line) => line === '200 INVITE')).to.have.length(4);
    expect(harness.inDialog(dialogId, 'BYE').message.uri).to.equal('sip:moved@10.0.0.9:5060');
    harness.settle();
  });

  it('RFC 3261 §9.2: a CANCEL of a re-INVITE is answered here, and told; the late answer of the owner goes nowhere', () => {
    call();
    const { dialogId } = harness.answer();
    harness.settle();
    const again = caller.inDialog('INVITE', caller.response(200), { cseq: 30 });
    harness.settle();
    caller.cancel(again, harness.at);
    harness.settle();
    expect(caller.summary.slice(-2)).to.deep.equal(['200 CANCEL', '487 INVITE']);
    expect(harness.owner.requests.slice(-2).map(({ kind }) => kind)).to.deep.equal(['in-dialog', 'cancel']);
    expect(harness.owner.requests.at(-1)?.transactionId).to.equal(harness.owner.requests.at(-2)?.transactionId);
    expect(() => harness.answer()).to.throw('unknown transaction');
    harness.inDialog(dialogId, 'BYE');
    harness.settle();
  });

  it('RFC 4320 §4.1: a non-INVITE gets 100 after 3.5 s, not before, and never a 1xx of the application', () => {
    caller.start('OPTIONS', harness.at);
    harness.settle();
    harness.respond(183);
    harness.settle(3400);
    expect(caller.summary).to.deep.equal([]);
    harness.settle(200);
    expect(caller.summary).to.deep.equal(['100 OPTIONS']);
    harness.respond(200);
    harness.settle();
    expect(caller.summary).to.deep.equal(['100 OPTIONS', '200 OPTIONS']);
  });

  it('overload: a new INVITE is 503 with Retry-After and leaves nothing behind', async () => {
    const busy = await new EngineHarness({ overload: () => 17 }).start();
    const peer = busy.peer();
    peer.invite(busy.at);
    busy.settle();
    expect(peer.response(503).first('retry-after')).to.equal('17');
    expect(busy.engine.counts.transactions).to.equal(0);
  });
});
