import { expect } from 'chai';
import { withHeader } from '../../../lib/sip/build.js';
import { Bench, TIMEOUT } from './engine-harness.js';

describe('Engine: a call in and a call out', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await new Bench().start();
  });
  afterEach(() => bench.expectNoLeak());

  it('takes an INVITE, answers it, gets ACK and BYE', () => {
    const caller = bench.peer();
    caller.invite(bench.at);
    bench.settle();
    expect(caller.summary).to.deep.equal(['100 INVITE']);
    const ringing = bench.respond(180);
    expect(ringing.dialogId).to.equal(`${ringing.message.callId};from-tag=from-caller-1`);
    bench.answer();
    bench.settle();
    expect(bench.owner.asked).to.deep.equal(['new INVITE', 'ack ACK']);
    expect(bench.owner.last().dialogId).to.equal(ringing.dialogId);
    caller.bye(caller.response(200));
    bench.settle();
    expect(bench.owner.asked.at(-1)).to.equal('in-dialog BYE');
    expect(bench.respond(200).dialogId).to.equal('');
    bench.settle();
    expect(caller.summary).to.deep.equal(['100 INVITE', '180 INVITE', '200 INVITE', '200 BYE']);
  });

  it('sends an INVITE, acknowledges its 200, sends BYE', () => {
    const member = bench.peer({ address: '10.0.0.2', user: 'member' });
    const { transactionId } = bench.invite();
    bench.settle();
    member.reply(member.request('INVITE'), 180);
    member.reply(member.request('INVITE'), 200);
    bench.settle();
    expect(bench.owner.told).to.deep.equal([180, 200]);
    const [ringing, answered] = bench.owner.responses;
    expect(ringing?.transactionId).to.equal(transactionId);
    const dialogId = answered?.dialogId ?? '';
    expect(bench.acknowledge(dialogId).message.uri).to.equal('sip:member@10.0.0.2:5060');
    bench.inDialog(dialogId, 'BYE');
    bench.settle();
    expect(member.summary).to.deep.equal(['INVITE', 'ACK', 'BYE']);
    expect(bench.owner.told).to.deep.equal([180, 200, 200]);
  });

  it('cancels: 200 to the CANCEL before the 487 to the INVITE (RFC 3261 §9.2)', () => {
    const caller = bench.peer();
    const invite = caller.invite(bench.at);
    bench.settle();
    bench.respond(180);
    caller.cancel(invite, bench.at);
    bench.settle();
    expect(caller.summary).to.deep.equal(['100 INVITE', '180 INVITE', '200 CANCEL', '487 INVITE']);
    expect(bench.owner.asked).to.deep.equal(['new INVITE', 'cancel CANCEL']);
    const [first, second] = bench.owner.requests;
    expect(second?.transactionId).to.equal(first?.transactionId);
    expect(() => bench.respond(487)).to.throw('Response not sent due to unknown transaction');
  });

  it('the 200 to a CANCEL that comes too late has the To tag of the final response, too (RFC 3261 §9.2)', () => {
    const caller = bench.peer();
    const invite = caller.invite(bench.at);
    bench.settle();
    bench.respond(486);
    bench.settle();
    caller.cancel(invite, bench.at);
    bench.settle();
    expect(caller.response(200, 'CANCEL').toTag).to.equal(caller.response(486).toTag);
  });

  it('behind the ACK a repeated INVITE is absorbed, a merged one 482, a CANCEL 200; behind 64·T1 it is new (RFC 6026 §7.1)', () => {
    const caller = bench.peer();
    const other = bench.peer({ port: 5070 });
    const invite = caller.invite(bench.at);
    bench.settle();
    bench.answer();
    bench.settle();
    caller.send(invite, bench.at);
    caller.cancel(invite, bench.at);
    other.send(withHeader(invite, 'Via', 'SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bKother'), bench.at);
    bench.settle();
    expect(caller.summary).to.deep.equal(['100 INVITE', '200 INVITE', '200 CANCEL']);
    expect(caller.response(200, 'CANCEL').toTag).to.equal(caller.response(200, 'INVITE').toTag);
    expect(other.summary).to.deep.equal(['482 INVITE']);
    bench.settle(TIMEOUT + 1);
    caller.send(invite, bench.at);
    bench.settle();
    expect(bench.owner.asked.filter((line) => line === 'new INVITE')).to.have.length(2);
    bench.respond(486);
    caller.bye(caller.response(200, 'INVITE'));
    bench.settle();
    bench.respond(200);
    bench.settle();
  });

  it('cancels an INVITE of its own and passes the 487 on', () => {
    const member = bench.peer({ address: '10.0.0.2', user: 'member' });
    const { transactionId } = bench.invite();
    bench.settle();
    member.reply(member.request('INVITE'), 180);
    bench.settle();
    bench.cancel(transactionId, 'release', [['Reason', 'SIP;cause=200;text="done"']]);
    bench.settle();
    expect(member.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK']);
    expect(member.request('CANCEL').first('reason')).to.equal('SIP;cause=200;text="done"');
    expect(bench.owner.told).to.deep.equal([180, 487]);
  });
});
