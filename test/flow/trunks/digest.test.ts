import { expect } from 'chai';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import { SDP } from '../../support/sip-peer.js';
import { A } from '../../unit/call/scripted-server.js';
import { type CallHarness, type CallHarnessOptions, useCallHarness } from '../call/call-harness.js';
import { isRight, KNOWN } from './credentials.js';

const TRUNK = 'sip:10.1.0.1:5060';
const CHALLENGE = 'Digest realm="trunk.example", nonce="n1", qop="auth", algorithm=SHA-256';
const MOVED = '<sip:moved@10.1.0.1:5060;line=2>';
const fresh = (nonce: string): string => CHALLENGE.replace('n1', nonce);
const reliably = (rseq: number): Field[] => [
  ['Require', '100rel'],
  ['RSeq', String(rseq)],
];

describe('The credentials of requests towards an account trunk', () => {
  const start = useCallHarness();
  let harness: CallHarness;

  const challenge = async (method: string, value = CHALLENGE): Promise<SipMessage> => {
    const request = harness.trunk.request(method);
    harness.trunk.reply(request, 407, { fields: [['Proxy-Authenticate', value]] });
    await harness.pass(0);
    return request;
  };

  /** The INVITE, challenged and sent again. */
  async function challenged(options: CallHarnessOptions = {}): Promise<void> {
    harness = await start({ group: [{ uri: TRUNK, ...KNOWN }], members: [A], ...options });
    await harness.call();
    await challenge('INVITE');
  }

  async function answered(fields: readonly Field[] = [], options?: CallHarnessOptions): Promise<void> {
    await challenged(options);
    harness.trunk.reply(harness.invite(), 200, { fields });
    await harness.pass(0);
  }

  const hangUp = async (): Promise<SipMessage> => {
    harness.caller.bye(harness.caller.response(200, 'INVITE'));
    await harness.pass(0);
    return harness.trunk.request('BYE');
  };

  const expectMoved = (request: SipMessage, nonce = 'n1'): void => {
    expect(request.uri).to.equal('sip:moved@10.1.0.1:5060;line=2');
    expect(isRight(request, 'proxy-authorization', fresh(nonce)), request.text).to.equal(true);
  };

  describe('`uri` is the Request-URI of the very request (RFC 3261 §22.4), also after a target refresh', () => {
    it('by the re-INVITE of the trunk', async () => {
      await answered();
      harness.trunk.inDialog('INVITE', harness.trunk.reply(harness.invite(), 200), {
        body: SDP.replace('1 1', '1 2'),
        contact: MOVED,
      });
      await harness.pass(0);
      harness.caller.reply(harness.caller.request('INVITE'), 200);
      await harness.pass(0);
      expectMoved(await hangUp());
    });

    it('by the UPDATE of the trunk', async () => {
      await answered();
      harness.trunk.inDialog('UPDATE', harness.trunk.reply(harness.invite(), 200), { contact: MOVED });
      await harness.pass(0);
      expectMoved(await hangUp());
    });

    it('by the 200 to our re-INVITE, whose ACK and next challenge go there', async () => {
      await answered();
      harness.caller.inDialog('INVITE', harness.caller.response(200, 'INVITE'), { body: SDP.replace('1 1', '1 2') });
      await harness.pass(0);
      await challenge('INVITE', fresh('n2'));
      const again = harness.trunk.request('INVITE');
      expect(isRight(again, 'proxy-authorization', fresh('n2'))).to.equal(true);
      harness.trunk.reply(again, 200, { contact: MOVED });
      await harness.pass(0);
      expect(harness.trunk.request('ACK').uri).to.equal('sip:moved@10.1.0.1:5060;line=2');
      expectMoved(await hangUp(), 'n2');
    });

    it('by the 200 to our UPDATE, which is repeated with credentials', async () => {
      await answered([['Allow', 'INVITE, ACK, BYE, UPDATE']]);
      const body = SDP.replace('1 1', '1 2');
      harness.caller.inDialog('UPDATE', harness.caller.response(200, 'INVITE'), { body });
      await harness.pass(0);
      const first = await challenge('UPDATE', fresh('n2'));
      const second = harness.trunk.request('UPDATE');
      expect(second.cseq.number).to.equal(first.cseq.number + 1);
      expect(second.body).to.equal(body);
      expect(isRight(second, 'proxy-authorization', fresh('n2'))).to.equal(true);
      harness.trunk.reply(second, 200, { body: SDP, fields: [['Contact', MOVED]] });
      await harness.pass(0);
      expect(harness.caller.summary.at(-1)).to.equal('200 UPDATE');
      expectMoved(await hangUp(), 'n2');
    });

    it("by the 200 to the engine's own refresh, also for the next one", async () => {
      // Over the application protocol the service does not see it.
      const timer: Field[] = [['Session-Expires', '90;refresher=uac']];
      await answered(timer, { link: 'direct' });
      await harness.pass(45_100);
      harness.trunk.reply(harness.invite(), 200, { fields: timer, contact: MOVED });
      await harness.pass(45_100);
      expectMoved(harness.invite());
      await challenge('INVITE', fresh('n2'));
      expectMoved(harness.invite(), 'n2');
      harness.trunk.reply(harness.invite(), 200, { fields: timer, contact: MOVED });
      await harness.pass(0);
      expectMoved(await hangUp(), 'n2');
    });
  });

  describe('PRACK', () => {
    const pracks = (): SipMessage[] => harness.trunk.received.filter(({ method }) => method === 'PRACK');

    it('has them, and is repeated when it is challenged: the same RAck, the next CSeq (RFC 3261 §22.2)', async () => {
      await challenged();
      harness.trunk.reply(harness.invite(), 180, { fields: reliably(7), contact: MOVED });
      await harness.pass(0);
      expectMoved(harness.trunk.request('PRACK'));
      const first = await challenge('PRACK', fresh('n2'));
      const second = harness.trunk.request('PRACK');
      expect(second).to.not.equal(first);
      expectMoved(second, 'n2');
      expect(second.first('rack')).to.equal(`7 ${harness.invite().cseq.number} INVITE`);
      expect(second.cseq.number).to.equal(first.cseq.number + 1);
      harness.trunk.reply(second, 200);
      await harness.reply(200);
      await hangUp();
    });

    it('in each early dialog by itself: two forks with one RSeq', async () => {
      // Over the application protocol both have one name.
      await challenged({ link: 'direct' });
      for (const toTag of ['one', 'two']) {
        const contact = `<sip:${toTag}@10.1.0.1>`;
        harness.trunk.reply(harness.invite(), 180, { toTag, fields: reliably(7), contact });
      }
      await harness.pass(0);
      for (const prack of pracks()) {
        harness.trunk.reply(prack, 407, { fields: [['Proxy-Authenticate', fresh('n2')]] });
      }
      await harness.pass(0);
      const repeated = pracks().slice(2);
      expect(repeated.map(({ toTag, uri }) => `${toTag} ${uri}`)).to.have.members([
        'one sip:one@10.1.0.1',
        'two sip:two@10.1.0.1',
      ]);
      for (const prack of repeated) expect(isRight(prack, 'proxy-authorization', fresh('n2'))).to.equal(true);
      await harness.reply(486);
    });

    it('whose credentials are refused is given up, and costs the call nothing', async () => {
      await challenged();
      harness.trunk.reply(harness.invite(), 180, { fields: reliably(7) });
      await harness.pass(0);
      await challenge('PRACK', fresh('n2'));
      await challenge('PRACK', fresh('n3'));
      expect(pracks()).to.have.length(2);
      await harness.reply(200);
      expect(harness.caller.summary.at(-1)).to.equal('200 INVITE');
      await hangUp();
    });

    it('does not let an INVITE be challenged for ever', async () => {
      await challenged();
      for (let n = 2; n < 9; n++) {
        const invite = harness.invite();
        harness.trunk.reply(invite, 180, { fields: reliably(7), toTag: `t${n}` });
        await harness.pass(0);
        harness.trunk.reply(invite, 407, { fields: [['Proxy-Authenticate', fresh(`n${n}`)]] });
        await harness.pass(0);
      }
      expect(harness.trunk.summary.filter((line) => line === 'INVITE')).to.have.length(2);
      expect(harness.whys).to.deep.equal(['failed']);
    });
  });

  for (const [what, value] of [
    ['whose qop is a list without quotes', CHALLENGE.replace('qop="auth"', 'qop=auth,auth-int')],
    ['with a realm in Latin-1', CHALLENGE.replace('trunk.example', 'Tr\xf6\xfank')],
    ['with a realm in UTF-8', CHALLENGE.replace('trunk.example', 'R\xc4\xabga')],
  ] as const) {
    it(`a challenge ${what} is answered, octet for octet`, async () => {
      harness = await start({ group: [{ uri: TRUNK, ...KNOWN }], members: [A] });
      await harness.call();
      await challenge('INVITE', value);
      expect(isRight(harness.invite(), 'proxy-authorization', value)).to.equal(true);
      await harness.reply(486);
      expect(harness.whys).to.deep.equal(['busy']);
    });
  }

  describe('in a call that comes from it, on the other leg', () => {
    const FROM_TRUNK: CallHarnessOptions = {
      group: [{ uri: 'sip:10.0.0.9:5060', ...KNOWN }],
      members: ['sip:desk@10.1.0.1:5060'],
    };
    const TIMER: Field[] = [
      ['Supported', 'timer'],
      ['Session-Expires', '90;refresher=uas'],
    ];

    async function talking(fields: readonly Field[] = [], options: CallHarnessOptions = {}): Promise<void> {
      harness = await start({ ...FROM_TRUNK, ...options });
      await harness.call({ fields, contact: MOVED.replace('10.1.0.1', '10.0.0.9') });
      await harness.reply(200);
    }

    const asked = async (method: string, nonce: string): Promise<SipMessage> => {
      const { caller } = harness;
      caller.reply(caller.request(method), 401, { fields: [['WWW-Authenticate', fresh(nonce)]] });
      await harness.pass(0);
      const again = caller.request(method);
      expect(again.uri).to.equal('sip:moved@10.0.0.9:5060;line=2');
      expect(isRight(again, 'authorization', fresh(nonce)), again.text).to.equal(true);
      return again;
    };

    it('a BYE and a re-INVITE are challenged, and go again with credentials (RFC 3261 §22.2)', async () => {
      await talking();
      const { trunk, caller } = harness;
      trunk.inDialog('INVITE', trunk.reply(harness.invite(), 200), { body: SDP.replace('1 1', '1 2') });
      await harness.pass(0);
      caller.reply(await asked('INVITE', 'n1'), 200, { contact: MOVED.replace('10.1.0.1', '10.0.0.9') });
      await harness.pass(0);
      trunk.bye(trunk.reply(trunk.request('INVITE'), 200));
      await harness.pass(0);
      expect(isRight(caller.request('BYE'), 'authorization', fresh('n1')), 'known already').to.equal(true);
    });

    it("the engine's own refresh is, too (RFC 4028 §10)", async () => {
      await talking(TIMER, { link: 'direct' });
      await harness.pass(45_100);
      const { caller } = harness;
      caller.reply(await asked('INVITE', 'n1'), 200, { contact: MOVED.replace('10.1.0.1', '10.0.0.9'), fields: TIMER });
      await harness.pass(0);
      caller.bye(caller.response(200, 'INVITE'));
      await harness.pass(0);
    });

    it('from elsewhere nothing is answered', async () => {
      await talking([], { group: [{ uri: TRUNK, ...KNOWN }] });
      const { trunk, caller } = harness;
      trunk.bye(trunk.reply(harness.invite(), 200));
      await harness.pass(0);
      caller.reply(caller.request('BYE'), 401, { fields: [['WWW-Authenticate', CHALLENGE]] });
      await harness.pass(0);
      expect(caller.summary.filter((line) => line === 'BYE')).to.have.length(1);
    });
  });

  it('a strict router in the Route is the Request-URI, and so `uri` (RFC 3261 §12.2.1.1)', async () => {
    harness = await start({ group: [{ uri: TRUNK, ...KNOWN, register: true }], members: [A] });
    harness.trunk.on('OPTIONS', (options) => void harness.trunk.reply(options, 200));
    harness.trunk.on('REGISTER', (register) => {
      const fields: Field[] = [['Service-Route', '<sip:10.1.0.1:5060;strict>']];
      harness.trunk.reply(register, 200, { fields });
    });
    harness.trunks.start();
    await harness.pass(0);
    await harness.call();
    await challenge('INVITE');
    expect(harness.invite().uri).to.equal('sip:10.1.0.1:5060;strict');
    expect(isRight(harness.invite(), 'proxy-authorization', CHALLENGE)).to.equal(true);
    await harness.reply(486);
    const stopping = harness.trunks.stop();
    await harness.pass(0);
    await stopping;
  });
});
