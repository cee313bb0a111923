import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import { useCallHarness } from './call-harness.js';

const FOUR = ['sip:a@10.1.0.1', 'sip:b@10.1.0.1', 'sip:c@10.1.0.1', 'sip:d@10.1.0.1'];

describe('A hunt over the engine', () => {
  const start = useCallHarness();

  it('each member has a Call-ID and a From tag of its own, and never those of the caller (RFC 3261 §8.1.1)', async () => {
    const harness = await start({ members: FOUR });
    const invite = await harness.call();
    for (const _ of FOUR) await harness.reply(486);
    const legs = [invite, ...harness.trunk.received.filter(({ method }) => method === 'INVITE')];
    expect(legs).to.have.length(5);
    expect(new Set(legs.map(({ callId }) => callId)).size).to.equal(5);
    expect(new Set(legs.map(({ fromTag }) => fromTag)).size).to.equal(5);
    await harness.expectNothingLeft();
  });

  for (const [rule, statuses, final, cause] of [
    ['503 from everybody is 500: a 503 would say that we are down (RFC 3261 §16.7 item 6)', [503, 503], 500, 41],
    ['488 and 606 from everybody is 488 with Warning (RFC 3261 §13.3.1.3; RFC 3398 §8.2.6.1)', [488, 606], 488, 65],
    ['401, 407 and 6xx are never passed on (RFC 3261 §16.7 items 5 and 6)', [401, 407, 604, 606], 480, 19],
    ['everybody declined is 480', [603, 607, 608], 480, 21],
    ['everybody unreachable is 480', [404, 410, 480, 484], 480, 20],
    ['everybody busy is 486', [486, 600], 486, 17],
  ] as [string, number[], number, number][]) {
    it(`${rule}, and Reason names the cause`, async () => {
      const harness = await start({ members: FOUR.slice(0, statuses.length) });
      await harness.call();
      for (const status of statuses) await harness.reply(status);
      expect(harness.caller.summary).to.deep.equal(['100 INVITE', `${final} INVITE`]);
      const response = harness.caller.response(final);
      expect(response.first('reason')).to.match(new RegExp(`^Q\\.850;cause=${cause};`));
      expect(response.has('warning')).to.equal(final === 488);
      await harness.expectNothingLeft();
    });
  }

  it('the Contact of a 3xx is neither rung nor shown to the caller (RFC 3261 §8.1.3.4)', async () => {
    const harness = await start({ members: FOUR.slice(0, 1) });
    await harness.call();
    const contact: Field = ['Contact', '<sip:+37129999999@10.0.0.77>'];
    harness.trunk.reply(harness.invite(), 302, { fields: [contact] });
    await harness.pass(0);
    expect(harness.caller.summary).to.deep.equal(['100 INVITE', '480 INVITE']);
    expect(harness.caller.response(480).text).to.not.include('37129999999');
    expect(harness.network.lines().some((line) => line.includes('37129999999'))).to.equal(false);
    expect(harness.whys).to.deep.equal(['forwarded']);
  });
});
