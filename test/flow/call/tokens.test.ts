import { expect } from 'chai';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { ENGINE, useWire, type Wire } from './call-harness.js';

/** The value with its tag in another case: ours is lower-case hexadecimal, a peer's as the tests write it. */
const other = (value: string): string => value.replace(/(;tag=)(.*)$/, (_all, name, tag) => name + tag.toUpperCase());
const otherBranch = (text: string): string =>
  text.replace(/(;branch=)([^;\r]+)/, (_all, name, branch) => name + branch.toUpperCase());

describe('Tokens have no case (RFC 3261 §7.3.1), a Call-ID has (§20.8)', () => {
  const start = useWire();

  async function talk(): Promise<{ wire: Wire; answer: SipMessage; sent: SipMessage }> {
    const wire = await start({ delay: 10 });
    await wire.call();
    await wire.pass(50);
    const sent = wire.trunk.reply(wire.invite(), 200);
    await wire.pass(50);
    return { wire, sent, answer: wire.caller.response(200, 'INVITE') };
  }

  it('a request within the call with both tags in another case is of that call, from either side', async () => {
    const { wire, answer, sent } = await talk();
    for (const [from, to, within, own, ours] of [
      [wire.caller, wire.trunk, answer, 'from', 'to'],
      [wire.trunk, wire.caller, sent, 'to', 'from'],
    ] as [SipPeer, SipPeer, SipMessage, string, string][]) {
      const tags = { from: other(within.first(own) ?? ''), to: other(within.first(ours) ?? '') };
      expect(tags.to).to.not.equal(within.first(ours));
      for (const method of ['INFO', 'UPDATE', 'INVITE']) {
        from.inDialog(method, within, { ...tags, body: `${SDP}a=x-${own}-${method}\r\n` });
        await wire.pass(50);
        to.reply(to.request(method), 200);
        await wire.pass(50);
        expect(from.response(200, method).status, method).to.equal(200);
      }
    }
    wire.caller.inDialog('BYE', answer, {
      from: other(answer.first('from') ?? ''),
      to: other(answer.first('to') ?? ''),
    });
    await wire.pass(50);
    expect(wire.trunk.summary).to.include('BYE');
    await wire.expectNothingLeft();
  });

  it('the ACK of our 200, its tags in another case: the 200 is not repeated', async () => {
    const wire = await start({ delay: 10 });
    const caller = wire.peer('10.0.0.8', { user: '+37126000008', autoAck: false });
    caller.invite(ENGINE, { uri: 'sip:+37167000000@10.0.0.1' });
    await wire.pass(50);
    wire.trunk.reply(wire.invite(), 200);
    await wire.pass(50);
    const answer = caller.response(200);
    caller.acknowledge(answer, { from: other(answer.first('from') ?? ''), to: other(answer.first('to') ?? '') });
    await wire.pass(40_000);
    expect(caller.summary).to.deep.equal(['100 INVITE', '200 INVITE']);
    caller.bye(answer);
    await wire.expectNothingLeft();
  });

  it('a repeated INVITE and its CANCEL are found by a branch in another case', async () => {
    const wire = await start({ delay: 10 });
    const invite = await wire.call();
    await wire.pass(50);
    wire.caller.send(otherBranch(invite.text), ENGINE);
    await wire.pass(50);
    expect(wire.trunk.summary).to.deep.equal(['INVITE']);
    wire.caller.cancel(invite, ENGINE);
    await wire.expectNothingLeft();
    const second = await wire.call();
    await wire.pass(50);
    wire.trunk.reply(wire.invite(), 180);
    const fields: Field[] = [['Via', second.first('via') ?? '']];
    for (const name of ['From', 'To', 'Call-ID']) fields.push([name, second.first(name.toLowerCase()) ?? '']);
    const text = [`CANCEL ${second.uri} SIP/2.0`, ...fields.map(([name, value]) => `${name}: ${value}`)];
    wire.caller.send(
      otherBranch([...text, `CSeq: ${second.cseq.number} CANCEL`, 'Max-Forwards: 70', '', ''].join('\r\n')),
      ENGINE,
    );
    await wire.pass(50);
    expect(wire.caller.response(487).cseq.method).to.equal('INVITE');
    await wire.expectNothingLeft();
  });

  it('responses of a member that write our branch, and its own tag, now in one case and now in another', async () => {
    const wire = await start({ delay: 10 });
    await wire.call();
    await wire.pass(50);
    const invite = wire.invite();
    const raw = (status: string, tag: string, rest: string[] = []): void => {
      const lines = [`SIP/2.0 ${status}`, `Via: ${invite.first('via')}`, `From: ${other(invite.first('from') ?? '')}`];
      lines.push(`To: ${invite.first('to')};tag=${tag}`, `Call-ID: ${invite.callId}`, `CSeq: ${invite.first('cseq')}`);
      wire.trunk.send(otherBranch([...lines, ...rest, `Content-Length: ${SDP.length}`, '', SDP].join('\r\n')), ENGINE);
    };
    const more = ['Contact: <sip:peer@10.1.0.1:5060>', 'Content-Type: application/sdp'];
    raw('180 Ringing', 'Desk-1', more);
    await wire.pass(50);
    expect(wire.caller.summary).to.include('180 INVITE');
    raw('200 OK', 'DESK-1', more);
    await wire.pass(50);
    // The same again: its ACK goes out again, and nothing is ended as another fork would be.
    raw('200 OK', 'desk-1', more);
    await wire.pass(50);
    expect(wire.trunk.summary).to.deep.equal(['INVITE', 'ACK', 'ACK']);
    const answer = wire.caller.response(200);
    wire.caller.bye(answer);
    await wire.pass(50);
    expect(wire.trunk.summary.at(-1)).to.equal('BYE');
    wire.trunk.reply(wire.trunk.request('BYE'), 200);
    raw('200 OK', 'DESK-1', more);
    await wire.pass(50);
    expect(wire.trunk.summary.slice(-2)).to.deep.equal(['BYE', 'ACK']);
    await wire.expectNothingLeft();
  });

  it('an early UPDATE and an answer in an early 183, their tags in another case', async () => {
    const wire = await start({ delay: 10 });
    await wire.call();
    await wire.pass(50);
    const early = wire.trunk.reply(wire.invite(), 183, {
      toTag: 'Desk-1',
      body: SDP,
      contact: '<sip:peer@10.1.0.1:5060>',
    });
    await wire.pass(50);
    const tags = { from: other(early.first('to') ?? ''), to: other(early.first('from') ?? '') };
    wire.trunk.inDialog('UPDATE', early, { ...tags, body: SDP });
    await wire.pass(50);
    // RFC 3311 §5.2: the offer that is open is ours.
    expect(wire.trunk.response(491, 'UPDATE').status).to.equal(491);
    // The 200 without a description, whose answer was in the 183.
    const invite = wire.invite();
    const head = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${invite.first(name.toLowerCase())}`);
    const rest = [
      `To: ${invite.first('to')};tag=DESK-1`,
      'Contact: <sip:peer@10.1.0.1:5060>',
      'Content-Length: 0',
      '',
      '',
    ];
    wire.trunk.send(['SIP/2.0 200 OK', ...head, ...rest].join('\r\n'), ENGINE);
    await wire.pass(50);
    expect(wire.caller.response(200).body).to.equal(SDP);
    wire.caller.bye(wire.caller.response(200));
    await wire.expectNothingLeft();
  });

  it('another case of the Call-ID is another call: 481; another case of a method is another method', async () => {
    const { wire, answer } = await talk();
    wire.caller.inDialog('INFO', answer, { callId: answer.callId.toUpperCase(), body: 'x' });
    wire.caller.inDialog('bye', answer);
    await wire.pass(50);
    expect(wire.caller.response(481, 'INFO').status).to.equal(481);
    expect(wire.caller.response(405, 'bye').status).to.equal(405);
    expect(wire.service.active).to.equal(1);
    wire.caller.bye(answer);
    await wire.expectNothingLeft();
  });
});
