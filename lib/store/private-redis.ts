import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { type Clock, systemClock } from '../base/clock.js';
import { CodedError, messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { socketUrl } from './url.js';

export interface PrivateRedisOptions {
  /** Where the append-only file lives; made if absent. */
  readonly directory: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** The program; `redis-server` from the PATH by default. */
  readonly program?: string;
}

export interface PrivateRedis {
  /** Over TCP: for redis-cli. */
  readonly url: string;
  /** Over its Unix socket, which costs both sides less; over TCP where the socket's path would be too long. */
  readonly ownUrl: string;
  stop(): Promise<void>;
}

/** Left in the directory, so that whoever comes next finds the server that runs on it. */
interface Note {
  readonly port: number;
  /** The process that started it. */
  readonly owner: number;
}

const RESTART_AFTER = 500;
const STOP_WITHIN = 10_000;
const START_WITHIN = 15_000;
const POLL_EVERY = 25;
/** In the directory, with the append-only file. */
const SOCKET = 'redis.sock';
/** unix(7): sun_path has 108 bytes, the last of them 0. */
const LONGEST_PATH = 107;

/**
 * Starts a redis-server of our own: on a free port of 127.0.0.1 and a Unix socket, with an append-only file. Started again if
 * it dies, stopped with us. Another live process of this machine that has one on the same directory shares it; one left over by a process that
 * died is ended first, because two servers must never write one append-only file.
 * Rejects with MISSING_PROGRAM where there is no redis-server, STORE_UNAVAILABLE where it does not come up.
 */
export async function startPrivateRedis(options: PrivateRedisOptions): Promise<PrivateRedis> {
  mkdirSync(options.directory, { recursive: true });
  const clock = options.clock ?? systemClock;
  const noteFile = join(options.directory, 'private-redis.json');
  const note = readNote(noteFile);
  if (note !== undefined && (await answers(note.port))) {
    if (note.owner !== process.pid && isAlive(note.owner)) {
      return { ...urlsOf(note.port, options.directory), stop: async () => {} };
    }
    await shutDown(note.port, clock);
  }
  const port = await freePort();
  const server = new Server(options, clock, port);
  await server.start();
  writeFileSync(noteFile, JSON.stringify({ port, owner: process.pid } satisfies Note));
  options.log.info({ port, directory: options.directory }, `Private Redis is up: redis-cli -p ${port}`);
  return {
    ...urlsOf(port, options.directory),
    stop: async () => {
      await server.stop();
      rmSync(noteFile, { force: true });
    },
  };
}

class Server {
  readonly #options: PrivateRedisOptions;
  readonly #clock: Clock;
  readonly #port: number;
  readonly #onExit = () => void this.#child?.kill('SIGTERM');
  #child: ChildProcess | undefined;
  #stopping = false;

  constructor(options: PrivateRedisOptions, clock: Clock, port: number) {
    this.#options = options;
    this.#clock = clock;
    this.#port = port;
  }

  async start(): Promise<void> {
    process.once('exit', this.#onExit);
    const failure = await Promise.race([this.#spawn(), this.#untilUp()]);
    if (failure === undefined) return;
    await this.stop();
    throw failure;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    process.off('exit', this.#onExit);
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const kill = this.#clock.after(STOP_WITHIN, () => void child.kill('SIGKILL'));
    child.kill('SIGTERM');
    await gone;
    kill.cancel();
  }

  async #untilUp(): Promise<CodedError | undefined> {
    if (await until(() => answers(this.#port), START_WITHIN, this.#clock)) return undefined;
    return new CodedError('STORE_UNAVAILABLE', `the private redis-server did not answer on port ${this.#port}`);
  }

  /** Resolves, with the reason, only when the server ends before it is stopped. */
  #spawn(): Promise<CodedError> {
    const program = this.#options.program ?? 'redis-server';
    const args = ['--port', String(this.#port), '--bind', '127.0.0.1', '--dir', this.#options.directory];
    // Relative to the directory: a long path is no reason not to start.
    args.push('--unixsocket', SOCKET, '--unixsocketperm', '700');
    args.push('--appendonly', 'yes', '--appendfsync', 'everysec', '--save', '', '--daemonize', 'no');
    const child = spawn(program, args, { stdio: 'ignore' });
    this.#child = child;
    return new Promise((resolve) => {
      child.once('error', (error) => resolve(this.#notStarted(program, error)));
      child.once('exit', (code, signal) => {
        resolve(new CodedError('STORE_UNAVAILABLE', `the private redis-server ended: ${signal ?? `status ${code}`}`));
        this.#died(code, signal);
      });
    });
  }

  #notStarted(program: string, error: Error): CodedError {
    return new CodedError(
      'MISSING_PROGRAM',
      `cannot start ${program} (${messageOf(error)}): install Redis 7 (apt install redis-server), or set REDIS_URL`,
      { cause: error },
    );
  }

  #died(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#stopping) return;
    this.#options.log.error({ code, signal }, 'The private Redis died; starting it again');
    this.#clock.after(RESTART_AFTER, () => {
      if (!this.#stopping) void this.#spawn();
    });
  }
}

/** A server that a process of an earlier version started has no socket. */
function urlsOf(port: number, directory: string): { url: string; ownUrl: string } {
  const url = `redis://127.0.0.1:${port}/0`;
  const path = resolve(directory, SOCKET);
  return { url, ownUrl: Buffer.byteLength(path) <= LONGEST_PATH && existsSync(path) ? socketUrl(path) : url };
}

function readNote(path: string): Note | undefined {
  try {
    const { port, owner } = JSON.parse(readFileSync(path, 'utf8')) as Note;
    return Number.isInteger(port) && Number.isInteger(owner) ? { port, owner } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function shutDown(port: number, clock: Clock): Promise<void> {
  await exchange(port, 'SHUTDOWN NOSAVE\r\n');
  await until(async () => !(await answers(port)), STOP_WITHIN, clock);
}

const answers = async (port: number): Promise<boolean> => (await exchange(port, 'PING\r\n')).startsWith('+PONG');

/** Sends one inline command; the answer, or empty. */
function exchange(port: number, command: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('connect', () => socket.write(command));
    socket.on('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(''));
  });
}

async function until(condition: () => Promise<boolean>, within: number, clock: Clock): Promise<boolean> {
  const end = clock.now() + within;
  while (clock.now() < end) {
    if (await condition()) return true;
    await new Promise<void>((resolve) => clock.after(POLL_EVERY, resolve));
  }
  return false;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
