import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import { type CallHarness, useCallHarness } from './call-harness.js';

const REQUIRED: Field[] = [['Require', '100rel']];
const SIX = Array.from({ length: 6 }, (_, n) => `+371200000${n + 10}`);

describe('A caller who waits for long, over the engine', () => {
  const start = useCallHarness();

  /** Members who say 100 and nothing more. */
  async function mute(harness: CallHarness, fields: readonly Field[] = []): Promise<void> {
    harness.trunk.on('INVITE', (invite) => void harness.trunk.reply(invite, 100));
    await harness.call({ fields });
  }

  const at = (harness: CallHarness, status: number): number[] =>
    harness.network.trace
      .filter(({ line, to }) => line.startsWith(`SIP/2.0 ${status} `) && to === '10.0.0.9:5060')
      .map(({ at }) => at);

  it('members that send only 100: a bare 183 each minute, and each member has its time (RFC 3261 §13.3.1.1)', async () => {
    const harness = await start({ members: SIX });
    const began = harness.clock.now();
    await mute(harness);
    await harness.pass(125_000);
    expect(at(harness, 183).map((time) => time - began)).to.deep.equal([60_000, 120_000]);
    expect(harness.caller.response(183).body).to.equal('');
    expect(harness.trunk.summary.filter((line) => line === 'INVITE')).to.have.length(6);
    expect(harness.caller.summary.at(-1)).to.equal('480 INVITE');
    expect(harness.caller.response(480).first('reason')).to.include('cause=20');
    expect(harness.records[0]?.status).to.equal(480);
    expect(harness.whys).to.deep.equal(SIX.map(() => 'unreachable'));
    expect(harness.records[0]?.attempts.map(({ rang }) => rang)).to.deep.equal(SIX.map(() => null));
    await harness.expectNothingLeft();
  });

  it('a phone that rings after that minute: 180 at once, and again a minute later', async () => {
    const harness = await start({ members: SIX });
    const began = harness.clock.now();
    await mute(harness);
    await harness.pass(65_000);
    await harness.reply(180);
    await harness.pass(15_000);
    await harness.pass(45_000);
    expect(at(harness, 183).map((time) => time - began)).to.deep.equal([60_000]);
    expect(at(harness, 180).map((time) => time - began)).to.deep.equal([65_000]);
    expect(harness.whys).to.deep.equal([
      ...SIX.slice(0, 3).map(() => 'unreachable'),
      'no-answer',
      'unreachable',
      'unreachable',
    ]);
  });

  it('with a refresh that is seldom, the engine has its first 1xx in time', async () => {
    const harness = await start({ members: SIX, settings: { ringRefreshMs: 600_000 } });
    await mute(harness);
    await harness.pass(119_000);
    expect(at(harness, 183)).to.have.length(1);
    expect(harness.caller.summary).to.not.include('480 INVITE');
  });

  it('Require: 100rel: the 183 is reliable, and a 180 behind it waits for its PRACK (RFC 3262 §3)', async () => {
    const harness = await start({ members: SIX });
    await mute(harness, REQUIRED);
    await harness.pass(60_000);
    const progress = harness.caller.response(183);
    await harness.reply(180);
    expect(harness.caller.summary).to.not.include('180 INVITE');
    harness.caller.inDialog('PRACK', progress, { fields: [['RAck', `${progress.first('rseq')} 1 INVITE`]] });
    await harness.pass(0);
    const ringing = harness.caller.response(180);
    expect(Number(ringing.first('rseq'))).to.equal(Number(progress.first('rseq')) + 1);
    harness.caller.inDialog('PRACK', ringing, { fields: [['RAck', `${ringing.first('rseq')} 1 INVITE`]] });
    await harness.reply(200);
    expect(harness.caller.summary.at(-1)).to.equal('200 INVITE');
  });

  it('Require: 100rel: the 200 goes out behind the first PRACK: a bare 180 that waited says nothing any more (RFC 3262 §3)', async () => {
    const harness = await start({ members: SIX });
    await mute(harness, REQUIRED);
    await harness.pass(60_000);
    const progress = harness.caller.response(183);
    await harness.reply(180);
    await harness.reply(200);
    harness.caller.inDialog('PRACK', progress, { fields: [['RAck', `${progress.first('rseq')} 1 INVITE`]] });
    await harness.pass(0);
    expect(harness.caller.summary.slice(-2)).to.deep.equal(['200 PRACK', '200 INVITE']);
  });

  it('Require: 100rel: a 180 that waits for a PRACK is not sent behind the final response (RFC 3262 §3)', async () => {
    const harness = await start({ members: SIX.slice(0, 4) });
    await mute(harness, REQUIRED);
    await harness.pass(60_000);
    const progress = harness.caller.response(183);
    await harness.reply(180);
    await harness.reply(486);
    expect(harness.caller.summary.at(-1)).to.equal('480 INVITE');
    harness.caller.inDialog('PRACK', progress, { fields: [['RAck', `${progress.first('rseq')} 1 INVITE`]] });
    await harness.pass(0);
    expect(harness.caller.summary.slice(-2)).to.deep.equal(['480 INVITE', '481 PRACK']);
    await harness.expectNothingLeft();
  });

  it('Require: 100rel and no PRACK: no further member is rung, and the record has the 504 that the caller got (RFC 3262 §3)', async () => {
    const harness = await start({ members: SIX });
    await mute(harness, REQUIRED);
    await harness.pass(60_000);
    const rung = harness.trunk.summary.filter((line) => line === 'INVITE').length;
    await harness.pass(32_100);
    expect(harness.caller.summary.at(-1)).to.equal('504 INVITE');
    expect(harness.records[0]?.status).to.equal(504);
    const before = harness.trunk.summary.filter((line) => line === 'INVITE').length;
    await harness.pass(60_000);
    expect(harness.trunk.summary.filter((line) => line === 'INVITE')).to.have.length(before);
    expect(before).to.equal(rung + 1);
    await harness.expectNothingLeft();
  });

  it('the 200 waits for a PRACK that never comes: the member is released, and the record says 504', async () => {
    const harness = await start();
    await harness.call({ fields: REQUIRED });
    await harness.reply(180);
    await harness.reply(200);
    await harness.pass(32_100);
    expect(harness.caller.summary.at(-1)).to.equal('504 INVITE');
    expect(harness.trunk.summary).to.include('BYE');
    expect(harness.records[0]?.status).to.equal(504);
    expect(harness.whys).to.deep.equal(['caller-left', 'not-needed']);
    await harness.expectNothingLeft();
  });

  it('a store that says nothing for a minute: the caller gets 480, nobody is rung afterwards, and the record says 480', async () => {
    const harness = await start();
    let give = (): void => {};
    harness.store.hold = new Promise((resolve) => {
      give = resolve;
    });
    await harness.call();
    await harness.pass(64_000);
    expect(harness.caller.summary).to.deep.equal(['100 INVITE', '480 INVITE']);
    give();
    await harness.pass(0);
    expect(harness.trunk.summary).to.deep.equal([]);
    expect(harness.records.map(({ status }) => status)).to.deep.equal([480]);
    await harness.expectNothingLeft();
  });

  it('a CANCEL that claims to be ours is a CANCEL: 487 in the record', async () => {
    const harness = await start();
    const invite = await harness.call();
    await harness.reply(180);
    harness.caller.cancel(invite, { address: '10.0.0.1', port: 5060 }, [['X-Final-Status', '200']]);
    await harness.pass(0);
    expect(harness.records[0]?.status).to.equal(487);
    expect(harness.trunk.request('CANCEL').first('reason')).to.include('487');
  });

  it('Expires runs out for a phone that never rang: it is not no-answer (RFC 3261 §13.3.1)', async () => {
    const harness = await start();
    await mute(harness, [['Expires', '5']]);
    await harness.pass(5000);
    expect(harness.caller.summary.at(-1)).to.equal('487 INVITE');
    expect(harness.whys).to.deep.equal(['caller-left', 'not-needed']);
  });
});
