import { expect } from 'chai';
import { createMeter } from '../../../lib/api/metrics.js';
import { MessageCounts } from '../../../lib/engine/transport/message-counts.js';
import { tapped } from '../../../lib/engine/transport/tapped.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { EngineHarness } from './engine-harness.js';

const T1 = 500;

describe('Engine: SIP messages are counted as they are on the wire', () => {
  let meter: ReturnType<typeof createMeter>;
  let harness: EngineHarness;
  let member: SipPeer;

  beforeEach(async () => {
    meter = createMeter();
    harness = await new EngineHarness({ meter }).start();
    member = harness.peer({ address: '10.0.0.2', user: 'member', autoBye: false });
  });
  afterEach(() => harness.expectNoLeak());

  /** Of `sip_retransmissions_total`: those that are not 0. */
  async function again(): Promise<string[]> {
    const text = await meter.render();
    const found = text.matchAll(/^virkne_sip_retransmissions_total\{direction="(\w+)",kind="(\w+)"\} ([1-9]\d*)$/gm);
    return [...found].map(([, direction, kind, count]) => `${direction} ${kind} ${count}`);
  }

  it('an INVITE that nobody answers is sent again by timer A (RFC 3261 §17.1.1.2)', async () => {
    harness.invite();
    harness.settle();
    expect(await again()).to.deep.equal([]);
    harness.settle(3 * T1);
    expect(await again()).to.deep.equal(['out request 2']);
    member.reply(member.request('INVITE'), 486);
    harness.settle();
  });

  it('a rejection that comes again gets its ACK again: one message in and one out (§17.1.1.2)', async () => {
    harness.invite();
    harness.settle();
    const rejection = member.reply(member.request('INVITE'), 486);
    harness.settle();
    expect(await again()).to.deep.equal([]);
    member.send(rejection, harness.at);
    harness.settle();
    expect(await again()).to.deep.equal(['in response 1', 'out request 1']);
  });

  it('so does a 2xx that comes again (§13.2.2.4)', async () => {
    harness.ring(member);
    const answer = member.reply(member.request('INVITE'), 200);
    harness.settle();
    harness.acknowledge(harness.owner.responses.at(-1)?.dialogId ?? '');
    harness.settle();
    expect(await again()).to.deep.equal([]);
    member.send(answer, harness.at);
    harness.settle();
    expect(await again()).to.deep.equal(['in response 1', 'out request 1']);
    harness.inDialog(harness.owner.responses.at(-1)?.dialogId ?? '', 'BYE');
    harness.settle();
    member.reply(member.request('BYE'), 200);
    harness.settle();
  });

  it('a request that comes again, and the response to it (§17.2.2)', async () => {
    const caller = harness.peer();
    const options = caller.start('OPTIONS', harness.at);
    harness.settle();
    harness.respond(200);
    harness.settle();
    expect(await again()).to.deep.equal([]);
    caller.send(options, harness.at);
    harness.settle();
    expect(await again()).to.have.members(['in request 1', 'out response 1']);
  });

  it('a final response to an INVITE that gets no ACK is sent again by timer G (§17.2.1)', async () => {
    const caller = harness.peer({ autoAck: false });
    caller.invite(harness.at);
    harness.settle();
    harness.respond(486);
    harness.settle(3 * T1);
    expect(await again()).to.deep.equal(['out response 2']);
  });

  it('what looks on has parsed it for whoever receives: a message, or null for what is none (RFC 3261 §7)', async () => {
    const given: (string | undefined)[] = [];
    const end = { protocol: 'udp', address: '10.0.0.4', port: 5060 } as const;
    const transport = tapped(harness.network.transport(end), [new MessageCounts(meter)]);
    await transport.start({
      received: (_text, _flow, message) => given.push(message === null ? 'none' : message?.uri),
      failed: () => {},
      inUse: () => false,
    });
    const caller = harness.peer();
    for (const text of ['OPTIONS sip:a SIP/2.0\r\n\r\n', 'no SIP at all']) caller.send(text, end);
    harness.settle();
    expect(given).to.deep.equal(['sip:a', 'none']);
    await transport.close();
  });

  it('each by direction, method and class; what we do not know is `other`', async () => {
    const counts = new MessageCounts(meter);
    const sent: string[] = [];
    const transport = tapped(harness.network.transport({ protocol: 'udp', address: '10.0.0.4', port: 5060 }), [counts]);
    await transport.start({ received: (text) => sent.push(text), failed: () => {}, inUse: () => false });
    const response = (status: number, cseq: string): string => `SIP/2.0 ${status} X\r\n${cseq}\r\n\r\n`;
    const peer = harness.network.transport({ protocol: 'udp', address: '10.0.0.5', port: 5060 });
    await peer.start({ received: () => {}, failed: () => {}, inUse: () => false });
    const to = { protocol: 'udp', address: '10.0.0.4', port: 5060 } as const;
    const back = { ...to, address: '10.0.0.5' };
    for (const text of [
      'INVITE sip:a SIP/2.0\r\n\r\n',
      'INVITED sip:a SIP/2.0\r\n\r\n',
      response(180, 'CSeq: 1 INVITE'),
      response(486, 'cseq :  1\tINVITE '),
      response(200, 'CSeq: 22 BYE'),
      response(200, 'CSeq: 22 BYES'),
      'SIP/2.0 999 X\r\n\r\n',
      'no SIP at all',
    ])
      peer.send(text, to, () => {});
    transport.send('OPTIONS sip:a SIP/2.0\r\n\r\n', back, () => {});
    transport.send(response(603, 'CSeq: 4294967295 INVITE'), back, () => {});
    harness.settle();
    expect(sent).to.have.length(8);
    const text = await meter.render();
    const found = [...text.matchAll(/^virkne_sip_(requests|responses)_total\{(.*)\} ([1-9]\d*)$/gm)];
    const told = found.map(([, kind, labels = '', count]) =>
      [kind, ...[...labels.matchAll(/"(\w+)"/g)].map(([, v]) => v), count].join(' '),
    );
    expect(told.sort()).to.deep.equal([
      'requests in INVITE 1',
      'requests in other 2',
      'requests out OPTIONS 1',
      'responses in BYE 2xx 1',
      'responses in INVITE 1xx 1',
      'responses in INVITE 4xx 1',
      'responses in other 2xx 1',
      'responses out INVITE 6xx 1',
    ]);
    await transport.close();
    await peer.close();
  });
});
