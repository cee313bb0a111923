import { expect } from 'chai';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { Bench } from './engine-harness.js';

const CALLER = { address: '10.0.0.9', port: 40_001 };

describe('Engine: the connection on which a call lives (RFC 3261 §18)', () => {
  let bench: Bench;
  let caller: SipPeer;
  beforeEach(async () => {
    bench = await new Bench({ protocols: ['tcp', 'udp'] }).start();
    caller = bench.peer({ ...CALLER, protocol: 'tcp' });
  });
  afterEach(() => {
    bench.expectNoLeak();
    expect(isInUse(), 'in use at the end').to.equal(false);
  });

  const engineSide = () => bench.network.boundTo('tcp', bench.at);
  const isInUse = (peer = caller): boolean => engineSide().isInUse(peer.local.address, peer.local.port);

  it('is in use from the INVITE to the response to BYE, whoever sends that', () => {
    for (const hangUp of [
      (id: string) => void bench.inDialog(id, 'BYE'),
      () => {
        caller.bye(caller.response(200, 'INVITE'));
        bench.settle();
        bench.respond(200);
      },
    ]) {
      expect(isInUse()).to.equal(false);
      caller.invite(bench.at);
      bench.settle();
      expect(isInUse(), 'while nothing but 100 was said').to.equal(true);
      bench.respond(180);
      bench.settle(170_000);
      expect(isInUse(), 'in the early dialog').to.equal(true);
      const { dialogId } = bench.answer();
      bench.settle(3_600_000);
      expect(isInUse(), 'in the call').to.equal(true);
      hangUp(dialogId);
      bench.settle();
      expect(isInUse(), 'after the call').to.equal(false);
    }
  });

  it('is not in use by a call that was refused, cancelled, or never acknowledged', () => {
    const silent = bench.peer({ address: '10.0.0.8', port: 40_002, protocol: 'tcp', autoAck: false });
    caller.invite(bench.at);
    bench.settle();
    bench.respond(486);
    bench.settle();
    expect(isInUse(), 'refused').to.equal(false);
    const invite = caller.invite(bench.at);
    bench.settle();
    bench.respond(180);
    caller.cancel(invite, bench.at);
    bench.settle();
    expect(isInUse(), 'cancelled').to.equal(false);
    silent.invite(bench.at);
    bench.settle();
    bench.answer();
    bench.settle(31_000);
    expect(isInUse(silent), 'not yet acknowledged').to.equal(true);
    bench.settle(34_000);
    expect(isInUse(silent), 'never acknowledged').to.equal(false);
  });

  it('is in use by our INVITE while the member is silent, by each of its forks, and by an open request within the call', () => {
    const member = bench.peer({ address: '10.0.0.2', protocol: 'tcp', autoBye: false });
    bench.invite('sip:x@10.0.0.2;transport=tcp');
    bench.settle(10_000);
    expect(isInUse(member), 'silent').to.equal(true);
    for (const toTag of ['one', 'two']) member.reply(member.request('INVITE'), 180, { toTag });
    member.reply(member.request('INVITE'), 200, { toTag: 'two' });
    bench.settle();
    const id = bench.owner.responses.at(-1)?.dialogId ?? '';
    bench.acknowledge(id);
    bench.settle();
    expect(isInUse(member), 'answered').to.equal(true);
    bench.inDialog(id, 'BYE');
    bench.settle();
    expect(isInUse(member), 'the BYE is open').to.equal(true);
    member.reply(member.request('BYE'), 200);
    bench.settle();
    expect(isInUse(member), 'over').to.equal(false);
  });

  /** An answered call, whose connection then breaks. */
  function broken(contact: string): string {
    caller.invite(bench.at, { contact });
    bench.settle();
    const { dialogId } = bench.answer();
    bench.settle();
    engineSide().breakTowards(CALLER.address, CALLER.port);
    bench.network.rule({ when: ({ to }) => to === '10.0.0.9:40001', refuse: true });
    return dialogId;
  }

  it('when it breaks, INFO, re-INVITE, its ACK and BYE go over a new one to the Contact (RFC 3261 §12.2.1.1)', () => {
    const id = broken('<sip:caller@10.0.0.9:5072;transport=tcp>');
    const listener = bench.peer({ address: '10.0.0.9', port: 5072, protocol: 'tcp' });
    bench.inDialog(id, 'INFO');
    bench.settle();
    listener.reply(listener.request('INFO'), 200);
    bench.inDialog(id, 'INVITE', { body: SDP });
    bench.settle();
    listener.reply(listener.request('INVITE'), 200, { contact: '<sip:caller@10.0.0.9:5072;transport=tcp>' });
    bench.settle();
    bench.acknowledge(id);
    bench.inDialog(id, 'BYE');
    bench.settle();
    expect(listener.summary).to.deep.equal(['INFO', 'INVITE', 'ACK', 'BYE']);
  });

  it('when it breaks, a Contact with a name is looked up, and no sooner', async () => {
    bench.resolver.names.set('caller.example', [{ protocol: 'tcp', address: '10.0.0.9', port: 5072 }]);
    const id = broken('<sip:caller@caller.example:5072;transport=tcp>');
    const listener = bench.peer({ address: '10.0.0.9', port: 5072, protocol: 'tcp' });
    bench.inDialog(id, 'BYE');
    await bench.clock.run(10);
    expect(listener.summary).to.deep.equal(['BYE']);
    expect(bench.owner.told).to.deep.equal([200]);
  });

  it('when it breaks and the name of the Contact does not exist: the BYE has failed, and nothing is left', async () => {
    const id = broken('<sip:caller@nowhere.example>');
    bench.inDialog(id, 'BYE');
    await bench.clock.run(10);
    expect(bench.owner.told).to.deep.equal([503]);
  });

  it('a peer that comes back over another connection is answered there, without a target refresh', () => {
    const id = broken('<sip:caller@192.168.1.5:5060;transport=tcp>');
    const back = bench.peer({ ...CALLER, port: 40_007, protocol: 'tcp' });
    const ok = caller.response(200);
    back.send(
      caller
        .inDialog('INFO', ok)
        .text.replaceAll('10.0.0.9:40001', '10.0.0.9:40007')
        .replace(/branch=[^;]*/, 'branch=z9hG4bKback')
        .replace('CSeq: ', 'CSeq: 1'),
      bench.at,
    );
    bench.settle();
    bench.respond(200);
    bench.inDialog(id, 'BYE');
    bench.settle();
    expect(back.summary).to.deep.equal(['200 INFO', 'BYE']);
  });
});
