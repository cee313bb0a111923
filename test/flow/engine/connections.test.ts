import { expect } from 'chai';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { EngineHarness } from './engine-harness.js';

const CALLER = { address: '10.0.0.9', port: 40_001 };

describe('Engine: the connection on which a call lives (RFC 3261 §18)', () => {
  let harness: EngineHarness;
  let caller: SipPeer;
  beforeEach(async () => {
    harness = await new EngineHarness({ protocols: ['tcp', 'udp'] }).start();
    caller = harness.peer({ ...CALLER, protocol: 'tcp' });
  });
  afterEach(() => {
    harness.expectNoLeak();
    expect(isInUse(), 'in use at the end').to.equal(false);
  });

  const engineSide = () => harness.network.boundTo('tcp', harness.at);
  const isInUse = (peer = caller): boolean => engineSide().isInUse(peer.local.address, peer.local.port);

  it('is in use from the INVITE to the response to BYE, whoever sends that', () => {
    for (const hangUp of [
      (id: string) => void harness.inDialog(id, 'BYE'),
      () => {
        caller.bye(caller.response(200, 'INVITE'));
        harness.settle();
        harness.respond(200);
      },
    ]) {
      expect(isInUse()).to.equal(false);
      caller.invite(harness.at);
      harness.settle();
      expect(isInUse(), 'while nothing but 100 was said').to.equal(true);
      harness.respond(180);
      harness.settle(170_000);
      expect(isInUse(), 'in the early dialog').to.equal(true);
      const { dialogId } = harness.answer();
      harness.settle(3_600_000);
      expect(isInUse(), 'in the call').to.equal(true);
      hangUp(dialogId);
      harness.settle();
      expect(isInUse(), 'after the call').to.equal(false);
    }
  });

  it('is not in use by a call that was refused, cancelled, or never acknowledged', () => {
    const silent = harness.peer({ address: '10.0.0.8', port: 40_002, protocol: 'tcp', autoAck: false });
    caller.invite(harness.at);
    harness.settle();
    harness.respond(486);
    harness.settle();
    expect(isInUse(), 'refused').to.equal(false);
    const invite = caller.invite(harness.at);
    harness.settle();
    harness.respond(180);
    caller.cancel(invite, harness.at);
    harness.settle();
    expect(isInUse(), 'cancelled').to.equal(false);
    silent.invite(harness.at);
    harness.settle();
    harness.answer();
    harness.settle(31_000);
    expect(isInUse(silent), 'not yet acknowledged').to.equal(true);
    harness.settle(34_000);
    expect(isInUse(silent), 'never acknowledged').to.equal(false);
  });

  it('is in use by our INVITE while the member is silent, by each of its forks, and by an open request within the call', () => {
    const member = harness.peer({ address: '10.0.0.2', protocol: 'tcp', autoBye: false });
    harness.invite('sip:x@10.0.0.2;transport=tcp');
    harness.settle(10_000);
    expect(isInUse(member), 'silent').to.equal(true);
    for (const toTag of ['one', 'two']) member.reply(member.request('INVITE'), 180, { toTag });
    member.reply(member.request('INVITE'), 200, { toTag: 'two' });
    harness.settle();
    const id = harness.owner.responses.at(-1)?.dialogId ?? '';
    harness.acknowledge(id);
    harness.settle();
    expect(isInUse(member), 'answered').to.equal(true);
    harness.inDialog(id, 'BYE');
    harness.settle();
    expect(isInUse(member), 'the BYE is open').to.equal(true);
    member.reply(member.request('BYE'), 200);
    harness.settle();
    expect(isInUse(member), 'over').to.equal(false);
  });

  /** An answered call, whose connection then breaks. */
  function broken(contact: string): string {
    caller.invite(harness.at, { contact });
    harness.settle();
    const { dialogId } = harness.answer();
    harness.settle();
    engineSide().breakTowards(CALLER.address, CALLER.port);
    harness.network.rule({ when: ({ to }) => to === '10.0.0.9:40001', refuse: true });
    return dialogId;
  }

  it('when it breaks, INFO, re-INVITE, its ACK and BYE go over a new one to the Contact (RFC 3261 §12.2.1.1)', () => {
    const id = broken('<sip:caller@10.0.0.9:5072;transport=tcp>');
    const listener = harness.peer({ address: '10.0.0.9', port: 5072, protocol: 'tcp' });
    harness.inDialog(id, 'INFO');
    harness.settle();
    listener.reply(listener.request('INFO'), 200);
    harness.inDialog(id, 'INVITE', { body: SDP });
    harness.settle();
    listener.reply(listener.request('INVITE'), 200, { contact: '<sip:caller@10.0.0.9:5072;transport=tcp>' });
    harness.settle();
    harness.acknowledge(id);
    harness.inDialog(id, 'BYE');
    harness.settle();
    expect(listener.summary).to.deep.equal(['INFO', 'INVITE', 'ACK', 'BYE']);
  });

  it('when it breaks, a Contact with a name is looked up, and no sooner', async () => {
    harness.resolver.names.set('caller.example', [{ protocol: 'tcp', address: '10.0.0.9', port: 5072 }]);
    const id = broken('<sip:caller@caller.example:5072;transport=tcp>');
    const listener = harness.peer({ address: '10.0.0.9', port: 5072, protocol: 'tcp' });
    harness.inDialog(id, 'BYE');
    await harness.clock.run(10);
    expect(listener.summary).to.deep.equal(['BYE']);
    expect(harness.owner.told).to.deep.equal([200]);
  });

  it('when it breaks and the name of the Contact does not exist: the BYE has failed, and nothing is left', async () => {
    const id = broken('<sip:caller@nowhere.example>');
    harness.inDialog(id, 'BYE');
    await harness.clock.run(10);
    expect(harness.owner.told).to.deep.equal([503]);
  });

  it('a peer that comes back over another connection is answered there, without a target refresh', () => {
    const id = broken('<sip:caller@192.168.1.5:5060;transport=tcp>');
    const back = harness.peer({ ...CALLER, port: 40_007, protocol: 'tcp' });
    const ok = caller.response(200);
    back.send(
      caller
        .inDialog('INFO', ok)
        .text.replaceAll('10.0.0.9:40001', '10.0.0.9:40007')
        .replace(/branch=[^;]*/, 'branch=z9hG4bKback')
        .replace('CSeq: ', 'CSeq: 1'),
      harness.at,
    );
    harness.settle();
    harness.respond(200);
    harness.inDialog(id, 'BYE');
    harness.settle();
    expect(back.summary).to.deep.equal(['200 INFO', 'BYE']);
  });

  it('takes a message of any size that the transport lets pass: that has held it to the configured one', () => {
    caller.invite(harness.at, { body: `${SDP}${'a=x-padding\r\n'.repeat(6_000)}` });
    harness.settle();
    expect(harness.owner.last().message.body.length).to.be.greaterThan(70_000);
    harness.respond(486);
    harness.settle();
  });
});
