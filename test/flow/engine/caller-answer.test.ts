import { expect } from 'chai';
import type { SipPeer } from '../../support/sip-peer.js';
import { Bench, TIMEOUT } from './engine-harness.js';

describe('Engine as client: the answer, and CANCEL', () => {
  let bench: Bench;
  let member: SipPeer;
  beforeEach(async () => {
    bench = await new Bench().start();
    member = bench.peer({ address: '10.0.0.2', user: 'member' });
  });
  afterEach(() => bench.expectNoLeak());

  const ring = () => bench.ring(member);
  const dialogId = (): string => bench.owner.responses.at(-1)?.dialogId ?? '';

  it('RFC 3261 §13.2.2.4: every repeated 2xx is acknowledged again, also after our BYE', () => {
    ring();
    const ok = member.reply(member.request('INVITE'), 200);
    bench.settle();
    member.send(ok, bench.at);
    bench.settle();
    expect(member.summary.filter((line) => line === 'ACK')).to.have.length(0);
    bench.acknowledge(dialogId());
    bench.inDialog(dialogId(), 'BYE');
    bench.settle();
    member.send(ok, bench.at);
    bench.settle();
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE', 'ACK']);
    expect(bench.owner.told).to.deep.equal([180, 200, 200]);
  });

  it('an owner that BYEs without ACK: the ACK leaves first', () => {
    ring();
    member.reply(member.request('INVITE'), 200);
    bench.settle();
    bench.inDialog(dialogId(), 'BYE');
    bench.settle();
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
  });

  it('an owner that never acknowledges: ACK and BYE after 64·T1', () => {
    ring();
    member.reply(member.request('INVITE'), 200);
    bench.settle(TIMEOUT + 10);
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
    expect(bench.owner.unsolicited).to.have.length(1);
  });

  it('RFC 3261 §13.2.2.4: a second 2xx with another To tag is acknowledged and ended, and nobody is told', () => {
    ring();
    const invite = member.request('INVITE');
    member.reply(invite, 200, { toTag: 'one' });
    member.reply(invite, 200, { toTag: 'two' });
    bench.settle();
    expect(bench.owner.told).to.deep.equal([180, 200]);
    const loser = member.received.slice(1);
    expect(loser.map(({ method }) => method)).to.deep.equal(['ACK', 'BYE']);
    expect(loser.every(({ toTag }) => toTag === 'two')).to.equal(true);
    bench.acknowledge(dialogId());
    bench.inDialog(dialogId(), 'BYE');
    bench.settle();
    expect(member.request('BYE').toTag).to.equal('one');
    expect(bench.owner.unsolicited).to.have.length(0);
  });

  it('RFC 3261 §9.1: a CANCEL waits for the first 1xx', () => {
    const { transactionId } = bench.invite();
    bench.settle();
    bench.cancel(transactionId);
    bench.settle();
    expect(member.summary).to.deep.equal(['INVITE']);
    member.reply(member.request('INVITE'), 100);
    bench.settle();
    bench.settle();
    expect(member.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK']);
    expect(bench.owner.told).to.deep.equal([487]);
  });

  for (const late of ['release', 'deliver'] as const) {
    it(`RFC 3261 §9.1: a 2xx that crosses our CANCEL, "${late}"`, () => {
      const stubborn = bench.peer({ address: '10.0.0.4', user: 'member', autoCancel: false });
      const { transactionId } = bench.invite('sip:member@10.0.0.4');
      bench.settle();
      const invite = stubborn.request('INVITE');
      stubborn.reply(invite, 180);
      bench.settle();
      bench.cancel(transactionId, late);
      const ok = stubborn.reply(invite, 200);
      bench.settle();
      stubborn.reply(stubborn.request('CANCEL'), 481);
      bench.settle();
      expect(bench.owner.told).to.deep.equal([180, 200]);
      bench.acknowledge(dialogId());
      bench.settle();
      stubborn.send(ok, bench.at);
      bench.settle();
      if (late === 'release') {
        expect(stubborn.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK', 'BYE', 'ACK']);
        expect(bench.owner.unsolicited[0]?.message.first('reason')).to.include('ACK-BYE due to cancel race condition');
      } else {
        expect(stubborn.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK', 'ACK']);
        bench.inDialog(dialogId(), 'BYE');
        bench.settle();
      }
    });
  }

  it('RFC 3261 §9.1: no final response 64·T1 after the CANCEL is a 487 of our own', () => {
    const half = bench.peer({ address: '10.0.0.4', user: 'member', autoCancel: false });
    const { transactionId } = bench.invite('sip:member@10.0.0.4');
    bench.settle();
    half.reply(half.request('INVITE'), 180);
    bench.settle();
    bench.cancel(transactionId);
    bench.settle();
    half.reply(half.request('CANCEL'), 200);
    half.reply(half.request('INVITE'), 183);
    bench.settle(TIMEOUT + 10);
    expect(bench.owner.told).to.deep.equal([180, 487]);
  });

  it('a CANCEL after the 2xx is an error and sends nothing; after a refusal the INVITE is unknown', () => {
    const { transactionId } = ring();
    member.reply(member.request('INVITE'), 200);
    bench.settle();
    expect(() => bench.cancel(transactionId)).to.throw('internal server error canceling transaction id');
    bench.acknowledge(dialogId());
    bench.inDialog(dialogId(), 'BYE');
    bench.settle();
    expect(() => bench.cancel(transactionId)).to.throw('unable to cancel unknown');
    expect(member.summary).not.to.include('CANCEL');
  });

  it('RFC 3262 §4: a reliable 1xx that comes again, or out of turn, is not delivered', () => {
    bench.invite();
    bench.settle();
    const reliably = (number: number) =>
      member.reply(member.request('INVITE'), 183, {
        fields: [
          ['Require', '100rel'],
          ['RSeq', String(number)],
        ],
      });
    for (const number of [7, 7, 9, 8]) reliably(number);
    bench.settle();
    expect(bench.owner.responses.map(({ message }) => message.first('rseq'))).to.deep.equal(['7', '8']);
    bench.inDialog(dialogId(), 'PRACK', { fields: [['RAck', '7 1 INVITE']] });
    bench.settle();
    expect(member.request('PRACK').first('rack')).to.equal('7 1 INVITE');
    member.reply(member.request('PRACK'), 200);
    member.reply(member.request('INVITE'), 486);
    bench.settle();
  });

  it('a 2xx without Contact is acknowledged and ended by ourselves', () => {
    bench.invite();
    bench.settle();
    const invite = member.request('INVITE');
    const via = `Via: ${invite.first('via')}`;
    const identity = `From: ${invite.first('from')}\r\nTo: ${invite.first('to')};tag=t\r\nCall-ID: ${invite.callId}`;
    member.send(`SIP/2.0 200 OK\r\n${via}\r\n${identity}\r\nCSeq: ${invite.first('cseq')}\r\n\r\n`, bench.at);
    bench.settle();
    expect(bench.owner.told).to.deep.equal([200]);
    expect(member.summary).to.deep.equal(['INVITE', 'ACK', 'BYE']);
    expect(() => bench.acknowledge(dialogId())).to.throw('ACK for non-success');
  });
});
