import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { CodedError } from '../../../lib/base/errors.js';
import { loadConfig } from '../../../lib/config.js';

type Env = Record<string, string | undefined>;

/** Files by name; config/default.json is the real one. */
const load = (env: Env = {}, files: Record<string, unknown> = {}) =>
  loadConfig(env, (path) => {
    if (path.endsWith('config/default.json')) return readFileSync(path, 'utf8');
    const file = files[path];
    if (file === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
    return typeof file === 'string' ? file : JSON.stringify(file);
  });

const withFile = (file: unknown, env: Env = {}) => load({ VIRKNE_CONFIG: 'site.json', ...env }, { 'site.json': file });

/** The mistakes named, one a line. */
function mistakes(action: () => unknown): string[] {
  try {
    action();
  } catch (thrown) {
    expect(thrown).to.be.instanceOf(CodedError).and.include({ code: 'CONFIG_INVALID' });
    return (thrown as CodedError).message.split('\n  ').slice(1);
  }
  throw new Error('the configuration was accepted');
}

describe('Configuration: layers', () => {
  it('without any variable the defaults hold', () => {
    const config = load();
    expect(config.sip.listen).to.deep.equal([{ protocol: 'udp', address: '0.0.0.0', port: 5060 }]);
    expect(config.ringing.ringTimes).to.deep.equal([10, 20, 30]);
    expect(config.http.listen).to.deep.equal({ address: '127.0.0.1', port: 8080 });
    expect(config.redis.url).to.equal(undefined);
    expect(config.drachtio.url).to.equal(undefined);
  });

  it('the file overrides the defaults key by key, lists whole', () => {
    const config = withFile({ sip: { timers: { t1: 250 } }, ringing: { ringTimes: [3] } });
    expect(config.sip.timers).to.deep.equal({ t1: 250, t2: 4000, t4: 5000 });
    expect(config.ringing.ringTimes).to.deep.equal([3]);
  });

  it('the environment overrides the file', () => {
    const file = { log: { level: 'warn' }, http: { listen: '127.0.0.1:8088' }, trunks: [{ uri: 'sip:192.0.2.9' }] };
    const config = withFile(file, { LOG_LEVEL: 'debug', TRUNKS: 'sip:10.1.0.1:5060,sip:10.1.0.2:5060' });
    expect(config.log).to.deep.equal({ level: 'debug' });
    expect(config.http.listen.port).to.equal(8088);
    expect(config.trunks.map(({ uri, priority }) => [uri, priority])).to.deep.equal([
      ['sip:10.1.0.1:5060', 1],
      ['sip:10.1.0.2:5060', 2],
    ]);
  });

  it('an empty variable counts as unset', () => {
    expect(load({ REDIS_URL: '', TRUNKS: ' ', VIRKNE_CONFIG: '' }).redis.url).to.equal(undefined);
  });

  it('the secret of the embedded engine is random unless it is given', () => {
    expect(load().drachtio.secret)
      .to.match(/^[\da-f]{24}$/)
      .and.not.equal(load().drachtio.secret);
    expect(withFile({ drachtio: { secret: 'cymru' } }).drachtio.secret).to.equal('cymru');
  });
});

describe('Configuration: values', () => {
  it('SIP_LISTEN is a list of protocol:address:port, IPv6 in brackets', () => {
    const { listen } = load({ SIP_LISTEN: 'udp:0.0.0.0:5060, tcp:[::1]:0' }).sip;
    expect(listen).to.deep.equal([
      { protocol: 'udp', address: '0.0.0.0', port: 5060 },
      { protocol: 'tcp', address: '::1', port: 0 },
    ]);
  });

  it('DRACHTIO_URL is taken apart', () => {
    const url = (text: string) => load({ DRACHTIO_URL: text }).drachtio.url;
    expect(url('drachtio://:cymru@sip.example.lv')).to.deep.equal({
      host: 'sip.example.lv',
      port: 9022,
      secret: 'cymru',
    });
    expect(url('drachtio://:s@[2001:db8::1]:9023')).to.deep.equal({ host: '2001:db8::1', port: 9023, secret: 's' });
  });

  it('SIP_LISTEN may say what peers are told instead of the bound address', () => {
    const { listen } = load({ SIP_LISTEN: 'udp:0.0.0.0:5060;advertise=sip.example.lv:5062' }).sip;
    const advertise = { address: 'sip.example.lv', port: 5062 };
    expect(listen).to.deep.equal([{ protocol: 'udp', address: '0.0.0.0', port: 5060, advertise }]);
  });

  it('peers are addresses or networks', () => {
    const peers = ['10.1.0.0/24', '10.1.0.1', '2001:db8::7', '2001:db8::/32'];
    expect(withFile({ sip: { peers } }).sip.peers).to.deep.equal(peers);
    const wrong = ['10.1.0.0/33', '10.1.0/24', 'sbc.example.lv', '10.1.0.0/8/8', '10.1.0.0/', '::1/129'];
    expect(mistakes(() => withFile({ sip: { peers: wrong } }))).to.have.length(wrong.length);
  });

  for (const url of [
    'redis://127.0.0.1:6379/0',
    'rediss://:secret@redis.example.lv',
    'redis+sentinel://h1:26379,h2:26379/mymaster',
    'redis+cluster://h1:7000,h2:7001',
    'redis+unix:///run/redis/redis.sock?db=1',
  ]) {
    it(`REDIS_URL may be ${url}`, () => expect(load({ REDIS_URL: url }).redis.url).to.equal(url));
  }

  const refused: [variable: string, value: string, path: string][] = [
    ['SIP_LISTEN', '5060', 'sip.listen[0]'],
    ['SIP_LISTEN', 'sctp:0.0.0.0:5060', 'sip.listen[0]'],
    ['SIP_LISTEN', 'udp:0.0.0.0:65536', 'sip.listen[0]'],
    ['SIP_LISTEN', 'udp:localhost:5060', 'sip.listen[0]'],
    ['SIP_LISTEN', 'udp:0.0.0.0:5060;advertise=sip.example.lv', 'sip.listen[0]'],
    ['SIP_LISTEN', ',', 'sip.listen'],
    ['DRACHTIO_URL', 'drachtio://127.0.0.1:9022', 'drachtio.url'],
    ['REDIS_URL', 'http://127.0.0.1', 'redis.url'],
    ['REDIS_URL', 'redis://one:1,two:2', 'redis.url'],
    ['REDIS_URL', 'redis+unix://run/redis.sock', 'redis.url'],
    ['TRUNKS', 'sip:10.1.0.1,10.1.0.2', 'trunks[1].uri'],
    ['HTTP_LISTEN', ':8080', 'http.listen'],
    ['LOG_LEVEL', 'verbose', 'log.level'],
  ];
  for (const [variable, value, path] of refused) {
    it(`${variable}=${value} is refused with path, value, origin and what is allowed`, () => {
      const [mistake = '', ...others] = mistakes(() => load({ [variable]: value }));
      expect(others).to.deep.equal([]);
      expect(mistake.startsWith(`${path} = `)).to.equal(true, mistake);
      expect(mistake).to.contain(`(${variable}): must `);
    });
  }
});

describe('Configuration: mistakes', () => {
  it('every mistake is named at once, with the place it came from', () => {
    const file = { sip: { timers: { t1: 'fast' } }, ringing: { ringTimes: [], maxMembers: 13 }, redi: {} };
    expect(
      mistakes(() => withFile(file, { LOG_LEVEL: 'loud', HTTP_LISTEN: '8080' })).map(pathAndOrigin),
    ).to.have.members([
      'sip.timers.t1 (site.json)',
      'ringing.ringTimes (site.json)',
      'ringing.maxMembers (site.json)',
      'redi (site.json)',
      'log.level (LOG_LEVEL)',
      'http.listen (HTTP_LISTEN)',
    ]);
  });

  it('an unknown key is refused, and the known ones are listed', () => {
    const [mistake] = mistakes(() => withFile({ drain: { deadline: 3 } }));
    expect(mistake).to.equal('drain.deadline = 3 (site.json): is not known here; known are deadlineSeconds');
  });

  it('a value in the place of a section is refused, also when a variable sets something inside', () => {
    const found = mistakes(() => withFile({ log: 'debug' }, { LOG_LEVEL: 'info' }));
    expect(found).to.deep.equal(['log = "debug" (site.json): must be an object with level']);
  });

  it('passwords and secrets are never shown', () => {
    const found = mistakes(() =>
      withFile(
        { trunks: [{ uri: 'si:u:hunter2@h', password: 7777 }], drachtio: { secret: ['hunter2'] } },
        { REDIS_URL: 'red://:hunter2@h', DRACHTIO_URL: 'drachtio://hunter2@h' },
      ),
    ).join('\n');
    expect(found).to.not.contain('hunter2').and.not.contain('7777');
  });

  it('a file that is missing or no JSON is named', () => {
    expect(() => load({ VIRKNE_CONFIG: 'gone.json' })).to.throw(
      /VIRKNE_CONFIG=gone\.json: cannot be read as JSON: ENOENT/,
    );
    expect(() => withFile('{')).to.throw(/VIRKNE_CONFIG=site\.json: cannot be read as JSON/);
  });

  it('tls needs a certificate and a key that can be read', () => {
    const env = { SIP_LISTEN: 'tls:0.0.0.0:5061' };
    expect(mistakes(() => load(env)).map(pathAndOrigin)).to.have.members([
      'sip.tls.certificate (config/default.json)',
      'sip.tls.key (config/default.json)',
    ]);
    const file = { sip: { tls: { certificate: 'c.pem', key: 'gone.pem' } } };
    const found = mistakes(() => load({ ...env, VIRKNE_CONFIG: 's' }, { s: file, 'c.pem': 'PEM' }));
    expect(found.map(pathAndOrigin)).to.deep.equal(['sip.tls.key (s)']);
  });

  it('a trunk that registers needs a username and a password, and a password needs a username', () => {
    const trunks = [
      { uri: 'sip:a', password: 'p' },
      { uri: 'sip:b', register: true },
      { uri: 'sip:c', username: 'u' },
      { uri: 'sip:d', username: 'u', register: true },
    ];
    expect(mistakes(() => withFile({ trunks })).map(pathAndOrigin)).to.deep.equal([
      'trunks[0].username (site.json)',
      'trunks[1].username (site.json)',
      'trunks[3].password (site.json)',
    ]);
  });
});

describe('Configuration: warnings', () => {
  const warned = (pattern: RegExp, config: { warnings: readonly string[] }) =>
    config.warnings.some((warning) => pattern.test(warning));

  it('a chain that outlasts Timer C is warned of (RFC 3261 §16.6 item 11)', () => {
    expect(warned(/360 s, more than Timer C/, load())).to.equal(true);
    expect(warned(/Timer C/, withFile({ ringing: { ringTimes: [10], maxMembers: 12 } }))).to.equal(false);
  });

  it('a 180 repeated too seldom for Timer C is warned of', () => {
    expect(warned(/ringRefreshMs/, withFile({ ringing: { ringRefreshMs: 180_000 } }))).to.equal(true);
    expect(warned(/ringRefreshMs/, load())).to.equal(false);
  });

  it('a service that nobody elsewhere may call is warned of, until there is a trunk or a peer', () => {
    expect(warned(/this machine only/, load())).to.equal(true);
    expect(warned(/this machine only/, load({ TRUNKS: 'sip:10.1.0.1' }))).to.equal(false);
    expect(warned(/this machine only/, withFile({ sip: { peers: ['10.0.0.0/8'] } }))).to.equal(false);
  });

  it('peers that are everybody are warned of', () => {
    expect(warned(/everybody/, withFile({ sip: { peers: ['0.0.0.0/0'] } }))).to.equal(true);
  });

  it('SIP_LISTEN beside DRACHTIO_URL is warned of, the default is not', () => {
    const DRACHTIO_URL = 'drachtio://:s@127.0.0.1';
    expect(warned(/not used/, load({ DRACHTIO_URL, SIP_LISTEN: 'udp:0.0.0.0:5060' }))).to.equal(true);
    expect(warned(/not used/, load({ DRACHTIO_URL }))).to.equal(false);
  });
});

/** `path (origin)` of a mistake. */
const pathAndOrigin = (mistake: string): string =>
  mistake.replace(/^(\S+) = .*? (\([^()]*\)): (?:must|is) .*$/, '$1 $2');
