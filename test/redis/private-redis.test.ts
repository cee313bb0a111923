import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { startPrivateRedis } from '../../lib/store/private-redis.js';
import { freePort } from '../support/ports.js';
import { directory, remove, until } from '../support/store.js';

const log = pino({ level: 'silent' });
const run = promisify(execFile);

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
    const second = await startPrivateRedis({ directory: path, log });
    expect(await ask(second.url, (client) => client.get('key'))).to.equal('kept');
    await second.stop();
  });

  it('keeps no histogram of each command: the metrics of the service say how long Redis takes', async () => {
    const server = await startPrivateRedis({ directory: path, log });
    const tracking = await ask(server.url, (client) => client.config('GET', 'latency-tracking'));
    expect(tracking).to.deep.equal(['latency-tracking', 'no']);
    await server.stop();
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

  it('keeps its port and its password from start to start, as configured; another port only where that is taken', async () => {
    const port = await freePort();
    const first = await startPrivateRedis({ directory: path, log, port });
    expect(first.shown).to.equal(`redis://127.0.0.1:${port}/0`);
    await first.stop();
    const second = await startPrivateRedis({ directory: path, log, port });
    expect(second.url).to.equal(first.url);
    await second.stop();
    const holder = createServer().listen(port, '127.0.0.1');
    await once(holder, 'listening');
    const elsewhere = await startPrivateRedis({ directory: path, log, port });
    expect(elsewhere.shown).to.not.equal(first.shown);
    expect(await ask(elsewhere.url, (client) => client.ping())).to.equal('PONG');
    await elsewhere.stop();
    holder.close();
  });

  it('nobody reads or writes it without the password, which is in no argument of any process', async () => {
    const server = await startPrivateRedis({ directory: path, log });
    const { stdout } = await run('redis-cli', ['-p', new URL(server.url).port, 'SET', 'key', 'x']);
    expect(stdout).to.contain('NOAUTH');
    const socket = await run('redis-cli', ['-s', join(path, 'redis.sock'), 'GET', 'key']);
    expect(socket.stdout).to.contain('NOAUTH');
    const { password } = new URL(server.url);
    expect(password).to.match(/^\w{32,}$/);
    expect(server.shown + server.command).to.not.contain(password);
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    expect(pids.map(argumentsOf).filter((text) => text.includes(password))).to.deep.equal([]);
    await server.stop();
  });

  it('names a command of the shell that is ready to use, also for a path with a quote and a blank', async () => {
    for (const name of ['plain', "an operator's data"]) {
      const server = await startPrivateRedis({ directory: join(path, name), log });
      const { stdout } = await run('sh', ['-c', `${server.command} PING`]);
      expect(stdout.trim()).to.equal('PONG');
      await server.stop();
    }
  });

  it('every file is for its user alone, also those that an earlier version left open', async () => {
    mkdirSync(join(path, 'new'));
    writeFileSync(join(path, 'redis-password'), '0123456789abcdef0123', { mode: 0o644 });
    chmodSync(join(path, 'redis-password'), 0o644);
    const server = await startPrivateRedis({ directory: path, log });
    expect(server.url).to.contain(':0123456789abcdef0123@');
    await ask(server.url, (client) => client.set('key', 'value'));
    const entries = readdirSync(path, { recursive: true, encoding: 'utf8' });
    const open = entries.filter((name) => name !== 'new' && (statSync(join(path, name)).mode & 0o077) !== 0);
    expect(open).to.deep.equal([]);
    expect(entries.length).to.be.greaterThan(5);
    await server.stop();
  });

  it('a file system that refuses is told in a coded error', async () => {
    mkdirSync(join(path, 'redis-port'));
    const error = await startPrivateRedis({ directory: path, log }).catch((e: unknown) => e);
    expect(error).to.include({ code: 'DATA_DIRECTORY_UNUSABLE' });
    expect(String(error)).to.contain('redis-port');
  });

  it('one that a killed process left behind is ended before another writes the same append-only file', async () => {
    const port = await freePort();
    const script = `import { startPrivateRedis } from ${JSON.stringify(new URL('../../lib/store/private-redis.js', import.meta.url).href)};
      import { pino } from 'pino';
      const { url } = await startPrivateRedis({ directory: ${JSON.stringify(path)}, port: ${port}, log: pino({ level: 'silent' }) });
      console.log(url);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const left = line.toString().trim();
    const pid = await ask(left, async (client) => {
      await client.set('key', 'kept');
      return Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isAlive(pid)).to.equal(true);
    const next = await startPrivateRedis({ directory: path, log, port });
    expect(next.url, 'where it was').to.equal(left);
    expect(isAlive(pid)).to.equal(false);
    expect(await ask(next.url, (client) => client.get('key'))).to.equal('kept');
    await next.stop();
  });
});

const argumentsOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};
