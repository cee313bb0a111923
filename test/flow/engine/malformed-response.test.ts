import { expect } from 'chai';
import type { SipMessage } from '../../../lib/sip/message.js';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { EngineHarness } from './engine-harness.js';

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
  let harness: EngineHarness;
  let member: SipPeer;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
    member = harness.peer({ address: '10.0.0.2', user: 'member' });
  });
  afterEach(() => harness.expectNoLeak());

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
    member.transport.send(text, { protocol: 'udp', ...harness.at }, () => {});
    harness.settle();
  }

  const ring = (): SipMessage => {
    harness.ring(member);
    return member.request('INVITE');
  };

  for (const [what, changes] of MALFORMED) {
    it(`${what}: a failure is acknowledged, and ends the INVITE`, () => {
      answer(ring(), 486, changes);
      expect(harness.owner.told).to.deep.equal([180, 486]);
      expect(member.summary).to.deep.equal(['INVITE', 'ACK']);
    });

    it(`${what}: a provisional response is heard, and its repetition stopped`, () => {
      harness.invite();
      harness.settle();
      answer(member.request('INVITE'), 180, changes);
      harness.settle(20_000);
      expect(harness.owner.told).to.deep.equal([180]);
      expect(member.summary).to.deep.equal(['INVITE']);
      answer(member.request('INVITE'), 486);
    });
  }

  for (const [what, changes] of MALFORMED.filter(([what]) => /Contact|To|Route|Length/.test(what))) {
    it(`${what}: nobody can be spoken to after such a 2xx: ACK and BYE by ourselves, the owner gets no Contact`, () => {
      answer(ring(), 200, changes);
      expect(harness.owner.told).to.deep.equal([180, 200]);
      expect(harness.owner.responses.at(-1)?.message.contactUri).to.equal(undefined);
      expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
    });
  }

  for (const [what, changes] of MALFORMED.filter(([what]) => /From|Call-ID|CSeq/.test(what))) {
    it(`${what}: our request says it better: a person who answered is not hung up on`, () => {
      answer(ring(), 200, changes);
      const { message, dialogId } = harness.owner.responses.at(-1) ?? {};
      expect([message?.contactUri, message?.body]).to.deep.equal(['sip:member@10.0.0.2:5060', SDP]);
      harness.acknowledge(dialogId ?? '');
      harness.inDialog(dialogId ?? '', 'BYE');
      harness.settle();
      expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
      expect(member.request('BYE').toTag).to.equal('m');
    });
  }

  it('a repeated malformed 2xx is acknowledged again', () => {
    const invite = ring();
    answer(invite, 200, { From: '<' });
    harness.acknowledge(harness.owner.responses.at(-1)?.dialogId ?? '');
    answer(invite, 200, { From: '<' });
    harness.inDialog(harness.owner.responses.at(-1)?.dialogId ?? '', 'BYE');
    harness.settle();
    answer(invite, 200, { From: '<' });
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'ACK', 'BYE', 'ACK']);
  });

  it('a status beyond 699 is a failure, one below 100 is nothing', () => {
    const invite = ring();
    answer(invite, 20);
    answer(invite, 999);
    expect(harness.owner.told).to.deep.equal([180, 500]);
  });

  it('the answer to a request without a dialog, and to a CANCEL', () => {
    member = harness.peer({ address: '10.0.0.3', autoCancel: false });
    harness.invite('sip:member@10.0.0.3');
    harness.settle();
    const invite = member.request('INVITE');
    answer(invite, 180);
    harness.cancel(harness.owner.responses.at(-1)?.transactionId ?? '');
    harness.settle();
    expect(harness.owner.told).to.deep.equal([180]);
    // Whose it is cannot be told.
    answer(invite, 200, { CSeq: 'x' });
    answer(member.request('CANCEL'), 200, { From: '<', Contact: '' });
    answer(invite, 487, { To: '<' });
    harness.engine.request(harness.owner, { method: 'OPTIONS', uri: 'sip:member@10.0.0.3', fields: [], body: '' });
    harness.settle();
    answer(member.request('OPTIONS'), 200, { To: '<' });
    expect(harness.owner.told).to.deep.equal([180, 487, 200]);
  });

  it('§8.1.3.3: a response with a second Via is for somebody else', () => {
    const invite = ring();
    answer(invite, 486, { Via: `${invite.first('via')}, SIP/2.0/UDP 10.9.9.9;branch=z9hG4bKx`, From: '<' });
    expect(harness.owner.told).to.deep.equal([180]);
    answer(invite, 486);
  });
});
