import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import { type CallHarness, useCallHarness } from './call-harness.js';

describe('The session interval that a caller asks for, over the engine', () => {
  const start = useCallHarness();

  async function call(...fields: Field[]): Promise<CallHarness> {
    const harness = await start();
    await harness.call({ fields });
    return harness;
  }

  for (const [form, fields] of [
    [
      '',
      [
        ['Session-Expires', '60'],
        ['Supported', 'timer'],
      ],
    ],
    [
      ', in compact form',
      [
        ['x', '89;refresher=uac'],
        ['k', '100rel,timer'],
      ],
    ],
  ] as [string, Field[]][]) {
    it(`too short, of a caller who knows session timers${form}: 422 with Min-SE, and nobody rings (RFC 4028 §9)`, async () => {
      const harness = await call(...fields);
      expect(harness.caller.summary.at(-1)).to.equal('422 INVITE');
      expect(harness.caller.response(422).first('min-se')).to.equal('90');
      expect(harness.trunk.summary).to.deep.equal([]);
      await harness.expectNothingLeft();
    });
  }

  it('too short, where the caller knows no session timers: as asked, never more; the member is asked for 90 (RFC 4028 §4, §9)', async () => {
    const harness = await call(['Session-Expires', '60']);
    expect(harness.invite().first('session-expires')).to.equal('90');
    await harness.reply(200);
    const ok = harness.caller.response(200, 'INVITE');
    expect(ok.first('session-expires')).to.equal('60;refresher=uas');
    expect(ok.has('require')).to.equal(false);
    await harness.pass(46_000);
    expect(harness.caller.summary.at(-1), 'refreshed in time').to.equal('INVITE');
  });

  it('only Min-SE: our own interval is not below it, and the member hears of none (RFC 4028 §9)', async () => {
    const harness = await call(['Min-SE', '3600'], ['Supported', 'timer']);
    expect(harness.invite().has('session-expires')).to.equal(false);
    await harness.reply(200);
    expect(harness.caller.response(200, 'INVITE').first('session-expires')).to.equal('3600;refresher=uas');
    expect(harness.caller.response(200, 'INVITE').first('require')).to.equal('timer');
  });

  it('Session-Expires and Min-SE go on to the member; the caller who wants to refresh does (RFC 4028 §7.1, table 2)', async () => {
    const harness = await call(['Session-Expires', '1200;refresher=uac'], ['Min-SE', '600'], ['Supported', 'timer']);
    expect([harness.invite().first('session-expires'), harness.invite().first('min-se')]).to.deep.equal([
      '1200',
      '600',
    ]);
    await harness.reply(200);
    const ok = harness.caller.response(200, 'INVITE');
    expect([ok.first('session-expires'), ok.first('require')]).to.deep.equal(['1200;refresher=uac', 'timer']);
    await harness.pass(700_000);
    expect(
      harness.caller.summary.filter((line) => line === 'INVITE'),
      'we do not refresh',
    ).to.deep.equal([]);
  });
});
