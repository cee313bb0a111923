import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const HOST = '127.0.0.1';
const run = promisify(execFile);

/** A real redis-server without persistence, on a given port: for tests in which Redis comes late. */
export async function startRedis(port: number): Promise<{ stop(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'redis-'));
  const child = spawn('redis-server', ['--port', String(port), '--bind', HOST, '--save', '', '--dir', directory], {
    stdio: 'ignore',
  });
  await once(child, 'spawn');
  return {
    async stop() {
      await ended(child, 'SIGTERM');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A Sentinel that watches one master, named `office`. */
export async function startSentinel(port: number, master: number): Promise<{ stop(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'sentinel-'));
  const file = join(directory, 'sentinel.conf');
  writeFileSync(file, `port ${port}\nbind ${HOST}\ndir ${directory}\nsentinel monitor office ${HOST} ${master} 1\n`);
  const child = spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' });
  await once(child, 'spawn');
  return {
    async stop() {
      await ended(child, 'SIGTERM');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Calls a function of the library on one key. */
export async function fcall(port: number, name: string, key: string, ...args: string[]): Promise<void> {
  await run('redis-cli', ['-p', String(port), '-e', 'FCALL', name, '1', key, ...args]);
}

/** Ends a process and waits for its end. */
export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}
