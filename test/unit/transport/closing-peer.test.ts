import { createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { systemClock } from '../../../lib/base/clock.js';
import { createIds } from '../../../lib/base/ids.js';
import { createLog } from '../../../lib/base/log.js';
import { silentMeter } from '../../../lib/base/meter.js';
import { createTrunkGroup, type TrunkGroup } from '../../../lib/call/trunks/trunk-group.js';
import { SIP_LISTEN_ADDRESS } from '../../../lib/config/values.js';
import { createEngine } from '../../../lib/engine/engine.js';
import { SipResolver } from '../../../lib/engine/resolver.js';
import { createTransport } from '../../../lib/engine/transport/create.js';
import { attachToEngine } from '../../../lib/sip-server/embedded/server.js';
import { ENGINE_SETTINGS, LIMITS, PINGS, TRUNK } from '../../support/defaults.js';
import { NO_DNS } from '../../support/no-dns.js';
import { failureOf, options, Peers, Stations } from './harness.js';

const TCP = { protocol: 'tcp', address: '127.0.0.1' } as const;

describe('A peer that closes its TCP connection while we write to it', () => {
  const stations = new Stations();
  const peers = new Peers();
  let group: TrunkGroup | undefined;
  afterEach(async () => {
    peers.close();
    await stations.close();
  });

  /** Calls `accept` for each connection, from 1, with a way to wait for whole requests. */
  async function serve(accept: (socket: Socket, count: number) => void): Promise<number> {
    let count = 0;
    const server = createServer((socket) => {
      peers.sockets.push(socket);
      socket.on('error', () => {});
      socket.setEncoding('latin1');
      accept(socket, ++count);
    });
    peers.sockets.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as { port: number }).port;
  }

  /** The response to a request as it came, with these fields. */
  function responseTo(request: string, status: string, ...fields: string[]): string {
    const copied = request.split('\r\n').filter((line) => /^(?:Via|From|Call-ID|CSeq|To):/i.test(line));
    const tagged = copied.map((line) => (/^To:.*(?<!tag=.*)$/i.test(line) ? `${line};tag=t` : line));
    return [`SIP/2.0 ${status}`, ...tagged, ...fields, 'Content-Length: 0', '', ''].join('\r\n');
  }

  it('a request that it never read goes out again over a new connection, the very same (RFC 3261 §17.2.3)', async () => {
    const station = await stations.open('tcp:127.0.0.1:0');
    const texts: string[] = [];
    const done = new Promise<void>((resolve) => {
      void serve((socket, count) => {
        socket.on('data', (text: string) => {
          texts.push(text);
          if (count === 1) socket.end();
          else resolve();
        });
      }).then((port) => station.transport.send(options(), { ...TCP, port }, () => {}));
    });
    await done;
    expect(texts).to.deep.equal([options(), options()]);
    expect(station.inbox.failures).to.deep.equal([]);
  });

  it('a reset is the same', async () => {
    const station = await stations.open('tcp:127.0.0.1:0');
    await new Promise<void>((resolve) => {
      void serve((socket, count) => {
        socket.on('data', () => (count === 1 ? socket.resetAndDestroy() : resolve()));
      }).then((port) => station.transport.send(options(), { ...TCP, port }, () => {}));
    });
    expect(station.inbox.failures).to.deep.equal([]);
  });

  it('once: a peer that closes each connection is a failure of the transport', async () => {
    const station = await stations.open('tcp:127.0.0.1:0');
    let connections = 0;
    const port = await serve((socket, count) => {
      connections = count;
      socket.on('data', () => socket.end());
    });
    const error = await failureOf((failed) => station.transport.send(options(), { ...TCP, port }, failed));
    expect(error).to.have.property('code', 'SIP_NOT_SENT');
    expect(connections).to.equal(2);
  });

  it('what was answered does not go out again: only the request behind the response', async () => {
    const station = await stations.open('tcp:127.0.0.1:0');
    const later: string[] = [];
    await new Promise<void>((resolve) => {
      void serve((socket, count) => {
        socket.on('data', (text: string) => {
          if (count === 1) socket.end(responseTo(text, '401 Unauthorized'));
          else {
            later.push(text);
            resolve();
          }
        });
      }).then(async (port) => {
        station.transport.send(options({ callId: 'first' }), { ...TCP, port }, () => {});
        await station.inbox.message(1);
        station.transport.send(options({ callId: 'second' }), { ...TCP, port }, () => {});
      });
    });
    expect(later).to.deep.equal([options({ callId: 'second' })]);
  });

  it('over a connection that the peer has opened it fails at once, so that another way is tried', async () => {
    const station = await stations.open('tcp:127.0.0.1:0');
    const socket = await peers.dial(station);
    socket.write(options());
    const { flow } = await station.inbox.message(1);
    const failed = failureOf((tell) => station.transport.send(options({ callId: 'back' }), flow, tell));
    socket.end();
    expect(await failed).to.have.property('code', 'SIP_NOT_SENT');
  });

  for (const [how, close] of [
    ['ends', (socket: Socket, text: string) => void socket.end(text)],
    ['resets', (socket: Socket, text: string) => void socket.write(text, () => socket.resetAndDestroy())],
  ] as const) {
    it(`a registrar that ${how} the connection right behind its 401 is registered with`, async () => {
      const parts = { clock: systemClock, ids: createIds(), log: createLog('silent') };
      const transport = createTransport(SIP_LISTEN_ADDRESS.parse('tcp:127.0.0.1:0'), {
        ...parts,
        meter: silentMeter,
        limits: LIMITS,
        isAllowedPeer: () => true,
      });
      const resolver = new SipResolver({ dns: NO_DNS, clock: systemClock, random: () => 0 });
      const engine = createEngine({
        ...parts,
        ...ENGINE_SETTINGS,
        meter: silentMeter,
        transports: [transport],
        resolver,
      });
      await engine.start();
      const port = await serve((socket) => {
        socket.on('data', (text: string) => {
          const isKnown = text.includes('Authorization: Digest');
          const challenge = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"';
          if (isKnown) socket.write(responseTo(text, '200 OK', 'Expires: 60'));
          else close(socket, responseTo(text, '401 Unauthorized', challenge));
        });
      });
      const registered = new Promise<void>((resolve) => {
        const meter = {
          ...silentMeter,
          count: (name: string) => void (name === 'trunk_registrations_total' && resolve()),
        };
        const uri = `sip:127.0.0.1:${port};transport=tcp`;
        const trunks = createTrunkGroup({
          defaultCountry: 'LV',
          ...parts,
          trunks: [{ ...TRUNK, uri, username: 'office', password: 'secret', register: true }],
          restMs: 0,
          pings: { ...PINGS, pingSeconds: 0 },
          sip: attachToEngine({ ...parts, engine }),
          meter,
          random: () => 0.5,
        });
        trunks.start();
        group = trunks;
      });
      await registered;
      await group?.stop();
      await engine.close();
    });
  }
});
