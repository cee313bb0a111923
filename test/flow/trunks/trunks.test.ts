import { expect } from 'chai';
import { parseChallenges } from '../../../lib/sip-server/auth/challenge.js';
import { answerChallenge } from '../../../lib/sip-server/auth/digest.js';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { A } from '../../unit/call/scripted-server.js';
import { ENGINE, Wire, type WireOptions } from '../call/call-harness.js';

const ONE = 'sip:10.1.0.1:5060';
const TWO = 'sip:10.1.0.2:5060';
const KNOWN = { username: 'office', password: 'secret' };
const CHALLENGE = 'Digest realm="trunk.example", nonce="n1", qop="auth", algorithm=SHA-256';
const WEAK = 'Digest realm="trunk.example", nonce="n1", qop="auth"';

/** Whether the credentials are those of that challenge, request and account, as a server would verify them. */
function isRight(request: SipMessage, header: string, challenge: string): boolean {
  const value = request.first(header) ?? '';
  const [known] = parseChallenges(challenge);
  const nonceCount = Number.parseInt(/nc=([\da-f]{8})/.exec(value)?.[1] ?? '', 16);
  const cnonce = /cnonce="([^"]+)"/.exec(value)?.[1] ?? '';
  const uri = /uri="([^"]+)"/.exec(value)?.[1] ?? '';
  if (known === undefined || uri !== request.uri) return false;
  const { method, body } = request;
  return value === answerChallenge(known, { method, uri, body }, KNOWN, { nonceCount, cnonce });
}

describe('Trunks over the engine', () => {
  let wire: Wire;
  const start = async (options: WireOptions): Promise<Wire> => {
    wire = await new Wire(options).start();
    return wire;
  };

  const challenge = async (status = 407, peer: SipPeer = wire.trunk, method = 'INVITE'): Promise<SipMessage> => {
    const request = peer.request(method);
    const name = status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate';
    peer.reply(request, status, {
      fields: [
        [name, WEAK],
        [name, CHALLENGE],
      ],
    });
    await wire.pass(0);
    return request;
  };

  async function expectNothingLeft(): Promise<void> {
    await wire.pass(70_000);
    expect(wire.service.active).to.equal(0);
    expect(wire.engine.counts).to.deep.equal({ transactions: 0, dialogs: 0 });
  }

  for (const [status, header] of [
    [401, 'authorization'],
    [407, 'proxy-authorization'],
  ] as const) {
    it(`${status} is answered on the same trunk: CSeq+1, same Call-ID and From (RFC 3261 §22.2, edge case 36)`, async () => {
      await start({ group: [{ uri: ONE, ...KNOWN }] });
      await wire.call();
      const first = await challenge(status);
      const second = wire.invite();
      expect(second).to.not.equal(first);
      expect(second.callId).to.equal(first.callId);
      expect(second.first('from')).to.equal(first.first('from'));
      expect(second.toTag).to.equal('');
      expect(second.cseq.number).to.equal(first.cseq.number + 1);
      expect(second.via.params.get('branch')).to.not.equal(first.via.params.get('branch'));
      expect(second.body).to.equal(first.body);
      expect(isRight(second, header, CHALLENGE)).to.equal(true);
      expect(wire.trunk.request('ACK').cseq.number, 'the ACK of the challenge').to.equal(first.cseq.number);
      await wire.reply(180);
      await wire.reply(200);
      const ack = wire.trunk.request('ACK');
      expect(ack.cseq.number).to.equal(second.cseq.number);
      expect(ack.first(header), 'RFC 3261 §22.1').to.equal(second.first(header));
      expect(wire.caller.summary).to.deep.equal(['100 INVITE', '180 INVITE', '200 INVITE']);
      wire.caller.bye(wire.caller.response(200, 'INVITE'));
      await wire.pass(0);
      expect(wire.trunk.summary.at(-1)).to.equal('BYE');
      expect(wire.whys).to.deep.equal(['answered', 'not-needed']);
      await expectNothingLeft();
    });
  }

  it('within the call credentials are known already, and a challenge that is stale is answered (RFC 3261 §22.3)', async () => {
    await start({ group: [{ uri: 'sip:10.1.0.3:5060', ...KNOWN }], members: [A] });
    const trunk = wire.peer('10.1.0.3', { autoBye: false });
    await wire.call();
    await challenge(407, trunk);
    await wire.reply(200, trunk);
    wire.caller.bye(wire.caller.response(200, 'INVITE'));
    await wire.pass(0);
    const first = trunk.request('BYE');
    expect(isRight(first, 'proxy-authorization', CHALLENGE)).to.equal(true);
    const fresh = CHALLENGE.replace('n1', 'n2');
    trunk.reply(first, 407, { fields: [['Proxy-Authenticate', `${fresh}, stale=true`]] });
    await wire.pass(0);
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
      await wire.call();
      await challenge();
      const timer: Field[] = [['Session-Expires', '90;refresher=uac']];
      if (method === 'UPDATE') timer.push(['Allow', 'INVITE, ACK, BYE, UPDATE']);
      wire.trunk.reply(wire.invite(), 200, { fields: timer });
      await wire.pass(45_100);
      for (const nonce of ['n2', 'n3']) {
        const first = wire.trunk.request(method);
        expect(first.has('proxy-authorization'), 'what is known already').to.equal(true);
        const fresh = CHALLENGE.replace('n1', nonce);
        wire.trunk.reply(first, 407, { fields: [['Proxy-Authenticate', fresh]] });
        await wire.pass(0);
        const second = wire.trunk.request(method);
        expect(second.cseq.number).to.equal(first.cseq.number + 1);
        expect(isRight(second, 'proxy-authorization', fresh)).to.equal(true);
        wire.trunk.reply(second, 200, { fields: timer });
        await wire.pass(45_100);
      }
      wire.trunk.reply(wire.trunk.request(method), 200, { fields: timer });
      wire.caller.bye(wire.caller.response(200, 'INVITE'));
      await expectNothingLeft();
    });
  }

  it('CANCEL reaches the INVITE that was sent again, and the ring timer is the first one (edge cases 30, 36)', async () => {
    await start({ group: [{ uri: ONE, ...KNOWN }] });
    await wire.call();
    wire.trunk.reply(wire.invite(), 100);
    await wire.pass(3000);
    await challenge();
    const second = wire.invite();
    await wire.reply(180);
    await wire.pass(16_999);
    expect(wire.trunk.summary).to.not.include('CANCEL');
    await wire.pass(1);
    const cancel = wire.trunk.request('CANCEL');
    expect(cancel.via.params.get('branch')).to.equal(second.via.params.get('branch'));
    expect(cancel.cseq.number).to.equal(second.cseq.number);
    await wire.pass(0);
    await challenge();
    await wire.reply(486);
    expect(wire.whys).to.deep.equal(['no-answer', 'busy']);
    await expectNothingLeft();
  });

  it('the caller leaves while the challenge is on its way: nothing is sent again', async () => {
    await start({ group: [{ uri: ONE, ...KNOWN }], members: [A] });
    const invite = await wire.call();
    wire.trunk.reply(wire.invite(), 100);
    await wire.pass(0);
    wire.network.rule({ when: ({ text }) => text.startsWith('CANCEL') && text.includes('10.0.0.1:5060;'), drop: true });
    wire.caller.cancel(invite, ENGINE);
    await wire.pass(0);
    await challenge();
    expect(wire.trunk.summary.filter((line) => line === 'INVITE')).to.have.length(1);
    await expectNothingLeft();
  });

  it('refused credentials: one retry, the next member rings, and no 401 or 407 reaches the caller', async () => {
    await start({ group: [{ uri: ONE, ...KNOWN }] });
    await wire.call();
    await challenge();
    await challenge();
    await challenge();
    await challenge();
    expect(wire.trunk.summary.filter((line) => line === 'INVITE')).to.have.length(4);
    expect(wire.whys).to.deep.equal(['failed', 'failed']);
    expect(wire.caller.summary.join()).to.not.match(/40[17]/);
    await expectNothingLeft();
  });

  it('stale=true: once more with the new nonce (RFC 7616 §3.3)', async () => {
    await start({ group: [{ uri: ONE, ...KNOWN }], members: [A] });
    await wire.call();
    await challenge();
    const fresh = CHALLENGE.replace('n1', 'n2');
    wire.trunk.reply(wire.invite(), 407, { fields: [['Proxy-Authenticate', `${fresh}, stale=true`]] });
    await wire.pass(0);
    expect(isRight(wire.invite(), 'proxy-authorization', fresh)).to.equal(true);
    await wire.reply(486);
    expect(wire.whys).to.deep.equal(['busy']);
    await expectNothingLeft();
  });

  for (const [name, options] of [
    ['without a body', {}],
    ['with Retry-After', { fields: [['Retry-After', '60']] }],
  ] as const) {
    it(`503 ${name} moves the same member to the next trunk (RFC 3263 §4.3, edge case 39)`, async () => {
      await start({ group: [{ uri: ONE }, { uri: TWO, priority: 2 }] });
      const other = wire.peer('10.1.0.2');
      await wire.call();
      wire.trunk.reply(wire.invite(), 503, options as never);
      await wire.pass(0);
      expect(wire.invite(other).uri).to.include(A);
      await wire.reply(200, other);
      expect(wire.trunks.candidates(A).map(({ trunk }) => trunk)).to.deep.equal([TWO, ONE]);
      wire.caller.bye(wire.caller.response(200, 'INVITE'));
      await wire.pass(0);
      expect(wire.whys).to.deep.equal(['answered', 'not-needed']);
    });
  }

  it('a dead trunk is taken out by its pings and comes back, and calls follow', async () => {
    await start({ group: [{ uri: ONE }, { uri: TWO, priority: 2 }], members: [A] });
    const other = wire.peer('10.1.0.2');
    const answer = (peer: SipPeer) => peer.on('OPTIONS', (options) => void peer.reply(options, 200));
    answer(other);
    wire.trunks.start();
    await wire.pass(30_000);
    const ping = wire.trunk.request('OPTIONS');
    expect(ping.uri).to.equal(ONE);
    expect(ping.first('accept')).to.equal('application/sdp');
    expect(ping.first('contact'), 'RFC 3261 §11.1').to.equal('<sip:ping@10.0.0.1:5060>');
    expect(wire.trunks.candidates(A).map(({ trunk }) => trunk)).to.deep.equal([TWO]);
    answer(wire.trunk);
    await wire.pass(10_000);
    expect(wire.trunks.candidates(A).map(({ trunk }) => trunk)).to.deep.equal([ONE, TWO]);
    await wire.trunks.stop();
    await wire.call();
    await wire.reply(486);
    await expectNothingLeft();
  });

  it('registers with our own address as Contact, answers the challenge, refreshes, and leaves (RFC 3261 §10.2)', async () => {
    await start({ group: [{ uri: ONE, ...KNOWN, register: true }] });
    wire.trunk.on('OPTIONS', (options) => void wire.trunk.reply(options, 200));
    wire.trunks.start();
    await wire.pass(0);
    const first = await challenge(401, wire.trunk, 'REGISTER');
    expect(first.uri).to.equal(ONE);
    expect(first.contact?.uri).to.match(/^sip:office@10\.0\.0\.1:5060;line=/);
    const second = wire.trunk.request('REGISTER');
    expect(isRight(second, 'authorization', CHALLENGE)).to.equal(true);
    expect(second.callId).to.equal(first.callId);
    expect(second.fromTag).to.equal(first.fromTag);
    expect(second.cseq.number).to.equal(first.cseq.number + 1);
    wire.trunk.reply(second, 200, { fields: [['Contact', `${second.first('contact')};expires=120`]] });
    await wire.pass(60_000);
    const refresh = wire.trunk.request('REGISTER');
    expect(refresh.cseq.number).to.equal(second.cseq.number + 1);
    expect(isRight(refresh, 'authorization', CHALLENGE)).to.equal(true);
    wire.trunk.reply(refresh, 200, { fields: [['Expires', '120']] });
    await wire.pass(0);
    const stopping = wire.trunks.stop();
    await wire.pass(0);
    const last = wire.trunk.request('REGISTER');
    expect(last.first('expires')).to.equal('0');
    wire.trunk.reply(last, 200);
    await wire.pass(0);
    await stopping;
    await expectNothingLeft();
  });
});
