import { expect } from 'chai';
import { pino } from 'pino';
import { systemClock } from '../../../lib/base/clock.js';
import { createIds } from '../../../lib/base/ids.js';
import { silentMeter } from '../../../lib/base/meter.js';
import { createDrachtioServer, type DrachtioServer } from '../../../lib/drachtio/server.js';
import { createEngine } from '../../../lib/engine/engine.js';
import { SipResolver } from '../../../lib/engine/resolver.js';
import { type AttachedServer, attachToServer } from '../../../lib/sip-server/drachtio/server.js';
import { ENGINE_SETTINGS } from '../../support/defaults.js';
import { NO_DNS } from '../../support/no-dns.js';

function serverOnNothing(secret: string): DrachtioServer {
  const common = { clock: systemClock, ids: createIds(), log: pino({ level: 'silent' }), meter: silentMeter };
  const resolver = new SipResolver({ dns: NO_DNS, clock: systemClock, random: () => 0 });
  const engine = createEngine({ ...common, ...ENGINE_SETTINGS, transports: [], resolver });
  return createDrachtioServer({ ...common, engine, secret });
}

const attach = (port: number, secret: string): AttachedServer =>
  attachToServer({
    attachment: { host: '127.0.0.1', port, secret, silenceMs: 5000 },
    clock: systemClock,
    log: pino({ level: 'silent' }),
  });

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise<void>((resolve) => setImmediate(resolve));
}

describe('The connection to a SIP server over TCP', () => {
  it('attaches, notices the loss, and attaches again when the server is back', async function () {
    this.timeout(5000);
    const events: string[] = [];
    const first = serverOnNothing('s');
    const { port } = await first.listen('127.0.0.1', 0);
    const sip = attach(port, 's');
    sip.user = {
      onInvite: () => {},
      onRequest: () => {},
      onConnected: () => void events.push('connected'),
      onLost: () => void events.push('lost'),
    };
    await until(() => sip.connected);
    expect(sip.capabilities.version).to.match(/^v\d+\.\d+\.\d+-virkne/);
    expect(sip.capabilities.deliversLateAnswers).to.equal(true);
    expect(sip.capabilities.restoresDialogs, 'the protocol carries none').to.equal(false);
    expect(sip.restore({ id: 'd' })?.message).to.include('cannot go on with dialog d');
    await first.close();
    await until(() => !sip.connected);
    let failed: Error | undefined;
    sip.invite(
      { uri: 'sip:x@y' },
      { onProvisional: () => {}, onFinal: () => {}, onFailed: (error) => (failed = error) },
    );
    await until(() => failed !== undefined);
    const second = serverOnNothing('s');
    await second.listen('127.0.0.1', port);
    await until(() => sip.connected);
    expect(events).to.deep.equal(['connected', 'lost', 'connected']);
    sip.close();
    await second.close();
  });

  it('does not count as attached with the wrong secret', async function () {
    this.timeout(5000);
    const server = serverOnNothing('right');
    const { port } = await server.listen('127.0.0.1', 0);
    const sip = attach(port, 'wrong');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(sip.connected).to.equal(false);
    expect(server.connections).to.equal(0);
    sip.close();
    await server.close();
  });
});
