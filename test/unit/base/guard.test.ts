import { expect } from 'chai';
import { guardedClock, guardWith, regardless } from '../../../lib/base/guard.js';
import { LastResort } from '../../../lib/base/last-resort.js';
import { createLog } from '../../../lib/base/log.js';
import { FakeClock } from '../../support/fake-clock.js';

const fail = (): never => {
  throw new Error('a fault');
};

describe('A guard', () => {
  it('what a timer throws goes to the fault handler, and the next timer fires', () => {
    const clock = new FakeClock();
    const faults: unknown[] = [];
    const guarded = guardedClock(
      clock,
      guardWith((thrown) => faults.push(thrown)),
    );
    let fired = 0;
    guarded.after(1, fail);
    guarded.after(1, () => fired++);
    guarded.after(1, fail).cancel();
    clock.advance(1);
    expect(faults.map(String)).to.deep.equal(['Error: a fault']);
    expect(fired).to.equal(1);
    expect(guarded.now()).to.equal(clock.now());
  });

  it('the steps of an ending are taken, whichever of them fails', () => {
    let taken = 0;
    for (const step of [fail, () => taken++, fail, () => taken++]) regardless(step);
    expect(taken).to.equal(2);
  });
});

describe('The last resort', () => {
  it('counts and goes on; more than 20 errors within 10 s are told once, as a storm', () => {
    const clock = new FakeClock();
    let counted = 0;
    let storms = 0;
    const log = createLog('silent');
    const lastResort = new LastResort({ clock, log, count: () => counted++, onStorm: () => storms++ });
    for (let i = 0; i < 100; i++) {
      lastResort.caught(new Error('now and then'));
      clock.advance(501);
    }
    expect([counted, storms]).to.deep.equal([100, 0]);
    for (let i = 0; i < 50; i++) lastResort.caught('all at once');
    expect([counted, storms]).to.deep.equal([150, 1]);
  });

  it('never throws itself', () => {
    const log = createLog('silent');
    const lastResort = new LastResort({ clock: new FakeClock(), log, count: fail, onStorm: fail });
    for (let i = 0; i < 30; i++) lastResort.caught(undefined);
  });
});
