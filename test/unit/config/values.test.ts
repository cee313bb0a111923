import { expect } from 'chai';
import type { Target } from '../../../lib/store/url.js';
import { Authority } from '../../support/certificates.js';
import { load, mistakes, pathAndOrigin, withFile } from './loading.js';

describe('Configuration: values', () => {
  it('SIP_LISTEN is a list of protocol:address:port, IPv6 in brackets', () => {
    const { listen } = load({ SIP_LISTEN: 'udp:0.0.0.0:5060, tcp:[::1]:0,TCP:10.0.0.1:0,tcp:10.0.0.1:0' }).sip;
    expect(listen).to.deep.equal([
      { protocol: 'udp', address: '0.0.0.0', port: 5060 },
      { protocol: 'tcp', address: '::1', port: 0 },
      { protocol: 'tcp', address: '10.0.0.1', port: 0 },
      { protocol: 'tcp', address: '10.0.0.1', port: 0 },
    ]);
    const tls = { sip: { tls: { certificate: 'c.pem', key: 'k.pem' } } };
    const { certificate, key } = new Authority().issue('IP:127.0.0.1');
    const files = { site: tls, 'c.pem': certificate, 'k.pem': key };
    expect(load({ SIP_LISTEN: 'tls:[::]:5061', VIRKNE_CONFIG: 'site' }, files).sip.listen).to.deep.equal([
      { protocol: 'tls', address: '::', port: 5061 },
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
    const [ipv6] = load({ SIP_LISTEN: 'udp:[::]:5061;advertise=[2001:db8::1]:5061' }).sip.listen;
    expect(ipv6?.advertise).to.deep.equal({ address: '2001:db8::1', port: 5061 });
  });

  it('name servers are addresses, with or without a port', () => {
    const nameServers = ['10.0.0.53', '127.0.0.1:5353', '[2001:db8::1]', '[2001:db8::1]:5353'];
    const read = ['10.0.0.53', '127.0.0.1:5353', '2001:db8::1', '[2001:db8::1]:5353'];
    expect(withFile({ sip: { nameServers } }).sip.nameServers).to.deep.equal(read);
    const wrong = ['ns.example', '10.0.0.53:', '10.0.0.53:99999', ''];
    expect(mistakes(() => withFile({ sip: { nameServers: wrong } }))).to.have.length(wrong.length);
  });

  it('ringing.trunkFailures holds statuses and causes of Q.850, or none', () => {
    const none = { statuses: [], causes: [] };
    expect(withFile({ ringing: { trunkFailures: none } }).ringing.trunkFailures).to.deep.equal(none);
    const wrong = { statuses: [200, '503'], causes: [0, 128] };
    expect(mistakes(() => withFile({ ringing: { trunkFailures: wrong } }))).to.have.length(4);
  });

  it('peers are addresses or networks', () => {
    const peers = ['10.1.0.0/24', '10.1.0.1', '2001:db8::7', '2001:db8::/32'];
    expect(withFile({ sip: { peers } }).sip.peers).to.deep.equal([
      { address: '10.1.0.0', bits: 24 },
      { address: '10.1.0.1' },
      { address: '2001:db8::7' },
      { address: '2001:db8::', bits: 32 },
    ]);
    const wrong = ['10.1.0.0/33', '10.1.0/24', 'sbc.example.lv', '10.1.0.0/8/8', '10.1.0.0/', '::1/129', ''];
    expect(mistakes(() => withFile({ sip: { peers: wrong } }))).to.have.length(wrong.length);
  });

  const redis: [url: string, read: Partial<Target>][] = [
    ['redis://127.0.0.1:6379/0', { kind: 'single', addresses: [{ host: '127.0.0.1', port: 6379 }], database: 0 }],
    [
      'rediss://:secret@redis.example.lv',
      { addresses: [{ host: 'redis.example.lv', port: 6379 }], password: 'secret', tls: true },
    ],
    ['redis+sentinel://h1:26379,h2:26379/mymaster', { kind: 'sentinel', master: 'mymaster' }],
    [
      'redis+cluster://h1:7000,h2:7001',
      {
        kind: 'cluster',
        addresses: [
          { host: 'h1', port: 7000 },
          { host: 'h2', port: 7001 },
        ],
      },
    ],
    ['redis+unix:///run/redis/redis.sock?db=1', { kind: 'single', path: '/run/redis/redis.sock', database: 1 }],
  ];
  for (const [url, read] of redis) {
    it(`REDIS_URL may be ${url}, and is read once`, () => {
      expect(load({ REDIS_URL: url }).redis.url).to.deep.include({ ...read, shown: url.replace('secret', '***') });
    });
  }

  it('a Redis URL that is wrong is refused with what is wrong in it', () => {
    const [mistake] = mistakes(() => load({ REDIS_URL: 'redis+sentinel://h1' }));
    expect(mistake).to.match(
      /^redis\.url = "redis\+sentinel:\/\/h1" \(REDIS_URL\): must be one of .*: lacks the master's name$/,
    );
  });

  it('a trunk has what trunkDefaults say, unless it says otherwise', () => {
    const file = {
      trunkDefaults: { weight: 7, registerSeconds: 600 },
      trunks: [{ uri: 'sip:a' }, { uri: 'sip:b', weight: 2 }],
    };
    const common = {
      priority: 1,
      register: false,
      registerSeconds: 600,
      trusted: true,
      correlate: true,
      earlyMedia: '183',
      pEarlyMedia: false,
      keepAliveSeconds: 0,
    };
    expect(withFile(file).trunks).to.deep.equal([
      { uri: 'sip:a', weight: 7, ...common },
      { uri: 'sip:b', weight: 2, ...common },
    ]);
  });

  it('pings go to several trunks every 30 s, to a single one if that is wanted', () => {
    expect(load({ TRUNKS: 'sip:a,sip:b' }).pings.pingSeconds).to.equal(30);
    expect(load({ TRUNKS: 'sip:a' }).pings.pingSeconds).to.equal(0);
    expect(withFile({ pings: { pingSeconds: 5 }, trunks: [{ uri: 'sip:a' }] }).pings.pingSeconds).to.equal(5);
    expect(withFile({ pings: { pingSeconds: 0 } }, { TRUNKS: 'sip:a,sip:b' }).pings.pingSeconds).to.equal(0);
  });

  it('ringing.domain is a host without port, IPv6 in the brackets that a URI wants', () => {
    const domain = (value: string) => withFile({ ringing: { domain: value } }).ringing.domain;
    expect([domain('operator.example'), domain('10.0.0.1')]).to.deep.equal(['operator.example', '10.0.0.1']);
    expect(domain('[2001:db8::1]')).to.equal('[2001:db8::1]');
    expect(load().ringing.domain).to.equal(undefined);
    for (const value of ['operator.example:5060', 'sip:operator.example', 'a b', '']) {
      expect(mistakes(() => domain(value)).map(pathAndOrigin), value).to.deep.equal(['ringing.domain (site.json)']);
    }
  });

  const refused: [variable: string, value: string, path: string][] = [
    ['SIP_LISTEN', '5060', 'sip.listen[0]'],
    ['SIP_LISTEN', 'sctp:0.0.0.0:5060', 'sip.listen[0]'],
    ['SIP_LISTEN', 'udp:0.0.0.0:65536', 'sip.listen[0]'],
    ['SIP_LISTEN', 'udp:localhost:5060', 'sip.listen[0]'],
    ['SIP_LISTEN', 'udp:0.0.0.0:5060;advertise=sip.example.lv', 'sip.listen[0]'],
    ['SIP_LISTEN', ',', 'sip.listen'],
    ['SIP_LISTEN', 'udp', 'sip.listen[0]'],
    ['SIP_LISTEN', 'udp:999.0.0.1:5060', 'sip.listen[0]'],
    ['SIP_LISTEN', 'udp:::1:5060', 'sip.listen[0]'],
    ['SIP_LISTEN', 'udp:0.0.0.0:5060;advertise=a:0', 'sip.listen[0]'],
    ['SIP_LISTEN', 'udp:0.0.0.0:5060,udp:0.0.0.0:5060', 'sip.listen[1]'],
    ['DRACHTIO_URL', 'drachtio://127.0.0.1:9022', 'drachtio.secret'],
    ['DRACHTIO_URL', 'drachtio://s@127.0.0.1:9022', 'drachtio.url'],
    ['REDIS_URL', 'http://127.0.0.1', 'redis.url'],
    ['REDIS_URL', 'redis://one:1,two:2', 'redis.url'],
    ['REDIS_URL', 'redis://10.1.0', 'redis.url'],
    ['REDIS_URL', 'redis://one/x', 'redis.url'],
    ['REDIS_URL', 'redis://:50%@one', 'redis.url'],
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
