import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { systemClock } from '../../../lib/base/clock.js';
import { createLog } from '../../../lib/base/log.js';
import { silentMeter } from '../../../lib/base/meter.js';
import { Network } from '../../../lib/engine/network.js';
import { createTransport } from '../../../lib/engine/transport/create.js';
import type { Listen } from '../../../lib/engine/transport/listen.js';
import { LIMITS } from '../../support/defaults.js';
import { freePort } from '../../support/ports.js';

const HOST = '127.0.0.1';
const receiver = { received: () => {}, failed: () => {}, inUse: () => false };

const networkOf = (...listen: Listen[]): Network =>
  new Network(
    listen.map((one) =>
      createTransport(one, {
        clock: systemClock,
        log: createLog('silent'),
        meter: silentMeter,
        limits: LIMITS,
        isAllowedPeer: () => true,
      }),
    ),
  );

const canBind = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, HOST, () => socket.close(() => resolve(true)));
  });

describe('The network listens on all addresses or on none', () => {
  it('TCP port taken, UDP port free: refused, and UDP takes no request', async () => {
    const port = await freePort();
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(port, HOST, resolve));
    const network = networkOf({ protocol: 'udp', address: HOST, port }, { protocol: 'tcp', address: HOST, port });
    const thrown = await network.start(receiver).catch((error: unknown) => error);
    expect(thrown).to.include({ code: 'TRANSPORT_UNAVAILABLE' });
    expect(String(thrown)).to.contain(`tcp:${HOST}:${port}`).and.not.contain('udp:');
    expect(await canBind(port)).to.equal(true);
    await network.close();
    holder.close();
  });

  it('every address that cannot be had is named', async () => {
    const listen = (['udp', 'tcp'] as const).map((protocol) => ({ protocol, address: '192.0.2.1', port: 5060 }));
    const thrown = await networkOf(...listen)
      .start(receiver)
      .catch((error: unknown) => error);
    expect(String(thrown)).to.contain('udp:192.0.2.1:5060').and.contain('tcp:192.0.2.1:5060');
  });
});
