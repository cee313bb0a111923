import { expect } from 'chai';
import { type Alarms, TimerQueues } from '../../../lib/base/timer-queue.js';

interface SetAlarm {
  readonly at: number;
  readonly wake: () => void;
  isAwaited: boolean;
}

/** Node's timers and its time, as slow as the test wants them. */
class FakeAlarms implements Alarms {
  time = 0;
  #set: SetAlarm[] = [];

  now(): number {
    return this.time;
  }

  set(delay: number, wake: () => void): { ref(): void; unref(): void; close(): void } {
    expect(delay).to.be.within(1, 2 ** 31 - 1);
    const alarm = { at: this.time + delay, wake, isAwaited: true };
    this.#set.push(alarm);
    const keep = (isAwaited: boolean) => () => {
      alarm.isAwaited = isAwaited;
    };
    const close = (): void => void this.#set.splice(this.#set.indexOf(alarm), 1);
    return { ref: keep(true), unref: keep(false), close };
  }

  get count(): number {
    return this.#set.length;
  }

  /** Whether one of them keeps the process alive. */
  get areAwaited(): boolean {
    return this.#set.some(({ isAwaited }) => isAwaited);
  }

  advance(ms: number): void {
    const end = this.time + ms;
    for (let next = this.#nextBefore(end); next !== undefined; next = this.#nextBefore(end)) {
      this.#set.splice(this.#set.indexOf(next), 1);
      this.time = Math.max(this.time, next.at);
      next.wake();
    }
    this.time = end;
  }

  #nextBefore(end: number): SetAlarm | undefined {
    return this.#set.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

describe('TimerQueues', () => {
  let alarms: FakeAlarms;
  let timers: TimerQueues;
  let fired: string[];
  const set = (name: string, delay = 500) => timers.after(delay, () => fired.push(`${name} ${alarms.time}`));

  beforeEach(() => {
    alarms = new FakeAlarms();
    timers = new TimerQueues(alarms);
    fired = [];
  });

  it('fires each at its time, and not what was cancelled: first, in the middle, last', () => {
    const all = ['a', 'b', 'c', 'd', 'e'].map((name) => {
      alarms.advance(100);
      return set(name);
    });
    for (const index of [0, 2, 4]) all[index]?.cancel();
    alarms.advance(10_000);
    expect(fired).to.deep.equal(['b 700', 'd 900']);
    expect([timers.size, alarms.count]).to.deep.equal([0, 0]);
  });

  it('has one timer of Node for all of one delay, whatever is set and cancelled', () => {
    for (let i = 0; i < 100; i++) {
      alarms.advance(1);
      const [timer, other] = [set('cancelled'), set('cancelled, too')];
      timer.cancel();
      other.cancel();
      expect(alarms.count).to.equal(1);
    }
    set('a');
    set('other', 20);
    expect(alarms.count).to.equal(2);
    alarms.advance(500);
    expect(fired).to.deep.equal(['other 120', 'a 600']);
  });

  it('keeps the process alive for what waits, and only for that', () => {
    const first = set('first');
    const second = set('second');
    first.cancel();
    expect(alarms.areAwaited).to.equal(true);
    second.cancel();
    expect(alarms.areAwaited).to.equal(false);
    set('third');
    expect(alarms.areAwaited).to.equal(true);
    alarms.advance(500);
    expect(fired).to.deep.equal(['third 500']);
    expect([timers.size, alarms.areAwaited]).to.deep.equal([0, false]);
  });

  it('thousands of delays, each used once, leave no more than 64 behind when they are cancelled', () => {
    const kept = set('kept', 70_000);
    for (let delay = 1; delay < 60_000; delay++) set('cancelled', delay).cancel();
    expect(timers.size).to.be.within(1, 65);
    expect(alarms.count).to.equal(timers.size);
    set('again', 59_999);
    alarms.advance(70_000);
    expect(fired).to.deep.equal(['again 59999', 'kept 70000']);
    kept.cancel();
    expect([timers.size, alarms.count]).to.deep.equal([0, 0]);
  });

  it('one that another cancels while both are due does not fire', () => {
    const timer = timers.after(500, () => {
      second.cancel();
      second.cancel();
    });
    const second = set('second');
    set('third');
    alarms.advance(500);
    timer.cancel();
    expect(fired).to.deep.equal(['third 500']);
  });

  it('one that is set while its like fire has its whole time', () => {
    timers.after(500, () => set('again'));
    alarms.advance(500);
    timers.after(500, () => set('never').cancel());
    alarms.advance(10_000);
    expect(fired).to.deep.equal(['again 1000']);
    expect([timers.size, alarms.count]).to.deep.equal([0, 0]);
  });

  it('one that throws ends no other', () => {
    timers.after(500, () => {
      throw new Error('a fault');
    });
    set('second');
    expect(() => alarms.advance(500)).to.throw('a fault');
    alarms.advance(1);
    expect(fired).to.deep.equal(['second 501']);
  });

  it('less than a millisecond, and no number at all, is a millisecond, also when each sets the next', () => {
    for (const delay of [0, -1, 0.5, Number.NaN]) {
      timers.after(delay, () => timers.after(delay, () => fired.push(`${delay} ${alarms.time}`)));
      alarms.advance(2);
    }
    expect(fired).to.deep.equal(['0 2', '-1 4', '0.5 6', 'NaN 8']);
  });

  it('one that is longer than Node counts fires at its time', () => {
    set('long', 2 ** 31 + 5);
    alarms.advance(2 ** 31 + 4);
    expect(fired).to.deep.equal([]);
    alarms.advance(1);
    expect(fired).to.deep.equal([`long ${2 ** 31 + 5}`]);
  });
});
