import { expect } from 'chai';
import type { TrunkSettings } from '../../../lib/call/trunks/trunk-group.js';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { A, PILOT } from '../../unit/call/scripted-server.js';
import { type CallHarness, useCallHarness } from '../call/call-harness.js';

const TRUNK = 'sip:10.1.0.1:5060';
const KNOWN = { username: 'office', password: 'secret' };

describe('A trunk at which we are registered', () => {
  const start = useCallHarness();
  let harness: CallHarness;

  /** The registrar answers REGISTER as told; `contact` undefined: with the contact that it got. */
  async function register(answer: readonly Field[] = [], more: Partial<TrunkSettings> = {}): Promise<SipMessage> {
    harness = await start({ group: [{ uri: TRUNK, ...KNOWN, register: true, ...more }], members: [A] });
    harness.trunk.on('OPTIONS', (options) => void harness.trunk.reply(options, 200));
    harness.trunks.start();
    await harness.pass(0);
    return accept(answer);
  }

  async function accept(answer: readonly Field[]): Promise<SipMessage> {
    const request = harness.trunk.request('REGISTER');
    const echo: Field = ['Contact', `${request.first('contact')};expires=120`];
    harness.trunk.reply(request, 200, {
      fields: answer.some(([name]) => name === 'Contact') ? answer : [echo, ...answer],
    });
    await harness.pass(0);
    return request;
  }

  async function end(): Promise<void> {
    const stopping = harness.trunks.stop();
    await harness.pass(2000);
    await stopping;
    await harness.expectNothingLeft();
  }

  describe('calls to our contact', () => {
    /** The number whose group is rung by this INVITE. */
    async function called(
      uri: string,
      headers: { to?: string; fields?: readonly Field[] },
    ): Promise<string | undefined> {
      await harness.call({ uri, ...headers });
      await harness.reply(486);
      return harness.records.at(-1)?.pilot;
    }

    const to = `<sip:${PILOT}@trunk.example>`;
    const OTHER = '+37167999999';
    const other = `<sip:${OTHER}@trunk.example>`;

    it('the number stands in To; the contact is told by its line, which nobody else gave', async () => {
      const contact = (await register()).contactUri ?? '';
      expect(await called(contact, { to })).to.equal(PILOT);
      const invite = harness.invite();
      expect(invite.first('diversion')).to.include(PILOT).and.not.include('line=');
      expect(invite.first('history-info')).to.include(PILOT).and.not.include('line=');
      await end();
    });

    it('P-Called-Party-ID counts before To', async () => {
      const contact = (await register()).contactUri ?? '';
      expect(await called(contact, { to: other, fields: [['P-Called-Party-ID', to]] })).to.equal(PILOT);
      await end();
    });

    it('a registrar that drops parameters: the contact is told by its user and our host, as the registrar named it', async () => {
      await register([['Contact', `<sip:${OTHER}@10.0.0.1:5060>;expires=120`]], { username: OTHER });
      expect(await called(`sip:${OTHER}@10.0.0.1:5060`, { to })).to.equal(PILOT);
      expect(await called(`sip:${OTHER}@10.0.0.77:5060`, { to })).to.equal(OTHER);
      expect(await called(`sip:${OTHER}@10.0.0.1`, { to })).to.equal(OTHER);
      await end();
    });

    it('a registrar that rewrites the contact to the address of a NAT: refreshed as it says, and calls to it are found (§10.2.4)', async () => {
      const rewritten: Field = ['Contact', '<sip:office@203.0.113.7:40001>;expires=8'];
      await register([rewritten]);
      for (let refresh = 1; refresh <= 3; refresh++) {
        await harness.pass(4000);
        expect(harness.trunk.summary.filter((line) => line === 'REGISTER')).to.have.length(1 + refresh);
        await accept([rewritten]);
      }
      expect(await called('sip:office@203.0.113.7:40001', { to })).to.equal(PILOT);
      await end();
    });

    it('Diversion names the number where the trunk says so: its line is forwarded to our account', async () => {
      const contact = (await register([], { calledFrom: ['diversion', 'to'] })).contactUri ?? '';
      const fields: Field[] = [['Diversion', `${to};reason=unconditional`]];
      expect(await called(contact, { to: other, fields })).to.equal(PILOT);
      await end();
    });

    it('a number that is no contact counts, whatever stands in To', async () => {
      await register();
      expect(await called(`sip:${PILOT}@10.0.0.1:5060`, { to: other })).to.equal(PILOT);
      await end();
    });

    it('the trunk has an order of its own, for calls from its address as well', async () => {
      await register([], { calledFrom: ['to'] });
      harness.trunk.invite({ address: '10.0.0.1', port: 5060 }, { uri: `sip:${OTHER}@10.0.0.1`, to });
      await harness.pass(0);
      await harness.reply(486);
      expect(harness.records.at(-1)?.pilot).to.equal(PILOT);
      expect(await called(`sip:${OTHER}@10.0.0.1`, { to }), 'from elsewhere').to.equal(OTHER);
      await end();
    });
  });

  describe('its Service-Route (RFC 3608 §6.1)', () => {
    const ROUTE: Field = ['Service-Route', '<sip:10.1.0.8;lr>, <sip:home@10.1.0.9;lr>'];
    const VALUES = ['<sip:10.1.0.8;lr>', '<sip:home@10.1.0.9;lr>'];
    let proxy: SipPeer;

    async function registerWith(answer: readonly Field[]): Promise<void> {
      await register(answer);
      proxy = harness.peer('10.1.0.8');
      proxy.on('OPTIONS', (options) => void proxy.reply(options, 200));
    }

    /** Where the INVITE of a call goes, and what Route it has. */
    async function routed(): Promise<readonly string[]> {
      await harness.call();
      const peer = proxy.summary.at(-1) === 'INVITE' ? proxy : harness.trunk;
      const route = peer.request('INVITE').all('route');
      await harness.reply(486, peer);
      return route;
    }

    it('is the Route of INVITE, CANCEL, ACK and OPTIONS, in order, and they go to the first; the number stays', async () => {
      await registerWith([ROUTE]);
      await harness.call();
      const invite = proxy.request('INVITE');
      expect(invite.uri).to.include(`${A}@10.1.0.1:5060`);
      proxy.reply(invite, 180);
      await harness.pass(31_000);
      for (const method of ['INVITE', 'CANCEL', 'ACK']) {
        expect(proxy.request(method).all('route'), method).to.deep.equal(VALUES);
      }
      expect(proxy.request('OPTIONS').all('route')).to.deep.equal(VALUES);
      expect(proxy.request('OPTIONS').uri).to.equal(TRUNK);
      expect(harness.trunk.summary).to.not.include('INVITE');
      await harness.pass(60_000);
      expect(harness.trunk.request('REGISTER').has('route'), 'the next REGISTER').to.equal(false);
      await end();
    });

    it('several header fields make one route', async () => {
      await registerWith([
        ['Service-Route', VALUES[0] as string],
        ['Service-Route', VALUES[1] as string],
      ]);
      expect(await routed()).to.deep.equal(VALUES);
      await end();
    });

    it('is that of the latest response: another one, and then none', async () => {
      await registerWith([ROUTE]);
      await harness.pass(60_000);
      await accept([['Service-Route', '<sip:10.1.0.8;lr;next>']]);
      expect(await routed()).to.deep.equal(['<sip:10.1.0.8;lr;next>']);
      await harness.pass(60_000);
      await accept([]);
      expect(await routed()).to.deep.equal([]);
      await end();
    });

    it('is gone when the registration is refused', async () => {
      await registerWith([ROUTE]);
      await harness.pass(60_000);
      harness.trunk.reply(harness.trunk.request('REGISTER'), 403);
      await harness.pass(0);
      expect(await routed()).to.deep.equal([]);
      await end();
    });

    it('outlives a registrar in trouble until the binding lapses', async () => {
      await registerWith([ROUTE]);
      await harness.pass(60_000);
      harness.trunk.reply(harness.trunk.request('REGISTER'), 500);
      await harness.pass(0);
      expect(await routed()).to.deep.equal(VALUES);
      harness.trunk.on('REGISTER', (again) => void harness.trunk.reply(again, 500));
      await harness.pass(60_000);
      expect(await routed()).to.deep.equal([]);
      await end();
    });

    it('that is malformed is none', async () => {
      await registerWith([['Service-Route', '<sip:10.1.0.8;lr>, nonsense']]);
      expect(await routed()).to.deep.equal([]);
      await end();
    });

    it('a strict router finds itself in the Request-URI, and the number in the last Route (RFC 3261 §12.2.1.1)', async () => {
      await registerWith([['Service-Route', '<sip:10.1.0.8>']]);
      await harness.call();
      const invite = proxy.request('INVITE');
      expect(invite.uri).to.equal('sip:10.1.0.8');
      expect(invite.all('route').join()).to.include(`${A}@10.1.0.1:5060`);
      expect(invite.to.uri).to.include(A);
      await harness.reply(486, proxy);
      await end();
    });

    it('within the call the recorded route counts, not this one', async () => {
      await registerWith([ROUTE]);
      await harness.call();
      await harness.reply(200, proxy);
      harness.caller.bye(harness.caller.response(200, 'INVITE'));
      await harness.pass(0);
      expect(proxy.request('ACK').has('route')).to.equal(false);
      expect(proxy.request('BYE').has('route')).to.equal(false);
      await end();
    });
  });
});
