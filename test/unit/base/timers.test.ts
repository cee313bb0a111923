import { expect } from 'chai';
import fc from 'fast-check';
import { SharedTimers } from '../../../lib/base/timers.js';
import { FakeClock } from '../../support/fake-clock.js';

const TICK = 16;

describe('Timers that share those of the machine', () => {
  function start() {
    const clock = new FakeClock();
    const timers = new SharedTimers(
      () => clock.now(),
      (delay, action) => clock.after(delay, action),
    );
    const fired: string[] = [];
    const set = (delay: number, name: string) => timers.after(delay, () => fired.push(name));
    return { clock, timers, fired, set };
  }

  it('a timer fires once, never early, and late by less than a tick', async () => {
    const at = fc.record({ pause: fc.nat(50), delay: fc.nat(2_000), cancelledAfter: fc.option(fc.nat(3_000)) });
    await fc.assert(
      fc.asyncProperty(fc.array(at, { maxLength: 30 }), async (sets) => {
        const { clock, timers } = start();
        const late: (number | undefined)[] = [];
        const isCancelled: boolean[] = [];
        for (const [i, { pause, delay, cancelledAfter }] of sets.entries()) {
          await clock.run(pause);
          const due = clock.now() + delay;
          const timer = timers.after(delay, () => {
            expect(late[i]).to.equal(undefined);
            late[i] = clock.now() - due;
          });
          if (cancelledAfter === null) continue;
          clock.after(cancelledAfter, () => {
            isCancelled[i] = late[i] === undefined;
            timer.cancel();
          });
        }
        await clock.run(6_000);
        for (const i of sets.keys()) {
          if (isCancelled[i] === true) expect(late[i]).to.equal(undefined);
          else expect(late[i]).to.be.within(0, TICK - 1);
        }
        expect(clock.pending).to.equal(0);
      }),
      { numRuns: 50 },
    );
  });

  it('many that are due together need one timer of the machine, in the order in which they were set', async () => {
    const { clock, fired, set } = start();
    for (const name of ['a', 'b', 'c']) set(500, name);
    expect(clock.pending).to.equal(1);
    await clock.run(500 + TICK);
    expect(fired).to.deep.equal(['a', 'b', 'c']);
    expect(clock.pending).to.equal(0);
  });

  it('when the last of them is cancelled, that timer is, too; cancelling twice, or after it fired, does nothing', async () => {
    const { clock, fired, set } = start();
    const a = set(500, 'a');
    const b = set(500, 'b');
    a.cancel();
    a.cancel();
    expect(clock.pending).to.equal(1);
    b.cancel();
    expect(clock.pending).to.equal(0);
    set(500, 'c');
    await clock.run(500 + TICK);
    a.cancel();
    expect(fired).to.deep.equal(['c']);
  });

  it('what one puts off comes before the next one, and may cancel it', async () => {
    const { clock, timers, fired, set } = start();
    timers.after(500, () => queueMicrotask(() => second.cancel()));
    const second = set(500, 'second');
    set(500, 'third');
    await clock.run(500 + TICK);
    expect(fired).to.deep.equal(['third']);
  });

  it('what one throws costs no other', async () => {
    const { clock, timers, fired, set } = start();
    timers.after(500, () => {
      throw new Error('of the first');
    });
    set(500, 'second');
    expect(() => clock.advance(500 + TICK)).to.throw('of the first');
    await clock.run(0);
    expect(fired).to.deep.equal(['second']);
  });

  it('one that is set while they fire, for the same time, fires later', async () => {
    const { clock, timers, fired, set } = start();
    timers.after(500, () => set(100, 'again'));
    await clock.run(500 + TICK);
    expect(fired).to.deep.equal([]);
    await clock.run(100 + TICK);
    expect(fired).to.deep.equal(['again']);
  });

  it('what is due within a tenth of a second is not put off', () => {
    const { clock, fired, set } = start();
    set(5, 'soon');
    clock.advance(5);
    expect(fired).to.deep.equal(['soon']);
  });
});
