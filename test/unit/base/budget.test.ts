import { expect } from 'chai';
import { type Account, Budget } from '../../../lib/base/budget.js';

const LIMIT = 1_000_000;
const SMALL = 1_000;

describe('Budget', () => {
  let budget: Budget;
  beforeEach(() => {
    budget = new Budget(LIMIT);
  });

  /** Holds things of that size until no more is admitted; @returns the bytes held */
  function fill(source: string, size = SMALL): number {
    let held = 0;
    for (; budget.admits(source, size); held += size) budget.charge(source, size);
    return held;
  }

  it('while less than half is used, everything is admitted', () => {
    budget.charge('flood', LIMIT / 2);
    expect(budget.admits('flood', LIMIT)).to.equal(true);
    expect(budget.isTight).to.equal(false);
    budget.charge('flood', 1);
    expect(budget.isTight).to.equal(true);
    expect(budget.admits('flood', LIMIT)).to.equal(false);
  });

  it('the costliest are refused first', () => {
    budget.charge('flood', 0.7 * LIMIT);
    const admitted = [100, 1_000, 5_000, 20_000, 60_000].map((bytes) => budget.admits('flood', bytes));
    expect(admitted).to.deep.equal([true, true, true, false, false]);
  });

  it('a source alone gets four fifths, and who comes next still finds room', () => {
    expect(fill('flood') / LIMIT).to.be.within(0.75, 0.8);
    expect(budget.admits('quiet', SMALL)).to.equal(true);
    expect(fill('quiet') / LIMIT).to.be.above(0.1);
  });

  it('of many floods none takes what is left for the next', () => {
    for (let i = 0; i < 25; i++) fill(`flood ${i}`);
    expect(budget.used).to.be.at.most(LIMIT);
    expect(budget.admits('quiet', SMALL / 10)).to.equal(true);
  });

  it('what is held after all counts, whoever admitted it', () => {
    budget.charge('call', 2 * LIMIT);
    expect(budget.used).to.equal(2 * LIMIT);
    expect(budget.admits('other', 1)).to.equal(false);
  });

  it('gives an account up with the last byte, and opens it again with the next', () => {
    const account: Account = budget.charge('peer', 10);
    expect(budget.charge('peer', 5)).to.equal(account);
    account.change(-10);
    expect(budget.accounts).to.equal(1);
    account.change(-5);
    expect([budget.accounts, budget.used]).to.deep.equal([0, 0]);
    budget.charge('peer', 7);
    expect([budget.accounts, budget.used]).to.deep.equal([1, 7]);
  });
});
