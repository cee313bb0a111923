import { expect } from 'chai';
import { NotSent } from '../../../lib/sip-server/not-sent.js';
import { A, B, CALLER, immediates, Office, PILOT } from './scripted-server.js';

describe('A hunt: its end', () => {
  it('writes one record with one entry for each member, and leaves nothing behind', async () => {
    const office = new Office();
    await office.call();
    office.leg(1).reply(486);
    await immediates();
    await office.answered(2);
    await office.pass(5000);
    office.server.inDialog('member-dialog-2', 'BYE');
    await immediates();
    const { record } = office;
    expect(record).to.include({
      pilot: PILOT,
      caller: CALLER,
      status: 200,
      by: B,
      released: 'callee',
      turn: 7,
      version: 3,
    });
    expect(office.whys).to.deep.equal(['busy', 'answered', 'not-needed']);
    expect(record.ended - (record.answered ?? 0)).to.equal(5000);
    expect(office.store.released).to.deep.equal([A, B]);
    expect(office.server.dialogs.size).to.equal(0);
    expect(office.service.active).to.equal(0);
    expect(office.clock.pending).to.equal(0);
  });

  it('everything is given up when the SIP server is lost', async () => {
    const office = new Office();
    await office.call();
    office.leg(1).reply(180);
    office.leg(1).user.onFailed(new NotSent('server-gone', 'lost'));
    office.server.user?.onLost();
    for (const leg of office.server.legs) leg.user.onFailed(new NotSent('server-gone', 'lost'));
    await immediates();
    expect(office.record.status).to.equal(503);
  });

  it('draining refuses new calls, ends what goes on at the deadline, and resolves', async () => {
    const office = new Office();
    await office.call();
    await office.answered(1);
    let drained = false;
    const done = office.service.drain(10_000).then(() => (drained = true));
    const refused = await office.call();
    expect(refused.statuses).to.deep.equal([503]);
    expect(refused.header('retry-after')).to.equal('5');
    await office.pass(9999);
    expect(drained).to.equal(false);
    await office.pass(1);
    await done;
    expect(office.server.byes.toSorted()).to.deep.equal(['caller-dialog', 'member-dialog-1']);
    expect(office.record.released).to.equal('system');
  });
});
