import { expect } from 'chai';
import type { Peers } from '../../../lib/engine/api.js';
import { STRANGERS } from '../../../lib/engine/dialog/sources.js';
import type { Field } from '../../../lib/sip/message.js';
import type { PeerOptions, SipPeer } from '../../support/sip-peer.js';
import { EngineHarness } from './engine-harness.js';

const recorded = (route: string): Field[] => [['Record-Route', route]];

describe('Engine: where we send is ours to say (RFC 3261 §12.1.1, §16.12)', () => {
  let harness: EngineHarness;
  let victim: SipPeer;
  const start = async (peers: Peers = STRANGERS, options: { natDetection?: boolean } = {}): Promise<void> => {
    harness = await new EngineHarness({ peers, ...options }).start();
    victim = harness.peer({ address: '10.9.9.9', user: 'victim' });
  };
  afterEach(() => harness.expectNoLeak());

  /** A call of that caller, which we end. @returns the Route values of our BYE */
  const callAndEnd = async (fields: Field[], options: Partial<PeerOptions> = {}): Promise<readonly string[]> => {
    const caller = harness.peer(options);
    caller.invite(harness.at, { fields });
    await harness.clock.run(5);
    const { dialogId } = harness.answer();
    await harness.clock.run(5);
    const { message } = harness.inDialog(dialogId, 'BYE');
    await harness.clock.run(5);
    expect(caller.summary.includes('BYE'), 'the caller has the BYE').to.equal(victim.received.length === 0);
    return message.all('route');
  };

  for (const route of [
    '<sip:10.9.9.9;lr>',
    '<sip:10.9.9.9>',
    '<sip:10.0.0.9;maddr=10.9.9.9;lr>',
    '"<sip:10.0.0.9>" <sip:10.9.9.9;lr>',
    '<sip:10.9.9.9;lr>, <sip:10.0.0.9;lr>',
    '<sip:elsewhere.example;lr>',
  ])
    it(`a Record-Route of the caller to somebody else is given back to the caller, not followed: ${route}`, async () => {
      await start();
      harness.resolver.names.set('elsewhere.example', [{ protocol: 'udp', address: '10.9.9.9', port: 5060 }]);
      await callAndEnd(recorded(route));
      expect(victim.summary).to.deep.equal([]);
    });

  it('nor is it with NAT detection off: that is for what a Contact says', async () => {
    await start(STRANGERS, { natDetection: false });
    await callAndEnd(recorded('<sip:10.9.9.9;lr>'));
    expect(victim.summary).to.deep.equal([]);
  });

  it('the Route values are all in it, for the caller to follow', async () => {
    await start();
    const routes = await callAndEnd(recorded('<sip:10.9.9.9;lr>, <sip:10.9.9.8;lr>'));
    expect(routes).to.deep.equal(['<sip:10.9.9.9;lr>', '<sip:10.9.9.8;lr>']);
  });

  it('neither does the Record-Route of a member that answers lead elsewhere', async () => {
    await start();
    const member = harness.peer({ address: '10.0.0.2', user: 'member' });
    harness.invite();
    harness.settle();
    member.reply(member.request('INVITE'), 200, { fields: recorded('<sip:10.9.9.9;lr>') });
    harness.settle();
    const { dialogId } = harness.owner.responses.at(-1) ?? { dialogId: '' };
    harness.acknowledge(dialogId);
    harness.inDialog(dialogId, 'BYE');
    harness.settle();
    expect(victim.summary).to.deep.equal([]);
    expect(member.summary).to.deep.equal(['INVITE', 'ACK', 'BYE']);
  });

  it('a route to the caller itself is followed, to another port, too', async () => {
    await start();
    const proxy = harness.peer({ port: 5090, user: 'proxy' });
    const caller = harness.peer();
    caller.invite(harness.at, { fields: recorded('<sip:10.0.0.9:5090;lr>') });
    harness.settle();
    const { dialogId } = harness.answer();
    harness.settle();
    harness.inDialog(dialogId, 'BYE');
    harness.settle();
    expect(proxy.summary).to.deep.equal(['BYE']);
  });

  it('that of a peer which may route is followed wherever it leads', async () => {
    await start({ ...STRANGERS, mayRoute: (address) => address === '10.0.0.9' });
    await callAndEnd(recorded('<sip:10.9.9.9;lr>'));
    expect(victim.summary).to.deep.equal(['BYE']);
  });

  it('so is one to another address of the same peer', async () => {
    await start({
      ...STRANGERS,
      areOne: (one, other) => one === other || (one === '10.0.0.9' && other === '10.9.9.9'),
    });
    await callAndEnd(recorded('<sip:10.9.9.9;lr>'));
    expect(victim.summary).to.deep.equal(['BYE']);
  });

  for (const route of ['<sip:10.0.0.9;transport=tls;lr>', '<sips:10.0.0.9;lr>', '<sip:[2001:db8::9];lr>'])
    it(`a route over a transport that we do not have is given back to the caller: ${route}`, async () => {
      await start({ ...STRANGERS, mayRoute: () => true });
      await callAndEnd(recorded(route));
    });

  for (const [what, contact] of [
    ['an address', '<sip:caller@10.9.9.9>'],
    ['a name of others', '<sip:caller@elsewhere.example>'],
    ['a name of others with the port of the source', '<sip:caller@elsewhere.example:5060>'],
    ['a name of others, and of the caller behind them', '<sip:caller@both.example>'],
  ] as const)
    it(`a Contact over UDP to somebody else is not tried when the caller is silent: ${what}`, async () => {
      await start();
      const elsewhere = { protocol: 'udp', address: '10.9.9.9', port: 5060 } as const;
      harness.resolver.names.set('elsewhere.example', [elsewhere]);
      harness.resolver.names.set('both.example', [elsewhere, { ...elsewhere, address: '10.0.0.9' }]);
      const caller = harness.peer({ autoBye: false });
      caller.invite(harness.at, { contact });
      await harness.clock.run(5);
      const { dialogId } = harness.answer();
      await harness.clock.run(5);
      harness.inDialog(dialogId, 'INFO');
      harness.inDialog(dialogId, 'BYE');
      await harness.clock.run(100_000);
      expect(caller.summary).to.include.members(['INFO', 'BYE']);
      expect(victim.summary).to.deep.equal([]);
      expect(harness.owner.told).to.deep.equal([408, 408]);
    });

  it('over TCP a route that is not followed goes back on the connection on which the caller last spoke', async () => {
    await start();
    const options = { protocol: 'tcp', port: 40_100, user: 'caller' } as const;
    const caller = harness.peer(options);
    caller.invite(harness.at, { fields: recorded('<sip:10.9.9.9;lr>') });
    harness.settle();
    const { dialogId } = harness.answer();
    harness.settle();
    const answer = caller.response(200);
    await caller.transport.close();
    const again = harness.peer({ ...options, port: 40_101 });
    again.start('INFO', harness.at, {
      from: answer.first('from') ?? '',
      to: answer.first('to') ?? '',
      callId: answer.callId,
      cseq: 50,
    });
    harness.settle();
    harness.respond(200);
    harness.inDialog(dialogId, 'BYE');
    harness.settle();
    expect(again.summary).to.deep.equal(['200 INFO', 'BYE']);
    expect(victim.summary).to.deep.equal([]);
  });
});
