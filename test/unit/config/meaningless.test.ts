import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { VARIABLE_NAMES } from '../../../lib/config/environment.js';
import { secretsOf } from '../../../lib/config/secrets.js';
import { Authority } from '../../support/certificates.js';
import { load, mistakes, pathAndOrigin, withFile } from './loading.js';

const SECRET = 'sixteen-and-more';
const EXTERNAL = 'drachtio://:s@127.0.0.1';

/** What cannot mean what it says. */
describe('Configuration: trunks that cannot mean what they say', () => {
  const refused = (...trunks: object[]): string[] =>
    mistakes(() => withFile({ sip: { listen: ['udp:127.0.0.1:5060'] }, trunks }));
  const warned = (...trunks: object[]): readonly string[] => withFile({ trunks }).warnings;

  it("a password in a trunk's URI is refused, and not shown", () => {
    for (const uri of ['sip:office:hunter2@10.1.0.1', 'sip:office:@10.1.0.1']) {
      const [found, ...more] = refused({ uri });
      expect(found).to.match(/^trunks\[0\]\.uri = .* \(site\.json\): must not hold a password/);
      expect(found).not.to.contain('hunter2');
      expect(more).to.deep.equal([]);
    }
    expect(mistakes(() => load({ TRUNKS: 'sip:office:hunter2@10.1.0.1' })).join()).not.to.contain('hunter2');
  });

  it("a user in a trunk's URI is warned of: it is no username", () => {
    expect(warned({ uri: 'sip:office@10.1.0.1' }).join()).to.contain('trunks[0].uri: its user is not called');
    expect(warned({ uri: 'sip:10.1.0.1' }).join()).not.to.contain('its user');
  });

  it('two trunks that lead to one place are refused, in whatever form they say so (RFC 3261 §19.1.4)', () => {
    for (const [one, other] of [
      ['sip:10.1.0.1', 'sip:10.1.0.1'],
      ['sip:10.1.0.1', 'sip:10.1.0.1:5060;transport=UDP'],
      ['sip:SBC.example', 'sip:sbc.example'],
      ['sip:office@10.1.0.1', 'sip:10.1.0.1'],
      ['sip:[2001:db8::1]:5060', 'sip:[2001:DB8::1]'],
    ] as const) {
      const found = refused({ uri: one }, { uri: other }).map(pathAndOrigin);
      expect(found, `${one} ${other}`).to.deep.equal(['trunks[1].uri (site.json)']);
    }
    expect(mistakes(() => load({ TRUNKS: 'sip:a,sip:b,sip:a' }))[0]).to.contain('must lead elsewhere than trunks[0]');
  });

  it('other ports, transports and names are other places', () => {
    const uris = ['sip:10.1.0.1', 'sip:10.1.0.1:5070', 'sip:10.1.0.1;transport=tcp', 'sip:a', 'sip:a:5060', 'sip:b'];
    const sip = { listen: ['udp:127.0.0.1:5060', 'tcp:127.0.0.1:5060'] };
    expect(withFile({ sip, trunks: uris.map((uri) => ({ uri })) }).trunks).to.have.length(uris.length);
  });

  it("two lines at one place are told that the first one's credentials count for calls", () => {
    const line = (username: string) => ({ uri: 'sip:sbc.example', username, password: 'p', register: true });
    expect(warned(line('one'), line('two')).join()).to.contain('trunks[1]: leads where trunks[0] does');
    expect(warned(line('one')).join()).not.to.contain('leads where');
  });

  it('pEarlyMedia where it does nothing, or leaves the trust domain, is warned of (RFC 5009 §2)', () => {
    const said = (trunk: object): string => warned({ uri: 'sip:a', pEarlyMedia: true, ...trunk }).join();
    expect(said({ earlyMedia: '180' })).to.contain('trunks[0].pEarlyMedia: not used');
    expect(said({ trusted: false })).to.contain('trunks[0].pEarlyMedia: the header is for networks within');
    expect(said({})).not.to.contain('pEarlyMedia');
  });

  it('a trunk whose transport is listened on nowhere is refused, unless a drachtio-server listens', () => {
    const tls = 'sip:a;transport=tls';
    for (const uri of [tls, 'sips:a', 'sip:a;transport=TCP']) {
      expect(refused({ uri }).map(pathAndOrigin), uri).to.deep.equal(['trunks[0].uri (site.json)']);
    }
    expect(refused({ uri: tls })[0]).to.contain('no entry there is tls');
    expect(load({ TRUNKS: tls, DRACHTIO_URL: EXTERNAL }).trunks).to.have.length(1);
  });

  it('a transport is not missed where an entry of sip.listen is a mistake itself', () => {
    const found = mistakes(() => load({ TRUNKS: 'sip:a;transport=tcp', SIP_LISTEN: 'tcp:nowhere' }));
    expect(found.map(pathAndOrigin)).to.deep.equal(['sip.listen[0] (SIP_LISTEN)']);
  });
});

describe('Configuration: the examples of the README', () => {
  it('are accepted, with nothing that has no effect', () => {
    const examples = [...readFileSync('README.md', 'utf8').matchAll(/^```json\n(.*?)^```/gms)].map(([, text]) => text);
    expect(examples).not.to.be.empty;
    for (const text of examples) {
      expect(withFile(text).warnings.filter((one) => /not (?:used|read)|trunks\[/.test(one))).to.deep.equal([]);
    }
  });
});

describe('Configuration: secrets', () => {
  it('drachtio.listen without a secret is refused: nobody could attach', () => {
    const [found] = mistakes(() => withFile({ drachtio: { listen: '127.0.0.1:9022' } }));
    expect(found).to.match(/^drachtio\.secret = missing \(site\.json\): must be given with drachtio\.listen/);
    expect(withFile({ drachtio: { listen: '127.0.0.1:9022', secret: SECRET } }).drachtio.secret).to.equal(SECRET);
  });

  it("a drachtio-server's secret is in its URL or in DRACHTIO_SECRET, and not in both or neither", () => {
    const DRACHTIO_URL = 'drachtio://127.0.0.1:9022';
    expect(load({ DRACHTIO_URL, DRACHTIO_SECRET: SECRET }).drachtio.url?.secret).to.equal(SECRET);
    expect(load({ DRACHTIO_URL: EXTERNAL }).drachtio.url?.secret).to.equal('s');
    const neither = mistakes(() => load({ DRACHTIO_URL })).map(pathAndOrigin);
    expect(neither).to.deep.equal(['drachtio.secret (DRACHTIO_URL)']);
    const both = mistakes(() => load({ DRACHTIO_URL: EXTERNAL, DRACHTIO_SECRET: SECRET }));
    expect(both.map(pathAndOrigin)).to.deep.equal(['drachtio.secret (DRACHTIO_SECRET)']);
    expect(both.join()).not.to.contain(SECRET);
  });

  it('the password of Redis is in its URL or in REDIS_PASSWORD, and not in both', () => {
    const config = load({ REDIS_URL: 'redis://virkne@h', REDIS_PASSWORD: 'hunter2' });
    expect([config.redis.url?.username, config.redis.url?.password]).to.deep.equal(['virkne', 'hunter2']);
    expect(secretsOf(config)).to.include('hunter2');
    const both = mistakes(() => load({ REDIS_URL: 'redis://:p@h', REDIS_PASSWORD: 'hunter2' }));
    expect(both.map(pathAndOrigin)).to.deep.equal(['redis.password (REDIS_PASSWORD)']);
    expect(both.join()).not.to.contain('hunter2');
  });

  it('a variable with _FILE names the file that holds the value', () => {
    const files = { '/run/secrets/one': ' hunter2\n', '/run/secrets/two': 'redis://h\n' };
    const env = { REDIS_URL_FILE: '/run/secrets/two', REDIS_PASSWORD_FILE: '/run/secrets/one' };
    expect(load(env, files).redis.url?.password).to.equal('hunter2');
  });

  it('a file of a variable that is missing, empty, or given beside the variable itself is refused', () => {
    const found = mistakes(() =>
      load(
        { REDIS_URL: 'redis://h', REDIS_URL_FILE: 'url', LOG_LEVEL_FILE: 'gone', TRUNKS_FILE: 'empty' },
        { url: 'redis://h', empty: ' \n' },
      ),
    );
    expect(found).to.have.length(3);
    expect(found.join('\n'))
      .to.match(/^REDIS_URL_FILE: must not be given with REDIS_URL$/m)
      .and.match(/^LOG_LEVEL_FILE=gone: cannot be read: ENOENT/m)
      .and.match(/^TRUNKS_FILE=empty: is empty$/m);
  });

  it('a value from a file is refused with the name of the variable, and a secret is not shown', () => {
    const found = mistakes(() => load({ DRACHTIO_SECRET_FILE: 'f' }, { f: 'hunter2' }));
    expect(found.map(pathAndOrigin)).to.deep.equal(['drachtio.secret (DRACHTIO_SECRET_FILE)']);
    expect(found.join()).not.to.contain('hunter2');
  });
});

describe('Configuration: misspelt variables', () => {
  const told = (...names: string[]): readonly string[] =>
    load(Object.fromEntries(names.map((name) => [name, 'hunter2']))).warnings.filter((text) => /not read/.test(text));

  it('a name that is nearly ours is warned of with the one that may be meant, and its value is not shown', () => {
    for (const [name, meant] of [
      ['TRUNK', 'TRUNKS'],
      ['REDIS_URI', 'REDIS_URL'],
      ['LOGLEVEL', 'LOG_LEVEL'],
      ['LOG_LEVLE', 'LOG_LEVEL'],
      ['sip_listen', 'SIP_LISTEN'],
      ['DRACHTIO_ULR', 'DRACHTIO_URL'],
      ['HTTP_LISTENS', 'HTTP_LISTEN'],
      ['VIRKNE_CONFG', 'VIRKNE_CONFIG'],
      ['REDIS_PASSWD_FILE', 'REDIS_PASSWORD_FILE'],
    ] as const) {
      expect(told(name), name).to.deep.equal([`${name}: not read; ${meant} may be meant`]);
    }
  });

  it('so is one with our prefix that is not ours', () => {
    for (const name of ['VIRKNE_LOG', 'SIP_PEERS', 'DRACHTIO_HOST', 'TRUNK_USERNAME']) {
      expect(told(name).join(), name).to.match(new RegExp(`^${name}: not read; known are SIP_LISTEN, `));
      expect(told(name).join()).not.to.contain('hunter2');
    }
  });

  it("what is ours, other programs' or the orchestrator's is not", () => {
    const others = ['PATH', 'LOG_FORMAT', 'HTTP_PROXY', 'REDIS_PORT', 'REDIS_SERVICE_HOST', 'NODE_ENV', 'LISTEN_FDS'];
    const links = ['VIRKNE_SERVICE_HOST', 'VIRKNE_PORT', 'VIRKNE_PORT_5060_UDP_ADDR', 'SIP_SERVICE_PORT_HTTP'];
    expect(told(...others, ...links, 'DRACHTIO_PRESERVE_HEADER_NAMES')).to.deep.equal([]);
    const empty = Object.fromEntries([...VARIABLE_NAMES, 'TRUNK', 'VIRKNE_X'].map((name) => [name, '']));
    expect(load(empty).warnings.join()).not.to.contain('not read');
  });
});

describe('Configuration: what has no effect', () => {
  const unused = (file: object, env = {}): string[] =>
    withFile(file, env).warnings.flatMap((text) => /^(\S+ \(.*?\)): not used, because/.exec(text)?.[1] ?? []);

  it('is warned of with its origin, beside a drachtio-server and without one', () => {
    const tls = { minVersion: 'TLSv1.3' };
    const drachtio = { listen: '127.0.0.1:9022', embedded: 'protocol' };
    const redis = { privatePort: 6391 };
    const env = { DRACHTIO_URL: EXTERNAL, SIP_LISTEN: 'udp:0.0.0.0:5060', REDIS_URL: 'redis://h' };
    const sip = { tls, pools: ['10.1.0.0/28'], natDetection: false, longestSessionSeconds: 7200 };
    expect(unused({ sip, drachtio, redis }, env)).to.deep.equal([
      'sip.listen (SIP_LISTEN)',
      'sip.tls (site.json)',
      'sip.pools (site.json)',
      'sip.natDetection (site.json)',
      'drachtio.listen (site.json)',
      'drachtio.embedded (site.json)',
      'redis.privatePort (site.json)',
    ]);
    expect(unused({ sip: { tls }, drachtio: { silenceMs: 1000 } }, { REDIS_PASSWORD: 'p' })).to.deep.equal([
      'sip.tls (site.json)',
      'drachtio.silenceMs (site.json)',
      'redis.password (REDIS_PASSWORD)',
    ]);
  });

  it('records that are to be masked after they have ended', () => {
    expect(unused({ records: { maskAfterDays: 90 } })).to.deep.equal(['records.maskAfterDays (site.json)']);
    expect(unused({ records: { maskAfterDays: 89 } })).to.deep.equal([]);
  });

  it('the defaults and what is used are not', () => {
    expect(load().warnings.join()).not.to.contain('not used');
    const drachtio = { listen: '127.0.0.1:9022', secret: SECRET, embedded: 'protocol' };
    expect(unused({ drachtio, redis: { privatePort: 6391 } })).to.deep.equal([]);
  });
});

describe('Configuration: TLS', () => {
  const authority = new Authority();
  const { certificate, key } = authority.issue('IP:127.0.0.1');
  const withTls = (tls: object) =>
    load(
      { VIRKNE_CONFIG: 'site.json', SIP_LISTEN: 'tls:0.0.0.0:5061' },
      { 'site.json': { sip: { tls: { certificate: 'c', key: 'k', ...tls } } }, c: certificate, k: key },
    );

  it('the defaults are "intermediate" of Mozilla\'s Server Side TLS', () => {
    const { minVersion, ciphers } = withTls({}).sip.tls;
    expect(minVersion).to.equal('TLSv1.2');
    expect(ciphers.filter((name) => !/^(?:TLS_(?:AES|CHACHA)|ECDHE-(?:ECDSA|RSA)-.*(?:GCM|CHACHA))/.test(name))).to.be
      .empty;
  });

  it('a suite that this Node does not know, and a version that forbids all of them, are refused', () => {
    const refused = (tls: object): string[] => mistakes(() => withTls(tls)).map(pathAndOrigin);
    expect(refused({ ciphers: ['TLS_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA265', '!aNULL'] })).to.deep.equal([
      'sip.tls.ciphers[1] (site.json)',
      'sip.tls.ciphers[2] (site.json)',
    ]);
    const ciphers = ['ECDHE-RSA-AES128-GCM-SHA256'];
    expect(refused({ minVersion: 'TLSv1.3', ciphers })).to.deep.equal(['sip.tls.ciphers (site.json)']);
    expect(refused({ minVersion: 'TLSv1.1' })).to.deep.equal(['sip.tls.minVersion (site.json)']);
    expect(refused({ ciphers: [] })).to.deep.equal(['sip.tls.ciphers (site.json)']);
    expect(withTls({ ciphers }).sip.tls.ciphers).to.deep.equal(ciphers);
  });
});
