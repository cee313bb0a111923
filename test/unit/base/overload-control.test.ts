import { expect } from 'chai';
import { createOccupancy } from '../../../lib/base/load.js';
import { OverloadControl } from '../../../lib/base/overload-control.js';
import { FakeClock } from '../../support/fake-clock.js';

/** A server that can do `capacity` calls a second, of which a refusal costs a twentieth. */
class Server {
  readonly clock = new FakeClock();
  readonly capacity: number;
  admitted = 0;
  #work = 0;
  readonly admission: OverloadControl;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.admission = new OverloadControl({ clock: this.clock, occupancy: () => this.#occupancy() });
  }

  /** @returns the calls that were let in, a second */
  offer(rate: number, seconds: number): number {
    const before = this.admitted;
    for (let ms = 0, due = 0; ms < seconds * 1000; ms++) {
      for (due += rate / 1000; due >= 1; due--) {
        if (this.ask('a peer')) this.admitted++;
      }
      this.clock.advance(1);
    }
    return (this.admitted - before) / seconds;
  }

  ask(source: string): boolean {
    const admitted = this.admission.admit(source);
    this.#work += admitted ? 1 : 0.05;
    return admitted;
  }

  #occupancy(): number {
    const occupancy = Math.min(1, this.#work / (this.capacity / 10));
    this.#work = 0;
    return occupancy;
  }
}

describe('OverloadControl', () => {
  it('refuses nobody below the capacity', () => {
    const server = new Server(500);
    expect(server.offer(450, 10)).to.be.closeTo(450, 1);
    expect(server.admission.share).to.equal(1);
  });

  for (const times of [1.5, 3, 10]) {
    it(`at ${times} times the capacity the calls let in are at least 80 % of what is left beside the refusals`, () => {
      const server = new Server(500);
      server.offer(500 * times, 2);
      const refusals = (times - 1) * 500 * 0.05;
      const rate = server.offer(500 * times, 10);
      expect(rate).to.be.above(0.8 * (500 - refusals));
      expect(rate).to.be.below(501);
    });
  }

  it('lets everybody in again within a second', () => {
    const server = new Server(500);
    server.offer(1500, 10);
    expect(server.admission.share).to.be.below(0.5);
    server.offer(100, 1);
    expect(server.admission.share).to.equal(1);
    expect(server.offer(400, 5)).to.be.closeTo(400, 1);
  });

  it('spreads the calls that it lets in evenly', () => {
    const server = new Server(500);
    server.offer(1500, 10);
    let refusedInARow = 0;
    for (let i = 0, row = 0; i < 60; i++) {
      row = server.admission.admit('a peer') ? 0 : row + 1;
      refusedInARow = Math.max(refusedInARow, row);
    }
    expect(refusedInARow).to.be.within(1, 6);
  });

  it('is fair between sources: who asks for less than an equal part gets it all, whoever floods beside it', () => {
    const server = new Server(500);
    for (const floods of [1, 9]) {
      let asked = 0;
      let served = 0;
      for (let second = 0; second < 12; second++) {
        for (let ms = 0; ms < 1000; ms += 100) {
          for (let i = 0; i < 150; i++) server.ask(`flood ${i % floods}`);
          if (second >= 3) asked++;
          if (server.ask('quiet') && second >= 3) served++;
          server.clock.advance(100);
        }
      }
      expect(server.admission.share).to.be.below(0.6);
      expect(served, `beside ${floods}`).to.equal(asked);
    }
  });

  it('of more sources than it counts, the others are one: nothing grows', () => {
    const server = new Server(100);
    for (let second = 0; second < 3; second++) {
      for (let i = 0; i < 20_000; i++) server.ask(`2001:db8::${i}`);
      server.clock.advance(1000);
    }
    expect(server.admission.sources).to.equal(0);
    for (let i = 0; i < 20_000; i++) server.ask(`2001:db8::${i}`);
    expect(server.admission.sources).to.equal(4097);
  });

  it('a burst, a garbage collection, or the first calls before the code is compiled are no overload', () => {
    const clock = new FakeClock();
    const samples = [...Array(19).fill(1), 0.97, ...Array(19).fill(1), 0.96];
    const admission = new OverloadControl({ clock, occupancy: () => samples.shift() ?? 0.97 });
    clock.advance(5000);
    expect(admission.share).to.equal(1);
  });

  it('a quiet service refuses nobody because of one busy moment', () => {
    const clock = new FakeClock();
    let occupancy = 1;
    const admission = new OverloadControl({ clock, occupancy: () => occupancy });
    clock.advance(2500);
    expect(admission.share).to.be.below(0.5);
    for (let i = 0; i < 20; i++) expect(admission.admit('a peer'), `call ${i}`).to.equal(true);
    occupancy = 0.1;
    clock.advance(500);
    expect(admission.share).to.equal(1);
  });

  it('asks no more once it is stopped', () => {
    const server = new Server(1);
    server.admission.stop();
    expect(server.clock.pending).to.equal(0);
  });
});

describe('Occupancy of the event loop', () => {
  it('is near 1 while it works and near 0 while it waits', async () => {
    const occupancy = createOccupancy();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(occupancy()).to.be.below(0.6);
    await new Promise((resolve) => setImmediate(resolve));
    occupancy();
    for (const end = performance.now() + 60; performance.now() < end; );
    await new Promise((resolve) => setImmediate(resolve));
    expect(occupancy()).to.be.above(0.8);
  });
});
