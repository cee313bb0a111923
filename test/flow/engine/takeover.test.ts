import { expect } from 'chai';
import { STRANGERS } from '../../../lib/engine/dialog/sources.js';
import type { SipMessage } from '../../../lib/sip/message.js';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { EngineHarness, TIMEOUT } from './engine-harness.js';

const THEFT = SDP.replaceAll('192.0.2.1', '203.0.113.66');

describe('Engine: a dialog is Call-ID and both tags (RFC 3261 §12)', () => {
  let harness: EngineHarness;
  let caller: SipPeer;
  let attacker: SipPeer;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
    caller = harness.peer();
    attacker = harness.peer({ address: '10.0.0.66', user: 'attacker' });
  });
  afterEach(() => harness.expectNoLeak());

  const answered = (): { invite: SipMessage; answer: SipMessage; dialogId: string } => {
    const invite = caller.invite(harness.at);
    harness.settle();
    const { dialogId } = harness.answer();
    harness.settle();
    return { invite, answer: caller.response(200), dialogId };
  };
  /** What names the dialog, and more that the attacker may know. */
  const known = (answer: SipMessage) => ({
    from: answer.first('from') ?? '',
    to: answer.first('to') ?? '',
    callId: answer.callId,
  });
  const hangUp = (dialogId: string): void => {
    harness.inDialog(dialogId, 'BYE');
    harness.settle();
  };

  for (const status of [180, 200])
    it(`a second INVITE with its Call-ID and From tag, after our ${status}, makes a dialog of its own`, () => {
      const invite = caller.invite(harness.at);
      harness.settle();
      const first = harness.owner.last().transactionId;
      const { dialogId } = harness.respond(status, [], status === 200 ? SDP : '', first);
      harness.settle();
      attacker.invite(harness.at, { callId: invite.callId, from: invite.first('from') ?? '', cseq: 77, body: THEFT });
      harness.settle();
      const other = harness.answer();
      harness.settle();
      expect(other.dialogId).not.to.equal(dialogId);
      if (status === 180) harness.answer(first);
      harness.settle();
      harness.inDialog(dialogId, 'MESSAGE');
      harness.settle();
      expect(caller.summary.slice(-1)).to.deep.equal(['MESSAGE']);
      caller.reply(caller.request('MESSAGE'), 200);
      caller.bye(caller.response(200, 'INVITE'));
      harness.settle();
      expect(harness.owner.last().dialogId, 'the BYE of the caller is of his own dialog').to.equal(dialogId);
      harness.respond(200);
      harness.settle();
      expect(caller.response(200, 'BYE').callId).to.equal(invite.callId);
      hangUp(other.dialogId);
      expect(attacker.summary).to.deep.equal(['100 INVITE', '200 INVITE', 'BYE']);
    });

  it('an INVITE with the Call-ID and the tag of our own INVITE makes a dialog of its own, too', () => {
    const member = harness.peer({ address: '10.0.0.2', user: 'member' });
    harness.invite();
    harness.settle();
    const ours = member.request('INVITE');
    member.reply(ours, 200);
    harness.settle();
    const { dialogId } = harness.owner.responses.at(-1) ?? { dialogId: '' };
    harness.acknowledge(dialogId);
    harness.settle();
    attacker.invite(harness.at, { callId: ours.callId, from: ours.first('from') ?? '', cseq: 77 });
    harness.settle();
    const other = harness.answer().dialogId;
    harness.settle();
    expect(other).not.to.equal(dialogId);
    harness.inDialog(dialogId, 'MESSAGE');
    harness.settle();
    expect(member.summary.at(-1)).to.equal('MESSAGE');
    member.reply(member.request('MESSAGE'), 200);
    hangUp(dialogId);
    hangUp(other);
    expect(attacker.summary.at(-1)).to.equal('BYE');
  });

  it('RFC 3261 §8.2.2.2: what is left of a refused request, when its time is over, does not hide the attempt that followed', () => {
    const asked = () => harness.owner.asked.length;
    const message = caller.start('MESSAGE', harness.at);
    const again = { callId: message.callId, from: message.first('from') ?? '', cseq: message.cseq.number };
    harness.settle();
    harness.respond(503);
    harness.settle(TIMEOUT - 1000);
    attacker.start('MESSAGE', harness.at, again);
    harness.settle();
    harness.respond(202);
    harness.settle(2000);
    expect(asked()).to.equal(2);
    caller.start('MESSAGE', harness.at, again);
    harness.settle();
    expect([asked(), caller.summary.at(-1)]).to.deep.equal([2, '482 MESSAGE']);
  });

  it('a retransmission is absorbed, and the same INVITE on another way is merged, as before (RFC 3261 §8.2.2.2)', () => {
    const { invite, dialogId } = answered();
    caller.send(invite, harness.at);
    harness.settle();
    attacker.start('INVITE', harness.at, {
      callId: invite.callId,
      from: invite.first('from') ?? '',
      cseq: invite.cseq.number,
    });
    harness.settle();
    expect(harness.owner.asked).to.deep.equal(['new INVITE', 'ack ACK']);
    expect(attacker.summary).to.deep.equal(['482 INVITE']);
    hangUp(dialogId);
  });

  for (const method of [
    'BYE',
    'INVITE',
    'UPDATE',
    'INFO',
    'MESSAGE',
    'NOTIFY',
    'REFER',
    'OPTIONS',
    'SUBSCRIBE',
    'PRACK',
  ])
    it(`${method} within it from another peer is 403, and changes nothing`, () => {
      const { answer, dialogId } = answered();
      const asked = [...harness.owner.asked];
      const body = method === 'INVITE' || method === 'UPDATE' ? THEFT : '';
      attacker.start(method, harness.at, { ...known(answer), cseq: 5000, body, contact: attacker.contact });
      harness.settle();
      expect(attacker.summary).to.deep.equal([`403 ${method}`]);
      expect(harness.owner.asked).to.deep.equal(asked);
      caller.inDialog('INFO', answer);
      harness.settle();
      harness.respond(200);
      harness.settle();
      expect(caller.response(200, 'INFO').callId, 'CSeq numbers of others do not count').to.equal(answer.callId);
      hangUp(dialogId);
      expect(caller.summary.at(-1)).to.equal('BYE');
    });

  for (const method of ['BYE', 'UPDATE', 'PRACK', 'INFO'])
    it(`so is ${method} in the early dialog`, () => {
      caller.invite(harness.at, { fields: [['Supported', '100rel']] });
      harness.settle();
      const { transactionId } = harness.owner.last();
      harness.respond(183, [['Require', '100rel']], SDP);
      harness.settle();
      const early = caller.response(183);
      const rack = `${early.first('rseq')} ${early.cseq.number} INVITE`;
      attacker.start(method, harness.at, { ...known(early), cseq: 5000, fields: [['RAck', rack]] });
      harness.settle();
      expect(attacker.summary).to.deep.equal([`403 ${method}`]);
      caller.inDialog('PRACK', early, { fields: [['RAck', rack]] });
      harness.settle();
      harness.respond(200);
      harness.respond(486, [], '', transactionId);
      harness.settle();
      expect(caller.summary.slice(-2)).to.deep.equal(['200 PRACK', '486 INVITE']);
    });

  it("another peer's ACK is not the answer to our offer: the 2xx goes on until that of the caller (RFC 3261 §13.3.1.4)", () => {
    const slow = harness.peer({ port: 5071, autoAck: false });
    slow.invite(harness.at, { body: '' });
    harness.settle();
    const { dialogId } = harness.answer();
    harness.settle();
    const answer = slow.response(200);
    attacker.start('ACK', harness.at, { ...known(answer), cseq: answer.cseq.number, body: THEFT });
    harness.settle(1000);
    expect(harness.owner.asked).to.deep.equal(['new INVITE']);
    expect(slow.summary.filter((one) => one === '200 INVITE').length).to.be.greaterThan(1);
    slow.acknowledge(answer, { body: SDP });
    harness.settle();
    expect(harness.owner.last().message.body).to.equal(SDP);
    hangUp(dialogId);
  });

  it('a dialog of ours is no less: a request of another peer with the tags of the member is 403', () => {
    const member = harness.peer({ address: '10.0.0.2', user: 'member' });
    harness.ring(member);
    const answer = member.reply(member.request('INVITE'), 200);
    harness.settle();
    const { dialogId } = harness.owner.responses.at(-1) ?? { dialogId: '' };
    harness.acknowledge(dialogId);
    harness.settle();
    attacker.start('BYE', harness.at, {
      from: answer.first('to') ?? '',
      to: answer.first('from') ?? '',
      callId: answer.callId,
      cseq: 9,
    });
    harness.settle();
    expect(attacker.summary).to.deep.equal(['403 BYE']);
    expect(harness.engine.counts.dialogs).to.equal(1);
    hangUp(dialogId);
  });

  it('from another port of the same address it is the peer: NAT gave it that', () => {
    const { answer } = answered();
    const moved = harness.peer({ port: 40_001 });
    moved.start('BYE', harness.at, { ...known(answer), cseq: 5000 });
    harness.settle();
    harness.respond(200);
    harness.settle();
    expect(moved.summary).to.deep.equal(['200 BYE']);
  });

  it('from where its Contact is, it is the peer: the proxy that brought the INVITE need not stay (RFC 3261 §16.6)', async () => {
    harness = await new EngineHarness({ natDetection: false }).start();
    const phone = harness.peer({ address: '10.0.0.8', user: 'phone' });
    const proxy = harness.peer({ autoAck: false });
    proxy.invite(harness.at, { contact: phone.contact });
    harness.settle();
    harness.answer();
    harness.settle();
    const answer = proxy.response(200);
    phone.start('ACK', harness.at, { ...known(answer), cseq: answer.cseq.number });
    phone.start('BYE', harness.at, { ...known(answer), cseq: 5000 });
    harness.settle();
    harness.respond(200);
    harness.settle();
    expect(harness.owner.asked).to.deep.equal(['new INVITE', 'ack ACK', 'in-dialog BYE']);
    expect(phone.summary).to.deep.equal(['200 BYE']);
  });

  it('from another address of the same trunk it is the peer', async () => {
    const pair = ['10.0.0.9', '10.0.0.10'];
    const areOne = (one: string, other: string) => one === other || (pair.includes(one) && pair.includes(other));
    harness = await new EngineHarness({ peers: { ...STRANGERS, areOne } }).start();
    caller = harness.peer();
    const { answer } = answered();
    const second = harness.peer({ address: '10.0.0.10' });
    second.start('BYE', harness.at, { ...known(answer), cseq: 5000 });
    harness.settle();
    harness.respond(200);
    harness.settle();
    expect(second.summary).to.deep.equal(['200 BYE']);
  });

  describe('CANCEL (RFC 3261 §9.2)', () => {
    const ringing = (): SipMessage => {
      const invite = caller.invite(harness.at);
      harness.settle();
      harness.respond(180);
      harness.settle();
      return invite;
    };
    const cancel = (peer: SipPeer, invite: SipMessage, branch?: string) =>
      peer.start('CANCEL', harness.at, {
        ...known(invite),
        uri: invite.uri,
        cseq: invite.cseq.number,
        ...(branch !== undefined && { branch }),
      });

    it('of another peer without the branch is 481', () => {
      const invite = ringing();
      cancel(attacker, invite);
      harness.settle();
      expect(attacker.summary).to.deep.equal(['481 CANCEL']);
      expect(harness.owner.asked).to.deep.equal(['new INVITE']);
      harness.respond(486);
    });

    it('with another branch from the same address ends the INVITE', () => {
      const invite = ringing();
      cancel(harness.peer({ port: 40_001 }), invite);
      harness.settle();
      expect(caller.summary.at(-1)).to.equal('487 INVITE');
    });

    it('of another peer is 481 also with a branch without the magic cookie, which need not be unique (§17.2.3)', () => {
      const invite = caller.start('INVITE', harness.at, { branch: 'old', body: SDP });
      harness.settle();
      const text = invite.text.replace('INVITE sip', 'CANCEL sip').replace(/CSeq: (\d+) INVITE/, 'CSeq: $1 CANCEL');
      attacker.send(text, harness.at);
      harness.settle();
      expect(attacker.summary).to.deep.equal(['481 CANCEL']);
      expect(harness.owner.asked).to.deep.equal(['new INVITE']);
      harness.respond(486);
    });
  });
});
