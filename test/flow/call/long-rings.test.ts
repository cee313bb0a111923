import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import { useWire, type Wire } from './call-harness.js';

const REQUIRED: Field[] = [['Require', '100rel']];
const SIX = Array.from({ length: 6 }, (_, n) => `+371200000${n + 10}`);

describe('A caller who waits for long, over the engine', () => {
  const start = useWire();

  /** Members who say 100 and nothing more. */
  async function mute(wire: Wire, fields: readonly Field[] = []): Promise<void> {
    wire.trunk.on('INVITE', (invite) => void wire.trunk.reply(invite, 100));
    await wire.call({ fields });
  }

  const at = (wire: Wire, status: number): number[] =>
    wire.network.trace
      .filter(({ line, to }) => line.startsWith(`SIP/2.0 ${status} `) && to === '10.0.0.9:5060')
      .map(({ at }) => at);

  it('members that send only 100: a bare 183 each minute, and each member has its time (RFC 3261 §13.3.1.1)', async () => {
    const wire = await start({ members: SIX });
    const began = wire.clock.now();
    await mute(wire);
    await wire.pass(125_000);
    expect(at(wire, 183).map((time) => time - began)).to.deep.equal([60_000, 120_000]);
    expect(wire.caller.response(183).body).to.equal('');
    expect(wire.trunk.summary.filter((line) => line === 'INVITE')).to.have.length(6);
    expect(wire.caller.summary.at(-1)).to.equal('480 INVITE');
    expect(wire.caller.response(480).first('reason')).to.include('cause=20');
    expect(wire.records[0]?.status).to.equal(480);
    expect(wire.whys).to.deep.equal(SIX.map(() => 'unreachable'));
    expect(wire.records[0]?.attempts.map(({ rang }) => rang)).to.deep.equal(SIX.map(() => null));
    await wire.expectNothingLeft();
  });

  it('a phone that rings after that minute: 180 at once, and again a minute later', async () => {
    const wire = await start({ members: SIX });
    const began = wire.clock.now();
    await mute(wire);
    await wire.pass(65_000);
    await wire.reply(180);
    await wire.pass(15_000);
    await wire.pass(45_000);
    expect(at(wire, 183).map((time) => time - began)).to.deep.equal([60_000]);
    expect(at(wire, 180).map((time) => time - began)).to.deep.equal([65_000]);
    expect(wire.whys).to.deep.equal([
      ...SIX.slice(0, 3).map(() => 'unreachable'),
      'no-answer',
      'unreachable',
      'unreachable',
    ]);
  });

  it('with a refresh that is seldom, the engine has its first 1xx in time', async () => {
    const wire = await start({ members: SIX, settings: { ringRefreshMs: 600_000 } });
    await mute(wire);
    await wire.pass(119_000);
    expect(at(wire, 183)).to.have.length(1);
    expect(wire.caller.summary).to.not.include('480 INVITE');
  });

  it('Require: 100rel: the 183 is reliable, and a 180 behind it waits for its PRACK (RFC 3262 §3)', async () => {
    const wire = await start({ members: SIX });
    await mute(wire, REQUIRED);
    await wire.pass(60_000);
    const progress = wire.caller.response(183);
    await wire.reply(180);
    expect(wire.caller.summary).to.not.include('180 INVITE');
    wire.caller.inDialog('PRACK', progress, { fields: [['RAck', `${progress.first('rseq')} 1 INVITE`]] });
    await wire.pass(0);
    const ringing = wire.caller.response(180);
    expect(Number(ringing.first('rseq'))).to.equal(Number(progress.first('rseq')) + 1);
    wire.caller.inDialog('PRACK', ringing, { fields: [['RAck', `${ringing.first('rseq')} 1 INVITE`]] });
    await wire.reply(200);
    expect(wire.caller.summary.at(-1)).to.equal('200 INVITE');
  });

  it('Require: 100rel: a 180 that waits for a PRACK is not sent behind the final response (RFC 3262 §3)', async () => {
    const wire = await start({ members: SIX.slice(0, 4) });
    await mute(wire, REQUIRED);
    await wire.pass(60_000);
    const progress = wire.caller.response(183);
    await wire.reply(180);
    await wire.reply(486);
    expect(wire.caller.summary.at(-1)).to.equal('480 INVITE');
    wire.caller.inDialog('PRACK', progress, { fields: [['RAck', `${progress.first('rseq')} 1 INVITE`]] });
    await wire.pass(0);
    expect(wire.caller.summary.slice(-2)).to.deep.equal(['480 INVITE', '481 PRACK']);
    await wire.expectNothingLeft();
  });

  it('Require: 100rel and no PRACK: no further member is rung, and the record has the 504 that the caller got (RFC 3262 §3)', async () => {
    const wire = await start({ members: SIX });
    await mute(wire, REQUIRED);
    await wire.pass(60_000);
    const rung = wire.trunk.summary.filter((line) => line === 'INVITE').length;
    await wire.pass(32_100);
    expect(wire.caller.summary.at(-1)).to.equal('504 INVITE');
    expect(wire.records[0]?.status).to.equal(504);
    const before = wire.trunk.summary.filter((line) => line === 'INVITE').length;
    await wire.pass(60_000);
    expect(wire.trunk.summary.filter((line) => line === 'INVITE')).to.have.length(before);
    expect(before).to.equal(rung + 1);
    await wire.expectNothingLeft();
  });

  it('the 200 waits for a PRACK that never comes: the member is released, and the record says 504', async () => {
    const wire = await start();
    await wire.call({ fields: REQUIRED });
    await wire.reply(180);
    await wire.reply(200);
    await wire.pass(32_100);
    expect(wire.caller.summary.at(-1)).to.equal('504 INVITE');
    expect(wire.trunk.summary).to.include('BYE');
    expect(wire.records[0]?.status).to.equal(504);
    expect(wire.whys).to.deep.equal(['caller-left', 'not-needed']);
    await wire.expectNothingLeft();
  });

  it('a store that says nothing for a minute: the caller gets 480, nobody is rung afterwards, and the record says 480', async () => {
    const wire = await start();
    let give = (): void => {};
    wire.store.hold = new Promise((resolve) => {
      give = resolve;
    });
    await wire.call();
    await wire.pass(64_000);
    expect(wire.caller.summary).to.deep.equal(['100 INVITE', '480 INVITE']);
    give();
    await wire.pass(0);
    expect(wire.trunk.summary).to.deep.equal([]);
    expect(wire.records.map(({ status }) => status)).to.deep.equal([480]);
    await wire.expectNothingLeft();
  });

  it('a CANCEL that claims to be ours is a CANCEL: 487 in the record', async () => {
    const wire = await start();
    const invite = await wire.call();
    await wire.reply(180);
    wire.caller.cancel(invite, { address: '10.0.0.1', port: 5060 }, [['X-Final-Status', '200']]);
    await wire.pass(0);
    expect(wire.records[0]?.status).to.equal(487);
    expect(wire.trunk.request('CANCEL').first('reason')).to.include('487');
  });

  it('Expires runs out for a phone that never rang: it is not no-answer (RFC 3261 §13.3.1)', async () => {
    const wire = await start();
    await mute(wire, [['Expires', '5']]);
    await wire.pass(5000);
    expect(wire.caller.summary.at(-1)).to.equal('487 INVITE');
    expect(wire.whys).to.deep.equal(['caller-left', 'not-needed']);
  });
});
