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
export const startRedisAt = (port: number): Promise<Stoppable> =>
  start((directory) => ['--port', String(port), '--bind', HOST, '--save', '', '--dir', directory]);

/** A Sentinel that watches one master, named `office`. */
export const startSentinel = (port: number, master: number): Promise<Stoppable> =>
  start((directory) => {
    const file = join(directory, 'sentinel.conf');
    writeFileSync(file, `port ${port}\nbind ${HOST}\ndir ${directory}\nsentinel monitor office ${HOST} ${master} 1\n`);
    return [file, '--sentinel'];
  });

interface Stoppable {
  stop(): Promise<void>;
}

async function start(argumentsIn: (directory: string) => readonly string[]): Promise<Stoppable> {
  const directory = await mkdtemp(join(tmpdir(), 'redis-'));
  const child = spawn('redis-server', argumentsIn(directory), { stdio: 'ignore' });
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
