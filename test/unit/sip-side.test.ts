import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { pino } from 'pino';
import { createIds } from '../../lib/base/ids.js';
import { silentMeter } from '../../lib/base/meter.js';
import type { Answer, Dns } from '../../lib/engine/transport/dns.js';
import { Endings } from '../../lib/shutdown.js';
import { openSipSide, type SipSide } from '../../lib/sip-side.js';
import { FakeClock } from '../support/fake-clock.js';
import { withFile } from './config/loading.js';

/** Knows one carrier, when it is not away. */
class CarrierDns implements Dns {
  address = '127.0.0.1';
  isAway = false;

  srv(): Promise<Answer<never>> {
    return this.#answer([]);
  }

  addresses(_name: string, family: 4 | 6): Promise<Answer<string>> {
    return this.#answer(family === 4 ? [this.address] : []);
  }

  hosts(): Promise<Answer<string>> {
    return this.#answer([]);
  }

  async #answer<Item>(records: readonly Item[]): Promise<Answer<Item>> {
    if (this.isAway) throw new Error('queryA ETIMEOUT');
    return { records, ttl: 1 };
  }
}

const log = pino({ level: 'silent' });

describe('The SIP side of the service, with a trunk that is named by a name', () => {
  let clock: FakeClock;
  let dns: CarrierDns;
  let endings: Endings;
  let side: SipSide;
  let peer: Socket;
  /** Told of each datagram that was dropped. */
  let onDropped: () => void;

  /** No peer but the trunk. */
  const open = async (): Promise<void> => {
    const config = withFile({
      sip: { listen: ['udp:127.0.0.1:0'], peers: ['192.0.2.1'] },
      trunks: [{ uri: 'sip:sbc.carrier.example:5060' }],
    });
    const meter = { ...silentMeter, count: (name: string) => name === 'sip_dropped_total' && onDropped() };
    side = await openSipSide({
      config,
      clock,
      ids: createIds(),
      log,
      meter,
      endings,
      isOverloaded: () => false,
      dns,
    });
    peer = createSocket('udp4');
    peer.bind(0, '127.0.0.1');
    await once(peer, 'listening');
  };

  /** What becomes of a request from the carrier. */
  const ask = (): Promise<'answered' | 'dropped'> => {
    const port = Number(/:(\d+)$/.exec(side.where[0] ?? '')?.[1]);
    const own = peer.address();
    const id = Math.random();
    const request = [
      `OPTIONS sip:127.0.0.1:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${own.port};branch=z9hG4bK${id}`,
      `From: <sip:carrier>;tag=${id}`,
      'To: <sip:us>',
      `Call-ID: ${id}`,
      'CSeq: 1 OPTIONS',
      'Max-Forwards: 70',
      'Content-Length: 0',
    ];
    const result = new Promise<'answered' | 'dropped'>((resolve) => {
      onDropped = () => resolve('dropped');
      peer.once('message', () => resolve('answered'));
    });
    peer.send(`${request.join('\r\n')}\r\n\r\n`, port, '127.0.0.1');
    return result;
  };

  beforeEach(() => {
    clock = new FakeClock();
    dns = new CarrierDns();
    endings = new Endings(log);
    onDropped = () => {};
  });

  afterEach(async () => {
    peer.close();
    await endings.run();
  });

  it('starts while DNS is away, and takes the carrier’s requests as soon as it is there', async () => {
    dns.isAway = true;
    await open();
    await clock.run(10_000);
    expect(await ask()).to.equal('dropped');
    dns.isAway = false;
    await clock.run(2000);
    expect(await ask()).to.equal('answered');
  });

  it('takes the requests of a carrier that has moved, when the TTL of its old address is over', async () => {
    dns.address = '192.0.2.50';
    await open();
    await clock.run(0);
    expect(await ask()).to.equal('dropped');
    dns.address = '127.0.0.1';
    await clock.run(1000);
    expect(await ask()).to.equal('answered');
  });

  it('goes on taking them while DNS is away', async function () {
    this.timeout(20_000);
    await open();
    await clock.run(0);
    dns.isAway = true;
    // Longer than an address is taken in that DNS gives no more.
    await clock.run(3_700_000);
    expect(await ask()).to.equal('answered');
  });
});
