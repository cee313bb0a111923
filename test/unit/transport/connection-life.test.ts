import { expect } from 'chai';
import { listenDeafly } from '../../support/deaf-listener.js';
import { FakeClock } from '../../support/fake-clock.js';
import { closing, connectionsOf, failureOf, options, Peers, reading, Stations } from './harness.js';

describe('TCP transport: how long a connection may take, and how long it lives', () => {
  const stations = new Stations();
  const peers = new Peers();
  const { sockets, dial } = peers;
  afterEach(async () => {
    peers.close();
    await stations.close();
  });

  /** A connection that is closed when it has been idle for a minute, behind its first message. */
  const spoken = async () => {
    const clock = new FakeClock();
    const station = await stations.open('tcp:127.0.0.1:0', { clock, limits: { idleMs: 60_000 } });
    const socket = await dial(station);
    socket.write(options());
    await station.inbox.message(1);
    return { clock, station, socket };
  };
  const here = (port: number) => ({ protocol: 'tcp', address: '127.0.0.1', port }) as const;

  it('a message may have less patience than the connection, which goes on for the others', async () => {
    const clock = new FakeClock();
    const station = await stations.open('tcp:127.0.0.1:0', {
      clock,
      limits: { handshakeMs: 3000, maxQueuedBytes: 1000 },
    });
    const deaf = await listenDeafly();
    sockets.push(deaf);
    const text = options();
    const send = (connectMs?: number): Promise<Error> =>
      failureOf((failed) =>
        station.transport.send(text, { ...here(deaf.port), ...(connectMs !== undefined && { connectMs }) }, failed),
      );
    const impatient = send(1500);
    const patient = send();
    clock.advance(1500);
    expect((await impatient).message).to.match(/not established in time/);
    expect(connectionsOf(station), 'the connection is still tried').to.equal(1);
    clock.advance(1500);
    expect((await patient).message).to.match(/not established in time/);
    expect(connectionsOf(station)).to.equal(0);
  });

  it('what has been sent in time does not fail later', async () => {
    const clock = new FakeClock();
    const [a, b] = [await stations.open('tcp:127.0.0.1:0', { clock }), await stations.open('tcp:127.0.0.1:0')];
    let failures = 0;
    a.transport.send(options(), { ...here(b.port), connectMs: 1500 }, () => failures++);
    await b.inbox.message(1);
    clock.advance(5000);
    expect(failures).to.equal(0);
    expect(connectionsOf(a)).to.equal(1);
  });

  it('closes an idle connection, without calling it a failure', async () => {
    const { clock, station, socket } = await spoken();
    clock.advance(59_000);
    socket.write(options());
    await station.inbox.message(2);
    clock.advance(59_000);
    expect(connectionsOf(station)).to.equal(1);
    clock.advance(1000);
    await closing(socket);
    expect(station.inbox.failures).to.have.length(0);
  });

  it('keeps an idle connection that carries a call; when that is over the idle time counts from the last byte', async () => {
    const { clock, station, socket } = await spoken();
    station.inbox.isInUse = true;
    clock.advance(90_000);
    expect(connectionsOf(station)).to.equal(1);
    socket.write(options());
    await station.inbox.message(2);
    station.inbox.isInUse = false;
    clock.advance(59_999);
    expect(connectionsOf(station)).to.equal(1);
    clock.advance(1);
    expect(connectionsOf(station)).to.equal(0);
    await closing(socket);
  });

  it('a call without a byte is over: the connection ends within another idle time', async () => {
    const { clock, station, socket } = await spoken();
    station.inbox.isInUse = true;
    clock.advance(60_000);
    station.inbox.isInUse = false;
    clock.advance(60_000);
    expect(connectionsOf(station)).to.equal(0);
    await closing(socket);
  });

  it('keep-alives count as life (RFC 5626 §4.4.1)', async () => {
    const clock = new FakeClock();
    const station = await stations.open('tcp:127.0.0.1:0', { clock, limits: { idleMs: 60_000 } });
    const socket = await dial(station);
    socket.write('\r\n\r\n');
    expect(await reading(socket)).to.equal('\r\n');
    for (let minute = 0; minute < 5; minute++) {
      clock.advance(59_000);
      socket.write('\r\n\r\n');
      expect(await reading(socket)).to.equal('\r\n');
    }
    expect(connectionsOf(station)).to.equal(1);
  });

  it('a keep-alive in pieces is no message that never ends (RFC 5626 §4.4.1)', async () => {
    const clock = new FakeClock();
    const station = await stations.open('tcp:127.0.0.1:0', { clock, limits: { handshakeMs: 3000 } });
    const socket = await dial(station);
    socket.setNoDelay(true);
    for (const piece of ['\r', '\n', '\r']) {
      socket.write(piece);
      for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    clock.advance(10_000);
    socket.write('\n');
    expect(await reading(socket)).to.equal('\r\n');
    expect(connectionsOf(station)).to.equal(1);
  });

  it('a message that has begun behind a whole one must end in time, too', async () => {
    const clock = new FakeClock();
    const station = await stations.open('tcp:127.0.0.1:0', { clock, limits: { handshakeMs: 3000 } });
    const socket = await dial(station);
    socket.write(`${options()}OPTIONS sip:virkne`);
    await station.inbox.message(1);
    clock.advance(3000);
    await closing(socket);
    expect(station.meter.counts.get('slow')).to.equal(1);
  });
});
