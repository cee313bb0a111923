import { expect } from 'chai';
import { ordered } from '../../../lib/call/trunks/choice.js';

const item = (name: string, priority: number, weight: number) => ({ name, priority, weight });
const names = (items: { name: string }[]): string => items.map(({ name }) => name).join('');

describe('The order of trunks', () => {
  it('is that of their priorities, whatever their weights (RFC 2782)', () => {
    const items = [item('c', 3, 9), item('a', 1, 0), item('b', 2, 100)];
    for (const random of [0, 0.5, 0.999]) expect(names(ordered(items, () => random))).to.equal('abc');
  });

  it('is drawn by the running sum of the weights among equals (RFC 2782)', () => {
    const items = [item('a', 1, 1), item('b', 1, 3)];
    const first = (random: number) => ordered(items, () => random)[0]?.name;
    // Drawn is floor(random × 5): 0 and 1 are a, 2 to 4 are b.
    expect([0, 0.39].map(first)).to.deep.equal(['a', 'a']);
    expect([0.4, 0.99].map(first)).to.deep.equal(['b', 'b']);
  });

  it('comes near the weights over many draws', () => {
    const items = [item('a', 1, 10), item('b', 1, 30), item('c', 1, 60), item('d', 2, 1000)];
    const counts: Record<string, number> = {};
    const rounds = 10_100;
    for (let n = 0; n < rounds; n++) {
      let place = 0;
      const [first] = ordered(items, () => (place++ === 0 ? (n + 0.5) / rounds : 0));
      counts[first?.name ?? ''] = (counts[first?.name ?? ''] ?? 0) + 1;
    }
    expect(counts).to.deep.equal({ a: 1100, b: 3000, c: 6000 });
  });

  it('gives weight 0 a very small chance, and those that are all 0 the order in which they stand', () => {
    const items = [item('a', 1, 9), item('b', 1, 0)];
    expect(names(ordered(items, () => 0.09))).to.equal('ba');
    expect(names(ordered(items, () => 0.1))).to.equal('ab');
    expect(names(ordered([item('x', 1, 0), item('y', 1, 0), item('z', 1, 0)], () => 0.99))).to.equal('xyz');
  });

  it('has everyone once, also for random numbers at their limits', () => {
    const items = Array.from({ length: 9 }, (_, n) => item(String(n), n % 3, n % 4));
    for (const random of [0, 0.25, 1 - Number.EPSILON]) {
      expect([...names(ordered(items, () => random))].sort().join('')).to.equal('012345678');
    }
  });
});
