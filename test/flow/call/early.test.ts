import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import { SDP } from '../../support/sip-peer.js';
import { ENGINE, useWire } from './call-harness.js';

const reliably = (number: number): Field[] => [
  ['Require', '100rel'],
  ['RSeq', String(number)],
];

describe('Before the answer, over the engine', () => {
  const start = useWire();

  it('a long chain: another 180 each minute, one To tag from the first to the final response (RFC 3261 §13.3.1.1)', async () => {
    const members = Array.from({ length: 12 }, (_, n) => `+371200000${n + 10}`);
    const wire = await start({ members });
    wire.trunk.on('INVITE', (invite) => void wire.trunk.reply(invite, 180));
    await wire.call();
    await wire.pass(239_000);
    const ringing = wire.network.trace.filter(({ line, to }) => / 180 /.test(line) && to === '10.0.0.9:5060');
    const first = ringing[0]?.at ?? 0;
    expect(ringing.map(({ at }) => at - first)).to.deep.equal([0, 60_000, 120_000, 180_000]);
    await wire.pass(2000);
    expect(wire.caller.summary.at(-1)).to.equal('480 INVITE');
    const tags = wire.caller.received.filter(({ status }) => status > 100).map(({ toTag }) => toTag);
    expect(new Set(tags).size).to.equal(1);
    expect(wire.trunk.summary.filter((line) => line === 'INVITE')).to.have.length(12);
    await wire.expectNothingLeft();
  });

  it('early media and P-Early-Media of a member go no further than its leg; the caller hears a bare 180 (RFC 3960 §3.2)', async () => {
    const wire = await start();
    await wire.call();
    wire.trunk.reply(wire.invite(), 183, { body: SDP, fields: [['P-Early-Media', 'sendrecv']] });
    await wire.pass(0);
    const ringing = wire.caller.response(180);
    expect(ringing.body).to.equal('');
    expect(ringing.has('p-early-media')).to.equal(false);
    expect(wire.caller.summary).to.deep.equal(['100 INVITE', '180 INVITE']);
    wire.trunk.reply(wire.invite(), 200, { fields: [['P-Early-Media', 'sendrecv']] });
    await wire.pass(0);
    expect(wire.caller.response(200).has('p-early-media')).to.equal(false);
  });

  it('a reliable 18x gets its PRACK; the caller, who did not ask, gets a plain 180 (RFC 3262 §4)', async () => {
    const wire = await start();
    await wire.call({ fields: [['Supported', '100rel']] });
    wire.trunk.reply(wire.invite(), 183, { fields: reliably(5), body: SDP });
    await wire.pass(0);
    expect(wire.trunk.request('PRACK').first('rack')).to.equal(`5 ${wire.invite().cseq.number} INVITE`);
    wire.trunk.reply(wire.trunk.request('PRACK'), 200);
    const ringing = wire.caller.response(180);
    expect([ringing.has('rseq'), ringing.has('require')]).to.deep.equal([false, false]);
    wire.trunk.reply(wire.invite(), 200, { body: '' });
    await wire.pass(0);
    expect(wire.caller.response(200).body, 'the answer that the reliable 183 gave').to.equal(SDP);
    expect(wire.caller.response(200).first('content-type')).to.equal('application/sdp');
  });

  it('several early dialogs on one leg: RSeq is counted in each, and each gets its PRACK (RFC 3262 §4)', async () => {
    const wire = await start();
    await wire.call();
    const forks = [
      ['one', 7],
      ['two', 1],
      ['three', 7],
    ] as const;
    for (const [toTag, number] of forks) {
      wire.trunk.reply(wire.invite(), 180, { toTag, fields: reliably(number), contact: `<sip:${toTag}@10.1.0.1>` });
    }
    // All are there before the service has heard of any.
    wire.clock.advance(0);
    await wire.pass(0);
    const pracks = wire.trunk.received.filter(({ method }) => method === 'PRACK');
    expect(pracks.map(({ toTag, uri }) => `${toTag} ${uri}`).toSorted()).to.deep.equal([
      'one sip:one@10.1.0.1',
      'three sip:three@10.1.0.1',
      'two sip:two@10.1.0.1',
    ]);
    for (const [toTag, number] of forks) {
      const prack = pracks.find((one) => one.toTag === toTag);
      expect(prack?.first('rack'), toTag).to.equal(`${number} ${wire.invite().cseq.number} INVITE`);
    }
    for (const prack of pracks) wire.trunk.reply(prack, 200);
    await wire.reply(486);
  });

  it('the caller required 100rel and sends no PRACK: 504 after 64*T1, and the phone stops ringing (RFC 3262 §3)', async () => {
    const wire = await start({ members: ['sip:patient@10.1.0.1'], settings: { ringRefreshMs: 600_000 } });
    wire.store.turn = wire.store.turn && { ...wire.store.turn, group: { ...wire.store.turn.group, ring: 60 } };
    await wire.call({ fields: [['Require', '100rel']] });
    await wire.reply(180);
    await wire.pass(32_100);
    expect(wire.caller.summary.at(-1)).to.equal('504 INVITE');
    expect(wire.trunk.summary).to.include('CANCEL');
    await wire.expectNothingLeft();
  });

  it('the caller required 100rel and is refused before his PRACK: his INVITE is forgotten (RFC 3262 §3)', async () => {
    const wire = await start();
    const invite = await wire.call({ fields: [['Require', '100rel']] });
    await wire.reply(180);
    await wire.reply(486);
    await wire.reply(486);
    expect(wire.caller.response(486).callId).to.equal(invite.callId);
    await wire.expectNothingLeft();
  });

  it('a late reliable 180 of a phone that was left is neither passed on nor given a PRACK (edge case 25)', async () => {
    const wire = await start();
    wire.network.rule({ when: ({ text }) => text.startsWith('CANCEL'), drop: true });
    await wire.call();
    const first = wire.invite();
    await wire.reply(100);
    await wire.pass(20_500);
    wire.trunk.reply(first, 180, { fields: reliably(1) });
    await wire.pass(0);
    expect(wire.trunk.summary).to.not.include('PRACK');
    expect(wire.caller.summary).to.deep.equal(['100 INVITE']);
  });

  it('UPDATE with an offer in the early dialog of a member is 491 while our offer is open, on that leg only (RFC 3311 §5.2)', async () => {
    const wire = await start();
    await wire.call();
    const ringing = await wire.reply(180);
    wire.trunk.inDialog('UPDATE', ringing, { body: SDP });
    await wire.pass(0);
    expect(wire.trunk.summary.at(-1)).to.equal('491 UPDATE');
    wire.trunk.inDialog('UPDATE', ringing);
    await wire.pass(0);
    expect(wire.trunk.response(200, 'UPDATE').has('contact')).to.equal(true);
    expect(wire.caller.summary).to.deep.equal(['100 INVITE', '180 INVITE']);
    await wire.reply(200);
    expect(wire.caller.summary).to.include('200 INVITE');
  });

  it('199 says that one early dialog has ended: the attempt goes on (RFC 6228)', async () => {
    const wire = await start();
    await wire.call();
    await wire.reply(180);
    wire.trunk.reply(wire.invite(), 199, { toTag: 'lost-fork' });
    await wire.pass(10_000);
    expect(wire.trunk.summary).to.deep.equal(['INVITE']);
    await wire.reply(200);
    expect(wire.caller.summary).to.deep.equal(['100 INVITE', '180 INVITE', '200 INVITE']);
  });

  it('182 Queued is ringing: the caller hears 180, the ring time is the same (RFC 3261 §21.1.4)', async () => {
    const wire = await start();
    await wire.call();
    await wire.reply(182);
    expect(wire.caller.summary).to.include('180 INVITE');
    await wire.pass(19_999);
    expect(wire.trunk.summary).to.deep.equal(['INVITE']);
    await wire.pass(1);
    expect(wire.trunk.summary).to.include('CANCEL');
  });

  it('a BYE of the caller in the early dialog ends the hunt as a CANCEL does (RFC 3261 §15.1.2)', async () => {
    const wire = await start();
    await wire.call();
    await wire.reply(180);
    wire.caller.inDialog('BYE', wire.caller.response(180));
    await wire.pass(0);
    expect(wire.caller.summary.slice(-2)).to.have.members(['200 BYE', '487 INVITE']);
    expect(wire.trunk.summary).to.include('CANCEL');
    expect(wire.whys).to.deep.equal(['caller-left', 'not-needed']);
    await wire.expectNothingLeft();
  });

  it('an INVITE that is repeated while a phone rings is answered with the last 180, and rings nobody again (RFC 3261 §17.2.1)', async () => {
    const wire = await start();
    const invite = await wire.call();
    await wire.reply(180);
    wire.caller.send(invite, ENGINE);
    await wire.pass(0);
    expect(wire.caller.summary).to.deep.equal(['100 INVITE', '180 INVITE', '180 INVITE']);
    expect(wire.trunk.summary).to.deep.equal(['INVITE']);
  });
});
