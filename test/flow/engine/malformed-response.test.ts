import { expect } from 'chai';
import type { SipMessage } from '../../../lib/sip/message.js';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { Bench } from './engine-harness.js';

const MALFORMED: readonly (readonly [what: string, changes: Readonly<Record<string, string>>])[] = [
  ['a Contact that is no address', { Contact: 'sip:x@h, <' }],
  ['a From that is no address', { From: '<sip:a@b;tag=1' }],
  ['a To that is no address', { To: '<>;tag=9' }],
  ['no To at all', { To: '' }],
  ['a Call-ID with white space', { 'Call-ID': 'one two' }],
  ['a CSeq without a number', { CSeq: 'INVITE' }],
  ['a Record-Route that is no address', { 'Record-Route': '<sip:p' }],
  ['a second From', { Subject: 'x\r\nFrom: <sip:z@z>;tag=z' }],
  ['a Content-Length beyond the message', { 'Content-Length': '9999' }],
];

describe('Engine as client: a response that is malformed (RFC 3261 §17.1.3)', () => {
  let bench: Bench;
  let member: SipPeer;
  beforeEach(async () => {
    bench = await new Bench().start();
    member = bench.peer({ address: '10.0.0.2', user: 'member' });
  });
  afterEach(() => bench.expectNoLeak());

  /** Answers with what a peer of little care would send. */
  function answer(request: SipMessage, status: number, changes: Readonly<Record<string, string>> = {}): void {
    const fields: Record<string, string> = {
      Via: request.first('via') ?? '',
      From: request.first('from') ?? '',
      To: `${request.first('to')};tag=m`,
      'Call-ID': request.callId,
      CSeq: request.first('cseq') ?? '',
      ...(status < 300 && { Contact: '<sip:member@10.0.0.2:5060>', 'Content-Type': 'application/sdp' }),
      'Content-Length': String(status < 300 ? SDP.length : 0),
      ...changes,
    };
    const head = Object.entries(fields).flatMap(([name, value]) => (value === '' ? [] : [`${name}: ${value}`]));
    const text = `SIP/2.0 ${status} So\r\n${head.join('\r\n')}\r\n\r\n${status < 300 ? SDP : ''}`;
    member.transport.send(text, bench.at, () => {});
    bench.settle();
  }

  const ring = (): SipMessage => {
    bench.ring(member);
    return member.request('INVITE');
  };

  for (const [what, changes] of MALFORMED) {
    it(`${what}: a failure is acknowledged, and ends the INVITE`, () => {
      answer(ring(), 486, changes);
      expect(bench.owner.told).to.deep.equal([180, 486]);
      expect(member.summary).to.deep.equal(['INVITE', 'ACK']);
    });

    it(`${what}: a provisional response is heard, and its repetition stopped`, () => {
      bench.invite();
      bench.settle();
      answer(member.request('INVITE'), 180, changes);
      bench.settle(20_000);
      expect(bench.owner.told).to.deep.equal([180]);
      expect(member.summary).to.deep.equal(['INVITE']);
      answer(member.request('INVITE'), 486);
    });
  }

  for (const [what, changes] of MALFORMED.filter(([what]) => /Contact|To|Route|Length/.test(what))) {
    it(`${what}: nobody can be spoken to after such a 2xx: ACK and BYE by ourselves, the owner gets no Contact`, () => {
      answer(ring(), 200, changes);
      expect(bench.owner.told).to.deep.equal([180, 200]);
      expect(bench.owner.responses.at(-1)?.message.contactUri).to.equal(undefined);
      expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
    });
  }

  for (const [what, changes] of MALFORMED.filter(([what]) => /From|Call-ID|CSeq/.test(what))) {
    it(`${what}: our request says it better: a person who answered is not hung up on`, () => {
      answer(ring(), 200, changes);
      const { message, dialogId } = bench.owner.responses.at(-1) ?? {};
      expect([message?.contactUri, message?.body]).to.deep.equal(['sip:member@10.0.0.2:5060', SDP]);
      bench.acknowledge(dialogId ?? '');
      bench.inDialog(dialogId ?? '', 'BYE');
      bench.settle();
      expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
      expect(member.request('BYE').toTag).to.equal('m');
    });
  }

  it('a repeated malformed 2xx is acknowledged again', () => {
    const invite = ring();
    answer(invite, 200, { From: '<' });
    bench.acknowledge(bench.owner.responses.at(-1)?.dialogId ?? '');
    answer(invite, 200, { From: '<' });
    bench.inDialog(bench.owner.responses.at(-1)?.dialogId ?? '', 'BYE');
    bench.settle();
    answer(invite, 200, { From: '<' });
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'ACK', 'BYE', 'ACK']);
  });

  it('a status beyond 699 is a failure, one below 100 is nothing', () => {
    const invite = ring();
    answer(invite, 20);
    answer(invite, 999);
    expect(bench.owner.told).to.deep.equal([180, 500]);
  });

  it('the answer to a request without a dialog, and to a CANCEL', () => {
    member = bench.peer({ address: '10.0.0.3', autoCancel: false });
    bench.invite('sip:member@10.0.0.3');
    bench.settle();
    const invite = member.request('INVITE');
    answer(invite, 180);
    bench.cancel(bench.owner.responses.at(-1)?.transactionId ?? '');
    bench.settle();
    expect(bench.owner.told).to.deep.equal([180]);
    // Whose it is cannot be told.
    answer(invite, 200, { CSeq: 'x' });
    answer(member.request('CANCEL'), 200, { From: '<', Contact: '' });
    answer(invite, 487, { To: '<' });
    bench.engine.request(bench.owner, { method: 'OPTIONS', uri: 'sip:member@10.0.0.3', fields: [], body: '' });
    bench.settle();
    answer(member.request('OPTIONS'), 200, { To: '<' });
    expect(bench.owner.told).to.deep.equal([180, 487, 200]);
  });

  it('§8.1.3.3: a response with a second Via is for somebody else', () => {
    const invite = ring();
    answer(invite, 486, { Via: `${invite.first('via')}, SIP/2.0/UDP 10.9.9.9;branch=z9hG4bKx`, From: '<' });
    expect(bench.owner.told).to.deep.equal([180]);
    answer(invite, 486);
  });
});
