import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import Srf from 'drachtio-srf';
import { pino } from 'pino';
import { encodeFrame } from '../../../lib/base/frames.js';
import { createIds } from '../../../lib/base/ids.js';
import { silentMeter } from '../../../lib/base/meter.js';
import { createDrachtioServer, type DrachtioServer, type DrachtioServerOptions } from '../../../lib/drachtio/server.js';
import { FakeClock } from '../../support/fake-clock.js';
import { FakeEngine, FLOW, request } from './fake-engine.js';

const SECRET = 'ķēniņš';

describe('Application server over TCP', () => {
  let engine: FakeEngine;
  let server: DrachtioServer;
  let port: number;
  let clock: FakeClock;
  let common: Omit<DrachtioServerOptions, 'engine' | 'secret'>;
  /** Resolves with the first line of the log. */
  let warned: Promise<void>;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    engine = new FakeEngine();
    clock = new FakeClock();
    warned = new Promise((resolve) => {
      const log = pino({ level: 'warn' }, { write: () => resolve() });
      common = { clock, ids: createIds(), log, meter: silentMeter };
    });
    server = createDrachtioServer({ engine, secret: SECRET, ...common });
    port = (await server.listen('127.0.0.1', 0)).port;
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server.close();
  });

  async function dial(): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  const frame = (content: string) => Buffer.from(encodeFrame(Buffer.from(content).toString('latin1')), 'latin1');

  /** Everything until the server closes. */
  async function hear(socket: Socket): Promise<string> {
    let heard = '';
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
    });
    await once(socket, 'close');
    return heard;
  }

  it('a frame cut inside its number and inside a character is understood', async () => {
    const socket = await dial();
    const bytes = frame(`m0|authenticate|${SECRET}|`);
    for (let i = 0; i < bytes.length; i++) socket.write(bytes.subarray(i, i + 1));
    socket.write(frame('m1|dance'));
    expect(await hear(socket)).to.match(/\|m0\|OK\|.*\|m1\|NO\|Unknown message type$/);
  });

  it('the last word NO arrives before the connection closes', async () => {
    const socket = await dial();
    socket.write(frame('m0|authenticate|wrong|'));
    void warned.then(() => clock.advance(1000));
    expect(await hear(socket)).to.match(/\|response\|m0\|NO\|incorrect secret$/);
  });

  it('an application that vanishes is released', async () => {
    const socket = await dial();
    socket.write(frame(`m0|authenticate|${SECRET}|`));
    await once(socket, 'data');
    socket.resetAndDestroy();
    while (engine.released.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(server.connections).to.equal(0);
  });

  it('two servers cannot have one port', async () => {
    const refused = await server.listen('127.0.0.1', port).then(
      () => '',
      (error: NodeJS.ErrnoException) => error.code,
    );
    expect(refused).to.equal('TRANSPORT_UNAVAILABLE');
  });

  it('drachtio-srf connects, routes, receives and answers; bytes of the body survive', async () => {
    const srf = new Srf();
    const asked: string[] = [];
    srf.use('message', (req: Srf.SrfRequest, res: Srf.SrfResponse) => {
      asked.push(req.body);
      res.send(200, { body: `es dzirdu: ${req.body}` });
    });
    void srf.connect({ host: '127.0.0.1', port, secret: SECRET });
    await once(srf, 'connect');
    const binary = Buffer.from('Ķekava 😀').toString('latin1');
    const message = request('MESSAGE', [], binary);
    let owner = engine.dispatcher.choose(message, FLOW);
    while (owner === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
      owner = engine.dispatcher.choose(message, FLOW);
    }
    owner.onRequest({ kind: 'new', message, flow: FLOW, transactionId: 't1', dialogId: '' });
    while (engine.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(asked).to.deep.equal(['Ķekava 😀']);
    const body = engine.calls[0]?.draft?.body ?? '';
    expect(Buffer.from(body, 'latin1').toString()).to.equal('es dzirdu: Ķekava 😀');
    srf.disconnect();
  });

  it('drachtio-srf is told when its secret is wrong', async () => {
    const srf = new Srf();
    srf.on('error', () => {}); // it tries to connect again while it closes
    const told = new Promise((resolve) => srf.on('connect', (error: unknown) => resolve(error)));
    void srf.connect({ host: '127.0.0.1', port, secret: 'no' });
    void warned.then(() => clock.advance(1000));
    expect(await told)
      .to.be.an('error')
      .with.property('message', 'failed to authenticate to server');
    srf.disconnect();
  });
});
