import { expect } from 'chai';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { Bench } from './engine-harness.js';

/** Sends from 5060 and wants to be spoken to elsewhere. */
describe('Engine: a Contact on the host of the source, with another port (RFC 3261 §12.2.1.1)', () => {
  let bench: Bench;
  let edge: SipPeer;
  let inside: SipPeer;
  beforeEach(async () => {
    bench = await new Bench().start();
    edge = bench.peer({ address: '10.0.0.9' });
    inside = bench.peer({ address: '10.0.0.9', port: 5072 });
  });
  afterEach(() => bench.expectNoLeak());

  const CONTACT = '<sip:caller@10.0.0.9:5072>';

  /** As callee: their INVITE, our 200, their ACK. */
  function beCalled(contact = CONTACT): string {
    edge.invite(bench.at, { contact });
    bench.settle();
    const { dialogId } = bench.answer();
    bench.settle();
    return dialogId;
  }

  /** As caller: our INVITE, their 200, our ACK. */
  function call(contact = CONTACT): string {
    bench.invite('sip:member@10.0.0.9');
    bench.settle();
    edge.reply(edge.request('INVITE'), 200, { contact });
    bench.settle();
    const id = bench.owner.responses.at(-1)?.dialogId ?? '';
    bench.acknowledge(id);
    bench.settle();
    return id;
  }

  for (const [role, begin] of [
    ['callee', beCalled],
    ['caller', call],
  ] as const) {
    it(`as ${role}: INFO, UPDATE, re-INVITE, its ACK, and BYE go to the Contact, each once`, () => {
      const id = begin();
      inside.on('INFO', (info) => void inside.reply(info, 200));
      inside.on('UPDATE', (update) => void inside.reply(update, 200));
      for (const method of ['INFO', 'UPDATE']) bench.inDialog(id, method);
      bench.inDialog(id, 'INVITE', { body: SDP });
      bench.settle();
      inside.reply(inside.request('INVITE'), 200, { contact: CONTACT });
      bench.settle();
      bench.acknowledge(id);
      bench.inDialog(id, 'BYE');
      bench.settle(5000);
      const first = role === 'caller' ? ['ACK'] : [];
      expect(inside.summary).to.deep.equal([...first, 'INFO', 'UPDATE', 'INVITE', 'ACK', 'BYE']);
      expect(edge.summary).to.not.include.members(['INFO', 'UPDATE', 'BYE']);
    });
  }

  it('after a target refresh to another port, requests follow it', () => {
    const id = beCalled('<sip:caller@10.0.0.9:5060>');
    const answer = edge.response(200);
    edge.inDialog('INVITE', answer, { contact: CONTACT, body: SDP });
    bench.settle();
    bench.answer();
    bench.settle();
    bench.inDialog(id, 'BYE');
    bench.settle();
    expect(inside.summary).to.deep.equal(['BYE']);
  });

  it('a name that leads to the source: its port counts, and ACK leaves before BYE', async () => {
    bench.resolver.names.set('office.example', [{ protocol: 'udp', address: '10.0.0.9', port: 5072 }]);
    bench.invite('sip:member@10.0.0.9');
    bench.settle();
    edge.reply(edge.request('INVITE'), 200, { contact: '<sip:member@office.example:5072>' });
    bench.settle();
    const id = bench.owner.responses.at(-1)?.dialogId ?? '';
    bench.acknowledge(id);
    bench.inDialog(id, 'BYE');
    await bench.clock.run(5);
    expect(inside.summary).to.deep.equal(['ACK', 'BYE']);
    expect(edge.summary).to.deep.equal(['INVITE']);
  });

  it('a name that leads elsewhere, or nowhere: the source, as behind a NAT', async () => {
    bench.resolver.names.set('office.example', [{ protocol: 'udp', address: '192.168.1.5', port: 5072 }]);
    for (const name of ['office.example', 'phone.invalid']) {
      const id = call(`<sip:member@${name}:5072>`);
      await bench.clock.run(5);
      bench.inDialog(id, 'BYE');
      await bench.clock.run(5);
      expect(edge.summary.slice(-3), name).to.deep.equal(['INVITE', 'ACK', 'BYE']);
    }
  });

  it('a Contact over TCP is followed over TCP, with TCP in the Via of ACK and BYE (RFC 3261 §18.1.1)', () => {
    const overTcp = bench.peer({ address: '10.0.0.9', port: 5072, protocol: 'tcp' });
    const id = call('<sip:member@10.0.0.9:5072;transport=tcp>');
    bench.inDialog(id, 'BYE');
    bench.settle();
    expect(overTcp.summary).to.deep.equal(['ACK', 'BYE']);
    expect(overTcp.received.map(({ via }) => via.transport)).to.deep.equal(['TCP', 'TCP']);
  });

  it('a Contact over a transport that we do not speak: back to where it came from', () => {
    const id = call('<sip:member@10.0.0.9:5072;transport=tls>');
    bench.inDialog(id, 'BYE');
    bench.settle();
    expect(edge.summary).to.deep.equal(['INVITE', 'ACK', 'BYE']);
  });
});
