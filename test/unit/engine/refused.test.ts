import { expect } from 'chai';
import { Refused } from '../../../lib/engine/uas/refused.js';
import { FakeClock } from '../../support/fake-clock.js';

const LIFETIME = 32_000;

describe('INVITEs refused for overload', () => {
  it('are known for as long as they may be repeated (RFC 3261 §17.1.1.2, 64·T1), and then forgotten', () => {
    const clock = new FakeClock();
    const refused = new Refused(clock, LIFETIME);
    expect(refused.get('a')).to.equal(undefined);
    refused.add('a', 5);
    clock.advance(LIFETIME - 1);
    refused.add('b', 7);
    expect(refused.get('a')).to.equal(5);
    clock.advance(LIFETIME - 1);
    expect(refused.get('b')).to.equal(7);
    clock.advance(2 * LIFETIME);
    expect(refused.get('a')).to.equal(undefined);
    expect(refused.get('b')).to.equal(undefined);
  });

  it('a flood of them makes the oldest forgotten, and no more memory', () => {
    const refused = new Refused(new FakeClock(), LIFETIME);
    for (let i = 0; i < 50_000; i++) refused.add(`key-${i}`, 5);
    expect(refused.get('key-0')).to.equal(undefined);
    expect(refused.get('key-49999')).to.equal(5);
  });
});
