import { expect } from 'chai';
import type { SipMessage } from '../../../lib/sip/message.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { Bench } from './bench.js';
import { ORDER } from './proxy-bench.js';

const OURS = '<sip:10.0.0.1:5060;lr>';

describe('Engine as proxy that stays in the path', () => {
  let bench: Bench;
  let caller: SipPeer;
  let anna: SipPeer;
  beforeEach(async () => {
    bench = await new Bench().start();
    caller = bench.peer({ autoAck: false });
    anna = bench.peer({ address: '10.0.0.2', user: 'anna' });
  });
  afterEach(() => bench.expectNoLeak());

  /** A call that is up, its ACK included. */
  const connect = (): SipMessage => {
    caller.invite(bench.at);
    bench.settle();
    const order = { ...ORDER, recordRoute: true, targets: ['sip:anna@10.0.0.2'] };
    bench.engine.proxy(bench.owner, bench.owner.last().transactionId, order, { onFinal() {}, onDone() {} });
    bench.settle();
    anna.reply(anna.request('INVITE'), 200);
    bench.settle();
    return caller.response(200);
  };
  /** Sent to us, as a user agent with our Route does; `parts` as the caller's own. */
  const through = (
    method: string,
    answer: SipMessage,
    number: number,
    fields: [string, string][] = [['Route', OURS]],
  ) => {
    const request = caller.start(method, bench.at, {
      uri: answer.contact?.uri ?? '',
      from: answer.first('from') ?? '',
      to: answer.first('to') ?? '',
      callId: answer.callId,
      cseq: number,
      fields,
    });
    bench.settle();
    return request;
  };

  it('RFC 3261 §16.6 item 4: Record-Route names us; ACK, re-INVITE and BYE with our Route are passed on, and it is taken off', () => {
    const answer = connect();
    expect(answer.values('record-route')).to.deep.equal([OURS]);
    through('ACK', answer, 1);
    expect(anna.request('ACK').uri).to.equal('sip:anna@10.0.0.2:5060');
    expect(anna.request('ACK').has('route')).to.equal(false);
    expect(anna.request('ACK').first('max-forwards')).to.equal('69');
    through('BYE', answer, 2);
    expect(anna.summary).to.deep.equal(['INVITE', 'ACK', 'BYE']);
    expect(caller.response(200, 'BYE').values('via')).to.have.length(1);
    expect(bench.engine.counts.dialogs).to.equal(0);
  });

  it('§16.11: retransmissions, CANCEL and ACK of one INVITE leave with its branch', () => {
    const answer = connect();
    const again = through('INVITE', answer, 2);
    const branch = anna.request('INVITE').via.params.get('branch');
    caller.send(again, bench.at);
    bench.settle();
    expect(anna.request('INVITE').via.params.get('branch')).to.equal(branch);
    caller.cancel(again, bench.at, [['Route', OURS]]);
    bench.settle();
    expect(anna.request('CANCEL').via.params.get('branch')).to.equal(branch);
    expect(caller.summary).to.include.members(['200 CANCEL', '487 INVITE']);
  });

  it('§16.12: other routes stay, and the topmost of them is the next hop', () => {
    const answer = connect();
    const edge = bench.peer({ address: '10.0.0.5', user: 'edge' });
    through('INFO', answer, 2, [['Route', `${OURS}, <sip:10.0.0.5;lr>, <sip:10.0.0.6;lr>`]]);
    expect(edge.request('INFO').values('route')).to.deep.equal(['<sip:10.0.0.5;lr>', '<sip:10.0.0.6;lr>']);
    expect(edge.request('INFO').uri).to.equal('sip:anna@10.0.0.2:5060');
  });

  it('what names us nowhere is 481, what ends at us is 481, what has no hops left is 483', () => {
    const answer = connect();
    through('INFO', answer, 2, []);
    expect(caller.summary.at(-1)).to.equal('481 INFO');
    caller.start('INFO', bench.at, { to: answer.first('to') ?? '', fields: [['Route', OURS]] });
    bench.settle();
    expect(caller.summary.at(-1)).to.equal('481 INFO');
    const spent = through('INFO', answer, 3).text.replace('Max-Forwards: 70', 'Max-Forwards: 0');
    caller.send(spent.replace(/branch=[^;]+/, 'branch=z9hG4bK-spent'), bench.at);
    bench.settle();
    expect(caller.summary.at(-1)).to.equal('483 INFO');
  });

  it('§16.11: only responses to what we relayed are passed on: a forged branch leads nowhere', () => {
    const answer = connect();
    through('INFO', answer, 2);
    anna.reply(anna.request('INFO'), 200);
    bench.settle();
    expect(caller.summary.at(-1)).to.equal('200 INFO');
    const count = caller.received.length;
    const ok = bench.network.trace.findLast(({ text }) => text.startsWith('SIP/2.0 200') && text.includes('INFO'));
    const [top] = anna.request('INFO').values('via');
    const genuine = (ok?.text ?? '').replace('Via: ', `Via: ${top}\r\nVia: `);
    anna.send(genuine, bench.at);
    bench.settle();
    expect(caller.received.length).to.equal(count + 1);
    anna.send(genuine.replaceAll('10.0.0.9', '10.0.0.66'), bench.at);
    bench.settle();
    expect(bench.network.lines('10.0.0.66:5060')).to.deep.equal([]);
  });

  it('RFC 5658 §4: where the call changes its transport, both sides have a route', async () => {
    caller.invite(bench.at);
    bench.settle();
    const member = bench.peer({ protocol: 'tcp', address: '10.0.0.7', user: 'member' });
    const order = { ...ORDER, recordRoute: true, targets: ['sip:member@10.0.0.7;transport=tcp'] };
    bench.engine.proxy(bench.owner, bench.owner.last().transactionId, order, { onFinal() {}, onDone() {} });
    bench.settle();
    expect(member.request('INVITE').values('record-route')).to.deep.equal([
      '<sip:10.0.0.1:5060;transport=tcp;lr>',
      OURS,
    ]);
    member.reply(member.request('INVITE'), 486);
    bench.settle();
    caller.acknowledge(caller.response(486));
  });
});
