import { expect } from 'chai';
import { parseRedisUrl, socketUrl } from '../../../lib/store/url.js';

describe('Redis URLs', () => {
  const plain = { master: '', username: undefined, password: undefined, database: 0, tls: false };
  const cases: [url: string, expected: object][] = [
    ['redis://127.0.0.1', { ...plain, kind: 'single', addresses: [{ host: '127.0.0.1', port: 6379 }] }],
    ['redis://h:6380/3', { ...plain, kind: 'single', addresses: [{ host: 'h', port: 6380 }], database: 3 }],
    ['redis://[::1]:6380', { ...plain, kind: 'single', addresses: [{ host: '::1', port: 6380 }] }],
    [
      'rediss://user:p%40ss@h/1',
      {
        kind: 'single',
        addresses: [{ host: 'h', port: 6379 }],
        username: 'user',
        password: 'p@ss',
        database: 1,
        tls: true,
      },
    ],
    [
      'redis+sentinel://:secret@h1:26380,h2/main',
      {
        ...plain,
        kind: 'sentinel',
        addresses: [
          { host: 'h1', port: 26380 },
          { host: 'h2', port: 26379 },
        ],
        password: 'secret',
        master: 'main',
      },
    ],
    [
      'redis+cluster://h1:7000,h2:7001',
      {
        ...plain,
        kind: 'cluster',
        addresses: [
          { host: 'h1', port: 7000 },
          { host: 'h2', port: 7001 },
        ],
      },
    ],
    ['redis+unix:///run/redis.sock', { ...plain, kind: 'single', addresses: [], path: '/run/redis.sock' }],
    [
      'redis+unix://user:p%40ss@/run/a%20b.sock?db=2',
      { ...plain, kind: 'single', path: '/run/a b.sock', username: 'user', password: 'p@ss', database: 2 },
    ],
  ];
  for (const [url, expected] of cases) {
    it(`reads ${url}`, () => {
      expect(parseRedisUrl(url)).to.deep.include(expected);
    });
  }

  it('never shows the password', () => {
    expect(parseRedisUrl('redis://u:secret@h:1/0').shown).to.equal('redis://u:***@h:1/0');
  });

  it('writes the URL of any path so that it is read back', () => {
    for (const path of ['/run/redis.sock', '/a b/50%/what?#.sock']) {
      expect(parseRedisUrl(socketUrl(path)).path).to.equal(path);
    }
  });

  const refused: [url: string, wrong: string][] = [
    ['127.0.0.1:6379', 'not understood'],
    ['http://h', 'unknown scheme'],
    ['redis://h1,h2', 'names several hosts'],
    ['redis://h:0', 'is no host:port'],
    ['redis://10.1.0', 'is no host:port'],
    ['redis://[::g]', 'is no host:port'],
    ['redis://:50%@h', 'has a %'],
    ['redis://:a@b@h', 'not understood'],
    ['redis://h/x', 'is no database number'],
    ['redis+sentinel://h1', "lacks the master's name"],
    ['redis+cluster://h1/2', 'a Cluster has only database 0'],
    ['redis+unix://run/redis.sock', 'not understood'],
    ['redis+unix:///run/redis.sock?db=x', 'not understood'],
  ];
  it('never says what is wrong by quoting it: an @ that was forgotten makes the password a host', () => {
    for (const url of [
      'redis://user:hunter2',
      'redis://:hunter2',
      'redis://u/hunter2',
      'hunter2://h',
      'redis://h:hunter2/1',
    ]) {
      expect(() => parseRedisUrl(url))
        .to.throw()
        .with.property('message')
        .that.does.not.contain('hunter2');
    }
  });

  for (const [url, wrong] of refused) {
    it(`refuses ${url}`, () => {
      expect(() => parseRedisUrl(url))
        .to.throw(wrong)
        .with.property('code', 'CONFIG_INVALID');
    });
  }
});
