import { expect } from 'chai';
import { LeaseKeeper } from '../../../lib/store/leases.js';
import type { Link } from '../../../lib/store/link.js';
import { FakeClock } from '../../support/fake-clock.js';

describe('Claims of this process', () => {
  it('one that cannot be renewed keeps none of the others from it', () => {
    const clock = new FakeClock();
    const renewed: string[] = [];
    const link = {
      onChange: () => {},
      fcall: (name: string, key: string) => {
        if (name === 'member_renew' && renewed.push(key) === 1) throw new Error('a fault');
        return Promise.resolve(1);
      },
    };
    const keeper = new LeaseKeeper(link as unknown as Link, clock, { lease: 60_000, renewal: 20_000 });
    for (const member of ['+1', '+2']) keeper.keep(member, 'call');
    expect(() => clock.advance(25_000)).to.throw('a fault');
    clock.advance(25_000);
    expect(renewed.length, 'renewals').to.be.above(2);
    keeper.close();
    expect(clock.pending).to.equal(0);
  });
});
