import { connect, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { createMeter } from '../../../lib/api/metrics.js';
import { createHttpServer, type HttpLimits, type HttpServer } from '../../../lib/api/server.js';
import { createLog } from '../../../lib/base/log.js';
import { FakeClock } from '../../support/fake-clock.js';

const LIMITS: HttpLimits = { header: 50, request: 100, idle: 50, lookEvery: 10, connections: 3 };
/** So much more than all of them that only a limit that does not hold is later. */
const LATE_MS = 4_000;

describe('HTTP: clients that take their time', function () {
  this.timeout(10_000);
  let server: HttpServer;
  let port = 0;
  let listener: Server | undefined;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    const answer = 'x'.repeat(20_000_000);
    server = createHttpServer({
      listen: { address: '127.0.0.1', port: 0 },
      health: () => ({ missing: [] }),
      meter: createMeter(),
      clock: new FakeClock(),
      log: createLog('silent'),
      limits: LIMITS,
      parts: [
        async (api) => {
          listener = api.server;
          api.get('/long', () => answer);
          api.post('/body', async (request) => request.body);
        },
      ],
    });
    port = Number(new URL(await server.start()).port);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server.close();
  });

  function dial(): Socket {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    sockets.push(socket);
    return socket;
  }

  /** Fails when the server has not closed in time. */
  async function closed(socket: Socket): Promise<void> {
    if (socket.closed) return;
    const late = AbortSignal.timeout(LATE_MS);
    await new Promise<void>((resolve, reject) => {
      socket.once('close', () => resolve());
      late.addEventListener('abort', () => reject(new Error('the server has not closed')));
    });
  }

  /** How many the server has, which it is asked until it is so many. */
  async function connectionsAre(count: number): Promise<void> {
    const late = AbortSignal.timeout(LATE_MS);
    while ((await open()) !== count) late.throwIfAborted();
  }

  const open = (): Promise<number> =>
    new Promise((resolve, reject) => {
      listener?.getConnections((error, count) => (error === null ? setImmediate(resolve, count) : reject(error)));
    });

  const isServed = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;

  it('a connection on which nothing is said is closed', async () => {
    const socket = dial();
    socket.resume();
    await closed(socket);
  });

  it('a header that trickles in is cut, however lively it is (slowloris)', async () => {
    const socket = dial();
    socket.resume();
    socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n');
    const drip = setInterval(() => socket.write('X: y\r\n'), 5);
    await closed(socket).finally(() => clearInterval(drip));
  });

  it('so is a body', async () => {
    const socket = dial();
    socket.resume();
    socket.write('POST /body HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n');
    const drip = setInterval(() => socket.write(' '), 5);
    await closed(socket).finally(() => clearInterval(drip));
  });

  it('who does not read the answer is cut', async () => {
    const socket = dial();
    socket.pause();
    socket.write('GET /long HTTP/1.1\r\nHost: a\r\n\r\n');
    await connectionsAre(1);
    await connectionsAre(0);
  });

  it('connections have a limit, and those that say nothing do not keep the others out for long', async () => {
    const silent = Array.from({ length: 20 }, () => dial().resume());
    await connectionsAre(LIMITS.connections);
    await Promise.all(silent.map(closed));
    expect(await isServed()).to.equal(true);
  });
});
