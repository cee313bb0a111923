import { expect } from 'chai';
import type { SipPeer } from '../../support/sip-peer.js';
import { Bench, TIMEOUT } from './engine-harness.js';

describe('Engine as client: sending', () => {
  let bench: Bench;
  let member: SipPeer;
  beforeEach(async () => {
    bench = await new Bench().start();
    member = bench.peer({ address: '10.0.0.2', user: 'member' });
  });
  afterEach(() => bench.expectNoLeak());

  const ring = () => bench.ring(member);

  it('fills in what the application left out, and puts our address in place of localhost', () => {
    const { message } = bench.invite('sip:svc@10.0.0.2', {
      fields: [
        ['from', 'sip:5551212@localhost'],
        ['contact', '<sip:c@localhost:7777;transport=tcp>;q=1'],
        ['x-Strange', '1'],
        ['p-charging-vector', 'v'],
        ['Route', '<sip:evil@10.0.0.66;lr>'],
        ['bad name', 'x'],
        ['Content-Length', '9999'],
      ],
    });
    expect(message.first('from')).to.match(/^<sip:5551212@10\.0\.0\.1:5060>;tag=\w+$/);
    expect(message.first('contact')).to.equal('<sip:c@10.0.0.1:5060;transport=tcp>;q=1');
    expect(message.first('to')).to.equal('<sip:svc@10.0.0.2>');
    expect(message.first('max-forwards')).to.equal('70');
    expect(message.first('content-type')).to.equal('application/sdp');
    expect(message.fields.map(([name]) => name)).to.include.members(['x-Strange', 'P-Charging-Vector']);
    expect(message.has('route')).to.equal(false);
    bench.settle();
    member.reply(member.request('INVITE'), 486);
    bench.settle();
    expect(bench.owner.told).to.deep.equal([486]);
  });

  it('refuses what cannot be sent, in the words of drachtio-server', () => {
    expect(() => bench.invite('tel:+37120000001')).to.throw('invalid request-uri');
    expect(() => bench.invite('nonsense')).to.throw('invalid request-uri');
    expect(() => bench.invite('sip:me@10.0.0.1:5060')).to.throw('can not send request to myself');
    expect(() => bench.invite('sip:x@10.0.0.2;transport=tls')).to.throw('requested protocol/transport not available');
    expect(() => bench.invite('sip:x@10.0.0.2', { body: 'hello' })).to.throw('missing content-type');
    expect(() => bench.acknowledge('nothing')).to.throw('ACK for non-success final response is automatically');
    expect(() => bench.inDialog('nothing', 'BYE')).to.throw('unable to find dialog for dialog id provided');
    expect(() => bench.cancel('nothing')).to.throw('unable to cancel unknown transaction id: nothing');
  });

  it('sends a tel: request to its next hop', () => {
    bench.invite('tel:+37120000001', { nextHop: 'sip:10.0.0.2' });
    bench.settle();
    expect(member.request('INVITE').uri).to.equal('tel:+37120000001');
    expect(member.request('INVITE').has('route')).to.equal(false);
    member.reply(member.request('INVITE'), 404);
    bench.settle();
  });

  it('RFC 3261 §17.1.1.2: repeats the INVITE at T1 doubling; no answer at all is 408', () => {
    bench.invite();
    bench.settle(TIMEOUT + 10);
    expect(member.summary).to.deep.equal(new Array(7).fill('INVITE'));
    expect(bench.owner.told).to.deep.equal([408]);
    expect(bench.owner.responses[0]?.flow).to.equal(undefined);
  });

  it('RFC 3261 §17.1.1.2: Timer B stops at the first 1xx; Timer C cancels, and 408 follows', () => {
    ring();
    bench.settle(TIMEOUT * 2);
    expect(member.summary).to.deep.equal(['INVITE']);
    const mute = bench.network.rule({ when: ({ to }) => to === '10.0.0.2:5060', drop: true });
    bench.settle(185_000 - TIMEOUT * 2 + 10);
    expect(bench.network.lines().at(-1)).to.match(/^CANCEL/);
    bench.settle(TIMEOUT + 10);
    expect(bench.owner.told).to.deep.equal([180, 408]);
    mute();
  });

  it('a refused connection is 503 a moment later, never at once', () => {
    bench.invite('sip:nobody@10.0.0.77');
    bench.clock.advance(0);
    expect(bench.owner.told).to.deep.equal([]);
    bench.settle(10);
    expect(bench.owner.told).to.deep.equal([503]);
    expect(bench.owner.responses[0]?.protocol).to.equal('udp');
  });

  it('an ICMP error that the socket reports later ends the INVITE that still has no answer', () => {
    const { message } = bench.invite();
    bench.settle();
    const flow = { protocol: 'udp', address: '10.0.0.2', port: 5060, local: bench.at } as const;
    (bench.engine as unknown as { failed(f: typeof flow, e: Error): void }).failed(flow, new Error('ECONNREFUSED'));
    bench.settle(10);
    expect(message.method).to.equal('INVITE');
    expect(bench.owner.told).to.deep.equal([503]);
  });

  it('RFC 3263 §4.3: a name has several targets, the next is tried when one is unreachable', async () => {
    bench.resolver.names.set('trunk.example', [
      { protocol: 'udp', address: '10.0.0.77', port: 5060 },
      { protocol: 'udp', address: '10.0.0.2', port: 5060 },
    ]);
    const sent = bench.invite('sip:x@trunk.example');
    expect(sent.flow).to.equal(undefined);
    await bench.clock.run(10);
    expect(member.summary).to.deep.equal(['INVITE']);
    const first = bench.network.trace[0]?.text ?? '';
    expect(member.request('INVITE').via.params.get('branch')).not.to.equal(/branch=([^;]+)/.exec(first)?.[1]);
    member.reply(member.request('INVITE'), 486);
    bench.settle();
    expect(bench.owner.responses.map((event) => event.transactionId)).to.deep.equal([sent.transactionId]);
  });

  it('a name that does not resolve is 503 DNS Error; one that is cancelled first is 487 and never sent', async () => {
    bench.invite('sip:x@nowhere.example');
    await bench.clock.run(10);
    expect(bench.owner.responses[0]?.message.reason).to.equal('DNS Error');
    expect(bench.owner.responses[0]?.protocol).to.equal('unknown');
    bench.resolver.names.set('trunk.example', [{ protocol: 'udp', address: '10.0.0.2', port: 5060 }]);
    bench.cancel(bench.invite('sip:x@trunk.example').transactionId);
    await bench.clock.run(10);
    expect(bench.owner.told).to.deep.equal([503, 487]);
    expect(member.summary).to.deep.equal([]);
  });

  it('RFC 3261 §18.1.1: a request over 1300 bytes goes over TCP, and over UDP where nobody listens', () => {
    const long = { fields: [['X-Long', 'x'.repeat(1400)]] as [string, string][] };
    const tcp = bench.peer({ address: '10.0.0.3', protocol: 'tcp' });
    bench.invite('sip:x@10.0.0.3', long);
    bench.invite('sip:x@10.0.0.2', long);
    bench.settle();
    bench.settle();
    expect(tcp.request('INVITE').via.transport).to.equal('TCP');
    expect(member.request('INVITE').via.transport).to.equal('UDP');
    tcp.reply(tcp.request('INVITE'), 486);
    member.reply(member.request('INVITE'), 486);
    bench.settle();
    expect(bench.owner.told).to.deep.equal([486, 486]);
  });

  it('the application goes away: its INVITE is cancelled; a 200 that comes nevertheless is ended', () => {
    const stubborn = bench.peer({ address: '10.0.0.4', user: 'member', autoCancel: false });
    bench.invite('sip:member@10.0.0.4');
    bench.settle();
    stubborn.reply(stubborn.request('INVITE'), 180);
    bench.settle();
    bench.engine.release(bench.owner);
    bench.settle();
    stubborn.reply(stubborn.request('INVITE'), 200);
    bench.settle();
    expect(stubborn.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK', 'BYE']);
    expect(bench.owner.told).to.deep.equal([180]);
  });

  it('the application goes away with an answered INVITE that it has not acknowledged', () => {
    ring();
    member.reply(member.request('INVITE'), 200);
    bench.settle();
    bench.engine.release(bench.owner);
    bench.settle();
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
  });
});
