import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import { SDP } from '../../support/sip-peer.js';
import { ENGINE, useCallHarness } from './call-harness.js';

const reliably = (number: number): Field[] => [
  ['Require', '100rel'],
  ['RSeq', String(number)],
];

describe('Before the answer, over the engine', () => {
  const start = useCallHarness();

  it('a long chain: another 180 each minute, one To tag from the first to the final response (RFC 3261 §13.3.1.1)', async () => {
    const members = Array.from({ length: 12 }, (_, n) => `+371200000${n + 10}`);
    const harness = await start({ members });
    harness.trunk.on('INVITE', (invite) => void harness.trunk.reply(invite, 180));
    await harness.call();
    await harness.pass(239_000);
    const ringing = harness.network.trace.filter(({ line, to }) => / 180 /.test(line) && to === '10.0.0.9:5060');
    const first = ringing[0]?.at ?? 0;
    expect(ringing.map(({ at }) => at - first)).to.deep.equal([0, 60_000, 120_000, 180_000]);
    await harness.pass(2000);
    expect(harness.caller.summary.at(-1)).to.equal('480 INVITE');
    const tags = harness.caller.received.filter(({ status }) => status > 100).map(({ toTag }) => toTag);
    expect(new Set(tags).size).to.equal(1);
    expect(harness.trunk.summary.filter((line) => line === 'INVITE')).to.have.length(12);
    await harness.expectNothingLeft();
  });

  it('early media and P-Early-Media of a member go no further than its leg; the caller hears a bare 180 (RFC 3960 §3.2)', async () => {
    const harness = await start();
    await harness.call();
    harness.trunk.reply(harness.invite(), 183, { body: SDP, fields: [['P-Early-Media', 'sendrecv']] });
    await harness.pass(0);
    const ringing = harness.caller.response(180);
    expect(ringing.body).to.equal('');
    expect(ringing.has('p-early-media')).to.equal(false);
    expect(harness.caller.summary).to.deep.equal(['100 INVITE', '180 INVITE']);
    harness.trunk.reply(harness.invite(), 200, { fields: [['P-Early-Media', 'sendrecv']] });
    await harness.pass(0);
    expect(harness.caller.response(200).has('p-early-media')).to.equal(false);
  });

  it('a reliable 18x gets its PRACK; the caller, who did not ask, gets a plain 180 (RFC 3262 §4)', async () => {
    const harness = await start();
    await harness.call({ fields: [['Supported', '100rel']] });
    harness.trunk.reply(harness.invite(), 183, { fields: reliably(5), body: SDP });
    await harness.pass(0);
    expect(harness.trunk.request('PRACK').first('rack')).to.equal(`5 ${harness.invite().cseq.number} INVITE`);
    harness.trunk.reply(harness.trunk.request('PRACK'), 200);
    const ringing = harness.caller.response(180);
    expect([ringing.has('rseq'), ringing.has('require')]).to.deep.equal([false, false]);
    harness.trunk.reply(harness.invite(), 200, { body: '' });
    await harness.pass(0);
    expect(harness.caller.response(200).body, 'the answer that the reliable 183 gave').to.equal(SDP);
    expect(harness.caller.response(200).first('content-type')).to.equal('application/sdp');
  });

  it('several early dialogs on one leg: RSeq is counted in each, and each gets its PRACK (RFC 3262 §4)', async () => {
    const harness = await start();
    await harness.call();
    const forks = [
      ['one', 7],
      ['two', 1],
      ['three', 7],
    ] as const;
    for (const [toTag, number] of forks) {
      harness.trunk.reply(harness.invite(), 180, {
        toTag,
        fields: reliably(number),
        contact: `<sip:${toTag}@10.1.0.1>`,
      });
    }
    // All are there before the service has heard of any.
    harness.clock.advance(0);
    await harness.pass(0);
    const pracks = harness.trunk.received.filter(({ method }) => method === 'PRACK');
    expect(pracks.map(({ toTag, uri }) => `${toTag} ${uri}`).toSorted()).to.deep.equal([
      'one sip:one@10.1.0.1',
      'three sip:three@10.1.0.1',
      'two sip:two@10.1.0.1',
    ]);
    for (const [toTag, number] of forks) {
      const prack = pracks.find((one) => one.toTag === toTag);
      expect(prack?.first('rack'), toTag).to.equal(`${number} ${harness.invite().cseq.number} INVITE`);
    }
    for (const prack of pracks) harness.trunk.reply(prack, 200);
    await harness.reply(486);
  });

  it('the caller required 100rel and sends no PRACK: 504 after 64*T1, and the phone stops ringing (RFC 3262 §3)', async () => {
    const harness = await start({ members: ['sip:patient@10.1.0.1'], settings: { ringRefreshMs: 600_000 } });
    harness.store.turn = harness.store.turn && {
      ...harness.store.turn,
      group: { ...harness.store.turn.group, ring: 60 },
    };
    await harness.call({ fields: [['Require', '100rel']] });
    await harness.reply(180);
    await harness.pass(32_100);
    expect(harness.caller.summary.at(-1)).to.equal('504 INVITE');
    expect(harness.trunk.summary).to.include('CANCEL');
    await harness.expectNothingLeft();
  });

  it('the caller required 100rel and is refused before his PRACK: his INVITE is forgotten (RFC 3262 §3)', async () => {
    const harness = await start();
    const invite = await harness.call({ fields: [['Require', '100rel']] });
    await harness.reply(180);
    await harness.reply(486);
    await harness.reply(486);
    expect(harness.caller.response(486).callId).to.equal(invite.callId);
    await harness.expectNothingLeft();
  });

  it('a late reliable 180 of a phone that was left is neither passed on nor given a PRACK (edge case 25)', async () => {
    const harness = await start();
    harness.network.rule({ when: ({ text }) => text.startsWith('CANCEL'), drop: true });
    await harness.call();
    const first = harness.invite();
    await harness.reply(100);
    await harness.pass(20_500);
    harness.trunk.reply(first, 180, { fields: reliably(1) });
    await harness.pass(0);
    expect(harness.trunk.summary).to.not.include('PRACK');
    expect(harness.caller.summary).to.deep.equal(['100 INVITE']);
  });

  it('UPDATE with an offer in the early dialog of a member is 491 while our offer is open, on that leg only (RFC 3311 §5.2)', async () => {
    const harness = await start();
    await harness.call();
    const ringing = await harness.reply(180);
    harness.trunk.inDialog('UPDATE', ringing, { body: SDP });
    await harness.pass(0);
    expect(harness.trunk.summary.at(-1)).to.equal('491 UPDATE');
    harness.trunk.inDialog('UPDATE', ringing);
    await harness.pass(0);
    expect(harness.trunk.response(200, 'UPDATE').has('contact')).to.equal(true);
    expect(harness.caller.summary).to.deep.equal(['100 INVITE', '180 INVITE']);
    await harness.reply(200);
    expect(harness.caller.summary).to.include('200 INVITE');
  });

  it('199 says that one early dialog has ended: the attempt goes on (RFC 6228)', async () => {
    const harness = await start();
    await harness.call();
    await harness.reply(180);
    harness.trunk.reply(harness.invite(), 199, { toTag: 'lost-fork' });
    await harness.pass(10_000);
    expect(harness.trunk.summary).to.deep.equal(['INVITE']);
    await harness.reply(200);
    expect(harness.caller.summary).to.deep.equal(['100 INVITE', '180 INVITE', '200 INVITE']);
  });

  it('182 Queued is ringing: the caller hears 180, the ring time is the same (RFC 3261 §21.1.4)', async () => {
    const harness = await start();
    await harness.call();
    await harness.reply(182);
    expect(harness.caller.summary).to.include('180 INVITE');
    await harness.pass(19_999);
    expect(harness.trunk.summary).to.deep.equal(['INVITE']);
    await harness.pass(1);
    expect(harness.trunk.summary).to.include('CANCEL');
  });

  it('a BYE of the caller in the early dialog ends the hunt as a CANCEL does (RFC 3261 §15.1.2)', async () => {
    const harness = await start();
    await harness.call();
    await harness.reply(180);
    harness.caller.inDialog('BYE', harness.caller.response(180));
    await harness.pass(0);
    expect(harness.caller.summary.slice(-2)).to.have.members(['200 BYE', '487 INVITE']);
    expect(harness.trunk.summary).to.include('CANCEL');
    expect(harness.whys).to.deep.equal(['caller-left', 'not-needed']);
    await harness.expectNothingLeft();
  });

  it('an INVITE that is repeated while a phone rings is answered with the last 180, and rings nobody again (RFC 3261 §17.2.1)', async () => {
    const harness = await start();
    const invite = await harness.call();
    await harness.reply(180);
    harness.caller.send(invite, ENGINE);
    await harness.pass(0);
    expect(harness.caller.summary).to.deep.equal(['100 INVITE', '180 INVITE', '180 INVITE']);
    expect(harness.trunk.summary).to.deep.equal(['INVITE']);
  });
});
