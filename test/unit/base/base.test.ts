import { expect } from 'chai';
import { systemClock, type Timer, untilNext } from '../../../lib/base/clock.js';
import { createIds } from '../../../lib/base/ids.js';
import { maskNumber } from '../../../lib/base/log.js';
import { FakeClock } from '../../support/fake-clock.js';
import { isHeld } from '../../support/heap.js';

describe('ids', () => {
  it('gives tokens of 96 bits that never repeat, across pool refills (RFC 3261 §19.3)', () => {
    const ids = createIds();
    const tokens = Array.from({ length: 2000 }, () => ids.token());
    expect(new Set(tokens).size).to.equal(2000);
    for (const token of tokens) expect(token).to.match(/^[0-9a-f]{24}$/);
  });
});

describe('maskNumber', () => {
  it('keeps the country and the last three digits', () => {
    expect(maskNumber('+37120000001')).to.equal('+371*****001');
    expect(maskNumber('sip:+37120000001@10.0.0.1')).to.equal('sip:+371*****001@10.0.0.1');
    expect(maskNumber('20000001')).to.equal('200**001');
  });

  it('hides all but the ends of a number of any length, alone or in a text', () => {
    for (let digits = 6; digits <= 15; digits++) {
      for (const plus of ['', '+']) {
        const number = plus + '123456789012345'.slice(0, digits);
        const hidden = '*'.repeat(digits - 6);
        const expected = `${plus}123${hidden}${number.slice(-3)}`;
        expect(maskNumber(number)).to.equal(expected);
        expect(maskNumber(`${number}, tel:${number};a`)).to.equal(`${expected}, tel:${expected};a`);
      }
    }
    expect(maskNumber('1234567890123456')).to.equal('123*********3456');
    expect(maskNumber('')).to.equal('');
  });

  it('leaves short numbers and ports alone', () => {
    expect(maskNumber('127.0.0.1:5060 call 112')).to.equal('127.0.0.1:5060 call 112');
  });
});

describe('systemClock', () => {
  it('is anchored to the wall time', () => {
    expect(Math.abs(systemClock.now() - Date.now())).to.be.below(1000);
  });

  it('does not fire a cancelled timer', (done) => {
    systemClock.after(1, () => done(new Error('fired'))).cancel();
    systemClock.after(2, done);
  });

  it('never goes backwards, and gives whole milliseconds', () => {
    let last = systemClock.now();
    for (let i = 0; i < 10_000; i++) {
      const now = systemClock.now();
      expect(now >= last && Number.isInteger(now)).to.equal(true);
      last = now;
    }
  });

  it('fires timers of one delay in the order of their setting, and a shorter one that was set later before them', (done) => {
    const fired: string[] = [];
    systemClock.after(8, () => fired.push('first'));
    systemClock.after(8, () => fired.push('second'));
    systemClock.after(1, () => fired.push('short'));
    systemClock.after(8, () => {
      expect(fired).to.deep.equal(['short', 'first', 'second']);
      done();
    });
  });

  it('a timer may be cancelled twice, and after it fired', (done) => {
    const cancelled = systemClock.after(1, () => done(new Error('fired')));
    cancelled.cancel();
    cancelled.cancel();
    const timer = systemClock.after(1, () => {
      timer.cancel();
      systemClock.after(1, () => {
        timer.cancel();
        done();
      });
    });
  });

  it('a timer that was cancelled holds on to nothing, for as long as somebody keeps it', async () => {
    const set = (): [Timer, WeakRef<object>] => {
      const call = { name: 'call' };
      return [systemClock.after(60_000, () => expect.fail(call.name)), new WeakRef(call)];
    };
    const [timer, call] = set();
    expect(await isHeld(call)).to.equal(true);
    timer.cancel();
    expect(await isHeld(call)).to.equal(false);
    timer.cancel();
  });
});

describe('FakeClock', () => {
  it('fires timers in the order of their times, then of their setting, also those set on the way', () => {
    const clock = new FakeClock(0);
    const fired: string[] = [];
    clock.after(20, () => fired.push('late'));
    clock.after(10, () => {
      fired.push('first');
      clock.after(5, () => fired.push(`nested at ${clock.now()}`));
    });
    clock.after(10, () => fired.push('second'));
    clock.advance(20);
    expect(fired).to.deep.equal(['first', 'second', 'nested at 15', 'late']);
    expect(clock.pending).to.equal(0);
  });
});

describe('untilNext', () => {
  it('ends at a multiple of the interval, and never now: parts that begin apart come together', () => {
    const clock = new FakeClock(1_000_000_030);
    expect(untilNext(clock, 100)).to.equal(70);
    clock.advance(70);
    expect(untilNext(clock, 100)).to.equal(100);
  });
});
