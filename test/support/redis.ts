import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './ports.js';
import { ended } from './redis-processes.js';

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** A connection of the test's own; it outlives `kill` and `start`. */
  readonly client: Redis;
  /** SIGKILL: as a crash. */
  kill(): Promise<void>;
  /** Starts it again on the same port and append-only file. */
  start(): Promise<void>;
  /** SIGSTOP: it accepts connections and answers nothing. */
  hang(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** A real redis-server on a free port, with an append-only file in a directory of its own. One per test file is fine. */
export async function startRedis(extra: readonly string[] = []): Promise<TestRedis> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'virkne-redis-'));
  const client = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
  });
  client.on('error', () => {});
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const args = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      directory,
      '--appendonly',
      'yes',
      // What was acknowledged must survive `kill`: with `everysec` a slow disk delays even the write to the file.
      '--appendfsync',
      'always',
      '--save',
      '',
    ];
    child = spawn('redis-server', [...args, ...extra], { stdio: 'ignore' });
    if (client.status === 'wait') await client.connect().catch(() => {});
    await client.ping();
  };
  const kill = async (): Promise<void> => {
    const dying = child;
    child = undefined;
    if (dying !== undefined) await ended(dying, 'SIGKILL');
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}/0`,
    port,
    client,
    kill,
    start,
    hang: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    stop: async () => {
      client.disconnect();
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
