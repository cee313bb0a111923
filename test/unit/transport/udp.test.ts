import { createSocket } from 'node:dgram';
import { expect } from 'chai';
import { CodedError } from '../../../lib/base/errors.js';
import { failureOf, options, Stations } from './harness.js';

describe('UDP transport', () => {
  const stations = new Stations();
  afterEach(() => stations.close());

  const datagram = (port: number, bytes: Buffer): Promise<void> =>
    new Promise((resolve) => {
      const socket = createSocket('udp4');
      socket.send(bytes, port, '127.0.0.1', () => socket.close(() => resolve()));
    });

  it('carries each byte unchanged, and tells the real source and our address', async () => {
    const [a, b] = [await stations.open('udp:127.0.0.1:0'), await stations.open('udp:127.0.0.1:0')];
    const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('');
    a.transport.send(bytes, { protocol: 'udp', address: '127.0.0.1', port: b.port }, () => {});
    const { text, flow } = await b.inbox.message(1);
    expect(text).to.equal(bytes);
    expect(flow).to.deep.equal({
      protocol: 'udp',
      address: '127.0.0.1',
      port: a.port,
      local: { address: '127.0.0.1', port: b.port },
    });
  });

  it('works over IPv6', async () => {
    const [a, b] = [await stations.open('udp:[::1]:0'), await stations.open('udp:[::]:0')];
    a.transport.send(options(), { protocol: 'udp', address: '::1', port: b.port }, () => {});
    expect((await b.inbox.message(1)).flow.address).to.equal('::1');
  });

  it('drops what a source that is not admitted sends, and counts it', async () => {
    const station = await stations.open('udp:127.0.0.1:0', { isAllowedPeer: () => false });
    await datagram(station.port, Buffer.from(options()));
    await station.meter.reached('peer', 1);
    expect(station.inbox.arrivals).to.have.length(0);
  });

  it('drops a datagram above the limit and counts it; keep-alives are no messages (RFC 5626 §3.5)', async () => {
    const station = await stations.open('udp:127.0.0.1:0', { limits: { maxMessageBytes: 400 } });
    await datagram(station.port, Buffer.from('\r\n\r\n'));
    await datagram(station.port, Buffer.alloc(401, 'x'));
    await station.meter.reached('size', 1);
    await datagram(station.port, Buffer.from(options()));
    await station.inbox.message(1);
    expect(station.inbox.arrivals.map(({ text }) => text)).to.deep.equal([options()]);
  });

  it('reports what the kernel refuses to send, later and once', async () => {
    const { transport } = await stations.open('udp:127.0.0.1:0');
    const to = { protocol: 'udp', address: '127.0.0.1', port: 9 } as const;
    const tooLong = await failureOf((failed) => transport.send('x'.repeat(70_000), to, failed));
    expect(tooLong).to.be.instanceOf(CodedError).with.property('code', 'SIP_NOT_SENT');
    const noPort = await failureOf((failed) => transport.send('x', { ...to, port: 0 }, failed));
    expect(noPort.message).to.contain('udp/127.0.0.1:0');
    const wrongFamily = await failureOf((failed) => transport.send('x', { ...to, address: '::1' }, failed));
    expect(wrongFamily).to.have.property('code', 'SIP_NOT_SENT');
    const name = await failureOf((failed) => transport.send('x', { ...to, address: 'localhost' }, failed));
    expect(name).to.have.property('code', 'SIP_NOT_SENT');
  });

  it('fails to send after it was closed, without throwing', async () => {
    const { transport } = await stations.open('udp:127.0.0.1:0');
    await transport.close();
    const error = await failureOf((failed) =>
      transport.send('x', { protocol: 'udp', address: '127.0.0.1', port: 9 }, failed),
    );
    expect(error).to.have.property('code', 'SIP_NOT_SENT');
  });

  it('says which entry cannot be bound', async () => {
    const { port } = await stations.open('udp:127.0.0.1:0');
    const error = await stations.open(`udp:127.0.0.1:${port}`).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'TRANSPORT_UNAVAILABLE');
    expect(error).to.have.property('message').that.contains(`udp:127.0.0.1:${port}`);
  });
});
