import { expect } from 'chai';
import { withHeader } from '../../support/messages.js';
import { EngineHarness, TIMEOUT } from './engine-harness.js';

describe('Engine: a call in and a call out', () => {
  let harness: EngineHarness;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
  });
  afterEach(() => harness.expectNoLeak());

  it('takes an INVITE, answers it, gets ACK and BYE', () => {
    const caller = harness.peer();
    caller.invite(harness.at);
    harness.settle();
    expect(caller.summary).to.deep.equal(['100 INVITE']);
    const ringing = harness.respond(180);
    expect(ringing.dialogId).to.equal(
      `${ringing.message.callId};from-tag=from-caller-1;to-tag=${ringing.message.toTag}`,
    );
    harness.answer();
    harness.settle();
    expect(harness.owner.asked).to.deep.equal(['new INVITE', 'ack ACK']);
    expect(harness.owner.last().dialogId).to.equal(ringing.dialogId);
    caller.bye(caller.response(200));
    harness.settle();
    expect(harness.owner.asked.at(-1)).to.equal('in-dialog BYE');
    expect(harness.respond(200).dialogId).to.equal('');
    harness.settle();
    expect(caller.summary).to.deep.equal(['100 INVITE', '180 INVITE', '200 INVITE', '200 BYE']);
  });

  it('sends an INVITE, acknowledges its 200, sends BYE', () => {
    const member = harness.peer({ address: '10.0.0.2', user: 'member' });
    const { transactionId } = harness.invite();
    harness.settle();
    member.reply(member.request('INVITE'), 180);
    member.reply(member.request('INVITE'), 200);
    harness.settle();
    expect(harness.owner.told).to.deep.equal([180, 200]);
    const [ringing, answered] = harness.owner.responses;
    expect(ringing?.transactionId).to.equal(transactionId);
    const dialogId = answered?.dialogId ?? '';
    expect(harness.acknowledge(dialogId).message.uri).to.equal('sip:member@10.0.0.2:5060');
    harness.inDialog(dialogId, 'BYE');
    harness.settle();
    expect(member.summary).to.deep.equal(['INVITE', 'ACK', 'BYE']);
    expect(harness.owner.told).to.deep.equal([180, 200, 200]);
  });

  it('cancels: 200 to the CANCEL before the 487 to the INVITE (RFC 3261 §9.2)', () => {
    const caller = harness.peer();
    const invite = caller.invite(harness.at);
    harness.settle();
    harness.respond(180);
    caller.cancel(invite, harness.at);
    harness.settle();
    expect(caller.summary).to.deep.equal(['100 INVITE', '180 INVITE', '200 CANCEL', '487 INVITE']);
    expect(harness.owner.asked).to.deep.equal(['new INVITE', 'cancel CANCEL']);
    const [first, second] = harness.owner.requests;
    expect(second?.transactionId).to.equal(first?.transactionId);
    expect(() => harness.respond(487)).to.throw('Response not sent due to unknown transaction');
  });

  it('the 200 to a CANCEL that comes too late has the To tag of the final response, too (RFC 3261 §9.2)', () => {
    const caller = harness.peer();
    const invite = caller.invite(harness.at);
    harness.settle();
    harness.respond(486);
    harness.settle();
    caller.cancel(invite, harness.at);
    harness.settle();
    expect(caller.response(200, 'CANCEL').toTag).to.equal(caller.response(486).toTag);
  });

  it('behind the ACK a repeated INVITE is absorbed, a merged one 482, a CANCEL 200; behind 64·T1 it is new (RFC 6026 §7.1)', () => {
    const caller = harness.peer();
    const other = harness.peer({ port: 5070 });
    const invite = caller.invite(harness.at);
    harness.settle();
    harness.answer();
    harness.settle();
    caller.send(invite, harness.at);
    caller.cancel(invite, harness.at);
    other.send(withHeader(invite, 'Via', 'SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bKother'), harness.at);
    harness.settle();
    expect(caller.summary).to.deep.equal(['100 INVITE', '200 INVITE', '200 CANCEL']);
    expect(caller.response(200, 'CANCEL').toTag).to.equal(caller.response(200, 'INVITE').toTag);
    expect(other.summary).to.deep.equal(['482 INVITE']);
    harness.settle(TIMEOUT + 1);
    caller.send(invite, harness.at);
    harness.settle();
    expect(harness.owner.asked.filter((line) => line === 'new INVITE')).to.have.length(2);
    harness.respond(486);
    caller.bye(caller.response(200, 'INVITE'));
    harness.settle();
    harness.respond(200);
    harness.settle();
  });

  it('cancels an INVITE of its own and passes the 487 on', () => {
    const member = harness.peer({ address: '10.0.0.2', user: 'member' });
    const { transactionId } = harness.invite();
    harness.settle();
    member.reply(member.request('INVITE'), 180);
    harness.settle();
    harness.cancel(transactionId, 'release', [['Reason', 'SIP;cause=200;text="done"']]);
    harness.settle();
    expect(member.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK']);
    expect(member.request('CANCEL').first('reason')).to.equal('SIP;cause=200;text="done"');
    expect(harness.owner.told).to.deep.equal([180, 487]);
  });
});
