import { expect } from 'chai';
import type { Reply } from '../../../lib/sip-server/sip-server.js';
import { immediates } from '../../support/fake-clock.js';
import { heapUsed, isHeld } from '../../support/heap.js';
import { A, B } from './scripted-server.js';
import { ServiceHarness } from './service-harness.js';

const OK: Reply = { status: 200, reason: 'OK', headers: { contact: '<sip:m@192.0.2.2>' }, body: 'v=0\r\nanswer' };

/** Its INVITE, with nothing else here that holds it. */
const callTo = async (harness: ServiceHarness): Promise<WeakRef<object>> => new WeakRef(await harness.call());

function answer(harness: ServiceHarness, n: number): WeakRef<object> {
  const reply: Reply = { ...OK };
  harness.leg(n).user.onFinal(reply, `member-dialog-${n}`);
  return new WeakRef(reply);
}

describe('What a call keeps in memory', function () {
  // Three thousand calls, on a machine that may be busy with other things.
  this.timeout(30_000);
  it('an established call keeps neither the INVITE nor the 200 that made it', async () => {
    const harness = new ServiceHarness({ members: [A] });
    const invite = await callTo(harness);
    harness.leg(1).reply(180);
    expect(await isHeld(invite)).to.equal(true);
    const reply = answer(harness, 1);
    await immediates();
    expect(harness.service.active).to.equal(1);
    expect([await isHeld(invite), await isHeld(reply)]).to.deep.equal([false, false]);
  });

  it('neither does one that a late answer has made', async () => {
    const harness = new ServiceHarness({ members: [A, B] });
    const invite = await callTo(harness);
    harness.leg(1).reply(180);
    await harness.pass(20_500);
    const reply = answer(harness, 1);
    harness.leg(2).reply(487);
    await immediates();
    expect(harness.service.active).to.equal(1);
    expect([await isHeld(invite), await isHeld(reply)]).to.deep.equal([false, false]);
  });

  it('a call that is over, of which a leg is still watched, does not keep its INVITE', async () => {
    const harness = new ServiceHarness({ members: [A] });
    const invite = await callTo(harness);
    harness.leg(1).reply(180);
    await harness.pass(20_500);
    expect(harness.record.status).to.equal(480);
    expect(harness.service.active).to.equal(1);
    expect(await isHeld(invite)).to.equal(false);
  });

  it('an established call takes at most 6 kB', async () => {
    const harness = new ServiceHarness({ members: [A, B] });
    const establish = async (calls: number): Promise<void> => {
      for (let i = 0; i < calls; i++) {
        await callTo(harness);
        const leg = harness.leg(1);
        const { user } = leg;
        // The real ones keep nothing of what they sent.
        leg.sent = { uri: '' };
        harness.server.legs.length = 0;
        user.onProvisional({ status: 180, reason: '', headers: {}, body: '' });
        user.onFinal({ ...OK }, `m${i}`);
        await immediates(1);
      }
    };
    // What the first calls cost beside themselves, compiled code and the like, is there by then.
    await establish(300);
    // What else the heap gains meanwhile is no call's: of three thousand calls the cheapest thousand tells.
    const costs: number[] = [];
    for (let round = 0; round < 3; round++) {
      const before = heapUsed();
      await establish(1000);
      costs.push((heapUsed() - before) / 1000);
    }
    expect(Math.min(...costs)).to.be.within(1000, 6000);
    expect(harness.service.active).to.equal(3300);
  });
});
