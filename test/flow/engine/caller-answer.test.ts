import { expect } from 'chai';
import type { SipPeer } from '../../support/sip-peer.js';
import { EngineHarness, TIMEOUT } from './engine-harness.js';

describe('Engine as client: the answer, and CANCEL', () => {
  let harness: EngineHarness;
  let member: SipPeer;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
    member = harness.peer({ address: '10.0.0.2', user: 'member' });
  });
  afterEach(() => harness.expectNoLeak());

  const ring = () => harness.ring(member);
  const dialogId = (): string => harness.owner.responses.at(-1)?.dialogId ?? '';

  it('RFC 3261 §13.2.2.4: every repeated 2xx is acknowledged again, also after our BYE', () => {
    ring();
    const ok = member.reply(member.request('INVITE'), 200);
    harness.settle();
    member.send(ok, harness.at);
    harness.settle();
    expect(member.summary.filter((line) => line === 'ACK')).to.have.length(0);
    harness.acknowledge(dialogId());
    harness.inDialog(dialogId(), 'BYE');
    harness.settle();
    member.send(ok, harness.at);
    harness.settle();
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE', 'ACK']);
    expect(harness.owner.told).to.deep.equal([180, 200, 200]);
  });

  it('an owner that BYEs without ACK: the ACK leaves first', () => {
    ring();
    member.reply(member.request('INVITE'), 200);
    harness.settle();
    harness.inDialog(dialogId(), 'BYE');
    harness.settle();
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
  });

  it('an owner that never acknowledges: ACK and BYE after 64·T1', () => {
    ring();
    member.reply(member.request('INVITE'), 200);
    harness.settle(TIMEOUT + 10);
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
    expect(harness.owner.unsolicited).to.have.length(1);
  });

  it('RFC 3261 §13.2.2.4: a second 2xx with another To tag is acknowledged and ended, and nobody is told', () => {
    ring();
    const invite = member.request('INVITE');
    member.reply(invite, 200, { toTag: 'one' });
    member.reply(invite, 200, { toTag: 'two' });
    harness.settle();
    expect(harness.owner.told).to.deep.equal([180, 200]);
    const loser = member.received.slice(1);
    expect(loser.map(({ method }) => method)).to.deep.equal(['ACK', 'BYE']);
    expect(loser.every(({ toTag }) => toTag === 'two')).to.equal(true);
    harness.acknowledge(dialogId());
    harness.inDialog(dialogId(), 'BYE');
    harness.settle();
    expect(member.request('BYE').toTag).to.equal('one');
    expect(harness.owner.unsolicited).to.have.length(0);
  });

  it('RFC 3261 §9.1: a CANCEL waits for the first 1xx', () => {
    const { transactionId } = harness.invite();
    harness.settle();
    harness.cancel(transactionId);
    harness.settle();
    expect(member.summary).to.deep.equal(['INVITE']);
    member.reply(member.request('INVITE'), 100);
    harness.settle();
    harness.settle();
    expect(member.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK']);
    expect(harness.owner.told).to.deep.equal([487]);
  });

  for (const late of ['release', 'deliver'] as const) {
    it(`RFC 3261 §9.1: a 2xx that crosses our CANCEL, "${late}"`, () => {
      const stubborn = harness.peer({ address: '10.0.0.4', user: 'member', autoCancel: false });
      const { transactionId } = harness.invite('sip:member@10.0.0.4');
      harness.settle();
      const invite = stubborn.request('INVITE');
      stubborn.reply(invite, 180);
      harness.settle();
      harness.cancel(transactionId, late);
      const ok = stubborn.reply(invite, 200);
      harness.settle();
      stubborn.reply(stubborn.request('CANCEL'), 481);
      harness.settle();
      expect(harness.owner.told).to.deep.equal([180, 200]);
      harness.acknowledge(dialogId());
      harness.settle();
      stubborn.send(ok, harness.at);
      harness.settle();
      if (late === 'release') {
        expect(stubborn.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK', 'BYE', 'ACK']);
        expect(harness.owner.unsolicited[0]?.message.first('reason')).to.include(
          'ACK-BYE due to cancel race condition',
        );
      } else {
        expect(stubborn.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK', 'ACK']);
        harness.inDialog(dialogId(), 'BYE');
        harness.settle();
      }
    });
  }

  it('RFC 3261 §9.1: no final response 64·T1 after the CANCEL is a 487 of our own', () => {
    const half = harness.peer({ address: '10.0.0.4', user: 'member', autoCancel: false });
    const { transactionId } = harness.invite('sip:member@10.0.0.4');
    harness.settle();
    half.reply(half.request('INVITE'), 180);
    harness.settle();
    harness.cancel(transactionId);
    harness.settle();
    half.reply(half.request('CANCEL'), 200);
    half.reply(half.request('INVITE'), 183);
    harness.settle(TIMEOUT + 10);
    expect(harness.owner.told).to.deep.equal([180, 487]);
  });

  it('a CANCEL after the 2xx is an error and sends nothing; after a refusal the INVITE is unknown', () => {
    const { transactionId } = ring();
    member.reply(member.request('INVITE'), 200);
    harness.settle();
    expect(() => harness.cancel(transactionId)).to.throw('internal server error canceling transaction id');
    harness.acknowledge(dialogId());
    harness.inDialog(dialogId(), 'BYE');
    harness.settle();
    expect(() => harness.cancel(transactionId)).to.throw('unable to cancel unknown');
    expect(member.summary).not.to.include('CANCEL');
  });

  it('RFC 3262 §4: a reliable 1xx that comes again, or out of turn, is not delivered', () => {
    harness.invite();
    harness.settle();
    const reliably = (number: number) =>
      member.reply(member.request('INVITE'), 183, {
        fields: [
          ['Require', '100rel'],
          ['RSeq', String(number)],
        ],
      });
    for (const number of [7, 7, 9, 8]) reliably(number);
    harness.settle();
    expect(harness.owner.responses.map(({ message }) => message.first('rseq'))).to.deep.equal(['7', '8']);
    harness.inDialog(dialogId(), 'PRACK', { fields: [['RAck', '7 1 INVITE']] });
    harness.settle();
    expect(member.request('PRACK').first('rack')).to.equal('7 1 INVITE');
    member.reply(member.request('PRACK'), 200);
    member.reply(member.request('INVITE'), 486);
    harness.settle();
  });

  it('a 2xx without Contact is acknowledged and ended by ourselves', () => {
    harness.invite();
    harness.settle();
    const invite = member.request('INVITE');
    const via = `Via: ${invite.first('via')}`;
    const identity = `From: ${invite.first('from')}\r\nTo: ${invite.first('to')};tag=t\r\nCall-ID: ${invite.callId}`;
    member.send(`SIP/2.0 200 OK\r\n${via}\r\n${identity}\r\nCSeq: ${invite.first('cseq')}\r\n\r\n`, harness.at);
    harness.settle();
    expect(harness.owner.told).to.deep.equal([200]);
    expect(member.summary).to.deep.equal(['INVITE', 'ACK', 'BYE']);
    expect(() => harness.acknowledge(dialogId())).to.throw('ACK for non-success');
  });
});
