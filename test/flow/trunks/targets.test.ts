import { expect } from 'chai';
import type { EngineOptions } from '../../../lib/engine/api.js';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { service, Zone } from '../../support/zone.js';
import { A, B } from '../../unit/call/scripted-server.js';
import { type CallHarness, type CallHarnessOptions, ENGINE, useCallHarness } from '../call/call-harness.js';

const CARRIER = 'sip:carrier.example';
const FIRST = '10.1.0.1';
const SECOND = '10.1.0.2';
const CHALLENGE = 'Digest realm="carrier", nonce="n1", qop="auth"';
/** The first target would come first again at once. */
const noRest = (options: EngineOptions): EngineOptions => ({ ...options, restMs: 0 });
const MOVED = SDP.replace('40000', '50000');
const KNOWN = { username: 'office', password: 'secret' };

/** A carrier with two targets of different priority. */
function carrier(): Zone {
  const zone = new Zone();
  zone.services = {
    '_sip._udp.carrier.example': [service('one.carrier.example'), service('two.carrier.example', { priority: 20 })],
  };
  zone.ipv4 = { 'one.carrier.example': [FIRST], 'two.carrier.example': [SECOND] };
  zone.ttl = 60;
  return zone;
}

describe('A trunk by name has several targets (RFC 3263 §4.3)', () => {
  const start = useCallHarness();
  let harness: CallHarness;
  let dns: Zone;

  const begin = async (options: CallHarnessOptions = {}): Promise<SipPeer> => {
    dns = carrier();
    harness = await start({ dns, group: [{ uri: CARRIER, ...KNOWN }], members: [A, B], ...options });
    return harness.peer(SECOND);
  };
  const invites = (peer: SipPeer): SipMessage[] => peer.received.filter(({ method }) => method === 'INVITE');
  const optionsAnswered = (peer: SipPeer): SipPeer => peer.on('OPTIONS', (ping) => void peer.reply(ping, 200));
  const hangUp = async (): Promise<void> => {
    harness.caller.bye(harness.caller.response(200, 'INVITE'));
    await harness.pass(0);
  };

  it('silence of the first: after 1.5 s the same INVITE goes to the second, with another branch, within the 4 s of the member', async () => {
    const second = await begin();
    harness.network.rule({ when: ({ to }) => to === `${FIRST}:5060`, drop: true });
    await harness.call();
    await harness.pass(1499);
    expect(invites(second)).to.have.length(0);
    await harness.pass(1);
    const [invite] = invites(second);
    expect(invite?.uri).to.include(A);
    await harness.reply(180, second);
    await harness.pass(3000);
    await harness.reply(200, second);
    await hangUp();
    expect(harness.whys).to.deep.equal(['answered', 'not-needed']);
    const sent = harness.network.trace.filter(({ line, to }) => line.startsWith('INVITE') && to === `${FIRST}:5060`);
    const [old] = sent.map(({ text }) => /branch=([^;\r]+)/.exec(text)?.[1]);
    expect(old).to.not.equal(invite?.via.branch);
    const callId = (text: string): string | undefined => /Call-ID: (.*)\r/.exec(text)?.[1];
    expect(callId(sent[0]?.text ?? '')).to.equal(invite?.callId);
  });

  it('silence costs 1.5 s once: the target rests, and the next calls go to the good one at once', async () => {
    const second = await begin({ members: [A] });
    harness.network.rule({ when: ({ to }) => to === `${FIRST}:5060`, drop: true });
    await harness.call();
    await harness.pass(1500);
    await harness.reply(486, second);
    await harness.call();
    expect(invites(second)).to.have.length(2);
    await harness.reply(486, second);
    await harness.pass(30_000);
    await harness.call();
    await harness.pass(0);
    expect(invites(second), 'its rest is over').to.have.length(2);
    await harness.pass(1500);
    await harness.reply(486, second);
  });

  it('503 of the first: the second at once; one good target keeps the trunk up', async () => {
    const second = await begin();
    await harness.call();
    await harness.reply(503);
    expect(harness.trunk.summary.at(-1), 'the 503 is acknowledged').to.equal('ACK');
    await harness.reply(180, second);
    await harness.reply(200, second);
    await hangUp();
    expect(harness.caller.summary).to.deep.equal(['100 INVITE', '180 INVITE', '200 INVITE', '200 BYE']);
    await harness.call();
    expect(invites(second), 'the first rests').to.have.length(2);
    await harness.reply(486, second);
    await harness.reply(486, second);
  });

  it('503 with Retry-After: the first rests as long as it asked (RFC 3261 §21.5.4)', async () => {
    const second = await begin({ members: [A] });
    await harness.call();
    await harness.reply(503, harness.trunk, 'INVITE', [['Retry-After', '120']]);
    await harness.reply(486, second);
    await harness.pass(60_000);
    await harness.call();
    expect(invites(second)).to.have.length(2);
    await harness.reply(486, second);
  });

  it('a 503 that is repeated is acknowledged again, and starts nothing anew', async () => {
    const second = await begin({ members: [A] });
    await harness.call();
    const refused = await harness.reply(503);
    harness.trunk.transport.send(refused.text, { protocol: 'udp', ...ENGINE }, () => {});
    await harness.pass(0);
    expect(harness.trunk.summary.filter((line) => line === 'ACK')).to.have.length(2);
    expect(invites(second)).to.have.length(1);
    await harness.reply(486, second);
  });

  it('a 503 behind a 180 is no matter of the target: the phone rang already', async () => {
    const second = await begin({ members: [A] });
    await harness.call();
    await harness.reply(180);
    await harness.reply(503);
    expect(invites(second)).to.have.length(0);
  });

  it('refusal of the transport: the second at once', async () => {
    const second = await begin({ members: [A] });
    harness.network.rule({ when: ({ to }) => to === `${FIRST}:5060`, refuse: true });
    await harness.call();
    expect(invites(second)).to.have.length(1);
    await harness.reply(486, second);
    expect(harness.whys).to.deep.equal(['busy']);
  });

  it('both refuse: one failure of the trunk, and the member goes to the next trunk', async () => {
    const second = await begin({ group: [{ uri: CARRIER }, { uri: 'sip:10.1.0.3:5060', priority: 2 }], members: [A] });
    const other = harness.peer('10.1.0.3');
    await harness.call();
    await harness.reply(503);
    await harness.reply(503, second);
    await harness.reply(486, other);
    expect(harness.whys).to.deep.equal(['busy']);
  });

  it('the caller leaves while the first is silent: no second target is called', async () => {
    const second = await begin({ members: [A] });
    harness.network.rule({ when: ({ to }) => to === `${FIRST}:5060`, drop: true });
    const invite = await harness.call();
    await harness.pass(500);
    harness.caller.cancel(invite, ENGINE);
    await harness.pass(5000);
    expect(invites(second)).to.have.length(0);
  });

  it('the first rings after all when it was left: it is cancelled, one phone rings at a time', async () => {
    const second = await begin({ members: [A] });
    await harness.call();
    await harness.pass(1500);
    const [late] = invites(harness.trunk);
    await harness.reply(180, second);
    harness.trunk.reply(late as SipMessage, 180);
    await harness.pass(0);
    const cancel = harness.trunk.request('CANCEL');
    expect(cancel.via.branch).to.equal(late?.via.branch);
    expect(cancel.first('reason')).to.include('cause=408');
    expect(harness.trunk.summary.at(-1), 'its 487 is acknowledged').to.equal('ACK');
    await harness.reply(200, second);
    await hangUp();
    expect(harness.whys).to.deep.equal(['answered']);
  });

  it('the first answers after all when it was left: ACK, then BYE (RFC 3261 §13.2.2.4)', async () => {
    const second = await begin({ members: [A] });
    await harness.call();
    await harness.pass(1500);
    const [late] = invites(harness.trunk);
    await harness.reply(180, second);
    harness.trunk.reply(late as SipMessage, 200);
    await harness.pass(0);
    expect(harness.trunk.summary.slice(-2)).to.deep.equal(['ACK', 'BYE']);
    await harness.reply(486, second);
    expect(harness.whys).to.deep.equal(['busy']);
  });

  it('a re-INVITE stays with a target that is slow: its late 2xx must not end the call', async () => {
    const second = await begin({ members: [A], aroundEngine: (options) => ({ ...options, natDetection: false }) });
    await harness.call();
    harness.trunk.reply(harness.invite(), 200, { contact: `<${CARRIER}>` });
    await harness.pass(0);
    const again = harness.caller.inDialog('INVITE', harness.caller.response(200, 'INVITE'), { body: MOVED });
    await harness.pass(3000);
    const sent = harness.invite();
    expect([sent.uri, sent.toTag === '']).to.deep.equal([CARRIER, false]);
    expect(invites(second)).to.have.length(0);
    harness.trunk.reply(sent, 200, { body: SDP, contact: `<${CARRIER}>` });
    await harness.pass(0);
    expect(harness.caller.response(200, 'INVITE').cseq.number).to.equal(again.cseq.number);
    expect(harness.trunk.summary).to.not.include('BYE');
    await hangUp();
  });

  it('100 Trying of the first keeps the request there', async () => {
    const second = await begin({ members: [A] });
    await harness.call();
    await harness.reply(100);
    await harness.pass(10_000);
    expect(invites(second)).to.have.length(0);
    await harness.reply(486);
  });

  it('eight targets that keep silent fit into the 4 s of the member: 0.5 s each', async () => {
    dns = new Zone();
    dns.ipv4 = { 'carrier.example': Array.from({ length: 8 }, (_, at) => `10.1.1.${at + 1}`) };
    harness = await start({ dns, group: [{ uri: `${CARRIER}:5060` }], members: [A] });
    harness.network.rule({ when: ({ to }) => to.startsWith('10.1.1.'), drop: true });
    await harness.call();
    await harness.pass(3999);
    const asked = harness.network.trace.filter(({ line }) => line.startsWith('INVITE')).map(({ to }) => to);
    expect(new Set(asked.filter((to) => to.startsWith('10.1.1.'))).size).to.equal(8);
    await harness.pass(1);
  });

  it('an address of a family that we have no transport for is no target: nobody waits for it', async () => {
    dns = new Zone();
    dns.ipv4 = { 'carrier.example': [FIRST] };
    const both = {
      ...dns,
      addresses: async (_: string, family: 4 | 6) => ({ records: [family === 4 ? FIRST : '2001:db8::1'] }),
    };
    harness = await start({
      dns: { ...both, srv: async () => ({ records: [] }), hosts: async () => ({ records: [] }) },
      group: [{ uri: CARRIER }],
      members: [A],
    });
    await harness.call();
    await harness.pass(3000);
    expect(harness.trunk.summary).to.not.include('CANCEL');
    await harness.reply(180);
    await harness.reply(486);
    expect(harness.whys).to.deep.equal(['busy']);
  });

  it('SRV with weights: the draw decides the first, and the other one takes over (RFC 2782)', async () => {
    const second = await begin({ members: [A] });
    dns.services = {
      '_sip._udp.carrier.example': [
        service('one.carrier.example', { weight: 0 }),
        service('two.carrier.example', { weight: 10 }),
      ],
    };
    await harness.call(); // the draw of 0 takes the weight of 0
    await harness.reply(503);
    await harness.reply(486, second);
    expect(harness.whys).to.deep.equal(['busy']);
  });

  for (const fields of [[], [['Retry-After', '60']]] as Field[][]) {
    it(`pings: a 503 ${fields.length > 0 ? 'with Retry-After ' : ''}of the first, 200 of the second: the trunk is up`, async () => {
      const second = optionsAnswered(await begin({ group: [{ uri: CARRIER }, { uri: 'sip:10.1.0.3', priority: 2 }] }));
      harness.trunk.on('OPTIONS', (ping) => void harness.trunk.reply(ping, 503, { fields }));
      harness.trunks.start();
      await harness.pass(120_000);
      expect(second.received.length).to.be.greaterThan(1);
      expect(harness.trunks.candidates(A)[0]?.trunk).to.equal(CARRIER);
      await harness.trunks.stop();
    });
  }

  it('pings: silence of the first does not take the trunk out either', async () => {
    const second = optionsAnswered(await begin({ group: [{ uri: CARRIER }, { uri: 'sip:10.1.0.3', priority: 2 }] }));
    harness.network.rule({ when: ({ to }) => to === `${FIRST}:5060`, drop: true });
    harness.trunks.start();
    await harness.pass(120_000);
    expect(second.received.length).to.be.greaterThan(1);
    expect(harness.trunks.candidates(A)[0]?.trunk).to.equal(CARRIER);
    await harness.trunks.stop();
  });

  for (const [how, fails] of [
    ['keeps silent', () => harness.network.rule({ when: ({ to }) => to === `${FIRST}:5060`, drop: true })],
    ['cannot be reached', () => harness.network.rule({ when: ({ to }) => to === `${FIRST}:5060`, refuse: true })],
    ['refuses with 503', () => harness.trunk.on('REGISTER', (asked) => void harness.trunk.reply(asked, 503))],
  ] as const) {
    it(`registration: the first ${how}, the second registers; its challenge is answered there (RFC 7616 §3.3)`, async () => {
      const second = await begin({ group: [{ uri: CARRIER, ...KNOWN, register: true }], aroundEngine: noRest });
      fails();
      harness.trunks.start();
      await harness.pass(1500);
      const asked = second.request('REGISTER');
      second.reply(asked, 401, { fields: [['WWW-Authenticate', CHALLENGE]] });
      await harness.pass(0);
      const again = second.request('REGISTER');
      expect(again.first('authorization')).to.include('nonce="n1"');
      second.reply(again, 200, { fields: [['Contact', `${again.first('contact')};expires=120`]] });
      await harness.pass(60_000);
      expect(second.request('REGISTER').cseq.number, 'the refresh').to.be.greaterThan(again.cseq.number);
      second.on('REGISTER', (last) => void second.reply(last, 200));
      second.reply(second.request('REGISTER'), 200);
      const stopping = harness.trunks.stop();
      await harness.pass(2000);
      await stopping;
    });
  }

  it('a challenge is answered to the target that made it, whichever would come first now (RFC 7616 §3.3)', async () => {
    const second = await begin({ members: [A], aroundEngine: noRest });
    harness.network.rule({ when: ({ to }) => to === `${FIRST}:5060`, drop: true });
    await harness.call();
    await harness.pass(1500);
    second.reply(second.request('INVITE'), 407, { fields: [['Proxy-Authenticate', CHALLENGE]] });
    await harness.pass(0);
    expect(invites(second)).to.have.length(2);
    expect(second.request('INVITE').first('proxy-authorization')).to.include('nonce="n1"');
    await harness.reply(486, second);
  });
});
