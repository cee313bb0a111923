import { connect as connectPlain } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { CodedError } from '../../../lib/base/errors.js';
import { localFailureOf } from '../../../lib/engine/local-failure.js';
import { createTransport } from '../../../lib/engine/transport/create.js';
import type { TlsSettings } from '../../../lib/engine/transport/options.js';
import type { StreamTransport } from '../../../lib/engine/transport/stream.js';
import { Authority, type Identity } from '../../support/certificates.js';
import { LIMITS, TLS } from '../../support/defaults.js';
import { FakeClock } from '../../support/fake-clock.js';
import { failureOf, OK, options, type Station, Stations } from './harness.js';

describe('TLS transport', () => {
  const stations = new Stations();
  const sockets: TLSSocket[] = [];
  const ignore = () => {};
  let authority: Authority;
  let stranger: Identity;
  let settings: TlsSettings;

  before(() => {
    authority = new Authority();
    stranger = new Authority('Somebody else').issue('IP:127.0.0.1');
    settings = { ...TLS, ...authority.issue('DNS:sip.example.net', 'IP:127.0.0.1'), authority: authority.certificate };
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await stations.close();
  });

  const open = (more: Partial<TlsSettings> = {}, rest = {}): Promise<Station> =>
    stations.open('tls:127.0.0.1:0', { tls: { ...settings, ...more }, ...rest });

  /** A peer's own socket; resolves with it, or with the error. */
  function dial(port: number, more: { identity?: Identity; servername?: string } = {}): Promise<TLSSocket | Error> {
    const { identity, servername = 'sip.example.net' } = more;
    const own = identity === undefined ? {} : { cert: identity.certificate, key: identity.key };
    return new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, servername, ...own }, () =>
        resolve(socket),
      );
      socket.setEncoding('latin1');
      socket.on('error', resolve);
      sockets.push(socket);
    });
  }

  const dialled = async (port: number, more = {}): Promise<TLSSocket> => {
    const socket = await dial(port, more);
    if (socket instanceof Error) throw socket;
    return socket;
  };

  const reading = (socket: TLSSocket): Promise<string> => new Promise((resolve) => socket.once('data', resolve));
  const closing = (socket: TLSSocket): Promise<void> =>
    new Promise((resolve) => {
      if (socket.closed) resolve();
      else socket.resume().once('close', () => resolve());
    });

  it('knows our end of a connection that we opened by the port that it really has', async () => {
    const [a, b] = [await open(), await open()];
    const there = { protocol: 'tls', address: '127.0.0.1', port: b.port } as const;
    a.transport.send(options(), there, ignore);
    const { flow } = await b.inbox.message(1);
    expect(a.transport.ownEnd?.(there)).to.deep.equal({ address: '127.0.0.1', port: flow.port });
    expect(b.transport.ownEnd?.(flow)).to.deep.equal({ address: '127.0.0.1', port: b.port });
  });

  it('carries requests and responses between two of ours', async () => {
    const [a, b] = [await open(), await open()];
    a.transport.send(options(), { protocol: 'tls', address: '127.0.0.1', port: b.port }, ignore);
    const { text, flow } = await b.inbox.message(1);
    expect([text, flow.protocol]).to.deep.equal([options(), 'tls']);
    b.transport.send(OK, flow, ignore);
    expect((await a.inbox.message(1)).text).to.equal(OK);
  });

  it('sends nothing to a server of another authority', async () => {
    const [a, b] = [await open(), await open(stranger)];
    const error = await failureOf((failed) =>
      a.transport.send(options(), { protocol: 'tls', address: '127.0.0.1', port: b.port }, failed),
    );
    expect(error).to.have.property('code', 'SIP_NOT_SENT');
    expect(localFailureOf(error)).to.equal('certificate not trusted');
    expect(b.inbox.arrivals).to.have.length(0);
  });

  it('sends nothing to a server that is not the name that was asked for (RFC 5922 §7.1)', async () => {
    const [a, b] = [await open(), await open()];
    const to = { protocol: 'tls', address: '127.0.0.1', port: b.port } as const;
    const error = await failureOf((failed) =>
      a.transport.send(options(), { ...to, host: 'other.example.net' }, failed),
    );
    expect(error.message).to.contain('other.example.net');
    a.transport.send(options(), { ...to, host: 'sip.example.net' }, ignore);
    await b.inbox.message(1);
    expect(b.inbox.arrivals).to.have.length(1);
  });

  it('uses a connection again only for the name that it was verified for (RFC 5922 §7.1)', async () => {
    const [a, b] = [await open(), await open()];
    const to = { protocol: 'tls', address: '127.0.0.1', port: b.port } as const;
    a.transport.send(options(), { ...to, host: 'sip.example.net' }, ignore);
    await b.inbox.message(1);
    const error = await failureOf((failed) =>
      a.transport.send(options(), { ...to, host: 'other.example.net' }, failed),
    );
    expect(error.message).to.contain('other.example.net');
    a.transport.send(options(), { ...to, host: 'SIP.example.net' }, ignore);
    a.transport.send(options(), to, ignore);
    await b.inbox.message(3);
    expect(new Set(b.inbox.arrivals.map(({ flow }) => flow.connection)).size).to.equal(1);
  });

  it('one address with two names has two connections, and what runs over the one is not the other one’s', async () => {
    const both = authority.issue('DNS:sip.example.net', 'DNS:other.example.net');
    const [a, b] = [await open(), await open({ ...both })];
    const to = { protocol: 'tls', address: '127.0.0.1', port: b.port } as const;
    for (const [callId, host] of [
      ['one', 'sip.example.net'],
      ['two', 'other.example.net'],
      ['three', 'sip.example.net'],
    ] as const) {
      a.transport.send(options({ callId }), { ...to, host }, ignore);
      await b.inbox.message(b.inbox.arrivals.length + 1);
    }
    const [one, two, three] = b.inbox.arrivals.map(({ flow }) => flow.connection);
    expect(two).not.to.equal(one);
    expect(three).to.equal(one);
  });

  it('uses an inbound connection only for the names in the certificate of its peer (RFC 5923 §8.2)', async () => {
    const station = await open({ requestClientCertificate: true });
    const proven = await dialled(station.port, { identity: settings });
    proven.write(options({ via: ';alias', port: 4999 }));
    await station.inbox.message(1);
    const to = { protocol: 'tls', address: '127.0.0.1', port: 4999 } as const;
    const error = await failureOf((failed) =>
      station.transport.send(options(), { ...to, host: 'other.example.net' }, failed),
    );
    expect(error.message).to.contain('ECONNREFUSED');
    station.transport.send(options({ callId: 'back' }), { ...to, host: 'sip.example.net' }, ignore);
    expect(await reading(proven)).to.contain('Call-ID: back');
  });

  it('asks for a client certificate, does without, and refuses a wrong one', async () => {
    const station = await open({ requestClientCertificate: true });
    (await dialled(station.port)).write(options({ callId: 'none' }));
    await station.inbox.message(1);
    (await dialled(station.port, { identity: settings })).write(options({ callId: 'right' }));
    await station.inbox.message(2);
    await closing(await dialled(station.port, { identity: stranger }));
    expect(station.meter.counts.get('certificate')).to.equal(1);
  });

  it('reuses an inbound connection only of a peer that proved who it is (RFC 5923 §8.2)', async () => {
    const station = await open({ requestClientCertificate: true });
    const anonymous = await dialled(station.port);
    anonymous.write(options({ via: ';alias', port: 4998 }));
    await station.inbox.message(1);
    const error = await failureOf((failed) =>
      station.transport.send(options(), { protocol: 'tls', address: '127.0.0.1', port: 4998 }, failed),
    );
    expect(error.message).to.contain('ECONNREFUSED');
    const proven = await dialled(station.port, { identity: settings });
    proven.write(options({ via: ';alias', port: 4999 }));
    await station.inbox.message(2);
    station.transport.send(options({ callId: 'back' }), { protocol: 'tls', address: '127.0.0.1', port: 4999 }, ignore);
    expect(await reading(proven)).to.contain('Call-ID: back');
  });

  it('reloads certificates without touching what is established', async () => {
    const station = await open();
    const old = await dialled(station.port);
    station.transport.reload({
      ...TLS,
      ...authority.issue('DNS:renewed.example.net'),
      authority: authority.certificate,
    });
    const renewed = await dialled(station.port);
    expect(renewed.getPeerCertificate().subjectaltname).to.equal('DNS:renewed.example.net');
    old.write(options());
    const { flow } = await station.inbox.message(1);
    station.transport.send(OK, flow, ignore);
    expect(await reading(old)).to.equal(OK);
  });

  it('keeps the old certificate when the new one cannot be used', async () => {
    const station = await open();
    const wrong = { ...TLS, certificate: settings.certificate, key: stranger.key };
    expect(() => station.transport.reload(wrong))
      .to.throw(CodedError)
      .with.property('code', 'CONFIG_INVALID');
    expect((await dialled(station.port)).getPeerCertificate().subjectaltname).to.contain('sip.example.net');
  });

  it('refuses to be made without certificate and key that fit', async () => {
    const { transport, meter } = await open();
    const listen = { protocol: 'tls' as const, address: '127.0.0.1', port: 0 };
    const base = { clock: new FakeClock(), log: undefined as never, meter, limits: LIMITS, isAllowedPeer: () => true };
    expect(transport.protocol).to.equal('tls');
    expect(() => createTransport(listen, base)).to.throw(CodedError, 'needs a certificate');
    const tls = { ...TLS, certificate: 'nonsense', key: 'nonsense' };
    expect(() => createTransport(listen, { ...base, tls }))
      .to.throw(CodedError)
      .with.property('code', 'CONFIG_INVALID');
  });

  it('drops a peer that does not finish the handshake, or talks plain text, and holds nothing of it', async () => {
    const clock = new FakeClock();
    const station = await open({}, { clock, limits: { handshakeMs: 5000 } });
    const connections = () => (station.transport as StreamTransport).connections;
    const silent = connectPlain(station.port, '127.0.0.1').on('error', ignore);
    while (connections() === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(5000);
    await new Promise((resolve) => silent.resume().once('close', resolve));
    expect(station.meter.counts.get('slow')).to.equal(1);
    const plain = connectPlain(station.port, '127.0.0.1').on('error', ignore);
    plain.write(options());
    await new Promise((resolve) => plain.resume().once('close', resolve));
    while (connections() > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(station.inbox.arrivals).to.have.length(0);
  });

  it('resets a source that is not admitted before any handshake', async () => {
    const station = await open({}, { isAllowedPeer: () => false });
    expect(await dial(station.port)).to.be.instanceOf(Error);
    await station.meter.reached('peer', 1);
  });
});
