import { expect } from 'chai';
import type { SipMessage } from '../../../lib/sip/message.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { EngineHarness, TestOwner } from './engine-harness.js';

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

  it('a silent application: 480 to its INVITE, 504 to the rest, after 64 s', () => {
    call();
    caller.start('OPTIONS', harness.at);
    harness.settle(64_001);
    expect(caller.summary).to.include.members(['480 INVITE', '504 OPTIONS']);
    // One that comes to itself learns that its INVITE is over, and how.
    expect(harness.owner.last().kind).to.equal('cancel');
    expect(harness.owner.last().message.first('x-final-status')).to.equal('480');
  });

  describe('without an application', () => {
    beforeEach(() => {
      harness.engine.dispatcher = { choose: () => undefined };
    });

    it('known methods are 503, unknown ones 501 with Allow, methods of dialogs 481', () => {
      for (const method of ['INVITE', 'OPTIONS', 'REFER', 'FROBNICATE', 'BYE', 'UPDATE', 'PRACK']) {
        caller.start(method, harness.at);
      }
      harness.settle();
      expect(caller.summary).to.deep.equal([
        '503 INVITE',
        '503 OPTIONS',
        '503 REFER',
        '501 FROBNICATE',
        '481 BYE',
        '481 UPDATE',
        '481 PRACK',
      ]);
      expect(caller.response(501).first('allow')).to.include('INVITE');
    });

    it('RFC 3261 §16.3: Max-Forwards 0 is 483; §8.2: malformed is 400, but never a malformed ACK or response', () => {
      const sound = caller.invite(harness.at);
      harness.settle();
      const broken = sound.text.replace(/CSeq: .*/, 'CSeq: nonsense').replace(branchOf(sound), 'z9hG4bKx');
      caller.send(
        sound.text.replace('Max-Forwards: 70', 'Max-Forwards: 0').replace(branchOf(sound), 'z9hG4bKy'),
        harness.at,
      );
      caller.send(broken, harness.at);
      caller.send(broken.replace('INVITE', 'ACK'), harness.at);
      caller.send('SIP/2.0 200 OK\r\nVia: rubbish\r\n\r\n', harness.at);
      caller.send('rubbish', harness.at);
      const seen = caller.received.map(({ status }) => status);
      expect(seen).to.deep.equal([503]);
      // A CSeq that cannot be read would stop the scripted peer: what it is sent is read off the wire.
      void caller.transport.close();
      harness.settle();
      const answers = harness.network.lines().filter((line) => line.startsWith('SIP/2.0 4'));
      expect(answers.map((line) => line.slice(8, 11))).to.deep.equal(['483', '400']);
    });
  });

  describe('the application goes away', () => {
    it('pending is 503, ringing 480, a dialog is ended by BYE', () => {
      const [one, two, three] = [5081, 5082, 5083].map((port) => harness.peer({ port, user: `u${port}` })) as [
        SipPeer,
        SipPeer,
        SipPeer,
      ];
      call(one);
      harness.answer();
      harness.settle();
      call(two);
      harness.respond(180);
      call(three);
      harness.engine.release(harness.owner);
      harness.settle();
      expect(one.summary.at(-1)).to.equal('BYE');
      expect(two.summary.at(-1)).to.equal('480 INVITE');
      expect(three.summary.at(-1)).to.equal('503 INVITE');
    });

    it('a dialog whose 200 is not acknowledged is ended once the ACK is there', () => {
      const slow = harness.peer({ autoAck: false, port: 5071 });
      call(slow);
      harness.answer();
      harness.engine.release(harness.owner);
      harness.settle(100);
      expect(slow.summary).not.to.include('BYE');
      slow.acknowledge(slow.response(200));
      harness.settle();
      expect(slow.summary.at(-1)).to.equal('BYE');
    });

    it('another application that has sent in the dialog has taken it over: it goes on', () => {
      call();
      const { dialogId } = harness.answer();
      harness.settle();
      const heir = new TestOwner();
      harness.engine.requestInDialog(heir, dialogId, { method: 'INFO', uri: 'sip:x', fields: [], body: '' });
      harness.engine.release(harness.owner);
      harness.settle();
      caller.reply(caller.request('INFO'), 200);
      harness.settle(10_000);
      expect(caller.summary).not.to.include('BYE');
      caller.bye(caller.response(200));
      harness.settle();
      expect(heir.asked).to.deep.equal(['in-dialog BYE']);
      harness.engine.respond(heir, heir.last().transactionId, { status: 200, reason: 'OK', fields: [], body: '' });
      harness.settle();
    });
  });
});
