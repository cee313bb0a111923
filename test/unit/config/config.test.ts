import { expect } from 'chai';
import { z } from 'zod';
import { CONFIG } from '../../../lib/config/schema.js';
import { Authority } from '../../support/certificates.js';
import { load, mistakes, pathAndOrigin, withFile } from './loading.js';

describe('Configuration: layers', () => {
  it('without any variable the defaults hold', () => {
    const config = load();
    expect(config.sip.listen).to.deep.equal([{ protocol: 'udp', address: '0.0.0.0', port: 5060 }]);
    expect(config.ringing.ringTimes).to.deep.equal([10, 20, 30]);
    expect(config.http.listen).to.deep.equal({ address: '127.0.0.1', port: 8080 });
    expect(config.redis.url).to.equal(undefined);
    expect(config.drachtio.url).to.equal(undefined);
  });

  it('each caller is a peer of its own, nobody may route, and a session lasts a day at most, unless the file says otherwise', () => {
    const { pools, routers, longestSessionSeconds } = load().sip;
    expect([pools, routers, longestSessionSeconds]).to.deep.equal([[], [], 86_400]);
    const sip = { pools: ['192.0.2.0/28'], routers: ['10.1.0.1'], longestSessionSeconds: 7200 };
    const file = withFile({ sip }).sip;
    expect([file.pools, file.routers]).to.deep.equal([[{ address: '192.0.2.0', bits: 28 }], [{ address: '10.1.0.1' }]]);
    expect(file.longestSessionSeconds).to.equal(7200);
  });

  it('the file overrides the defaults key by key, lists whole', () => {
    const config = withFile({ sip: { timers: { t1: 250 } }, ringing: { ringTimes: [3] } });
    expect(config.sip.timers).to.deep.equal({ t1: 250, t2: 4000, t4: 5000 });
    expect(config.ringing.ringTimes).to.deep.equal([3]);
  });

  it('the environment overrides the file', () => {
    const file = { log: { level: 'warn' }, http: { listen: '127.0.0.1:8088' }, trunks: [{ uri: 'sip:192.0.2.9' }] };
    const config = withFile(file, { LOG_LEVEL: 'debug', TRUNKS: 'sip:10.1.0.1:5060,sip:10.1.0.2:5060' });
    expect(config.log).to.include({ level: 'debug' });
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
    expect(withFile({ drachtio: { secret: 'only-friends-know' } }).drachtio.secret).to.equal('only-friends-know');
  });
});

describe('Configuration: defaults', () => {
  it('the schema has none: config/default.json is where each is, once', () => {
    const found: string[] = [];
    const walk = (type: z.core.$ZodType, path: string): void => {
      const { def } = type._zod;
      if (['default', 'prefault', 'catch'].includes(def.type)) found.push(path);
      if (type instanceof z.ZodObject)
        for (const [key, inner] of Object.entries(type.shape)) walk(inner as z.core.$ZodType, `${path}.${key}`);
      if (type instanceof z.ZodArray) walk(type.element as z.core.$ZodType, `${path}[]`);
      if ('innerType' in def) walk(def.innerType as z.core.$ZodType, path);
    };
    walk(CONFIG, '');
    expect(found).to.deep.equal([]);
  });
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
    expect(mistake).to.equal('drain.deadline = *** (site.json): is not known here; known are deadlineSeconds');
  });

  it('a value in the place of a section is refused, also when a variable sets something inside', () => {
    const found = mistakes(() => withFile({ log: 'debug' }, { LOG_LEVEL: 'info' }));
    expect(found).to.deep.equal(['log = "debug" (site.json): must be an object with level, levelNames, isoTime']);
  });

  it('passwords and secrets are never shown', () => {
    const found = mistakes(() =>
      withFile(
        { trunks: [{ uri: 'si:u:hunter2@h', password: 7777 }], drachtio: { secret: ['hunter2'] } },
        { REDIS_URL: 'red://:hunter2@h', DRACHTIO_URL: 'drachtio://hunter2@h' },
      ),
    ).join('\n');
    expect(found).to.not.contain('hunter2').and.not.contain('7777');
    for (const url of ['redis://:hun@hunter2@h', 'redis://:hunter2/@h', 'redis://:hunter2%@h']) {
      expect(mistakes(() => load({ REDIS_URL: url })).join('\n')).to.not.contain('hunter2');
    }
  });

  it('nor under a misspelt key, in a query, in a part that a comma or an @ makes of it, or where the @ was forgotten', () => {
    const trunk = (one: object): string[] => mistakes(() => withFile({ trunks: [{ uri: 'sip:h', ...one }] }));
    for (const key of ['pasword', 'Password', 'pass', 'passwort', 'auth']) {
      for (const value of ['hunter2', 7777, { it: 'hunter2' }, ['hunter2']]) {
        const [found] = trunk({ [key]: value });
        expect(found).to.match(new RegExp(`^trunks\\[0\\]\\.${key} = \\*\\*\\* \\(site.json\\): is not known here`));
      }
    }
    const all = [
      mistakes(() => withFile({ trunks: [[{ uri: 'sip:u:hunter2@h', pasword: 'hunter2', more: [{ pin: 7777 }] }]] })),
      mistakes(() => withFile({ trunks: 'sip:u:hunter2@h' })),
      mistakes(() => withFile({ drachtio: 'drachtio://:hunter2' })),
      ...['sip:h?password=hunter2', 'sip:u@h;x?auth=hunter2', 'hunter2@h', 'sip:u:hunter2'].map((uri) =>
        trunk({ uri }),
      ),
      ...['sip:u:pa,hunter2@h', 'sip:u:hunter2,ss@h', 'sip:u:a@hunter2@h:x'].map((TRUNKS) =>
        mistakes(() => load({ TRUNKS })),
      ),
      ...[
        'redis://user:hunter2',
        'redis://:hunter2',
        'redis://h?password=hunter2',
        'redis://:a/hunter2@h',
        'x:hunter2',
      ].map((REDIS_URL) => mistakes(() => load({ REDIS_URL }))),
      ...['drachtio://:hunter2', 'drachtio://:a@hunter2@h', 'drachtio://:hunter2@h?x=hunter2'].map((DRACHTIO_URL) =>
        mistakes(() => load({ DRACHTIO_URL })),
      ),
    ].flat();
    expect(all.join('\n')).to.not.contain('hunter2').and.not.contain('7777');
  });

  it('nor from a file that is no JSON, around the place where it ends', () => {
    for (const text of [
      '{"password": hunter2}',
      '{"password": "hunter2}',
      `{"drain":{}, "password": 'hunter2', "x": {}}`,
      'hunter2',
    ]) {
      const [found] = mistakes(() => withFile(text));
      expect(found).to.contain('cannot be read as JSON').and.not.contain('hunter2');
    }
  });

  it('an application’s secret has 16 characters at least', () => {
    const [found] = mistakes(() => withFile({ drachtio: { secret: 'fifteen-letters' } }));
    expect(found).to.equal('drachtio.secret = *** (site.json): must be a text of at least 16 characters');
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

  it('a trunk that registers needs a username, and a username and a password need each other', () => {
    const trunks = [
      { uri: 'sip:a', password: 'p' },
      { uri: 'sip:b', register: true },
      { uri: 'sip:c', username: 'u' },
      { uri: 'sip:d', username: 'u', register: true },
    ];
    const all = {
      trunks: [
        { uri: 'sip:e', username: 'u' },
        { uri: 'sip:f', register: false },
      ],
      trunkDefaults: { register: true },
    };
    expect(mistakes(() => withFile(all)).map(pathAndOrigin)).to.deep.equal(['trunks[0].password (site.json)']);
    expect(mistakes(() => withFile({ trunks })).map(pathAndOrigin)).to.deep.equal([
      'trunks[0].username (site.json)',
      'trunks[1].username (site.json)',
      'trunks[2].password (site.json)',
      'trunks[3].password (site.json)',
    ]);
  });
});

describe('Configuration: mistakes in rules over several values', () => {
  it('are named at once with those of single values', () => {
    const file = {
      sip: {
        listen: ['udp:127.0.0.1:5060', 'nonsense', 'udp:127.0.0.1:5060', 'tls:127.0.0.1:5061'],
        timers: { t1: 5000 },
      },
      trunks: [{ uri: 'sip:a', password: 'p' }, { uri: 'no uri' }, { uri: 'sip:c', register: true }],
      ringing: { maxMembers: 13 },
    };
    expect(mistakes(() => withFile(file, { LOG_LEVEL: 'loud' })).map(pathAndOrigin)).to.have.members([
      'sip.listen[1] (site.json)',
      'sip.listen[2] (site.json)',
      'sip.timers.t2 (config/default.json)',
      'sip.tls.certificate (config/default.json)',
      'sip.tls.key (config/default.json)',
      'trunks[0].username (site.json)',
      'trunks[1].uri (site.json)',
      'trunks[2].username (site.json)',
      'ringing.maxMembers (site.json)',
      'log.level (LOG_LEVEL)',
    ]);
  });

  it('a rule is not checked against a value that is a mistake itself', () => {
    const file = { sip: { timers: { t1: 5000, t2: 'slow' } }, drachtio: { url: 'nonsense' }, trunks: 'sip:a' };
    const found = mistakes(() => withFile(file, { SIP_LISTEN: 'tls:0.0.0.0:5061' })).map(pathAndOrigin);
    expect(found).to.have.members(['sip.timers.t2 (site.json)', 'drachtio.url (site.json)', 'trunks (site.json)']);
  });

  it('a file that cannot be read hides no mistake of the variables', () => {
    const found = mistakes(() => load({ VIRKNE_CONFIG: 'gone.json', LOG_LEVEL: 'loud', SIP_LISTEN: 'tls:0.0.0.0:1' }));
    expect(found).to.have.length(4);
    expect(found[0]).to.match(/^VIRKNE_CONFIG=gone\.json: cannot be read as JSON: ENOENT/);
    expect(found.slice(1).map(pathAndOrigin)).to.have.members([
      'log.level (LOG_LEVEL)',
      'sip.tls.certificate (config/default.json)',
      'sip.tls.key (config/default.json)',
    ]);
  });

  it('a certificate and a key that are no pair are refused with everything else', () => {
    const authority = new Authority();
    const one = authority.issue('IP:127.0.0.1');
    const other = authority.issue('IP:127.0.0.1');
    const file = { sip: { tls: { certificate: 'c.pem', key: 'k.pem' } }, drain: { deadlineSeconds: -1 } };
    const files = (key: string) => ({ 'site.json': file, 'c.pem': one.certificate, 'k.pem': key });
    const env = { VIRKNE_CONFIG: 'site.json', SIP_LISTEN: 'tls:0.0.0.0:5061' };
    const wrong = mistakes(() => load(env, files(other.key)));
    expect(wrong.map(pathAndOrigin)).to.deep.equal(['drain.deadlineSeconds (site.json)', 'sip.tls (site.json)']);
    const right = mistakes(() => load(env, files(one.key)));
    expect(right.map(pathAndOrigin)).to.deep.equal(['drain.deadlineSeconds (site.json)']);
  });

  it('a country without a numbering plan is refused with everything else', () => {
    const found = mistakes(() => withFile({ ringing: { defaultCountry: 'XX', maxMembers: 0 } })).map(pathAndOrigin);
    expect(found).to.have.members(['ringing.defaultCountry (site.json)', 'ringing.maxMembers (site.json)']);
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
