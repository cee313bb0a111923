import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { EngineHarness } from './engine-harness.js';

const LONG: Field[] = [['X-Long', 'x'.repeat(1400)]];
const PATIENCE = 1500;

/** Nothing of TCP comes through to 10.0.0.2: the SYN is dropped. */
describe('Engine: a request too long for a datagram, and a firewall that drops SYN (RFC 3261 §18.1.1)', () => {
  let harness: EngineHarness;
  let member: SipPeer;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
    member = harness.peer({ address: '10.0.0.2', user: 'member' });
    harness.network.rule({
      when: ({ protocol, to }) => protocol === 'tcp' && to.startsWith('10.0.0.2:'),
      noConnection: true,
    });
  });
  afterEach(() => harness.expectNoLeak());

  const overTcp = (): number => harness.network.trace.filter(({ text }) => text.includes('SIP/2.0/TCP')).length;
  const refuse = (): void => {
    member.reply(member.request('INVITE'), 486);
    harness.settle();
  };
  function answer(): string {
    member.reply(member.request('INVITE'), 200);
    harness.settle();
    return harness.owner.responses.at(-1)?.dialogId ?? '';
  }

  it('the INVITE goes by UDP after 1.5 s, with its own branch and UDP in Via', () => {
    const { message } = harness.invite('sip:x@10.0.0.2', { fields: LONG });
    harness.settle(PATIENCE - 1);
    expect(member.summary).to.deep.equal([]);
    harness.settle(2);
    const { via } = member.request('INVITE');
    expect(via.transport).to.equal('UDP');
    expect(via.branch).to.not.equal(message.via.branch);
    refuse();
    expect(harness.owner.told).to.deep.equal([486]);
  });

  it('the next long one goes by UDP at once; after ten minutes TCP is tried again', () => {
    const long = (patience: number): void => {
      harness.invite('sip:x@10.0.0.2', { fields: LONG });
      harness.settle(patience);
      refuse();
    };
    long(PATIENCE + 1);
    long(1);
    expect(overTcp()).to.equal(1);
    harness.clock.advance(600_000);
    long(PATIENCE + 1);
    expect(overTcp()).to.equal(2);
  });

  it('a peer that refuses TCP is remembered, too, and one that takes it is not', () => {
    const refusing = harness.peer({ address: '10.0.0.3' });
    const willing = harness.peer({ address: '10.0.0.4', protocol: 'tcp' });
    for (const peer of [refusing, willing, refusing, willing]) {
      harness.invite(`sip:x@${peer.local.address}`, { fields: LONG });
      harness.settle(2);
      peer.reply(peer.request('INVITE'), 486);
      harness.settle();
    }
    const tried = harness.network.trace.filter(({ line }) => line.startsWith('INVITE')).map(({ to }) => to);
    const viaTcp = harness.network.trace.filter(
      ({ text }) => text.startsWith('INVITE') && text.includes('SIP/2.0/TCP'),
    );
    expect(tried).to.have.length(5);
    expect(viaTcp.map(({ to }) => to)).to.deep.equal(['10.0.0.3:5060', '10.0.0.4:5060', '10.0.0.4:5060']);
  });

  it('another port of the same host is another peer', () => {
    harness.invite('sip:x@10.0.0.2', { fields: LONG });
    harness.settle(PATIENCE + 1);
    refuse();
    const other = harness.peer({ address: '10.0.0.2', port: 5062 });
    harness.invite('sip:x@10.0.0.2:5062', { fields: LONG });
    harness.settle();
    expect(other.summary).to.deep.equal([]);
    harness.settle(PATIENCE + 1);
    other.reply(other.request('INVITE'), 486);
    harness.settle();
  });

  it('CANCEL while the connection is tried: nothing is sent by UDP, and the INVITE is over', () => {
    const { transactionId } = harness.invite('sip:x@10.0.0.2', { fields: LONG });
    harness.settle(1000);
    harness.cancel(transactionId);
    harness.settle(2000);
    expect(member.summary).to.deep.equal([]);
    expect(harness.owner.told).to.deep.equal([503]);
  });

  it('CANCEL after the fall back takes the way of the INVITE', () => {
    const { transactionId } = harness.invite('sip:x@10.0.0.2', { fields: LONG });
    harness.settle(PATIENCE + 1);
    member.reply(member.request('INVITE'), 180);
    harness.settle();
    harness.cancel(transactionId);
    harness.settle();
    expect(member.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK']);
    expect(member.request('CANCEL').via.branch).to.equal(member.request('INVITE').via.branch);
  });

  it('within a dialog: re-INVITE, its ACK, INFO, UPDATE and BYE, with one try over TCP among them all', () => {
    harness.invite('sip:x@10.0.0.2');
    harness.settle();
    const id = answer();
    harness.acknowledge(id);
    harness.settle();
    harness.inDialog(id, 'INVITE', { fields: LONG, body: SDP });
    harness.settle(PATIENCE + 1);
    answer();
    harness.engine.acknowledge(harness.owner, id, { fields: LONG, body: '' });
    for (const method of ['INFO', 'UPDATE']) {
      harness.inDialog(id, method, { fields: LONG });
      harness.settle();
      member.reply(member.request(method), 200);
      harness.settle();
    }
    harness.inDialog(id, 'BYE', { fields: LONG });
    harness.settle();
    expect(member.summary).to.deep.equal(['INVITE', 'ACK', 'INVITE', 'ACK', 'INFO', 'UPDATE', 'BYE']);
    expect(overTcp()).to.equal(1);
  });

  it('a long ACK goes over TCP where that is possible, with TCP in Via, and by UDP where it is not', () => {
    const phone = harness.peer({ address: '10.0.0.3' });
    const phoneOverTcp = harness.peer({ address: '10.0.0.3', protocol: 'tcp' });
    const ids: string[] = [];
    for (const peer of [phone, member]) {
      harness.invite(`sip:x@${peer.local.address}`);
      harness.settle();
      peer.reply(peer.request('INVITE'), 200);
      harness.settle();
      ids.push(harness.owner.responses.at(-1)?.dialogId ?? '');
    }
    for (const id of ids) harness.engine.acknowledge(harness.owner, id, { fields: LONG, body: '' });
    harness.settle(PATIENCE + 1);
    expect(phoneOverTcp.request('ACK').via.transport).to.equal('TCP');
    expect(phone.summary).to.deep.equal(['INVITE']);
    expect(member.request('ACK').via.transport).to.equal('UDP');
    for (const id of ids) harness.inDialog(id, 'BYE');
    harness.settle();
  });

  it('a name with several addresses: the next one after 1.5 s of silence to the SYN (RFC 3263 §4.3)', async () => {
    const second = harness.peer({ address: '10.0.0.4', protocol: 'tcp' });
    harness.resolver.names.set('trunk.example', [
      { protocol: 'tcp', address: '10.0.0.2', port: 5060 },
      { protocol: 'tcp', address: '10.0.0.4', port: 5060 },
    ]);
    harness.invite('sip:x@trunk.example');
    await harness.clock.run(PATIENCE + 1);
    second.reply(second.request('INVITE'), 486);
    harness.settle();
    expect(harness.owner.told).to.deep.equal([486]);
  });
});
