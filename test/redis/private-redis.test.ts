import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { startPrivateRedis } from '../../lib/store/private-redis.js';
import { directory, remove, until } from './store-kit.js';

const log = pino({ level: 'silent' });

describe('The private Redis, when no REDIS_URL is given', function () {
  this.timeout(30_000);
  let path: string;
  const ask = async <T>(url: string, question: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
    client.on('error', () => {});
    try {
      return await question(client);
    } finally {
      client.disconnect();
    }
  };

  beforeEach(() => {
    path = directory();
  });
  afterEach(() => remove(path));

  it('keeps what was written over a stop and a new start', async () => {
    const first = await startPrivateRedis({ directory: path, log });
    await ask(first.url, (client) => client.set('key', 'kept'));
    await first.stop();
    expect(existsSync(join(path, 'private-redis.json'))).to.equal(false);
    const second = await startPrivateRedis({ directory: path, log });
    expect(await ask(second.url, (client) => client.get('key'))).to.equal('kept');
    await second.stop();
  });

  it('is started again when it dies, on the same port with the same data', async () => {
    const server = await startPrivateRedis({ directory: path, log });
    const pid = await ask(server.url, async (client) => {
      await client.set('key', 'kept');
      return Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
    });
    process.kill(pid, 'SIGKILL');
    await until(async () => (await ask(server.url, (client) => client.get('key'))) === 'kept');
    await server.stop();
  });

  it('says what to install where there is no redis-server', async () => {
    const error = await startPrivateRedis({ directory: path, log, program: 'no-such-redis' }).catch((e: unknown) => e);
    expect(error).to.include({ code: 'MISSING_PROGRAM' });
    expect(String(error)).to.contain('install Redis 7 (apt install redis-server), or set REDIS_URL');
  });
});
