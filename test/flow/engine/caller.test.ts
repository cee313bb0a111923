import { expect } from 'chai';
import type { SipPeer } from '../../support/sip-peer.js';
import { EngineHarness, TIMEOUT } from './engine-harness.js';

describe('Engine as client: sending', () => {
  let harness: EngineHarness;
  let member: SipPeer;
  beforeEach(async () => {
    harness = await new EngineHarness().start();
    member = harness.peer({ address: '10.0.0.2', user: 'member' });
  });
  afterEach(() => harness.expectNoLeak());

  const ring = () => harness.ring(member);

  it('fills in what the application left out, and puts our address in place of localhost', () => {
    const { message } = harness.invite('sip:svc@10.0.0.2', {
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
    harness.settle();
    member.reply(member.request('INVITE'), 486);
    harness.settle();
    expect(harness.owner.told).to.deep.equal([486]);
  });

  it('refuses what cannot be sent, in the words of drachtio-server', () => {
    expect(() => harness.invite('tel:+37120000001')).to.throw('invalid request-uri');
    expect(() => harness.invite('nonsense')).to.throw('invalid request-uri');
    expect(() => harness.invite('sip:me@10.0.0.1:5060')).to.throw('can not send request to myself');
    expect(() => harness.invite('sip:x@10.0.0.2;transport=tls')).to.throw('requested protocol/transport not available');
    expect(() => harness.invite('sip:x@10.0.0.2', { body: 'hello' })).to.throw('missing content-type');
    expect(() => harness.acknowledge('nothing')).to.throw('ACK for non-success final response is automatically');
    expect(() => harness.inDialog('nothing', 'BYE')).to.throw('unable to find dialog for dialog id provided');
    expect(() => harness.cancel('nothing')).to.throw('unable to cancel unknown transaction id: nothing');
  });

  it('sends a tel: request to its next hop', () => {
    harness.invite('tel:+37120000001', { nextHop: 'sip:10.0.0.2' });
    harness.settle();
    expect(member.request('INVITE').uri).to.equal('tel:+37120000001');
    expect(member.request('INVITE').has('route')).to.equal(false);
    member.reply(member.request('INVITE'), 404);
    harness.settle();
  });

  it('RFC 3261 §17.1.1.2: repeats the INVITE at T1 doubling; no answer at all is 408', () => {
    harness.invite();
    harness.settle(TIMEOUT + 10);
    expect(member.summary).to.deep.equal(new Array(7).fill('INVITE'));
    expect(harness.owner.told).to.deep.equal([408]);
    expect(harness.owner.responses[0]?.flow).to.equal(undefined);
  });

  it('each response comes back with whom its request named, up to the final one, also one that is made up', () => {
    const [receiver, other, third] = [{}, {}, {}];
    harness.invite('sip:member@10.0.0.2', { receiver });
    harness.settle();
    const invite = member.request('INVITE');
    member.reply(invite, 180);
    member.reply(invite, 200);
    harness.settle();
    const { dialogId } = harness.owner.responses[1] ?? expect.fail('there was no answer');
    harness.acknowledge(dialogId);
    harness.inDialog(dialogId, 'BYE', { receiver: other });
    harness.settle();
    member.reply(member.request('BYE'), 200);
    harness.settle();
    harness.invite('sip:nobody@10.0.0.77', { receiver: third });
    harness.invite('sip:nobody@10.0.0.77');
    harness.settle(TIMEOUT + 10);
    const told = harness.owner.responses.map(({ message, receiver: named }) => [message.status, named]);
    expect(told.map(([status]) => status)).to.deep.equal([180, 200, 200, 503, 503]);
    for (const [index, expected] of [receiver, receiver, other, third, undefined].entries()) {
      expect(told[index]?.[1]).to.equal(expected);
    }
  });

  it('a refusal comes back with whom its request named', () => {
    const receiver = {};
    harness.invite('sip:member@10.0.0.2', { receiver });
    harness.settle();
    member.reply(member.request('INVITE'), 486);
    harness.settle();
    expect(harness.owner.told).to.deep.equal([486]);
    expect(harness.owner.responses[0]?.receiver).to.equal(receiver);
  });

  it('RFC 3261 §17.1.1.2: Timer B stops at the first 1xx; Timer C cancels, and 408 follows', () => {
    ring();
    harness.settle(TIMEOUT * 2);
    expect(member.summary).to.deep.equal(['INVITE']);
    const mute = harness.network.rule({ when: ({ to }) => to === '10.0.0.2:5060', drop: true });
    harness.settle(185_000 - TIMEOUT * 2 + 10);
    expect(harness.network.lines().at(-1)).to.match(/^CANCEL/);
    harness.settle(TIMEOUT + 10);
    expect(harness.owner.told).to.deep.equal([180, 408]);
    mute();
  });

  it('a refused connection is 503 a moment later, never at once', () => {
    harness.invite('sip:nobody@10.0.0.77');
    harness.clock.advance(0);
    expect(harness.owner.told).to.deep.equal([]);
    harness.settle(10);
    expect(harness.owner.told).to.deep.equal([503]);
    expect(harness.owner.responses[0]?.protocol).to.equal('udp');
  });

  it('an ICMP error that the socket reports later ends the INVITE that still has no answer', () => {
    const { message } = harness.invite();
    harness.settle();
    const flow = { protocol: 'udp', address: '10.0.0.2', port: 5060, local: harness.at } as const;
    (harness.engine as unknown as { failed(f: typeof flow, e: Error): void }).failed(flow, new Error('ECONNREFUSED'));
    harness.settle(10);
    expect(message.method).to.equal('INVITE');
    expect(harness.owner.told).to.deep.equal([503]);
  });

  it('RFC 3263 §4.3: a name has several targets, the next is tried when one is unreachable', async () => {
    harness.resolver.names.set('trunk.example', [
      { protocol: 'udp', address: '10.0.0.77', port: 5060 },
      { protocol: 'udp', address: '10.0.0.2', port: 5060 },
    ]);
    const sent = harness.invite('sip:x@trunk.example');
    expect(sent.flow).to.equal(undefined);
    await harness.clock.run(10);
    expect(member.summary).to.deep.equal(['INVITE']);
    const first = harness.network.trace[0]?.text ?? '';
    expect(member.request('INVITE').via.params.get('branch')).not.to.equal(/branch=([^;]+)/.exec(first)?.[1]);
    member.reply(member.request('INVITE'), 486);
    harness.settle();
    expect(harness.owner.responses.map((event) => event.transactionId)).to.deep.equal([sent.transactionId]);
  });

  it('a name that does not resolve is 503 DNS Error; one that is cancelled first is 487 and never sent', async () => {
    harness.invite('sip:x@nowhere.example');
    await harness.clock.run(10);
    expect(harness.owner.responses[0]?.message.reason).to.equal('DNS Error');
    expect(harness.owner.responses[0]?.protocol).to.equal('unknown');
    harness.resolver.names.set('trunk.example', [{ protocol: 'udp', address: '10.0.0.2', port: 5060 }]);
    harness.cancel(harness.invite('sip:x@trunk.example').transactionId);
    await harness.clock.run(10);
    expect(harness.owner.told).to.deep.equal([503, 487]);
    expect(member.summary).to.deep.equal([]);
  });

  it('RFC 3261 §18.1.1: a request over 1300 bytes goes over TCP, and over UDP where nobody listens', () => {
    const long = { fields: [['X-Long', 'x'.repeat(1400)]] as [string, string][] };
    const tcp = harness.peer({ address: '10.0.0.3', protocol: 'tcp' });
    harness.invite('sip:x@10.0.0.3', long);
    harness.invite('sip:x@10.0.0.2', long);
    harness.settle();
    harness.settle();
    expect(tcp.request('INVITE').via.transport).to.equal('TCP');
    expect(member.request('INVITE').via.transport).to.equal('UDP');
    tcp.reply(tcp.request('INVITE'), 486);
    member.reply(member.request('INVITE'), 486);
    harness.settle();
    expect(harness.owner.told).to.deep.equal([486, 486]);
  });

  it('the application goes away: its INVITE is cancelled; a 200 that comes nevertheless is ended', () => {
    const stubborn = harness.peer({ address: '10.0.0.4', user: 'member', autoCancel: false });
    harness.invite('sip:member@10.0.0.4');
    harness.settle();
    stubborn.reply(stubborn.request('INVITE'), 180);
    harness.settle();
    harness.engine.release(harness.owner);
    harness.settle();
    stubborn.reply(stubborn.request('INVITE'), 200);
    harness.settle();
    expect(stubborn.summary).to.deep.equal(['INVITE', 'CANCEL', 'ACK', 'BYE']);
    expect(harness.owner.told).to.deep.equal([180]);
  });

  it('the application goes away with an answered INVITE that it has not acknowledged', () => {
    ring();
    member.reply(member.request('INVITE'), 200);
    harness.settle();
    harness.engine.release(harness.owner);
    harness.settle();
    expect(member.summary.slice(1)).to.deep.equal(['ACK', 'BYE']);
  });
});
