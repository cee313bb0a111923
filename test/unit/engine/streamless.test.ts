import { expect } from 'chai';
import { Streamless } from '../../../lib/engine/uac/streamless.js';
import { FakeClock } from '../../support/fake-clock.js';

const peer = (port: number) => ({ protocol: 'udp', address: '10.0.0.2', port }) as const;

describe('Peers without TCP', () => {
  it('are remembered for a while, whatever protocol is asked about', () => {
    const clock = new FakeClock();
    const streamless = new Streamless(clock, 1000);
    streamless.add({ ...peer(5060), protocol: 'tcp' });
    expect(streamless.has(peer(5060))).to.equal(true);
    expect(streamless.has(peer(5061))).to.equal(false);
    clock.advance(1000);
    expect(streamless.has(peer(5060))).to.equal(false);
    expect(streamless.size).to.equal(0);
  });

  it('are no more than 2048, and always the last 1024', () => {
    const streamless = new Streamless(new FakeClock(), 1000);
    for (let port = 1; port <= 2048; port++) streamless.add(peer(port));
    streamless.add(peer(1));
    streamless.add(peer(3000));
    expect(streamless.size).to.be.at.most(2048);
    expect([1, 2, 1026, 2048, 3000].map((port) => streamless.has(peer(port)))).to.deep.equal([
      true,
      false,
      true,
      true,
      true,
    ]);
  });
});
