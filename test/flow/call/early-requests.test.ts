import { expect } from 'chai';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import { SDP, type SipPeer } from '../../support/sip-peer.js';
import { type CallHarness, useCallHarness } from './call-harness.js';

const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, MESSAGE, PRACK';

interface Case {
  readonly method: string;
  readonly what: string;
  readonly fields?: readonly Field[];
  readonly body?: string;
  /** From the caller, whose offer is open, and from the member, where ours is. */
  readonly status: readonly [caller: number, member: number];
  readonly has?: Field;
}

const CASES: readonly Case[] = [
  { method: 'INFO', what: 'with digits is 200 (RFC 6086 §4.2.2)', body: 'Signal=1', status: [200, 200] },
  { method: 'INFO', what: 'without a body is 200 (RFC 6086 §4.2.2)', status: [200, 200] },
  {
    method: 'INFO',
    what: 'of a package is 469 with Recv-Info (RFC 6086 §4.2.2)',
    fields: [['Info-Package', 'infoDtmf']],
    status: [469, 469],
    has: ['recv-info', ''],
  },
  { method: 'OPTIONS', what: 'is 200 with Allow (RFC 3261 §12.2.2)', status: [200, 200], has: ['allow', ALLOW] },
  { method: 'UPDATE', what: 'without an offer is 200 (RFC 3311 §5.2)', status: [200, 200] },
  {
    method: 'UPDATE',
    what: 'with an offer while one is open: 500, 491 (RFC 3311 §5.2)',
    body: SDP,
    status: [500, 491],
  },
  { method: 'INVITE', what: 'while an INVITE is open: 500, 491 (RFC 3261 §14.2)', body: SDP, status: [500, 491] },
  {
    method: 'MESSAGE',
    what: 'is 500 with Retry-After: nobody is there yet',
    status: [500, 500],
    has: ['retry-after', '5'],
  },
  { method: 'REFER', what: 'is 603 (edge case 75)', fields: [['Refer-To', '<sip:x@y>']], status: [603, 603] },
  { method: 'NOTIFY', what: 'is 405 with Allow (RFC 3261 §8.2.1)', status: [405, 405], has: ['allow', ALLOW] },
  { method: 'SUBSCRIBE', what: 'is 405 with Allow (RFC 3261 §8.2.1)', status: [405, 405], has: ['allow', ALLOW] },
  { method: 'PUBLISH', what: 'is 405 with Allow (RFC 3261 §8.2.1)', status: [405, 405], has: ['allow', ALLOW] },
  {
    method: 'FETCH',
    what: 'that nobody knows is 405 with Allow (RFC 3261 §8.2.1)',
    status: [405, 405],
    has: ['allow', ALLOW],
  },
  {
    method: 'INFO',
    what: 'that requires what we do not know is 420 (RFC 3261 §8.2.2.3)',
    fields: [['Require', 'timer, magic']],
    status: [420, 420],
    has: ['unsupported', 'magic'],
  },
];

describe('Requests in an early dialog, over the engine', () => {
  const start = useCallHarness();

  async function ask(
    harness: CallHarness,
    peer: SipPeer,
    within: SipMessage,
    { method, fields = [], body = '' }: Case,
  ): Promise<SipMessage> {
    peer.inDialog(method, within, { fields, body });
    await harness.pass(0);
    const answer = peer.received.findLast(({ status, cseq }) => status >= 200 && cseq.method === method);
    if (answer === undefined) throw new Error(`no answer to ${method}, only ${peer.summary.join(', ')}`);
    return answer;
  }

  function check(answer: SipMessage, status: number, { has }: Case): void {
    expect(answer.status).to.equal(status);
    if (has !== undefined) expect(answer.first(has[0])).to.equal(has[1]);
  }

  for (const one of CASES) {
    const { method, what, status } = one;
    it(`${method} ${what}, from caller and member, also behind the first member, and the call is answered`, async () => {
      const harness = await start();
      await harness.call();
      const ringing = await harness.reply(180);
      const early = harness.caller.response(180);
      check(await ask(harness, harness.caller, early, one), status[0], one);
      check(await ask(harness, harness.trunk, ringing, one), status[1], one);
      await harness.reply(486);
      const second = await harness.reply(180);
      check(await ask(harness, harness.caller, early, one), status[0], one);
      check(await ask(harness, harness.trunk, second, one), status[1], one);
      await harness.reply(200);
      expect(harness.caller.summary.filter((line) => line === '200 INVITE')).to.have.length(1);
      harness.caller.bye(harness.caller.response(200, 'INVITE'));
      await harness.pass(0);
      expect(harness.whys).to.deep.equal(['busy', 'answered']);
      await harness.expectNothingLeft();
    });
  }

  it('while the 200 waits for the PRACK, INFO is 200 and the call comes up (RFC 3262 §3)', async () => {
    const harness = await start();
    await harness.call({ fields: [['Require', '100rel']] });
    await harness.reply(180);
    await harness.reply(200);
    const early = harness.caller.response(180);
    harness.caller.inDialog('INFO', early, { body: 'Signal=1' });
    await harness.pass(0);
    expect(harness.caller.summary.at(-1)).to.equal('200 INFO');
    harness.caller.inDialog('PRACK', early, { fields: [['RAck', `${early.first('rseq')} 1 INVITE`]] });
    await harness.pass(0);
    expect(harness.caller.summary.at(-1)).to.equal('200 INVITE');
  });

  it('INFO of a member whose INVITE was cancelled is 200: that dialog is not over yet (RFC 3261 §12.3)', async () => {
    const harness = await start();
    harness.network.rule({ when: ({ text }) => text.startsWith('CANCEL'), drop: true });
    await harness.call();
    const ringing = await harness.reply(180);
    await harness.pass(20_000);
    harness.trunk.inDialog('INFO', ringing, { body: 'Signal=1' });
    await harness.pass(0);
    expect(harness.trunk.response(200, 'INFO').callId).to.equal(ringing.callId);
  });

  it('a callee who must not send BYE before the answer and does: 200, and its answer still counts (RFC 3261 §15)', async () => {
    const harness = await start();
    await harness.call();
    const ringing = await harness.reply(180);
    harness.trunk.bye(ringing);
    await harness.pass(0);
    expect(harness.trunk.summary.at(-1)).to.equal('200 BYE');
    expect(harness.caller.summary).to.deep.equal(['100 INVITE', '180 INVITE']);
    await harness.reply(200);
    expect(harness.caller.summary.at(-1)).to.equal('200 INVITE');
    harness.caller.bye(harness.caller.response(200, 'INVITE'));
    await harness.expectNothingLeft();
    expect(harness.whys).to.deep.equal(['answered', 'not-needed']);
  });

  it('a PRACK for what nobody sent is 481, and the call goes on (RFC 3262 §3)', async () => {
    const harness = await start();
    await harness.call();
    await harness.reply(180);
    harness.caller.inDialog('PRACK', harness.caller.response(180), { fields: [['RAck', '1 1 INVITE']] });
    await harness.pass(0);
    expect(harness.caller.summary.at(-1)).to.equal('481 PRACK');
    await harness.reply(200);
    expect(harness.caller.summary.at(-1)).to.equal('200 INVITE');
  });

  it('an UPDATE with Session-Expires starts no session timer before the answer (RFC 3261 §15, RFC 4028 §7.4)', async () => {
    const harness = await start({ members: ['sip:patient@10.1.0.1'], settings: { sessionSeconds: 0 } });
    harness.store.turn = harness.store.turn && {
      ...harness.store.turn,
      group: { ...harness.store.turn.group, ring: 200 },
    };
    await harness.call();
    await harness.reply(180);
    const fields: Field[] = [
      ['Supported', 'timer'],
      ['Session-Expires', '90;refresher=uac'],
    ];
    harness.caller.inDialog('UPDATE', harness.caller.response(180), { fields });
    await harness.pass(100_000);
    expect(harness.caller.summary).to.deep.equal(['100 INVITE', '180 INVITE', '200 UPDATE', '180 INVITE']);
    await harness.reply(200);
    expect(harness.caller.summary.at(-1)).to.equal('200 INVITE');
  });

  it('outside a dialog a 405 names only what is of use there (RFC 3261 §21.4.6)', async () => {
    const harness = await start();
    for (const method of ['MESSAGE', 'INFO', 'NOTIFY']) {
      harness.caller.start(method, { address: '10.0.0.1', port: 5060 });
      await harness.pass(0);
      const allow = harness.caller.response(405, method).first('allow') ?? '';
      expect(allow.split(', '), method).to.include('INVITE').and.not.include(method);
    }
  });

  it('a To whose display name reads like a tag belongs to no dialog (RFC 3261 §20.10)', async () => {
    const harness = await start();
    await harness.call({ to: '"Desk ;tag=front" <sip:+37167000000@10.0.0.1>' });
    await harness.reply(180);
    expect(harness.caller.summary).to.deep.equal(['100 INVITE', '180 INVITE']);
  });
});
