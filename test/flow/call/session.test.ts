import { expect } from 'chai';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import { type RequestParts, SDP, type SipPeer } from '../../support/sip-peer.js';
import { type CallHarness, ENGINE, useCallHarness } from './call-harness.js';

const version = (n: number, rest = ''): string => `${SDP.replace('- 1 1', `- 1 ${n}`)}${rest}`;
const CALLER_SDP = version(1, 'a=x-caller\r\n');
const MEMBER_SDP = version(1, 'a=x-member\r\n');
const CALLER_HOLD = version(2, 'a=x-caller\r\na=sendonly\r\n');
const MEMBER_HELD = version(2, 'a=x-member\r\na=recvonly\r\n');
const WITHOUT_UPDATE: Field = ['Allow', 'INVITE, ACK, BYE, CANCEL'];

/** One side of a call. */
interface Side {
  readonly peer: SipPeer;
  /** The response by which its dialog was made. */
  readonly made: SipMessage;
  /** What it must have received to know that dialog. */
  readonly knownBy: SipMessage;
  readonly sdp: string;
}

describe('The session of an established call (RFC 3261 §14, RFC 3311, RFC 4028)', () => {
  const start = useCallHarness();
  let harness: CallHarness;
  let caller: Side;
  let member: Side;

  async function talk(ofCaller: readonly Field[] = [], ofMember: readonly Field[] = []): Promise<void> {
    harness = await start({ delay: 10 });
    await harness.call({ body: CALLER_SDP, fields: ofCaller });
    await harness.pass(50);
    const invite = harness.invite();
    const sent = harness.trunk.reply(invite, 200, { body: MEMBER_SDP, fields: ofMember });
    await harness.pass(50);
    const answer = harness.caller.response(200, 'INVITE');
    caller = { peer: harness.caller, made: answer, knownBy: answer, sdp: CALLER_SDP };
    member = { peer: harness.trunk, made: sent, knownBy: invite, sdp: MEMBER_SDP };
    harness.caller.received.length = 0;
    harness.trunk.received.length = 0;
  }
  let sequence = 1000;
  async function send({ peer, made, knownBy }: Side, method: string, parts: RequestParts = {}): Promise<SipMessage> {
    peer.received.push(knownBy);
    const request = peer.inDialog(method, made, { cseq: sequence++, ...parts });
    peer.received.splice(peer.received.lastIndexOf(knownBy), 1);
    await harness.pass(50);
    return request;
  }
  async function reply({ peer }: Side, method: string, status: number, parts = {}): Promise<void> {
    peer.reply(peer.request(method), status, parts);
    await harness.pass(50);
  }
  const finals = ({ peer }: Side, method: string): number[] =>
    peer.received.filter(({ status, cseq }) => status >= 200 && cseq.method === method).map(({ status }) => status);
  const requests = ({ peer }: Side): string[] =>
    peer.received.filter(({ isRequest, method }) => isRequest && method !== 'ACK').map(({ method }) => method);

  async function end(): Promise<void> {
    await send(caller, 'BYE');
    await harness.expectNothingLeft();
  }

  const sides = (): [string, () => Side, () => Side][] => [
    ['caller', () => caller, () => member],
    ['member', () => member, () => caller],
  ];

  it("a member's multipart answer goes out again, octet for octet, when we refresh the caller; the call goes on", async () => {
    harness = await start({ delay: 10 });
    await harness.call();
    await harness.pass(50);
    const body = `--x\r\nContent-Type: application/sdp\r\n\r\n${SDP}\r\n--x\r\nContent-Type: application/pidf+xml\r\n\r\n<x/>\r\n--x--\r\n`;
    const invite = harness.invite();
    const fields = ['via', 'from', 'to', 'call-id', 'cseq'].map((name): Field => [name, invite.first(name) ?? '']);
    fields[2] = ['To', `${invite.first('to')};tag=m`];
    const headers = `${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}Contact: ${harness.trunk.contact}\r\n`;
    const content = `MIME-Version: 1.0\r\nContent-Type: multipart/mixed;boundary=x\r\nContent-Length: ${body.length}\r\n`;
    harness.trunk.send(`SIP/2.0 200 OK\r\n${headers}${content}\r\n${body}`, ENGINE);
    await harness.pass(50);
    const answer = harness.caller.response(200, 'INVITE');
    expect([answer.body, answer.first('content-type')]).to.deep.equal([body, 'multipart/mixed;boundary=x']);
    for (let times = 1; times <= 2; times++) {
      await harness.pass(900_050);
      const refresh = harness.caller.request('INVITE');
      expect([refresh.body, refresh.first('content-type'), refresh.first('mime-version')]).to.deep.equal([
        body,
        'multipart/mixed;boundary=x',
        '1.0',
      ]);
      harness.caller.reply(refresh, 200, { fields: [['Session-Expires', '1800;refresher=uac']] });
      await harness.pass(50);
    }
    harness.caller.bye(answer);
    await harness.expectNothingLeft();
  });

  it('a hold by UPDATE of the caller: the refresh of the member says what is in force', async () => {
    await talk([], [['Session-Expires', '90;refresher=uac']]);
    await send(caller, 'UPDATE', { body: CALLER_HOLD });
    expect(member.peer.request('UPDATE').body).to.equal(CALLER_HOLD);
    await reply(member, 'UPDATE', 200, { body: MEMBER_HELD, fields: [['Session-Expires', '90;refresher=uac']] });
    expect(caller.peer.response(200, 'UPDATE').body).to.equal(MEMBER_HELD);
    await harness.pass(45_100);
    expect(member.peer.request('INVITE').body).to.equal(CALLER_HOLD);
    await reply(member, 'INVITE', 200, { body: MEMBER_HELD, fields: [['Session-Expires', '90;refresher=uac']] });
    await end();
  });

  it('a re-INVITE of the member while our refresh to the caller is open waits for its end', async () => {
    await talk(
      [
        ['Supported', 'timer'],
        ['Session-Expires', '90;refresher=uas'],
      ],
      [['Session-Expires', '90;refresher=uas']],
    );
    await harness.pass(45_000);
    expect(caller.peer.request('INVITE').body).to.equal(MEMBER_SDP);
    await send(member, 'INVITE', { body: MEMBER_HELD });
    expect(requests(caller)).to.deep.equal(['INVITE']);
    expect(finals(member, 'INVITE')).to.deep.equal([]);
    await reply(caller, 'INVITE', 200, { body: CALLER_SDP, fields: [['Session-Expires', '90;refresher=uac']] });
    expect(caller.peer.request('INVITE').body).to.equal(MEMBER_HELD);
    await reply(caller, 'INVITE', 200, { body: CALLER_HOLD });
    expect(finals(member, 'INVITE')).to.deep.equal([200]);
    await end();
  });

  for (const [name, one, other] of sides()) {
    it(`UPDATE without a body of the ${name} is answered on its own leg, and restarts its timer (RFC 4028 §7.4)`, async () => {
      await talk();
      for (let times = 1; times <= 3; times++) {
        await send(one(), 'UPDATE', {
          fields: [
            ['Supported', 'timer'],
            ['Session-Expires', '100;refresher=uac'],
          ],
        });
        expect(one().peer.response(200, 'UPDATE').first('session-expires')).to.equal('100;refresher=uac');
        await harness.pass(60_000);
      }
      expect(requests(other())).to.deep.equal([]);
      expect(requests(one())).to.deep.equal([]);
      await end();
    });

    it(`a re-INVITE of the ${name} that changes nothing is answered on its own leg with what we sent last`, async () => {
      await talk();
      for (const method of ['INVITE', 'UPDATE', 'INVITE', 'UPDATE']) {
        await send(one(), method, { body: one().sdp });
        expect(one().peer.response(200, method).body).to.equal(other().sdp);
      }
      expect(requests(other())).to.deep.equal([]);
      await send(one(), 'INVITE', { body: one().sdp.replace('- 1 1', '- 1 2') });
      expect(other().peer.request('INVITE').body, 'another version is another offer').to.include('- 1 2');
      await reply(other(), 'INVITE', 200, { body: version(2, 'a=x-answer\r\n') });
      await send(one(), 'INVITE', { body: one().sdp.replace('- 1 1', '- 1 2') });
      expect(one().peer.response(200, 'INVITE').body).to.equal(version(2, 'a=x-answer\r\n'));
      expect(requests(other())).to.deep.equal(['INVITE']);
      await end();
    });

    it(`a re-INVITE of the ${name} without an offer asks the other side for one (RFC 3261 §14.2)`, async () => {
      await talk();
      await send(one(), 'INVITE');
      expect(other().peer.request('INVITE').body).to.equal('');
      const offer = version(2, 'a=x-offer\r\n');
      await reply(other(), 'INVITE', 200, { body: offer });
      expect(one().peer.response(200, 'INVITE').body).to.equal(offer);
      await end();
    });

    it(`an UPDATE of the ${name} with an offer is carried by re-INVITE to a phone that knows no UPDATE`, async () => {
      await talk([WITHOUT_UPDATE], [WITHOUT_UPDATE]);
      for (const n of [2, 3]) {
        await send(one(), 'UPDATE', { body: version(n, 'a=x-new\r\n') });
        expect(other().peer.request('INVITE').body).to.equal(version(n, 'a=x-new\r\n'));
        await reply(other(), 'INVITE', 200, { body: version(n, 'a=x-answer\r\n') });
        expect(one().peer.response(200, 'UPDATE').body).to.equal(version(n, 'a=x-answer\r\n'));
      }
      expect(requests(other())).to.deep.equal(['INVITE', 'INVITE']);
      await end();
    });

    for (const status of [405, 501]) {
      it(`and to one that says so when it gets one (${status}), from the ${name}`, async () => {
        await talk();
        await send(one(), 'UPDATE', { body: CALLER_HOLD });
        await reply(other(), 'UPDATE', status);
        expect(other().peer.request('INVITE').body).to.equal(CALLER_HOLD);
        await reply(other(), 'INVITE', 200, { body: MEMBER_HELD });
        expect(finals(one(), 'UPDATE')).to.deep.equal([200]);
        expect(one().peer.response(200, 'UPDATE').body).to.equal(MEMBER_HELD);
        await send(one(), 'UPDATE', { body: version(3) });
        await reply(other(), 'INVITE', 488);
        expect(finals(one(), 'UPDATE')).to.deep.equal([200, 488]);
        expect(requests(other())).to.deep.equal(['UPDATE', 'INVITE', 'INVITE']);
        await end();
      });
    }

    it(`an UPDATE of the ${name} that a re-INVITE carries is answered in time: 504, and the phone is put back (RFC 3311 §5.2)`, async () => {
      await talk([WITHOUT_UPDATE], [WITHOUT_UPDATE]);
      await send(one(), 'UPDATE', { body: CALLER_HOLD });
      other().peer.reply(other().peer.request('INVITE'), 180);
      await harness.pass(20_100);
      expect(finals(one(), 'UPDATE')).to.deep.equal([504]);
      expect(requests(other())).to.deep.equal(['INVITE', 'CANCEL']);
      await send(one(), 'UPDATE', { body: CALLER_HOLD });
      await reply(other(), 'INVITE', 200);
      expect(finals(one(), 'UPDATE'), 'and then it works').to.deep.equal([504, 200]);
      await end();
    });

    it(`CANCEL of a re-INVITE of the ${name} goes to the other leg and ends it there; later re-INVITEs work`, async () => {
      await talk();
      for (let times = 1; times <= 2; times++) {
        const invite = await send(one(), 'INVITE', { body: CALLER_HOLD });
        other().peer.reply(other().peer.request('INVITE'), 180);
        await harness.pass(50);
        one().peer.cancel(invite, ENGINE, [['Reason', 'SIP;cause=487;text="changed my mind"']]);
        await harness.pass(50);
        expect(other().peer.request('CANCEL').first('reason')).to.equal('SIP;cause=487;text="changed my mind"');
        expect(finals(one(), 'INVITE').at(-1)).to.equal(487);
      }
      await send(other(), 'INVITE', { body: version(3, 'a=x-back\r\n') });
      expect(one().peer.request('INVITE').body).to.equal(version(3, 'a=x-back\r\n'));
      await reply(one(), 'INVITE', 200);
      expect(finals(other(), 'INVITE')).to.deep.equal([200]);
      await send(one(), 'INVITE', { body: CALLER_HOLD });
      await reply(other(), 'INVITE', 200);
      expect(finals(one(), 'INVITE')).to.deep.equal([487, 487, 200]);
      await end();
    });

    it(`a re-INVITE of the ${name} right behind its CANCEL waits for what comes of that, and then gets through`, async () => {
      await talk();
      const invite = await send(one(), 'INVITE', { body: CALLER_HOLD });
      other().peer.reply(other().peer.request('INVITE'), 180);
      await harness.pass(50);
      one().peer.cancel(invite, ENGINE);
      await send(one(), 'INVITE', { body: version(3) });
      expect(other().peer.request('INVITE').body).to.equal(version(3));
      await reply(other(), 'INVITE', 200);
      expect(finals(one(), 'INVITE')).to.deep.equal([487, 200]);
      await end();
    });

    it(`the 200 to a re-INVITE of the ${name} crosses its CANCEL: the other leg is put back to what is in force`, async () => {
      await talk();
      const invite = await send(one(), 'INVITE', { body: CALLER_HOLD });
      one().peer.cancel(invite, ENGINE);
      await harness.pass(5);
      other().peer.reply(other().peer.request('INVITE'), 200, { body: MEMBER_HELD });
      await harness.pass(100);
      expect(finals(one(), 'INVITE')).to.deep.equal([487]);
      expect(requests(other()).at(-1)).to.equal('INVITE');
      expect(other().peer.request('INVITE').body).to.equal(one().sdp);
      await reply(other(), 'INVITE', 200, { body: other().sdp.replace('- 1 1', '- 1 3') });
      expect(requests(one()), 'what it says of itself is what it said before').to.deep.equal([]);
      expect(harness.trunk.summary).to.not.include('BYE');
      await send(one(), 'INVITE', { body: version(4) });
      await reply(other(), 'INVITE', 200, { body: version(4) });
      expect(finals(one(), 'INVITE')).to.deep.equal([487, 200]);
      await end();
    });

    it(`which it refuses with 491 at first; and what it says of itself then is another thing, which the ${name} is told`, async () => {
      await talk();
      const invite = await send(one(), 'INVITE', { body: CALLER_HOLD });
      one().peer.cancel(invite, ENGINE);
      await harness.pass(5);
      other().peer.reply(other().peer.request('INVITE'), 200, { body: MEMBER_HELD });
      await harness.pass(100);
      await reply(other(), 'INVITE', 491);
      await harness.pass(4100);
      expect(other().peer.request('INVITE').body).to.equal(one().sdp);
      await reply(other(), 'INVITE', 200, { body: version(5, 'a=x-moved\r\n') });
      expect(one().peer.request('INVITE').body).to.equal(version(5, 'a=x-moved\r\n'));
      await reply(one(), 'INVITE', 200, { body: one().sdp });
      await send(other(), 'INVITE', { body: version(5, 'a=x-moved\r\n') });
      expect(other().peer.response(200, 'INVITE').body, 'both sides are of one mind').to.equal(one().sdp);
      await end();
    });

    it(`the same of a re-INVITE of the ${name} without an offer: the ACK still answers`, async () => {
      await talk();
      const invite = await send(one(), 'INVITE');
      one().peer.cancel(invite, ENGINE);
      await harness.pass(5);
      other().peer.reply(other().peer.request('INVITE'), 200, { body: version(2, 'a=x-moved\r\n') });
      await harness.pass(100);
      expect(finals(one(), 'INVITE')).to.deep.equal([487]);
      expect(other().peer.request('ACK').body).to.equal(one().sdp);
      expect(one().peer.request('INVITE').body).to.equal(version(2, 'a=x-moved\r\n'));
      await reply(one(), 'INVITE', 200, { body: one().sdp });
      await end();
    });

    for (const method of ['INVITE', 'UPDATE', 'INFO', 'MESSAGE', 'OPTIONS']) {
      it(`${method} of the ${name} that requires what we do not know is 420 on its own leg (RFC 3261 §8.2.2.3)`, async () => {
        await talk();
        const body = method === 'INVITE' || method === 'UPDATE' ? CALLER_HOLD : '';
        await send(one(), method, { body, fields: [['Require', 'x-unknown, timer']] });
        expect(finals(one(), method)).to.deep.equal([420]);
        expect(one().peer.response(420).first('unsupported')).to.equal('x-unknown');
        expect(requests(other())).to.deep.equal([]);
        await send(one(), 'INVITE', { body: CALLER_HOLD });
        await reply(other(), 'INVITE', 200);
        expect(finals(one(), 'INVITE').at(-1), 'nothing stays open').to.equal(200);
        await end();
      });
    }

    it(`the answer to a re-INVITE of the ${name} came in a 183 only: its 200 carries it (RFC 3261 §13.2.1)`, async () => {
      await talk();
      await send(one(), 'INVITE', { body: CALLER_HOLD });
      await reply(other(), 'INVITE', 183, { body: MEMBER_HELD });
      const bare = other().peer.request('INVITE');
      const to = bare.first('to') ?? '';
      const fields = ['via', 'from', 'call-id', 'cseq'].map((field) => `${field}: ${bare.first(field)}\r\n`).join('');
      const contact = `Contact: ${other().peer.contact}\r\nContent-Length: 0\r\n\r\n`;
      other().peer.send(`SIP/2.0 200 OK\r\n${fields}To: ${to}\r\n${contact}`, ENGINE);
      await harness.pass(50);
      expect(one().peer.response(200, 'INVITE').body).to.equal(MEMBER_HELD);
      await end();
    });

    it(`a re-INVITE of the ${name} moves it: what follows goes to its new Contact (RFC 3261 §12.2.2)`, async () => {
      await talk();
      const moved = `<sip:moved@${one().peer.local.address}:5060>`;
      for (const method of ['INVITE', 'UPDATE']) {
        await send(one(), method, {
          body: method === 'INVITE' ? one().sdp : '',
          contact: moved.replace('moved', method),
        });
        await send(other(), 'INFO', { body: '' });
        expect(one().peer.request('INFO').uri).to.include(method);
        await reply(one(), 'INFO', 200);
      }
      await end();
    });
  }

  it('offers of both sides at once: one gets through, the other is 491; then the other', async () => {
    await talk();
    for (const [ours, theirs] of [
      ['INVITE', 'UPDATE'],
      ['UPDATE', 'INVITE'],
      ['UPDATE', 'UPDATE'],
    ] as const) {
      caller.peer.received.length = 0;
      member.peer.received.length = 0;
      await send(caller, ours, { body: version(sequence, 'a=x-1\r\n') });
      await send(member, theirs, { body: version(sequence, 'a=x-2\r\n') });
      expect(finals(member, theirs)).to.deep.equal([491]);
      await reply(member, ours, 200, { body: version(sequence, 'a=x-3\r\n') });
      expect(finals(caller, ours)).to.deep.equal([200]);
      await send(member, theirs, { body: version(sequence, 'a=x-4\r\n') });
      await reply(caller, theirs, 200, { body: version(sequence, 'a=x-5\r\n') });
      expect(finals(member, theirs)).to.deep.equal([491, 200]);
    }
    await end();
  });

  it('each leg settles its own session timer: a re-INVITE that is passed on does not end that of the other leg (RFC 4028 §7.2)', async () => {
    await talk([], [['Session-Expires', '90;refresher=uac']]);
    await send(caller, 'INVITE', { body: CALLER_HOLD });
    expect(member.peer.request('INVITE').first('session-expires')).to.equal('90;refresher=uac');
    await reply(member, 'INVITE', 200, { body: MEMBER_HELD });
    expect(caller.peer.response(200, 'INVITE').first('session-expires')).to.equal('1800;refresher=uas');
    await harness.pass(45_100);
    expect(member.peer.request('INVITE').body).to.equal(CALLER_HOLD);
    await reply(member, 'INVITE', 200);
    await end();
  });

  it('a refresh of ours that is refused costs no call, and says nothing of it to the other side', async () => {
    await talk([], [['Session-Expires', '90;refresher=uac']]);
    await harness.pass(45_000);
    await reply(member, 'INVITE', 500);
    await harness.pass(7600);
    await reply(member, 'INVITE', 200, { fields: [['Session-Expires', '90;refresher=uac']] });
    await harness.pass(45_100);
    await reply(member, 'INVITE', 200, { fields: [['Session-Expires', '90;refresher=uac']] });
    expect(requests(caller)).to.deep.equal([]);
    expect(harness.service.active).to.equal(1);
    await end();
  });
});
