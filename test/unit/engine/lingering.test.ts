import { expect } from 'chai';
import { LingeringTransactions } from '../../../lib/engine/lingering.js';
import { LingeringServerTransaction } from '../../../lib/engine/uas/lingering.js';
import { FakeClock } from '../../support/fake-clock.js';

const LIFE = 32_000;
const LATEST = 500;

describe('What is left of server transactions', () => {
  it('is forgotten when its time is over, the oldest first, and at most half a second late', () => {
    const clock = new FakeClock();
    const gone: [string, number][] = [];
    const lingeringServers = new LingeringTransactions<LingeringServerTransaction>(clock, LIFE, ({ key, until }) =>
      gone.push([key, clock.now() - until]),
    );
    const began = clock.now();
    for (let i = 0; i < 1000; i++) {
      const way = {
        transport: {} as never,
        protocol: 'udp' as const,
        address: '10.0.0.9',
        port: 5060,
        sentByPort: 5060,
      };
      lingeringServers.add(new LingeringServerTransaction(`key ${i}`, '', '', '', way));
      clock.advance(i % 7);
    }
    clock.advance(began + LIFE - 1 - clock.now());
    expect(gone).to.have.length(0);
    clock.advance(1);
    expect(gone[0]).to.deep.equal(['key 0', 0]);
    clock.advance(LIFE);
    expect(gone.map(([key]) => key)).to.deep.equal(Array.from({ length: 1000 }, (_, i) => `key ${i}`));
    expect(Math.max(...gone.map(([, late]) => late))).to.be.within(0, LATEST);
    expect(clock.pending, 'no timer is left').to.equal(0);
  });

  it('goes on with those that come after all were forgotten', () => {
    const clock = new FakeClock();
    const gone: string[] = [];
    const lingeringServers = new LingeringTransactions<LingeringServerTransaction>(clock, LIFE, ({ key }) =>
      gone.push(key),
    );
    const way = { transport: {} as never, protocol: 'udp' as const, address: '10.0.0.9', port: 5060, sentByPort: 5060 };
    for (const key of ['first', 'second']) {
      lingeringServers.add(new LingeringServerTransaction(key, '', '', '', way));
      clock.advance(LIFE);
    }
    expect(gone).to.deep.equal(['first', 'second']);
  });
});
