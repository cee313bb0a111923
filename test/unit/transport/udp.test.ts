import { createSocket } from 'node:dgram';
import { expect } from 'chai';
import { CodedError } from '../../../lib/base/errors.js';
import { failureOf, OK, options, Stations } from './harness.js';

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

  describe('somebody who may not call us, and to whom we have sent a request', () => {
    const nobody = { isAllowedPeer: () => false };
    const asked = async () => {
      const station = await stations.open('udp:127.0.0.1:0', nobody);
      const other = await stations.open('udp:127.0.0.1:0');
      station.transport.send(options(), { protocol: 'udp', address: '127.0.0.1', port: other.port }, () => {});
      await other.inbox.message(1);
      return station;
    };

    it('may answer, from any port, and send requests within a dialog: a trunk has moved, a member is a SIP URI', async () => {
      const station = await asked();
      await datagram(station.port, Buffer.from(OK));
      await station.inbox.message(1);
      const bye = options()
        .replaceAll('OPTIONS', 'BYE')
        .replace('To: <sip:b@127.0.0.1>', 'To: <sip:b@127.0.0.1>;tag=2');
      await datagram(station.port, Buffer.from(bye));
      expect((await station.inbox.message(2)).text).to.equal(bye);
    });

    it('may send nothing else', async () => {
      const station = await asked();
      for (const text of [options(), 'nonsense and more of it', 'BYE sip:a@b SIP/2.0\r\nTo: <<;tag=1\r\n\r\n']) {
        await datagram(station.port, Buffer.from(text));
      }
      await station.meter.reached('peer', 3);
      expect(station.inbox.arrivals).to.deep.equal([]);
    });

    it('who only got a response from us is none', async () => {
      const station = await stations.open('udp:127.0.0.1:0', nobody);
      const other = await stations.open('udp:127.0.0.1:0');
      station.transport.send(OK, { protocol: 'udp', address: '127.0.0.1', port: other.port }, () => {});
      await other.inbox.message(1);
      await datagram(station.port, Buffer.from(OK));
      await station.meter.reached('peer', 1);
    });
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

  it('RFC 6026 §8.8: what cannot be sent troubles nobody who has not asked to be told', async () => {
    const [a, b] = [await stations.open('udp:127.0.0.1:0'), await stations.open('udp:127.0.0.1:0')];
    const to = { protocol: 'udp', address: '127.0.0.1', port: b.port } as const;
    a.transport.send('x'.repeat(70_000), to);
    a.transport.send(options(), { ...to, address: 'localhost' });
    a.transport.send(options(), { ...to, port: 0 });
    a.transport.send(OK, to);
    expect((await b.inbox.message(1)).text).to.equal(OK);
    await a.transport.close();
    a.transport.send(OK, to);
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
