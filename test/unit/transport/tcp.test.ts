import { createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { localFailureOf } from '../../../lib/engine/local-failure.js';
import { FakeClock } from '../../support/fake-clock.js';
import { closing, connectionsOf, failureOf, OK, options, Peers, reading, Stations } from './harness.js';

describe('TCP transport', () => {
  const stations = new Stations();
  const peers = new Peers();
  const { sockets, dial } = peers;
  afterEach(async () => {
    peers.close();
    await stations.close();
  });

  const here = (port: number) => ({ protocol: 'tcp', address: '127.0.0.1', port }) as const;
  const ignore = () => {};

  /** A server that accepts and does nothing of its own. */
  async function serve(accept: (socket: Socket) => void = (socket) => void socket.resume()): Promise<number> {
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', ignore);
      accept(socket);
    });
    sockets.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as { port: number }).port;
  }

  it('cuts the stream into messages, however the bytes arrive (RFC 3261 §18.3)', async () => {
    const station = await stations.open('tcp:127.0.0.1:0');
    const socket = await dial(station);
    const stream = options({ callId: 'one', body: 'v=0\r\n\r\n' }) + options({ callId: 'two' });
    socket.write(stream.slice(0, 100));
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(stream.slice(100));
    await station.inbox.message(2);
    expect(station.inbox.arrivals.map(({ text }) => text).join('')).to.equal(stream);
  });

  it('answers a double CRLF with a single one (RFC 5626 §3.5.1)', async () => {
    const socket = await dial(await stations.open('tcp:127.0.0.1:0'));
    socket.write('\r\n\r\n');
    expect(await reading(socket)).to.equal('\r\n');
  });

  it('sends the response over the connection of the request (RFC 3261 §18.2.2)', async () => {
    const station = await stations.open('tcp:127.0.0.1:0');
    const socket = await dial(station);
    socket.write(options());
    const { flow } = await station.inbox.message(1);
    expect(flow).to.include({ protocol: 'tcp', address: '127.0.0.1', port: socket.localPort });
    station.transport.send(OK, flow, ignore);
    expect(await reading(socket)).to.equal(OK);
  });

  it('fails at once when the connection that the peer opened is gone: nobody listens at its port', async () => {
    const station = await stations.open('tcp:127.0.0.1:0');
    const socket = await dial(station);
    socket.write(options());
    const { flow } = await station.inbox.message(1);
    socket.resetAndDestroy();
    await station.inbox.failure(1);
    expect(station.inbox.failures[0]?.flow.connection).to.equal(flow.connection);
    const error = await failureOf((failed) => station.transport.send(OK, flow, failed));
    expect(error).to.have.property('code', 'SIP_NOT_SENT');
    expect(localFailureOf(error)).to.equal('connection lost');
    expect(error.message).to.contain('is closed');
    expect(connectionsOf(station)).to.equal(0);
  });

  it('opens one connection on demand, and uses it both ways for everything that follows (RFC 3261 §18.1.1)', async () => {
    const [a, b] = [await stations.open('tcp:127.0.0.1:0'), await stations.open('tcp:127.0.0.1:0')];
    a.transport.send(options({ callId: 'one' }), here(b.port), ignore);
    a.transport.send(options({ callId: 'two' }), here(b.port), ignore);
    const { flow } = await b.inbox.message(2);
    a.transport.send(options({ callId: 'three' }), here(b.port), ignore);
    await b.inbox.message(3);
    b.transport.send(OK, flow, ignore);
    expect((await a.inbox.message(1)).text).to.equal(OK);
    expect(b.inbox.arrivals.every((arrival) => arrival.flow.connection === flow.connection)).to.equal(true);
    expect([connectionsOf(a), connectionsOf(b)]).to.deep.equal([1, 1]);
  });

  it('knows our end of a connection: the port that it really has where we opened it, the listener where the peer did', async () => {
    const [a, b] = [await stations.open('tcp:127.0.0.1:0'), await stations.open('tcp:127.0.0.1:0')];
    expect(a.transport.ownEnd?.(here(b.port)), 'before there is one').to.equal(undefined);
    a.transport.send(options(), here(b.port), ignore);
    const end = a.transport.ownEnd?.(here(b.port));
    const { flow } = await b.inbox.message(1);
    expect(end).to.deep.equal({ address: '127.0.0.1', port: flow.port }).and.not.to.include({ port: a.port });
    expect(b.transport.ownEnd?.(flow)).to.deep.equal({ address: '127.0.0.1', port: b.port });
    b.transport.send(OK, flow, ignore);
    const response = await a.inbox.message(1);
    expect(a.transport.ownEnd?.(response.flow), 'of what comes back over it').to.equal(end);
  });

  it('works over IPv6, whichever way the address is spelt', async () => {
    const [a, b] = [await stations.open('tcp:[::1]:0'), await stations.open('tcp:[::]:0')];
    a.transport.send(options({ callId: 'one' }), { protocol: 'tcp', address: '::1', port: b.port }, ignore);
    a.transport.send(options({ callId: 'two' }), { protocol: 'tcp', address: '0:0:0:0:0:0:0:1', port: b.port }, ignore);
    await b.inbox.message(2);
    expect(connectionsOf(a)).to.equal(1);
  });

  for (const via of [';alias', ';x="a, b" ; alias'])
    it(`does not believe that a port is the peer's because his Via says so: ${via} (RFC 5923 §8.2)`, async () => {
      const station = await stations.open('tcp:127.0.0.1:0');
      const socket = await dial(station);
      const listening = await serve();
      socket.write(options({ via, port: listening }));
      await station.inbox.message(1);
      station.transport.send(options({ callId: 'for whom it is' }), here(listening), ignore);
      expect(connectionsOf(station)).to.equal(2);
    });

  it('does not reuse an inbound connection that offers nothing', async () => {
    const station = await stations.open('tcp:127.0.0.1:0');
    const socket = await dial(station);
    const listening = await serve();
    socket.write(options({ port: listening }));
    await station.inbox.message(1);
    station.transport.send(options({ callId: 'back' }), here(listening), ignore);
    expect(connectionsOf(station)).to.equal(2);
  });

  it('reports a refused connection for each message that waited for it', async () => {
    const station = await stations.open('tcp:127.0.0.1:0');
    const port = await serve();
    (sockets.pop() as Server).close();
    const failures = await Promise.all(
      [1, 2].map(() => failureOf((failed) => station.transport.send(options(), here(port), failed))),
    );
    expect(failures.map(({ message }) => message).join()).to.match(/ECONNREFUSED.*ECONNREFUSED/);
    expect(connectionsOf(station)).to.equal(0);
  });

  it('gives up a connection that is not established in time', async () => {
    const clock = new FakeClock();
    const station = await stations.open('tcp:0.0.0.0:0', { clock, limits: { handshakeMs: 3000 } });
    // A documentation address (RFC 5737): nobody answers, or the network says so at once.
    const failure = failureOf((failed) =>
      station.transport.send(options(), { protocol: 'tcp', address: '192.0.2.1', port: 5060 }, failed),
    );
    clock.advance(3000);
    const error = await failure;
    expect(error).to.have.property('code', 'SIP_NOT_SENT');
    // Where the network says so at once, it has another word.
    expect(localFailureOf(error)).to.be.oneOf(['connection timed out', 'no route to host']);
    expect(connectionsOf(station)).to.equal(0);
  });

  it('holds back no more than the bound for a peer that is still being connected', async () => {
    const clock = new FakeClock();
    const station = await stations.open('tcp:127.0.0.1:0', { clock, limits: { maxQueuedBytes: 1000 } });
    const port = await serve();
    let failed = 0;
    for (let i = 0; i < 10; i++) station.transport.send(options(), here(port), () => failed++);
    await new Promise((resolve) => setImmediate(resolve));
    expect(failed).to.be.greaterThan(5);
  });

  it('limits the connections that we open', async () => {
    const station = await stations.open('tcp:127.0.0.1:0', { limits: { maxConnections: 1 } });
    const ports = [await serve(), await serve()];
    station.transport.send(options(), here(ports[0] as number), ignore);
    const error = await failureOf((failed) => station.transport.send(options(), here(ports[1] as number), failed));
    expect(error.message).to.contain('limit');
  });

  it('reports that nobody listens there, by its code', async () => {
    const { transport } = await stations.open('tcp:127.0.0.1:0');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise<void>((resolve) => server.close(() => resolve()));
    const error = await failureOf((failed) => transport.send(options(), here(port), failed));
    expect(localFailureOf(error)).to.equal('connection refused');
  });

  it('reports what is no address, or not of its family', async () => {
    const { transport } = await stations.open('tcp:127.0.0.1:0');
    for (const to of [here(0), here(65_536), { ...here(9), address: 'localhost' }, { ...here(9), address: '::1' }]) {
      const error = await failureOf((failed) => transport.send(options(), to, failed));
      expect(error, `${to.address}:${to.port}`).to.have.property('code', 'SIP_NOT_SENT');
    }
  });

  it('lets a peer that has ended its side go in good order', async () => {
    const station = await stations.open('tcp:127.0.0.1:0');
    const socket = await dial(station);
    socket.end(options());
    await station.inbox.message(1);
    await closing(socket);
    while (connectionsOf(station) > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(station.inbox.failures).to.have.length(0);
  });

  it('survives a receiver that throws, and goes on with the next message', async () => {
    const station = await stations.open('tcp:127.0.0.1:0');
    const received = station.inbox.received.bind(station.inbox);
    station.inbox.received = (text, flow) => {
      if (text.includes('Call-ID: bad')) throw new Error('a fault');
      received(text, flow);
    };
    const socket = await dial(station);
    socket.write(options({ callId: 'bad' }) + options({ callId: 'good' }));
    expect((await station.inbox.message(1)).text).to.contain('Call-ID: good');
  });

  it('cuts off a peer that does not read', async () => {
    const station = await stations.open('tcp:127.0.0.1:0', { limits: { maxQueuedBytes: 200_000 } });
    const port = await serve((socket) => socket.pause());
    let failed: Error | undefined;
    const text = options({ body: 'x'.repeat(50_000) });
    for (let i = 0; i < 1000 && failed === undefined; i++) {
      station.transport.send(text, here(port), (error) => {
        failed = error;
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(failed?.message).to.contain('does not keep up');
    expect(station.meter.counts.get('slow')).to.equal(1);
    expect(connectionsOf(station)).to.equal(0);
  });

  it('resets a source that is not admitted before it is heard, and counts it', async () => {
    const station = await stations.open('tcp:127.0.0.1:0', { isAllowedPeer: () => false });
    const socket = await dial(station);
    socket.write(options());
    await Promise.all([closing(socket), station.meter.reached('peer', 1)]);
    expect(station.inbox.arrivals).to.have.length(0);
  });

  it('limits the connections of one source, and lets a new one in when an old one has ended', async () => {
    const station = await stations.open('tcp:127.0.0.1:0', { limits: { maxConnectionsPerSource: 2 } });
    const first = await dial(station);
    first.write(options());
    const second = await dial(station);
    second.write(options());
    await station.inbox.message(2);
    await closing(await dial(station));
    expect(station.meter.counts.get('source')).to.equal(1);
    first.resetAndDestroy();
    await station.inbox.failure(1);
    (await dial(station)).write(options());
    await station.inbox.message(3);
  });

  it('limits all connections together', async () => {
    const station = await stations.open('tcp:127.0.0.1:0', { limits: { maxConnections: 1 } });
    await dial(station);
    await closing(await dial(station));
    expect(station.meter.counts.get('connections')).to.equal(1);
  });

  it('cuts off a peer whose message drips in and never ends', async () => {
    const clock = new FakeClock();
    const station = await stations.open('tcp:127.0.0.1:0', { clock, limits: { handshakeMs: 5000 } });
    const socket = await dial(station);
    socket.write(options({ callId: 'whole' }));
    await station.inbox.message(1);
    const before = clock.pending;
    for (const drop of ['INVITE sip:a@b SIP/2.0\r\n', 'Via: ', 'x']) {
      socket.write(drop);
      while (clock.pending === before) await new Promise((resolve) => setImmediate(resolve));
      clock.advance(2000);
    }
    await closing(socket);
    expect(station.meter.counts.get('slow')).to.equal(1);
  });

  it('closes a connection on which messages cannot be told apart, or are too long', async () => {
    const station = await stations.open('tcp:127.0.0.1:0', { limits: { maxMessageBytes: 500 } });
    const unframed = await dial(station);
    unframed.write('OPTIONS sip:a@b SIP/2.0\r\nContent-Length: many\r\n\r\n');
    await closing(unframed);
    const tooLong = await dial(station);
    tooLong.write(options({ body: 'x'.repeat(500) }));
    await closing(tooLong);
    expect(station.meter.counts.get('framing')).to.equal(1);
    expect(station.meter.counts.get('size')).to.equal(1);
    expect(connectionsOf(station)).to.equal(0);
  });

  it('takes a new connection for a request when the old one has left one without any answer for 64 × T1', async () => {
    const clock = new FakeClock();
    const station = await stations.open('tcp:127.0.0.1:0', { clock });
    const accepted: Socket[] = [];
    const port = await serve((socket) => {
      accepted.push(socket);
      socket.resume();
    });
    station.transport.send(options(), here(port), ignore);
    while (accepted.length < 1) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(32_000);
    station.transport.send(options(), here(port), ignore);
    while (accepted.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await station.inbox.failure(1);
    expect(connectionsOf(station)).to.equal(1);
  });

  it('keeps the connection of a peer that answers', async () => {
    const clock = new FakeClock();
    const [a, b] = [await stations.open('tcp:127.0.0.1:0', { clock }), await stations.open('tcp:127.0.0.1:0')];
    a.transport.send(options({ callId: 'one' }), here(b.port), ignore);
    const { flow } = await b.inbox.message(1);
    b.transport.send(OK, flow, ignore);
    await a.inbox.message(1);
    clock.advance(32_000);
    a.transport.send(options({ callId: 'two' }), here(b.port), ignore);
    expect((await b.inbox.message(2)).flow.connection).to.equal(flow.connection);
  });

  it('does not wait for a peer that has ended its side and reads no more', async () => {
    const station = await stations.open('tcp:127.0.0.1:0', { limits: { maxQueuedBytes: 50_000_000 } });
    let peer: Socket | undefined;
    const port = await serve((socket) => {
      peer = socket.pause();
    });
    // A response, because a request would be repeated over another connection.
    station.transport.send(`${OK}${'x'.repeat(20_000_000)}`, here(port), ignore);
    while (peer === undefined) await new Promise((resolve) => setImmediate(resolve));
    peer.end();
    while (connectionsOf(station) > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(station.inbox.failures).to.have.length(0);
  });

  it('sends what is under way before it closes, and is silent afterwards', async () => {
    const station = await stations.open('tcp:127.0.0.1:0', { limits: { maxQueuedBytes: 50_000_000 } });
    const socket = await dial(station);
    socket.write(options());
    const { flow } = await station.inbox.message(1);
    const long = options({ body: 'x'.repeat(10_000_000) });
    station.transport.send(long, flow, ignore);
    let heard = 0;
    socket.on('data', (chunk: string) => {
      heard += chunk.length;
    });
    await Promise.all([station.transport.close(), closing(socket)]);
    expect(heard).to.equal(long.length);
    const error = await failureOf((failed) => station.transport.send(OK, here(9), failed));
    expect(error).to.have.property('code', 'TRANSPORT_UNAVAILABLE');
  });
});
