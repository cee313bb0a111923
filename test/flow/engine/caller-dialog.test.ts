import { expect } from 'chai';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { Bench } from './engine-harness.js';

describe('Engine as client: within the dialog', () => {
  let bench: Bench;
  let member: SipPeer;
  beforeEach(async () => {
    bench = await new Bench().start();
    member = bench.peer({ address: '10.0.0.2', user: 'member' });
  });
  afterEach(() => bench.expectNoLeak());

  const ring = () => bench.ring(member);
  const dialogId = (): string => bench.owner.responses.at(-1)?.dialogId ?? '';

  it('RFC 3261 §12.2.1.1: loose routes, a strict router, CSeq, target refresh', () => {
    ring();
    member.reply(member.request('INVITE'), 200, {
      contact: '<sip:deep@172.16.0.1>',
      fields: [['Record-Route', '<sip:10.0.0.2;lr>, <sip:10.0.0.3;lr>']],
    });
    bench.settle();
    const ack = bench.acknowledge(dialogId()).message;
    expect(ack.uri).to.equal('sip:deep@172.16.0.1');
    expect(ack.all('route')).to.deep.equal(['<sip:10.0.0.3;lr>', '<sip:10.0.0.2;lr>']);
    const proxy = bench.peer({ address: '10.0.0.3', autoBye: false });
    const bye = bench.inDialog(dialogId(), 'BYE').message;
    expect(bye.cseq.number).to.equal(ack.cseq.number + 1);
    bench.settle();
    expect(proxy.summary).to.deep.equal(['ACK', 'BYE']);
    proxy.reply(proxy.request('BYE'), 200);
    bench.settle();
  });

  it('RFC 3261 §12.2.1.1: a strict first route takes the Request-URI', () => {
    ring();
    member.reply(member.request('INVITE'), 200, {
      contact: '<sip:deep@172.16.0.1>',
      fields: [['Record-Route', '<sip:10.0.0.2>']],
    });
    bench.settle();
    const ack = bench.acknowledge(dialogId()).message;
    expect(ack.uri).to.equal('sip:10.0.0.2');
    expect(ack.all('route')).to.deep.equal(['<sip:deep@172.16.0.1>']);
    bench.inDialog(dialogId(), 'BYE');
    bench.settle();
  });

  it('behind a NAT, requests go to where the response came from, the Request-URI stays the Contact', () => {
    ring();
    member.reply(member.request('INVITE'), 200, { contact: '<sip:member@192.168.1.5:5062>' });
    bench.settle();
    expect(bench.acknowledge(dialogId()).message.uri).to.equal('sip:member@192.168.1.5:5062');
    bench.inDialog(dialogId(), 'BYE');
    bench.settle();
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
  });

  it('NAT detection off: ACK and BYE go to the Contact, wherever the response came from', async () => {
    const plain = await new Bench({ natDetection: false }).start();
    const edge = plain.peer({ address: '10.0.0.2', user: 'edge' });
    const media = plain.peer({ address: '10.0.0.3', user: 'media' });
    plain.invite('sip:member@10.0.0.2');
    plain.settle();
    edge.reply(edge.request('INVITE'), 200, { contact: '<sip:member@10.0.0.3:5060>' });
    plain.settle();
    const id = plain.owner.responses.at(-1)?.dialogId ?? '';
    plain.acknowledge(id);
    plain.inDialog(id, 'BYE');
    plain.settle();
    expect(media.summary).to.deep.equal(['ACK', 'BYE']);
    expect(edge.summary).to.deep.equal(['INVITE']);
    plain.expectNoLeak();
  });

  it('ACK leaves before BYE also when the next hop has a name', async () => {
    bench.resolver.names.set('deep.example', [{ protocol: 'udp', address: '10.0.0.2', port: 5060 }]);
    ring();
    member.reply(member.request('INVITE'), 200, {
      fields: [['Record-Route', '<sip:deep.example;lr>']],
    });
    bench.settle();
    bench.acknowledge(dialogId());
    bench.inDialog(dialogId(), 'BYE');
    await bench.clock.run(5);
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
  });

  it('a 1xx and the final response to our re-INVITE both arrive; a failed one leaves the dialog', () => {
    ring();
    member.reply(member.request('INVITE'), 200);
    bench.settle();
    bench.acknowledge(dialogId());
    const id = dialogId();
    bench.inDialog(id, 'INVITE', { body: SDP });
    bench.settle();
    member.reply(member.request('INVITE'), 183);
    member.reply(member.request('INVITE'), 200, { contact: '<sip:new@10.0.0.2:5060>' });
    bench.settle();
    expect(bench.owner.told).to.deep.equal([180, 200, 183, 200]);
    expect(bench.acknowledge(id).message.uri).to.equal('sip:new@10.0.0.2:5060');
    bench.inDialog(id, 'INVITE', { body: SDP });
    bench.settle();
    member.reply(member.request('INVITE'), 488);
    bench.settle();
    bench.inDialog(id, 'BYE');
    bench.settle();
    expect(bench.owner.told.slice(-2)).to.deep.equal([488, 200]);
  });

  it('BYE while our re-INVITE is open: it is cancelled, and its owner learns its end', () => {
    ring();
    member.reply(member.request('INVITE'), 200);
    bench.settle();
    bench.acknowledge(dialogId());
    const id = dialogId();
    bench.inDialog(id, 'INVITE', { body: SDP });
    bench.settle();
    member.reply(member.request('INVITE'), 100);
    bench.settle();
    bench.inDialog(id, 'BYE');
    bench.settle();
    expect(member.summary.slice(2)).to.deep.equal(['INVITE', 'CANCEL', 'BYE', 'ACK']);
    expect(bench.owner.told).to.deep.equal([180, 200, 487, 200]);
  });

  it('a BYE from the peer while a 2xx to our re-INVITE is not acknowledged: the ACK is still possible', () => {
    ring();
    member.reply(member.request('INVITE'), 200);
    bench.settle();
    bench.acknowledge(dialogId());
    const id = dialogId();
    bench.inDialog(id, 'INVITE', { body: SDP });
    bench.settle();
    const ok = member.reply(member.request('INVITE'), 200);
    member.bye(ok);
    bench.settle();
    bench.respond(200);
    bench.acknowledge(id);
    bench.settle();
    expect(member.summary.slice(-2).sort()).to.deep.equal(['200 BYE', 'ACK']);
  });
});
