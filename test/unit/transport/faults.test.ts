import { createSocket } from 'node:dgram';
import { expect } from 'chai';
import { systemClock } from '../../../lib/base/clock.js';
import { closing, options, Peers, Stations } from './harness.js';

describe('A fault at a socket', () => {
  const stations = new Stations();
  const peers = new Peers();
  afterEach(async () => {
    peers.close();
    await stations.close();
  });

  it('costs the TCP connection at which it happens; the others go on', async () => {
    let isBroken = false;
    const now = (): number => {
      if (isBroken) throw new Error('a fault');
      return systemClock.now();
    };
    const station = await stations.open('tcp:127.0.0.1:0', { clock: { ...systemClock, now } });
    const [damaged, other] = [await peers.dial(station), await peers.dial(station)];
    for (const socket of [damaged, other]) socket.write(options());
    await station.inbox.message(2);
    isBroken = true;
    damaged.write(options({ callId: 'damaged' }));
    await closing(damaged);
    isBroken = false;
    other.write(options({ callId: 'other' }));
    expect((await station.inbox.message(3)).text).to.include('Call-ID: other');
  });

  it('costs one datagram; the socket takes the next', async () => {
    let asked = 0;
    const isAllowedPeer = (): boolean => {
      if (++asked === 1) throw new Error('a fault');
      return true;
    };
    const station = await stations.open('udp:127.0.0.1:0', { isAllowedPeer });
    const socket = createSocket('udp4');
    try {
      for (const callId of ['damaged', 'other']) socket.send(options({ callId }), station.port, '127.0.0.1');
      expect((await station.inbox.message(1)).text).to.include('Call-ID: other');
    } finally {
      socket.close();
    }
  });

  it('whoever is told that a message did not get out may fail at it', async () => {
    const station = await stations.open('udp:127.0.0.1:0');
    let told = 0;
    station.transport.send(options(), { protocol: 'udp', address: 'nowhere', port: 1 }, () => {
      told++;
      throw new Error('a fault');
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).to.equal(1);
  });
});
