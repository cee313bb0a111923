import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TlsOptions } from 'node:tls';
import { expect } from 'chai';
import type { TlsSettings } from '../../../lib/engine/transport/options.js';
import { Authority } from '../../support/certificates.js';
import { TLS } from '../../support/defaults.js';
import { failureOf, options, type Station, Stations } from './harness.js';

/** Whatever OpenSSL can, however weak. */
const ANYTHING = 'ALL:@SECLEVEL=0';
/** Forward secrecy, and CBC with SHA-1: no authenticated encryption. */
const CBC = 'ECDHE-ECDSA-AES128-SHA';
const GCM_128 = 'ECDHE-ECDSA-AES128-GCM-SHA256';
const GCM_256 = 'ECDHE-ECDSA-AES256-GCM-SHA384';

describe('TLS: versions and cipher suites', () => {
  const stations = new Stations();
  const servers: Server[] = [];
  let settings: TlsSettings;

  before(() => {
    const authority = new Authority();
    settings = { ...TLS, ...authority.issue('IP:127.0.0.1'), authority: authority.certificate };
  });

  afterEach(async () => {
    for (const server of servers.splice(0)) server.close();
    await stations.close();
  });

  const open = (more: Partial<TlsSettings> = {}): Promise<Station> =>
    stations.open('tls:127.0.0.1:0', { tls: { ...settings, ...more } });

  /** A server of Node alone. */
  async function serve(more: TlsOptions): Promise<number> {
    const { certificate: cert, key } = settings;
    const server = createServer({ cert, key, ...more }).on('tlsClientError', () => {});
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  /** What `openssl s_client` settled with the listener there: version and cipher suite; nothing where it was refused. */
  function settled(port: number, ...args: string[]): Promise<string | undefined> {
    const all = ['s_client', '-connect', `127.0.0.1:${port}`, '-cipher', ANYTHING, ...args];
    return new Promise((resolve) => {
      const client = execFile('openssl', all, (_failed, stdout) => {
        const [, version, suite] = /^New, (\S+), Cipher is (\S+)$/m.exec(stdout) ?? [];
        resolve(suite === undefined || suite === '(NONE)' ? undefined : `${version} ${suite}`);
      });
      client.stdin?.end();
    });
  }

  it('the client that tries can do TLS 1.0 and CBC', async () => {
    const port = await serve({ minVersion: 'TLSv1', ciphers: ANYTHING });
    expect(await settled(port, '-tls1')).to.match(/^TLSv1/);
    expect(await settled(port, '-tls1_2', '-cipher', CBC)).to.contain(CBC);
  });

  it('RFC 8996: by default TLS 1.0 and 1.1 are refused, 1.2 and 1.3 are not', async () => {
    const { port } = await open();
    const seen = await Promise.all(['-tls1', '-tls1_1', '-tls1_2', '-tls1_3'].map((version) => settled(port, version)));
    expect(seen.map((one) => one?.split(' ')[0])).to.deep.equal([undefined, undefined, 'TLSv1.2', 'TLSv1.3']);
  });

  it('by default suites without forward secrecy or authenticated encryption are refused', async () => {
    const { port } = await open();
    for (const weak of [CBC, 'ECDHE-ECDSA-AES256-SHA384', 'ECDHE-ECDSA-AES128-CCM8', 'aNULL:eNULL:@SECLEVEL=0']) {
      expect(await settled(port, '-tls1_2', '-cipher', weak), weak).to.equal(undefined);
    }
    expect(await settled(port, '-tls1_2', '-cipher', GCM_128)).to.contain(GCM_128);
  });

  it("of good suites the peer's order counts", async () => {
    const { port } = await open();
    for (const [first, second] of [
      [GCM_128, GCM_256],
      [GCM_256, GCM_128],
    ] as const) {
      expect(await settled(port, '-tls1_2', '-cipher', `${first}:${second}`)).to.contain(first);
    }
  });

  it('a higher version or fewer suites can be asked for, also by a name that the listener does not know, and after a reload', async () => {
    const station = await open({ minVersion: 'TLSv1.3' });
    const other = ['-servername', 'other.example.net'];
    expect(await settled(station.port, '-tls1_2')).to.equal(undefined);
    expect(await settled(station.port, '-tls1_2', ...other)).to.equal(undefined);
    const ciphers = ['TLS_AES_256_GCM_SHA384', GCM_256];
    station.transport.reload({ ...settings, ciphers });
    for (const name of [[], other]) {
      expect(await settled(station.port, '-tls1_2', ...name)).to.contain(GCM_256);
      expect(await settled(station.port, '-tls1_2', '-cipher', GCM_128, ...name)).to.equal(undefined);
      expect(await settled(station.port, '-tls1_3', ...name)).to.contain('TLS_AES_256_GCM_SHA384');
    }
  });

  it('nothing is sent to a server that can do no better', async () => {
    const { transport } = await open();
    const failed = async (more: TlsOptions): Promise<unknown> => {
      const to = { protocol: 'tls', address: '127.0.0.1', port: await serve(more) } as const;
      return failureOf((report) => transport.send(options(), to, report));
    };
    expect(await failed({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: ANYTHING })).to.have.property(
      'code',
      'SIP_NOT_SENT',
    );
    expect(await failed({ maxVersion: 'TLSv1.2', ciphers: CBC })).to.have.property('code', 'SIP_NOT_SENT');
  });
});
