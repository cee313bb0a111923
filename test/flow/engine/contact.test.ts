import { expect } from 'chai';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { EngineHarness } from './engine-harness.js';

/** Sends from 5060 and wants to be spoken to elsewhere. */
describe('Engine: a Contact on the host of the source, with another port (RFC 3261 §12.2.1.1)', () => {
  let harness: EngineHarness;
  let edge: SipPeer;
  let inside: SipPeer;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
    edge = harness.peer({ address: '10.0.0.9' });
    inside = harness.peer({ address: '10.0.0.9', port: 5072 });
  });
  afterEach(() => harness.expectNoLeak());

  const CONTACT = '<sip:caller@10.0.0.9:5072>';

  /** As callee: their INVITE, our 200, their ACK. */
  function beCalled(contact = CONTACT): string {
    edge.invite(harness.at, { contact });
    harness.settle();
    const { dialogId } = harness.answer();
    harness.settle();
    return dialogId;
  }

  /** As caller: our INVITE, their 200, our ACK. */
  function call(contact = CONTACT): string {
    harness.invite('sip:member@10.0.0.9');
    harness.settle();
    edge.reply(edge.request('INVITE'), 200, { contact });
    harness.settle();
    const id = harness.owner.responses.at(-1)?.dialogId ?? '';
    harness.acknowledge(id);
    harness.settle();
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
      for (const method of ['INFO', 'UPDATE']) harness.inDialog(id, method);
      harness.inDialog(id, 'INVITE', { body: SDP });
      harness.settle();
      inside.reply(inside.request('INVITE'), 200, { contact: CONTACT });
      harness.settle();
      harness.acknowledge(id);
      harness.inDialog(id, 'BYE');
      harness.settle(5000);
      const first = role === 'caller' ? ['ACK'] : [];
      expect(inside.summary).to.deep.equal([...first, 'INFO', 'UPDATE', 'INVITE', 'ACK', 'BYE']);
      expect(edge.summary).to.not.include.members(['INFO', 'UPDATE', 'BYE']);
    });
  }

  it('after a target refresh to another port, requests follow it', () => {
    const id = beCalled('<sip:caller@10.0.0.9:5060>');
    const answer = edge.response(200);
    edge.inDialog('INVITE', answer, { contact: CONTACT, body: SDP });
    harness.settle();
    harness.answer();
    harness.settle();
    harness.inDialog(id, 'BYE');
    harness.settle();
    expect(inside.summary).to.deep.equal(['BYE']);
  });

  it('a name that leads to the source: its port counts, and ACK leaves before BYE', async () => {
    harness.resolver.names.set('office.example', [{ protocol: 'udp', address: '10.0.0.9', port: 5072 }]);
    harness.invite('sip:member@10.0.0.9');
    harness.settle();
    edge.reply(edge.request('INVITE'), 200, { contact: '<sip:member@office.example:5072>' });
    harness.settle();
    const id = harness.owner.responses.at(-1)?.dialogId ?? '';
    harness.acknowledge(id);
    harness.inDialog(id, 'BYE');
    await harness.clock.run(5);
    expect(inside.summary).to.deep.equal(['ACK', 'BYE']);
    expect(edge.summary).to.deep.equal(['INVITE']);
  });

  it('a name that leads elsewhere, or nowhere: the source, as behind a NAT', async () => {
    harness.resolver.names.set('office.example', [{ protocol: 'udp', address: '192.168.1.5', port: 5072 }]);
    for (const name of ['office.example', 'phone.invalid']) {
      const id = call(`<sip:member@${name}:5072>`);
      await harness.clock.run(5);
      harness.inDialog(id, 'BYE');
      await harness.clock.run(5);
      expect(edge.summary.slice(-3), name).to.deep.equal(['INVITE', 'ACK', 'BYE']);
    }
  });

  it('a Contact over TCP is followed over TCP, with TCP in the Via of ACK and BYE (RFC 3261 §18.1.1)', () => {
    const overTcp = harness.peer({ address: '10.0.0.9', port: 5072, protocol: 'tcp' });
    const id = call('<sip:member@10.0.0.9:5072;transport=tcp>');
    harness.inDialog(id, 'BYE');
    harness.settle();
    expect(overTcp.summary).to.deep.equal(['ACK', 'BYE']);
    expect(overTcp.received.map(({ via }) => via.transport)).to.deep.equal(['TCP', 'TCP']);
  });

  it('a Contact over a transport that we do not speak: back to where it came from', () => {
    const id = call('<sip:member@10.0.0.9:5072;transport=tls>');
    harness.inDialog(id, 'BYE');
    harness.settle();
    expect(edge.summary).to.deep.equal(['INVITE', 'ACK', 'BYE']);
  });
});
