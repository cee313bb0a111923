import { expect } from 'chai';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { type CallHarness, ENGINE, useCallHarness } from './call-harness.js';

/** The value with its tag in another case: ours is lower-case hexadecimal, a peer's as the tests write it. */
const other = (value: string): string => value.replace(/(;tag=)(.*)$/, (_all, name, tag) => name + tag.toUpperCase());
const otherBranch = (text: string): string =>
  text.replace(/(;branch=)([^;\r]+)/, (_all, name, branch) => name + branch.toUpperCase());

describe('Tokens have no case (RFC 3261 §7.3.1), a Call-ID has (§20.8)', () => {
  const start = useCallHarness();

  async function talk(): Promise<{ harness: CallHarness; answer: SipMessage; sent: SipMessage }> {
    const harness = await start({ delay: 10 });
    await harness.call();
    await harness.pass(50);
    const sent = harness.trunk.reply(harness.invite(), 200);
    await harness.pass(50);
    return { harness, sent, answer: harness.caller.response(200, 'INVITE') };
  }

  it('a request within the call with both tags in another case is of that call, from either side', async () => {
    const { harness, answer, sent } = await talk();
    for (const [from, to, within, own, ours] of [
      [harness.caller, harness.trunk, answer, 'from', 'to'],
      [harness.trunk, harness.caller, sent, 'to', 'from'],
    ] as [SipPeer, SipPeer, SipMessage, string, string][]) {
      const tags = { from: other(within.first(own) ?? ''), to: other(within.first(ours) ?? '') };
      expect(tags.to).to.not.equal(within.first(ours));
      for (const method of ['INFO', 'UPDATE', 'INVITE']) {
        from.inDialog(method, within, { ...tags, body: `${SDP}a=x-${own}-${method}\r\n` });
        await harness.pass(50);
        to.reply(to.request(method), 200);
        await harness.pass(50);
        expect(from.response(200, method).status, method).to.equal(200);
      }
    }
    harness.caller.inDialog('BYE', answer, {
      from: other(answer.first('from') ?? ''),
      to: other(answer.first('to') ?? ''),
    });
    await harness.pass(50);
    expect(harness.trunk.summary).to.include('BYE');
    await harness.expectNothingLeft();
  });

  it('the ACK of our 200, its tags in another case: the 200 is not repeated', async () => {
    const harness = await start({ delay: 10 });
    const caller = harness.peer('10.0.0.8', { user: '+37126000008', autoAck: false });
    caller.invite(ENGINE, { uri: 'sip:+37167000000@10.0.0.1' });
    await harness.pass(50);
    harness.trunk.reply(harness.invite(), 200);
    await harness.pass(50);
    const answer = caller.response(200);
    caller.acknowledge(answer, { from: other(answer.first('from') ?? ''), to: other(answer.first('to') ?? '') });
    await harness.pass(40_000);
    expect(caller.summary).to.deep.equal(['100 INVITE', '200 INVITE']);
    caller.bye(answer);
    await harness.expectNothingLeft();
  });

  it('a repeated INVITE and its CANCEL are found by a branch in another case', async () => {
    const harness = await start({ delay: 10 });
    const invite = await harness.call();
    await harness.pass(50);
    harness.caller.send(otherBranch(invite.text), ENGINE);
    await harness.pass(50);
    expect(harness.trunk.summary).to.deep.equal(['INVITE']);
    harness.caller.cancel(invite, ENGINE);
    await harness.expectNothingLeft();
    const second = await harness.call();
    await harness.pass(50);
    harness.trunk.reply(harness.invite(), 180);
    const fields: Field[] = [['Via', second.first('via') ?? '']];
    for (const name of ['From', 'To', 'Call-ID']) fields.push([name, second.first(name.toLowerCase()) ?? '']);
    const text = [`CANCEL ${second.uri} SIP/2.0`, ...fields.map(([name, value]) => `${name}: ${value}`)];
    harness.caller.send(
      otherBranch([...text, `CSeq: ${second.cseq.number} CANCEL`, 'Max-Forwards: 70', '', ''].join('\r\n')),
      ENGINE,
    );
    await harness.pass(50);
    expect(harness.caller.response(487).cseq.method).to.equal('INVITE');
    await harness.expectNothingLeft();
  });

  it('responses of a member that write our branch, and its own tag, now in one case and now in another', async () => {
    const harness = await start({ delay: 10 });
    await harness.call();
    await harness.pass(50);
    const invite = harness.invite();
    const raw = (status: string, tag: string, rest: string[] = []): void => {
      const lines = [`SIP/2.0 ${status}`, `Via: ${invite.first('via')}`, `From: ${other(invite.first('from') ?? '')}`];
      lines.push(`To: ${invite.first('to')};tag=${tag}`, `Call-ID: ${invite.callId}`, `CSeq: ${invite.first('cseq')}`);
      harness.trunk.send(
        otherBranch([...lines, ...rest, `Content-Length: ${SDP.length}`, '', SDP].join('\r\n')),
        ENGINE,
      );
    };
    const more = ['Contact: <sip:peer@10.1.0.1:5060>', 'Content-Type: application/sdp'];
    raw('180 Ringing', 'Desk-1', more);
    await harness.pass(50);
    expect(harness.caller.summary).to.include('180 INVITE');
    raw('200 OK', 'DESK-1', more);
    await harness.pass(50);
    // The same again: its ACK goes out again, and nothing is ended as another fork would be.
    raw('200 OK', 'desk-1', more);
    await harness.pass(50);
    expect(harness.trunk.summary).to.deep.equal(['INVITE', 'ACK', 'ACK']);
    const answer = harness.caller.response(200);
    harness.caller.bye(answer);
    await harness.pass(50);
    expect(harness.trunk.summary.at(-1)).to.equal('BYE');
    harness.trunk.reply(harness.trunk.request('BYE'), 200);
    raw('200 OK', 'DESK-1', more);
    await harness.pass(50);
    expect(harness.trunk.summary.slice(-2)).to.deep.equal(['BYE', 'ACK']);
    await harness.expectNothingLeft();
  });

  it('an early UPDATE and an answer in an early 183, their tags in another case', async () => {
    const harness = await start({ delay: 10 });
    await harness.call();
    await harness.pass(50);
    const early = harness.trunk.reply(harness.invite(), 183, {
      toTag: 'Desk-1',
      body: SDP,
      contact: '<sip:peer@10.1.0.1:5060>',
    });
    await harness.pass(50);
    const tags = { from: other(early.first('to') ?? ''), to: other(early.first('from') ?? '') };
    harness.trunk.inDialog('UPDATE', early, { ...tags, body: SDP });
    await harness.pass(50);
    // RFC 3311 §5.2: the offer that is open is ours.
    expect(harness.trunk.response(491, 'UPDATE').status).to.equal(491);
    // The 200 without a description, whose answer was in the 183.
    const invite = harness.invite();
    const head = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${invite.first(name.toLowerCase())}`);
    const rest = [
      `To: ${invite.first('to')};tag=DESK-1`,
      'Contact: <sip:peer@10.1.0.1:5060>',
      'Content-Length: 0',
      '',
      '',
    ];
    harness.trunk.send(['SIP/2.0 200 OK', ...head, ...rest].join('\r\n'), ENGINE);
    await harness.pass(50);
    expect(harness.caller.response(200).body).to.equal(SDP);
    harness.caller.bye(harness.caller.response(200));
    await harness.expectNothingLeft();
  });

  it('another case of the Call-ID is another call: 481; another case of a method is another method', async () => {
    const { harness, answer } = await talk();
    harness.caller.inDialog('INFO', answer, { callId: answer.callId.toUpperCase(), body: 'x' });
    harness.caller.inDialog('bye', answer);
    await harness.pass(50);
    expect(harness.caller.response(481, 'INFO').status).to.equal(481);
    expect(harness.caller.response(405, 'bye').status).to.equal(405);
    expect(harness.service.active).to.equal(1);
    harness.caller.bye(answer);
    await harness.expectNothingLeft();
  });
});
