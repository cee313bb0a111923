import { expect } from 'chai';
import { FakeClock } from '../../support/fake-clock.js';
import { LoopNetwork } from '../../support/loop-network.js';
import { SipPeer } from '../../support/sip-peer.js';
import { Inbox } from './harness.js';

describe('the loop network', () => {
  const build = (delay = 0) => {
    const clock = new FakeClock();
    const network = new LoopNetwork(clock, delay);
    const station = (address: string, protocol: 'udp' | 'tcp' = 'udp') => {
      const transport = network.transport({ address, port: 5060, protocol });
      const inbox = new Inbox();
      void transport.start(inbox);
      const send = (text: string, to: string, failed: (error: Error) => void = () => {}) =>
        transport.send(`${text}\r\n\r\n`, { protocol: transport.protocol, address: to, port: 5060 }, failed);
      return { transport, inbox, send, heard: () => inbox.arrivals.map(({ text }) => text.trim()) };
    };
    return { clock, network, station, a: station('10.0.0.1'), b: station('10.0.0.2') };
  };

  it('delivers by address and port, after its delay, and tells the source', () => {
    const { clock, network, a, b } = build(20);
    a.send('one', '10.0.0.2');
    clock.advance(19);
    expect(b.heard()).to.deep.equal([]);
    clock.advance(1);
    expect(b.inbox.arrivals[0]?.flow).to.deep.equal({
      protocol: 'udp',
      address: '10.0.0.1',
      port: 5060,
      local: b.transport.local,
    });
    expect(network.trace).to.have.length(1);
    expect(network.trace[0]).to.include({ from: '10.0.0.1:5060', to: '10.0.0.2:5060', line: 'one', fate: 'delivered' });
  });

  it('fails towards a port that is not bound, or no more', async () => {
    const { clock, network, a, b } = build();
    const failures: string[] = [];
    a.send('one', '10.0.0.3', (error) => failures.push(error.message));
    await b.transport.close();
    a.send('two', '10.0.0.2', (error) => failures.push(error.message));
    clock.advance(0);
    expect(failures.map((message) => /10.0.0.\d/.exec(message)?.[0])).to.deep.equal(['10.0.0.3', '10.0.0.2']);
    expect(network.trace.map(({ fate }) => fate)).to.deep.equal(['refused', 'refused']);
  });

  it('keeps protocols apart; connections stay the same object', () => {
    const { clock, station, a } = build();
    const [c, d] = [station('10.0.0.1', 'tcp'), station('10.0.0.9', 'tcp')];
    c.send('one', '10.0.0.9');
    c.send('two', '10.0.0.9');
    a.send('three', '10.0.0.9');
    clock.advance(0);
    expect(d.heard()).to.deep.equal(['one', 'two']);
    expect(d.inbox.arrivals[0]?.flow.connection).to.be.an('object').that.equals(d.inbox.arrivals[1]?.flow.connection);
  });

  it('drops, by retransmission count, as often as told', () => {
    const { clock, network, a, b } = build();
    network.rule({ when: ({ text, count }) => text.startsWith('same') && count === 1, drop: true });
    const lift = network.rule({ when: ({ text }) => text.startsWith('other'), drop: true, times: 1 });
    for (const text of ['same', 'same', 'other', 'other']) a.send(text, '10.0.0.2');
    clock.advance(0);
    expect(b.heard()).to.deep.equal(['same', 'other']);
    lift();
    a.send('other', '10.0.0.2');
    clock.advance(0);
    expect(b.heard()).to.deep.equal(['same', 'other', 'other']);
  });

  it('delays, duplicates, reorders and refuses', () => {
    const { clock, network, a, b } = build();
    const starts = (start: string) => ({ when: ({ text }: { text: string }) => text.startsWith(start) });
    network.rule({ ...starts('late'), delay: 50 });
    network.rule({ ...starts('twice'), duplicate: 1 });
    network.rule({ ...starts('after'), reorder: true });
    network.rule({ ...starts('no'), refuse: true });
    let refused = false;
    a.send('no', '10.0.0.2', () => {
      refused = true;
    });
    for (const text of ['late', 'twice', 'after', 'before']) a.send(text, '10.0.0.2');
    clock.advance(50);
    expect(b.heard()).to.deep.equal(['twice', 'twice', 'before', 'after', 'late']);
    expect(refused).to.equal(true);
  });

  it('carries a whole call between two scripted peers', () => {
    const clock = new FakeClock();
    const network = new LoopNetwork(clock);
    const caller = new SipPeer(network, { address: '10.0.0.1', port: 5060, user: 'caller' });
    const callee = new SipPeer(network, { address: '10.0.0.2', port: 5060, user: 'callee' });
    callee.on('INVITE', (invite) => {
      callee.reply(invite, 180);
      callee.reply(invite, 200);
    });
    caller.invite(callee.local, { uri: 'sip:+37167000000@10.0.0.2' });
    clock.advance(0);
    expect(caller.summary).to.deep.equal(['180 INVITE', '200 INVITE']);
    expect(callee.summary).to.deep.equal(['INVITE', 'ACK']);
    expect(callee.request('ACK').toTag).to.equal(caller.response(200).toTag).and.not.equal('');
    caller.bye(caller.response(200));
    clock.advance(0);
    expect(caller.response(200, 'BYE').callId).to.equal(callee.request('BYE').callId);
    expect(callee.request('BYE').uri).to.equal('sip:callee@10.0.0.2:5060');
  });

  it('lets the callee end it, and answers CANCEL with 200 and 487 (RFC 3261 §9.2)', () => {
    const clock = new FakeClock();
    const network = new LoopNetwork(clock);
    const caller = new SipPeer(network, { address: '10.0.0.1', port: 5060, user: 'caller' });
    const callee = new SipPeer(network, { address: '10.0.0.2', port: 5060, user: 'callee' });
    const invite = caller.invite(callee.local);
    clock.advance(0);
    caller.cancel(invite, callee.local);
    clock.advance(0);
    expect(caller.summary).to.deep.equal(['200 CANCEL', '487 INVITE']);
    expect(callee.request('ACK').via.params.get('branch')).to.equal(invite.via.params.get('branch'));
    caller.invite(callee.local);
    clock.advance(0);
    const answer = callee.reply(callee.request('INVITE'), 200);
    clock.advance(0);
    callee.bye(answer);
    clock.advance(0);
    expect(caller.request('BYE').fromTag).to.equal(answer.toTag);
    expect(callee.response(200, 'BYE').status).to.equal(200);
  });
});
