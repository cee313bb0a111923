import type { Socket } from 'node:net';
import { expect } from 'chai';
import { Budget } from '../../../lib/base/budget.js';
import { FakeClock } from '../../support/fake-clock.js';
import { closing, connectionsOf, options, Peers, reading, Stations } from './harness.js';

describe('TCP transport: many connections, and what waits in them', () => {
  const stations = new Stations();
  const peers = new Peers();
  const { dial } = peers;
  afterEach(async () => {
    peers.close();
    await stations.close();
  });

  it('when all are taken, the next one takes the place of an idle one of whoever has the most', async () => {
    const station = await stations.open('tcp:0.0.0.0:0', { limits: { maxConnections: 6 } });
    const crowd: Socket[] = [];
    for (let i = 0; i < 4; i++) {
      const socket = await dial(station, '127.0.0.2');
      crowd.push(socket);
      // The first one has said something, and is worth more than those that have not.
      if (i === 0) {
        socket.write(options());
        await station.inbox.message(1);
      }
    }
    const other = [await dial(station, '127.0.0.3'), await dial(station, '127.0.0.3')];
    const next = await dial(station, '127.0.0.4');
    await closing(crowd[1] as Socket);
    expect(station.meter.counts.get('crowded')).to.equal(1);
    next.write(options({ callId: 'next' }));
    expect((await station.inbox.message(2)).flow.address).to.equal('127.0.0.4');
    expect([...crowd, ...other].filter(({ closed }) => closed)).to.have.length(1);
  });

  it('nobody takes from a source that would then have fewer than he', async () => {
    const station = await stations.open('tcp:0.0.0.0:0', { limits: { maxConnections: 3 } });
    const sockets = [await dial(station, '127.0.0.2'), await dial(station, '127.0.0.2')];
    sockets.push(await dial(station, '127.0.0.3'));
    await closing(await dial(station, '127.0.0.3'));
    expect(station.meter.counts.get('connections')).to.equal(1);
    expect(sockets.filter(({ closed }) => closed)).to.be.empty;
  });

  it('a connection on which a call lives gives way to nobody', async () => {
    const station = await stations.open('tcp:0.0.0.0:0', { limits: { maxConnections: 2 } });
    for (const callId of ['a', 'b']) (await dial(station, '127.0.0.2')).write(options({ callId }));
    await station.inbox.message(2);
    station.inbox.isInUse = true;
    await closing(await dial(station, '127.0.0.4'));
    expect(station.meter.counts.get('connections')).to.equal(1);
    station.inbox.isInUse = false;
    (await dial(station, '127.0.0.4')).write(options({ callId: 'c' }));
    await station.inbox.message(3);
    expect(station.meter.counts.get('crowded')).to.equal(1);
  });

  it('a connection must say something in time; a keep-alive is enough (RFC 5626 §4.4.1)', async () => {
    const clock = new FakeClock();
    const station = await stations.open('tcp:127.0.0.1:0', { clock, limits: { silentMs: 10_000 } });
    const silent = await dial(station);
    const alive = await dial(station);
    alive.write('\r\n\r\n');
    await reading(alive);
    while (connectionsOf(station) < 2) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(10_000);
    await closing(silent);
    expect(station.meter.counts.get('silent')).to.equal(1);
    clock.advance(100_000);
    expect(connectionsOf(station)).to.equal(1);
  });

  it('what has not been read to its end counts, and is cut off where there is no room', async () => {
    const budget = new Budget(100_000);
    const station = await stations.open('tcp:127.0.0.1:0', { budget });
    const sockets: Socket[] = [];
    const half = options({ body: 'x'.repeat(30_000) }).slice(0, -1);
    for (let i = 0; i < 8; i++) {
      const socket = await dial(station);
      sockets.push(socket);
      socket.write(half);
    }
    await station.meter.reached('budget', 6);
    expect(budget.used).to.be.within(30_000, 130_000);
    for (const socket of sockets) socket.destroy();
    while (budget.used > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(connectionsOf(station)).to.equal(0);
  });

  it('what a peer does not read counts, too', async () => {
    const budget = new Budget(400_000);
    const station = await stations.open('tcp:127.0.0.1:0', { budget, limits: { maxQueuedBytes: 10_000_000 } });
    const socket = await dial(station);
    socket.pause();
    socket.write(options());
    const { flow } = await station.inbox.message(1);
    let isOver = false;
    void station.meter.reached('budget', 1).then(() => {
      isOver = true;
    });
    for (let i = 0; i < 2000 && !isOver; i++) {
      station.transport.send('x'.repeat(50_000), flow, () => {});
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(isOver).to.equal(true);
    expect(connectionsOf(station)).to.equal(0);
    expect(budget.used).to.equal(0);
  });
});
