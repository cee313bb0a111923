import { expect } from 'chai';
import { NotSent } from '../../../lib/sip-server/not-sent.js';
import { immediates } from '../../support/fake-clock.js';
import { A, B, CALLER, PILOT } from './scripted-server.js';
import { ServiceHarness } from './service-harness.js';

describe('A hunt: its end', () => {
  it('writes one record with one entry for each member, and leaves nothing behind', async () => {
    const harness = new ServiceHarness();
    await harness.call();
    harness.leg(1).reply(486);
    await immediates();
    await harness.answered(2);
    await harness.pass(5000);
    harness.server.inDialog('member-dialog-2', 'BYE');
    await immediates();
    const { record } = harness;
    expect(record).to.include({
      pilot: PILOT,
      caller: CALLER,
      status: 200,
      by: B,
      released: 'callee',
      turn: 7,
      version: 3,
    });
    expect(harness.whys).to.deep.equal(['busy', 'answered', 'not-needed']);
    expect(record.ended - (record.answered ?? 0)).to.equal(5000);
    expect(harness.store.released).to.deep.equal([A, B]);
    expect(harness.server.dialogs.size).to.equal(0);
    expect(harness.service.active).to.equal(0);
    expect(harness.clock.pending).to.equal(0);
  });

  it('everything is given up when the SIP server is lost', async () => {
    const harness = new ServiceHarness();
    await harness.call();
    harness.leg(1).reply(180);
    harness.leg(1).user.onFailed(new NotSent('server-gone', 'lost'));
    harness.server.user?.onLost();
    for (const leg of harness.server.legs) leg.user.onFailed(new NotSent('server-gone', 'lost'));
    await immediates();
    expect(harness.record.status).to.equal(503);
  });

  it('draining refuses new calls, ends what goes on at the deadline, and resolves', async () => {
    const harness = new ServiceHarness();
    await harness.call();
    await harness.answered(1);
    let drained = false;
    const done = harness.service.drain(10_000).then(() => (drained = true));
    const refused = await harness.call();
    expect(refused.statuses).to.deep.equal([503]);
    expect(refused.header('retry-after')).to.equal('5');
    await harness.pass(9999);
    expect(drained).to.equal(false);
    await harness.pass(1);
    await done;
    expect(harness.server.byes.toSorted()).to.deep.equal(['caller-dialog', 'member-dialog-1']);
    expect(harness.records.map(({ refused, released }) => [refused, released])).to.deep.equal([
      ['draining', null],
      [null, 'system'],
    ]);
  });
});
