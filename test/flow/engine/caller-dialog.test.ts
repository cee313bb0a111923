import { expect } from 'chai';
import { STRANGERS } from '../../../lib/engine/dialog/sources.js';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { EngineHarness } from './engine-harness.js';

describe('Engine as client: within the dialog', () => {
  let harness: EngineHarness;
  let member: SipPeer;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
    member = harness.peer({ address: '10.0.0.2', user: 'member' });
  });
  afterEach(() => harness.expectNoLeak());

  const ring = () => harness.ring(member);
  const dialogId = (): string => harness.owner.responses.at(-1)?.dialogId ?? '';
  /** A call that is established, in which we have sent a re-INVITE. */
  const reinvite = (): string => {
    ring();
    member.reply(member.request('INVITE'), 200);
    harness.settle();
    const id = dialogId();
    harness.acknowledge(id);
    harness.inDialog(id, 'INVITE', { body: SDP });
    harness.settle();
    return id;
  };

  it('RFC 3261 §12.2.1.1: loose routes, a strict router, CSeq, target refresh', async () => {
    // 10.0.0.2 may route: what it recorded is followed elsewhere.
    harness = await new EngineHarness({ peers: { ...STRANGERS, mayRoute: () => true } }).start();
    member = harness.peer({ address: '10.0.0.2', user: 'member' });
    ring();
    member.reply(member.request('INVITE'), 200, {
      contact: '<sip:deep@172.16.0.1>',
      fields: [['Record-Route', '<sip:10.0.0.2;lr>, <sip:10.0.0.3;lr>']],
    });
    harness.settle();
    const ack = harness.acknowledge(dialogId()).message;
    expect(ack.uri).to.equal('sip:deep@172.16.0.1');
    expect(ack.all('route')).to.deep.equal(['<sip:10.0.0.3;lr>', '<sip:10.0.0.2;lr>']);
    const proxy = harness.peer({ address: '10.0.0.3', autoBye: false });
    const bye = harness.inDialog(dialogId(), 'BYE').message;
    expect(bye.cseq.number).to.equal(ack.cseq.number + 1);
    harness.settle();
    expect(proxy.summary).to.deep.equal(['ACK', 'BYE']);
    proxy.reply(proxy.request('BYE'), 200);
    harness.settle();
  });

  it('RFC 3261 §12.2.1.1: a strict first route takes the Request-URI', () => {
    ring();
    member.reply(member.request('INVITE'), 200, {
      contact: '<sip:deep@172.16.0.1>',
      fields: [['Record-Route', '<sip:10.0.0.2>']],
    });
    harness.settle();
    const ack = harness.acknowledge(dialogId()).message;
    expect(ack.uri).to.equal('sip:10.0.0.2');
    expect(ack.all('route')).to.deep.equal(['<sip:deep@172.16.0.1>']);
    harness.inDialog(dialogId(), 'BYE');
    harness.settle();
  });

  it('behind a NAT, requests go to where the response came from, the Request-URI stays the Contact', () => {
    ring();
    member.reply(member.request('INVITE'), 200, { contact: '<sip:member@192.168.1.5:5062>' });
    harness.settle();
    expect(harness.acknowledge(dialogId()).message.uri).to.equal('sip:member@192.168.1.5:5062');
    harness.inDialog(dialogId(), 'BYE');
    harness.settle();
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
  });

  it('NAT detection off: ACK and BYE go to the Contact, wherever the response came from', async () => {
    const plain = await new EngineHarness({ natDetection: false }).start();
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
    harness.resolver.names.set('deep.example', [{ protocol: 'udp', address: '10.0.0.2', port: 5060 }]);
    ring();
    member.reply(member.request('INVITE'), 200, {
      fields: [['Record-Route', '<sip:deep.example;lr>']],
    });
    harness.settle();
    harness.acknowledge(dialogId());
    harness.inDialog(dialogId(), 'BYE');
    await harness.clock.run(5);
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
  });

  it('a 1xx and the final response to our re-INVITE both arrive; a failed one leaves the dialog', () => {
    const id = reinvite();
    member.reply(member.request('INVITE'), 183);
    member.reply(member.request('INVITE'), 200, { contact: '<sip:new@10.0.0.2:5060>' });
    harness.settle();
    expect(harness.owner.told).to.deep.equal([180, 200, 183, 200]);
    expect(harness.acknowledge(id).message.uri).to.equal('sip:new@10.0.0.2:5060');
    harness.inDialog(id, 'INVITE', { body: SDP });
    harness.settle();
    member.reply(member.request('INVITE'), 488);
    harness.settle();
    harness.inDialog(id, 'BYE');
    harness.settle();
    expect(harness.owner.told.slice(-2)).to.deep.equal([488, 200]);
  });

  it('BYE while our re-INVITE is open: it is cancelled, and its owner learns its end', () => {
    const id = reinvite();
    member.reply(member.request('INVITE'), 100);
    harness.settle();
    harness.inDialog(id, 'BYE');
    harness.settle();
    expect(member.summary.slice(2)).to.deep.equal(['INVITE', 'CANCEL', 'BYE', 'ACK']);
    expect(harness.owner.told).to.deep.equal([180, 200, 487, 200]);
  });

  it('a BYE from the peer while a 2xx to our re-INVITE is not acknowledged: the ACK is still possible', () => {
    const id = reinvite();
    const ok = member.reply(member.request('INVITE'), 200);
    member.bye(ok);
    harness.settle();
    harness.respond(200);
    harness.acknowledge(id);
    harness.settle();
    expect(member.summary.slice(-2).sort()).to.deep.equal(['200 BYE', 'ACK']);
  });
});
