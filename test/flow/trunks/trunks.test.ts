import { expect } from 'chai';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { A } from '../../unit/call/scripted-server.js';
import { CallHarness, type CallHarnessOptions, ENGINE } from '../call/call-harness.js';
import { isRight, KNOWN } from './credentials.js';

const ONE = 'sip:10.1.0.1:5060';
const TWO = 'sip:10.1.0.2:5060';
const CHALLENGE = 'Digest realm="trunk.example", nonce="n1", qop="auth", algorithm=SHA-256';
const WEAK = 'Digest realm="trunk.example", nonce="n1", qop="auth"';

describe('Trunks over the engine', () => {
  let harness: CallHarness;
  const start = async (options: CallHarnessOptions): Promise<CallHarness> => {
    harness = await new CallHarness(options).start();
    return harness;
  };

  const challenge = async (status = 407, peer: SipPeer = harness.trunk, method = 'INVITE'): Promise<SipMessage> => {
    const request = peer.request(method);
    const name = status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate';
    peer.reply(request, status, {
      fields: [
        [name, WEAK],
        [name, CHALLENGE],
      ],
    });
    await harness.pass(0);
    return request;
  };

  async function expectNothingLeft(): Promise<void> {
    await harness.pass(70_000);
    expect(harness.service.active).to.equal(0);
    expect(harness.engine.counts).to.deep.equal({ transactions: 0, dialogs: 0 });
  }

  for (const [status, header] of [
    [401, 'authorization'],
    [407, 'proxy-authorization'],
  ] as const) {
    it(`${status} is answered on the same trunk: CSeq+1, same Call-ID and From (RFC 3261 §22.2, edge case 36)`, async () => {
      await start({ group: [{ uri: ONE, ...KNOWN }] });
      await harness.call();
      const first = await challenge(status);
      const second = harness.invite();
      expect(second).to.not.equal(first);
      expect(second.callId).to.equal(first.callId);
      expect(second.first('from')).to.equal(first.first('from'));
      expect(second.toTag).to.equal('');
      expect(second.cseq.number).to.equal(first.cseq.number + 1);
      expect(second.via.params.get('branch')).to.not.equal(first.via.params.get('branch'));
      expect(second.body).to.equal(first.body);
      expect(isRight(second, header, CHALLENGE)).to.equal(true);
      expect(harness.trunk.request('ACK').cseq.number, 'the ACK of the challenge').to.equal(first.cseq.number);
      await harness.reply(180);
      await harness.reply(200);
      const ack = harness.trunk.request('ACK');
      expect(ack.cseq.number).to.equal(second.cseq.number);
      expect(ack.first(header), 'RFC 3261 §22.1').to.equal(second.first(header));
      expect(harness.caller.summary).to.deep.equal(['100 INVITE', '180 INVITE', '200 INVITE']);
      harness.caller.bye(harness.caller.response(200, 'INVITE'));
      await harness.pass(0);
      expect(harness.trunk.summary.at(-1)).to.equal('BYE');
      expect(harness.whys).to.deep.equal(['answered', 'not-needed']);
      await expectNothingLeft();
    });
  }

  it('within the call credentials are known already, and a challenge that is stale is answered (RFC 3261 §22.3)', async () => {
    await start({ group: [{ uri: 'sip:10.1.0.3:5060', ...KNOWN }], members: [A] });
    const trunk = harness.peer('10.1.0.3', { autoBye: false });
    await harness.call();
    await challenge(407, trunk);
    await harness.reply(200, trunk);
    harness.caller.bye(harness.caller.response(200, 'INVITE'));
    await harness.pass(0);
    const first = trunk.request('BYE');
    expect(isRight(first, 'proxy-authorization', CHALLENGE)).to.equal(true);
    const fresh = CHALLENGE.replace('n1', 'n2');
    trunk.reply(first, 407, { fields: [['Proxy-Authenticate', `${fresh}, stale=true`]] });
    await harness.pass(0);
    const second = trunk.request('BYE');
    expect(isRight(second, 'proxy-authorization', fresh)).to.equal(true);
    expect(second.cseq.number).to.be.greaterThan(first.cseq.number);
    trunk.reply(second, 200);
    await expectNothingLeft();
  });

  for (const method of ['INVITE', 'UPDATE']) {
    it(`a session refresh by ${method} of the engine's own is challenged, and goes again with credentials (RFC 4028 §10)`, async () => {
      // Over the application protocol the engine has nothing to answer with.
      await start({ group: [{ uri: ONE, ...KNOWN }], link: 'direct' });
      await harness.call();
      await challenge();
      const timer: Field[] = [['Session-Expires', '90;refresher=uac']];
      if (method === 'UPDATE') timer.push(['Allow', 'INVITE, ACK, BYE, UPDATE']);
      harness.trunk.reply(harness.invite(), 200, { fields: timer });
      await harness.pass(45_100);
      for (const nonce of ['n2', 'n3']) {
        const first = harness.trunk.request(method);
        expect(first.has('proxy-authorization'), 'what is known already').to.equal(true);
        const fresh = CHALLENGE.replace('n1', nonce);
        harness.trunk.reply(first, 407, { fields: [['Proxy-Authenticate', fresh]] });
        await harness.pass(0);
        const second = harness.trunk.request(method);
        expect(second.cseq.number).to.equal(first.cseq.number + 1);
        expect(isRight(second, 'proxy-authorization', fresh)).to.equal(true);
        harness.trunk.reply(second, 200, { fields: timer });
        await harness.pass(45_100);
      }
      harness.trunk.reply(harness.trunk.request(method), 200, { fields: timer });
      harness.caller.bye(harness.caller.response(200, 'INVITE'));
      await expectNothingLeft();
    });
  }

  it('CANCEL reaches the INVITE that was sent again, and the ring timer is the first one (edge cases 30, 36)', async () => {
    await start({ group: [{ uri: ONE, ...KNOWN }] });
    await harness.call();
    harness.trunk.reply(harness.invite(), 100);
    await harness.pass(3000);
    await challenge();
    const second = harness.invite();
    await harness.reply(180);
    await harness.pass(16_999);
    expect(harness.trunk.summary).to.not.include('CANCEL');
    await harness.pass(1);
    const cancel = harness.trunk.request('CANCEL');
    expect(cancel.via.params.get('branch')).to.equal(second.via.params.get('branch'));
    expect(cancel.cseq.number).to.equal(second.cseq.number);
    await harness.pass(0);
    await challenge();
    await harness.reply(486);
    expect(harness.whys).to.deep.equal(['no-answer', 'busy']);
    await expectNothingLeft();
  });

  it('the caller leaves while the challenge is on its way: nothing is sent again', async () => {
    await start({ group: [{ uri: ONE, ...KNOWN }], members: [A] });
    const invite = await harness.call();
    harness.trunk.reply(harness.invite(), 100);
    await harness.pass(0);
    harness.network.rule({
      when: ({ text }) => text.startsWith('CANCEL') && text.includes('10.0.0.1:5060;'),
      drop: true,
    });
    harness.caller.cancel(invite, ENGINE);
    await harness.pass(0);
    await challenge();
    expect(harness.trunk.summary.filter((line) => line === 'INVITE')).to.have.length(1);
    await expectNothingLeft();
  });

  it('refused credentials: one retry, the next member rings, and no 401 or 407 reaches the caller', async () => {
    await start({ group: [{ uri: ONE, ...KNOWN }] });
    await harness.call();
    await challenge();
    await challenge();
    await challenge();
    await challenge();
    expect(harness.trunk.summary.filter((line) => line === 'INVITE')).to.have.length(4);
    expect(harness.whys).to.deep.equal(['failed', 'failed']);
    expect(harness.caller.summary.join()).to.not.match(/40[17]/);
    await expectNothingLeft();
  });

  it('stale=true: once more with the new nonce (RFC 7616 §3.3)', async () => {
    await start({ group: [{ uri: ONE, ...KNOWN }], members: [A] });
    await harness.call();
    await challenge();
    const fresh = CHALLENGE.replace('n1', 'n2');
    harness.trunk.reply(harness.invite(), 407, { fields: [['Proxy-Authenticate', `${fresh}, stale=true`]] });
    await harness.pass(0);
    expect(isRight(harness.invite(), 'proxy-authorization', fresh)).to.equal(true);
    await harness.reply(486);
    expect(harness.whys).to.deep.equal(['busy']);
    await expectNothingLeft();
  });

  for (const [name, options] of [
    ['without a body', {}],
    ['with Retry-After', { fields: [['Retry-After', '60']] }],
  ] as const) {
    it(`503 ${name} moves the same member to the next trunk (RFC 3263 §4.3, edge case 39)`, async () => {
      await start({ group: [{ uri: ONE }, { uri: TWO, priority: 2 }] });
      const other = harness.peer('10.1.0.2');
      await harness.call();
      harness.trunk.reply(harness.invite(), 503, options as never);
      await harness.pass(0);
      expect(harness.invite(other).uri).to.include(A);
      await harness.reply(200, other);
      expect(harness.trunks.candidates(A).map(({ trunk }) => trunk)).to.deep.equal([TWO, ONE]);
      harness.caller.bye(harness.caller.response(200, 'INVITE'));
      await harness.pass(0);
      expect(harness.whys).to.deep.equal(['answered', 'not-needed']);
    });
  }

  it('a dead trunk is taken out by its pings and comes back, and calls follow', async () => {
    await start({ group: [{ uri: ONE }, { uri: TWO, priority: 2 }], members: [A] });
    const other = harness.peer('10.1.0.2');
    const answer = (peer: SipPeer) => peer.on('OPTIONS', (options) => void peer.reply(options, 200));
    answer(other);
    harness.trunks.start();
    await harness.pass(30_000);
    const ping = harness.trunk.request('OPTIONS');
    expect(ping.uri).to.equal(ONE);
    expect(ping.first('accept')).to.equal('application/sdp');
    expect(ping.first('contact'), 'RFC 3261 §11.1').to.equal('<sip:ping@10.0.0.1:5060>');
    expect(harness.trunks.candidates(A).map(({ trunk }) => trunk)).to.deep.equal([TWO]);
    answer(harness.trunk);
    await harness.pass(10_000);
    expect(harness.trunks.candidates(A).map(({ trunk }) => trunk)).to.deep.equal([ONE, TWO]);
    await harness.trunks.stop();
    await harness.call();
    await harness.reply(486);
    await expectNothingLeft();
  });

  it('registers with our own address as Contact, answers the challenge, refreshes, and leaves (RFC 3261 §10.2)', async () => {
    await start({ group: [{ uri: ONE, ...KNOWN, register: true }] });
    harness.trunk.on('OPTIONS', (options) => void harness.trunk.reply(options, 200));
    harness.trunks.start();
    await harness.pass(0);
    const first = await challenge(401, harness.trunk, 'REGISTER');
    expect(first.uri).to.equal(ONE);
    expect(first.contactUri).to.match(/^sip:office@10\.0\.0\.1:5060;line=/);
    const second = harness.trunk.request('REGISTER');
    expect(isRight(second, 'authorization', CHALLENGE)).to.equal(true);
    expect(second.callId).to.equal(first.callId);
    expect(second.fromTag).to.equal(first.fromTag);
    expect(second.cseq.number).to.equal(first.cseq.number + 1);
    harness.trunk.reply(second, 200, { fields: [['Contact', `${second.first('contact')};expires=120`]] });
    await harness.pass(60_000);
    const refresh = harness.trunk.request('REGISTER');
    expect(refresh.cseq.number).to.equal(second.cseq.number + 1);
    expect(isRight(refresh, 'authorization', CHALLENGE)).to.equal(true);
    harness.trunk.reply(refresh, 200, { fields: [['Expires', '120']] });
    await harness.pass(0);
    const stopping = harness.trunks.stop();
    await harness.pass(0);
    const last = harness.trunk.request('REGISTER');
    expect(last.first('expires')).to.equal('0');
    harness.trunk.reply(last, 200);
    await harness.pass(0);
    await stopping;
    await expectNothingLeft();
  });
});
