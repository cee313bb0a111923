import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { resolve as absolute, join } from 'node:path';
import { type Clock, systemClock } from '../base/clock.js';
import { CodedError, messageOf } from '../base/errors.js';
import { type FileLock, lockFile } from '../base/file-lock.js';
import { createIds } from '../base/ids.js';
import type { Log } from '../base/log.js';
import { unusable } from './data-directory.js';
import { HOST, PASSWORD, PORT, SOCKET, urlsOf } from './private-place.js';

interface PrivateRedisOptions {
  /** Where the append-only file lives; made if absent. */
  readonly directory: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** Another free one is taken where this one is not free; any free one by default. */
  readonly port?: number;
  /** The program; `redis-server` from the PATH by default. */
  readonly program?: string;
}

export interface PrivateRedis {
  /** Over TCP, with the password. */
  readonly url: string;
  /** Over its Unix socket, which costs both sides less; over TCP where the socket's path would be too long. */
  readonly ownUrl: string;
  /** `url` without the password: for logs. */
  readonly shown: string;
  /** A command of the shell, to which only what redis-cli shall do is added. It reads the password from its file. */
  readonly command: string;
  stop(): Promise<void>;
}

/** What redis-server is started with. */
interface Place {
  readonly directory: string;
  readonly port: number;
  readonly password: string;
  /** Held by the server as long as it lives, so that whoever comes next knows that one runs on the append-only file. */
  readonly lock: FileLock;
}

const RESTART_AFTER = 500;
const STOP_WITHIN = 10_000;
const START_WITHIN = 15_000;
const POLL_EVERY = 25;
const LOCK = 'redis-lock';

/**
 * Starts a redis-server of our own: on 127.0.0.1 and a Unix socket, with a password and an append-only file that only this user
 * can read. Started again if it dies, stopped with us. One left over by a process that died is ended first, because two servers
 * must never write one append-only file.
 * Rejects with MISSING_PROGRAM where there is no redis-server, DATA_DIRECTORY_IN_USE where one that runs on the directory does not
 * end, DATA_DIRECTORY_UNUSABLE where the file system refuses, STORE_UNAVAILABLE where it does not come up.
 */
export async function startPrivateRedis(options: PrivateRedisOptions): Promise<PrivateRedis> {
  try {
    return await start(options);
  } catch (thrown) {
    throw unusable(thrown);
  }
}

async function start(options: PrivateRedisOptions): Promise<PrivateRedis> {
  const { log, clock = systemClock } = options;
  const directory = absolute(options.directory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const password = readPassword(join(directory, PASSWORD));
  const lock = lockFile(join(directory, LOCK)) ?? (await endLeftOver(directory, password, clock));
  try {
    const port = await choosePort(options.port ?? 0, log);
    writePrivately(join(directory, PORT), String(port));
    const server = new Server(options, clock, { directory, port, password, lock });
    await server.start();
    const command = `REDISCLI_AUTH=$(cat ${quoted(join(directory, PASSWORD))}) redis-cli -p ${port}`;
    log.info({ port, directory }, `Private Redis is up: ${command}`);
    return {
      ...urlsOf(port, directory, password),
      command,
      stop: async () => {
        await server.stop();
        lock.release();
      },
    };
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
}

class Server {
  readonly #options: PrivateRedisOptions;
  readonly #clock: Clock;
  readonly #place: Place;
  readonly #onExit = () => void this.#child?.kill('SIGTERM');
  #child: ChildProcess | undefined;
  #stopping = false;

  constructor(options: PrivateRedisOptions, clock: Clock, place: Place) {
    this.#options = options;
    this.#clock = clock;
    this.#place = place;
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
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const kill = this.#clock.after(STOP_WITHIN, () => void child.kill('SIGKILL'));
    child.kill('SIGTERM');
    await gone;
    kill.cancel();
  }

  async #untilUp(): Promise<CodedError | undefined> {
    const { port, password } = this.#place;
    if (await until(() => isOurs(port, password), START_WITHIN, this.#clock)) return undefined;
    return new CodedError('STORE_UNAVAILABLE', `the private redis-server did not answer on port ${port}`);
  }

  /** Resolves, with the reason, only when the server ends before it is stopped. */
  #spawn(): Promise<CodedError> {
    const program = this.#options.program ?? 'redis-server';
    const { directory, lock } = this.#place;
    const umask = process.umask(0o077);
    // Its settings come by standard input: everybody on the machine can read arguments.
    const child = spawn(program, ['-'], { cwd: directory, stdio: ['pipe', 'ignore', 'ignore', lock.descriptor] });
    process.umask(umask);
    child.stdin?.on('error', () => {}); // it ended before it read them
    child.stdin?.end(settingsOf(this.#place));
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

/** The socket's path is relative to the directory: a long path is no reason not to start. */
const settingsOf = ({ port, password }: Place): string =>
  [
    `port ${port}`,
    `bind ${HOST}`,
    `unixsocket ${SOCKET}`,
    'unixsocketperm 700',
    `requirepass ${password}`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    // A histogram of each command, for each command: the service's own metrics say how long Redis takes.
    'latency-tracking no',
    'daemonize no',
    '',
  ].join('\n');

/** The same from start to start, so that what operators wrote down stays true. */
function readPassword(file: string): string {
  const known = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  const isUsable = /^[\w-]{16,}$/.test(known);
  const password = isUsable ? known : createIds().token() + createIds().token();
  if (!isUsable) writePrivately(file, password);
  chmodSync(file, 0o600); // where it was there before
  return password;
}

const writePrivately = (file: string, text: string): void => writeFileSync(file, `${text}\n`, { mode: 0o600 });

/** A word of the shell. */
const quoted = (path: string): string => (/^[\w/.,+@%:-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

/** Ends the server of a process that died, and resolves to the lock that it held. */
async function endLeftOver(directory: string, password: string, clock: Clock): Promise<FileLock> {
  const port = Number.parseInt(readFileSync(join(directory, PORT), 'utf8'), 10) || 0;
  await exchange(port, `AUTH ${password}\r\nSHUTDOWN NOSAVE\r\n`);
  let lock: FileLock | undefined;
  const isFree = (): boolean => {
    lock = lockFile(join(directory, LOCK));
    return lock !== undefined;
  };
  await until(async () => isFree(), STOP_WITHIN, clock);
  if (lock !== undefined) return lock;
  const message = `a redis-server that an earlier process left at port ${port} runs on ${directory} and does not end`;
  throw new CodedError('DATA_DIRECTORY_IN_USE', message);
}

/** Whether the server at this port, though it may still be loading, is the one with our password. */
const isOurs = async (port: number, password: string): Promise<boolean> =>
  (await exchange(port, `AUTH ${password}\r\n`)).startsWith('+OK');

/** Sends inline commands; the beginning of the answer, or empty. */
function exchange(port: number, commands: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('connect', () => socket.write(commands));
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

async function choosePort(wanted: number, log: Log): Promise<number> {
  const free = await freePort(wanted);
  if (free !== undefined) return free;
  const other = (await freePort(0)) ?? 0;
  log.warn({ port: wanted, instead: other }, 'the port of the private Redis is taken: it gets another one');
  return other;
}

/** The port, if it can be had; 0: any one. */
function freePort(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(wanted, HOST, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
