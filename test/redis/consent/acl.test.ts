import { expect } from 'chai';
import { Redis } from 'ioredis';
import { aclRules } from '../../../lib/consent/acl.js';
import type { Consent } from '../../../lib/consent/open.js';
import { logKey, metadataKey, noticeKey } from '../../../lib/store/consent/keys.js';
import { grant, openAt, withdraw } from '../../support/consent.js';
import { startRedis, type TestRedis } from '../../support/redis.js';
import { recordOf, until } from '../../support/store.js';

const ANNA = '+37120000001';
const PASSWORD = 'the-password-of-the-register';

/** Every command of Redis 7 that writes to a key which it is given, with the arguments behind the key or around it. */
const KEY = '\u0000';
const REWRITES: readonly string[] = [
  ...[
    'DEL \0',
    'UNLINK \0',
    'SET \0 x',
    'SETEX \0 1 x',
    'PSETEX \0 1 x',
    'SETNX \0 x',
    'GETSET \0 x',
    'GETDEL \0',
    'GETEX \0 EX 1',
  ],
  ...[
    'LSET \0 0 x',
    'LTRIM \0 1 0',
    'LPOP \0',
    'RPOP \0',
    'LREM \0 1 x',
    'LINSERT \0 BEFORE x y',
    'LPUSH \0 x',
    'LPUSHX \0 x',
  ],
  ...[
    'LMOVE \0 other LEFT LEFT',
    'LMOVE other \0 LEFT LEFT',
    'RPOPLPUSH \0 other',
    'BLMOVE \0 other LEFT LEFT 1',
    'BLPOP \0 1',
    'BRPOP \0 1',
  ],
  ...['LMPOP 1 \0 LEFT', 'BLMPOP 1 1 \0 LEFT', 'BRPOPLPUSH \0 other 1', 'SORT \0 STORE \0', 'SORT other STORE \0'],
  ...[
    'EXPIRE \0 1',
    'PEXPIRE \0 1',
    'EXPIREAT \0 1',
    'PEXPIREAT \0 1',
    'PERSIST \0',
    'RENAME \0 other',
    'RENAME other \0',
    'RENAMENX \0 other',
  ],
  ...[
    'COPY other \0 REPLACE',
    'COPY \0 other',
    'RESTORE \0 0 x REPLACE',
    'RESTORE-ASKING \0 0 x',
    'MOVE \0 1',
    'MIGRATE h 1 \0 0 1',
  ],
  ...[
    'APPEND \0 x',
    'SETRANGE \0 0 x',
    'SETBIT \0 0 1',
    'BITFIELD \0 SET u8 0 1',
    'BITOP NOT \0 other',
    'INCR \0',
    'INCRBYFLOAT \0 1',
    'MSET \0 x',
    'MSETNX \0 x',
  ],
  ...[
    'HSET \0 f x',
    'SADD \0 x',
    'ZADD \0 1 x',
    'XADD \0 * f x',
    'PFADD \0 x',
    'PFMERGE \0 other',
    'GEOADD \0 1 1 x',
    'SINTERSTORE \0 other',
  ],
  ...[
    'SUNIONSTORE \0 other',
    'SDIFFSTORE \0 other',
    'ZUNIONSTORE \0 1 other',
    'ZRANGESTORE \0 other 0 1',
    'GEOSEARCHSTORE \0 o FROMLONLAT 1 1 BYRADIUS 1 m',
  ],
  ...[
    'FLUSHALL',
    'FLUSHDB',
    'SWAPDB 0 1',
    'FUNCTION FLUSH',
    'SCRIPT FLUSH',
    'CONFIG SET appendonly no',
    'CONFIG REWRITE',
    'DEBUG RELOAD',
  ],
  ...[
    'REPLICAOF h 1',
    'SLAVEOF h 1',
    'SHUTDOWN NOSAVE',
    'ACL SETUSER x',
    'ACL DELUSER x',
    'MODULE LIST',
    'BGREWRITEAOF',
    'SAVE',
    'EVAL x 1 \0',
    'CLUSTER RESET',
  ],
];

/** What a stolen connection could load in place of our functions. */
const ATTACK = `#!lua name=attack
redis.register_function('attack', function(keys, args)
  local words = {}
  for i, word in ipairs(args) do words[i] = word == '\\0' and keys[1] or word end
  return redis.call(unpack(words))
end)`;

describe('1. Redis ACL: the runtime user appends to lists, and can rewrite none, from functions neither', function () {
  this.timeout(30_000);
  let redis: TestRedis;
  let consent: Consent;
  let user: Redis;
  let url: string;

  const sid = (): string => consent.persons.sid(ANNA, 0);
  const replyTo = async (client: Redis, command: readonly string[]): Promise<string> => {
    const [name = '', ...args] = command;
    return client.call(name, ...args).then(
      () => 'done',
      (thrown: unknown) => (thrown as Error).message,
    );
  };

  before(async () => {
    redis = await startRedis();
    await redis.client.call('ACL', 'SETUSER', 'register', ...aclRules(PASSWORD));
    url = `redis://register:${PASSWORD}@127.0.0.1:${redis.port}/0`;
    consent = await openAt(url);
    user = new Redis(url, { lazyConnect: true });
    await user.connect();
  });
  after(async () => {
    consent?.close();
    user?.disconnect();
    await redis.stop();
  });

  it('everything that the register does works for it: acts, questions, metadata, exports, verification', async () => {
    const { register, gate, metadata } = consent;
    await register.act(grant(ANNA, 'usage:data'));
    expect(await gate.ask({ number: ANNA, purpose: 'usage', use: 'a test' })).to.deep.equal({ allowed: true });
    const now = Date.now();
    metadata.ended({ ...recordOf('one'), pilot: ANNA, started: now, ended: now });
    await until(() => metadata.waiting === 0);
    expect(await metadata.use({ number: ANNA, purpose: 'usage', use: 'a test' })).to.deep.include({ allowed: true });
    await register.act({ act: 'correct', number: ANNA, corrects: 1, text: 'Nē', method: 'web' });
    await register.act(withdraw(ANNA));
    expect(await redis.client.exists(metadataKey(sid(), 'usage'))).to.equal(0);
    expect(await register.verify(ANNA)).to.include({ valid: true, records: 3 });
    await register.export(ANNA);
    await register.act({ act: 'erase', number: ANNA, method: 'web' });
  });

  it('no command of this Redis that could change a list, or what was shown, is allowed', async () => {
    for (const key of [logKey(sid()), noticeKey('usage@1:lv')]) {
      const before = await redis.client.dump(key);
      const isSetnx = (line: string): boolean => line.startsWith('SETNX') && key.startsWith('notice:');
      for (const line of REWRITES.filter((one) => !isSetnx(one))) {
        const command = line.split(' ').map((word) => (word === KEY ? key : word));
        expect(await replyTo(user, command), line).to.match(/NOPERM|^ERR DEBUG command not allowed/);
      }
      expect(await redis.client.dump(key)).to.equal(before);
    }
    // SETNX leaves what is there.
    await user.call('SETNX', noticeKey('usage@1:lv'), 'x');
    expect(await redis.client.get(noticeKey('usage@1:lv'))).to.contain('"id":"usage"');
  });

  it('nor from a function that somebody loads under this user', async () => {
    await user.call('FUNCTION', 'LOAD', 'REPLACE', ATTACK);
    for (const key of [logKey(sid()), noticeKey('usage@1:lv')]) {
      const before = await redis.client.dump(key);
      for (const line of REWRITES) {
        const reply = await replyTo(user, ['FCALL', 'attack', '1', key, ...line.split(' ')]);
        if (!line.startsWith('SETNX')) expect(reply, line).not.to.equal('done');
      }
      expect(await redis.client.dump(key)).to.equal(before);
    }
    expect(await consent.register.verify(ANNA)).to.include({ valid: true });
  });

  it('RPUSH is the only command with which it may write to a list, of all that this Redis has', async () => {
    const all = (await redis.client.call('COMMAND')) as [string, number, string[], ...unknown[]][];
    const writing = all.filter(([, , flags]) => flags.includes('write')).map(([name, arity]) => ({ name, arity }));
    expect(writing.length).to.be.greaterThan(80);
    const allowed: string[] = [];
    for (const { name, arity } of writing) {
      const rest = Array.from({ length: Math.max(0, Math.abs(arity) - 2) }, () => '1');
      const call = redis.client.call('ACL', 'DRYRUN', 'register', name, logKey(sid()), ...rest);
      const answer = String(await call.catch((thrown: unknown) => (thrown as Error).message));
      if (answer === 'OK') allowed.push(name);
    }
    // FCALL by itself writes nothing: what a function does is held to the same rules. XREADGROUP names its keys elsewhere.
    expect(allowed.filter((name) => name !== 'fcall' && name !== 'xreadgroup')).to.deep.equal(['rpush']);
  });
});
