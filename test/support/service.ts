import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { AttemptRecord } from '../../lib/store/types.js';
import { sipAddressOf, TEST_DRACHTIO_URL } from './drachtio-server.js';
import { ended } from './redis-processes.js';
import { until } from './sipp.js';

export interface ServiceOptions {
  /** Variables over those that the helper sets; an empty text unsets one. */
  readonly env?: Readonly<Record<string, string>>;
  /** Put over the helper's own configuration, section by section. */
  readonly config?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly trunks?: readonly object[];
  /** Whether to wait until `/readyz` answers 200; true if absent. */
  readonly untilReady?: boolean;
  /** Whether SIGHUP comes again and again during the start, from the moment in which the program hears it. */
  readonly hangUp?: boolean;
}

/** An entry of the stream `records` as it is stored: texts, and the attempts inside. */
export interface StoredRecord {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly attempts: readonly AttemptRecord[];
}

/** The service as its operators meet it: a process, its ports, redis-cli. */
export interface Service {
  /** `127.0.0.1:PORT` of SIP over UDP: what SIPp calls. */
  readonly sip: string;
  /** `http://127.0.0.1:PORT` */
  readonly http: string;
  readonly pid: number;
  redisCli(...args: string[]): Promise<string>;
  /** Sets a group by `FCALL hunt_set`; `members` joined by commas. */
  hunt(pilot: string, fields: Readonly<Record<string, string>>): Promise<void>;
  /** Waits until the stream holds `count` records of this pilot; all of them, oldest first. */
  records(count: number, pilot: string): Promise<readonly StoredRecord[]>;
  /** The start members of a pilot's turns, oldest first. */
  turns(pilot: string): Promise<readonly Readonly<Record<string, string>>[]>;
  /** The text of `/metrics`, rendered anew: the service does so once a second at most. */
  metrics(): Promise<string>;
  /** The status of `/readyz`; undefined: nobody answers. */
  ready(): Promise<number | undefined>;
  /** What `/readyz` says is missing. */
  missing(): Promise<readonly string[]>;
  readonly log: readonly string[];
  /** SIGTERM; resolves to the exit code. */
  terminate(): Promise<number | null>;
  /** SIGTERM, and an error unless the service exits with 0 within a few seconds. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const RENDERED_FOR_MS = 1050;
const MAIN = fileURLToPath(new URL('../../lib/main.js', import.meta.url));
const START_WITHIN_MS = 15_000;
const STOP_WITHIN_MS = 8_000;
const RECORD_WITHIN_MS = 8_000;
const run = promisify(execFile);

/** Starts the service on free ports with a private Redis in a directory of its own, and short ring times allowed. */
export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const directory = await mkdtemp(join(tmpdir(), 'service-'));
  const file = join(directory, 'config.json');
  const own = {
    redis: { dataDirectory: join(directory, 'data'), privatePort: 0 },
    ringing: { ringTimes: [1, 2, 3, 10, 20, 30] },
    drain: { deadlineSeconds: 5 },
    // The machine of the tests may be busy with other things.
    overload: { maxEventLoopDelayMs: 10_000 },
    rehearsal: { calls: 0 },
  };
  const { config = {}, trunks = [] } = options;
  writeFileSync(file, JSON.stringify({ ...overlay(own, config), trunks }));
  const service = new ServiceProcess(directory, {
    SIP_LISTEN: `udp:${HOST}:0`,
    HTTP_LISTEN: `${HOST}:0`,
    VIRKNE_CONFIG: file,
    ...(TEST_DRACHTIO_URL !== undefined && { DRACHTIO_URL: TEST_DRACHTIO_URL }),
    ...options.env,
  });
  if (TEST_DRACHTIO_URL !== undefined) service.attachedTo = await sipAddressOf(TEST_DRACHTIO_URL);
  try {
    await service.started(options.untilReady ?? true, options.hangUp ?? false);
  } catch (error) {
    await service.kill();
    throw error;
  }
  return service;
}

/** A start that ends by itself. */
export interface Ended {
  readonly code: number | null;
  readonly lines: readonly string[];
  /** From the start of the process. */
  readonly milliseconds: number;
}

/** Starts the service where it cannot run, and waits for its end. `config` is the whole file. */
export async function runToEnd(config: object, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const directory = await mkdtemp(join(tmpdir(), 'service-'));
  const file = join(directory, 'config.json');
  writeFileSync(file, JSON.stringify(config));
  const began = performance.now();
  const variables = {
    PATH: process.env.PATH,
    SIP_LISTEN: `udp:${HOST}:0`,
    HTTP_LISTEN: `${HOST}:0`,
    VIRKNE_CONFIG: file,
  };
  const child = spawn(process.execPath, [MAIN], {
    cwd: directory,
    env: { ...variables, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => lines.push(line));
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), START_WITHIN_MS);
  await once(child, 'close');
  clearTimeout(timer);
  for (const pid of processesIn(directory)) killQuietly(pid);
  await rm(directory, { recursive: true, force: true });
  return { code: child.exitCode, lines, milliseconds: performance.now() - began };
}

interface RedisPlace {
  readonly redis: string;
  /** Only of a private one: the command that the service itself names for it. */
  readonly redisCli?: string;
}

interface Ports extends RedisPlace {
  readonly sip: string;
  readonly http: string;
}

class ServiceProcess implements Service {
  #metricsAt = Number.NEGATIVE_INFINITY;
  readonly log: string[] = [];
  /** Where a drachtio-server takes SIP for it. */
  attachedTo: string | undefined;
  readonly #directory: string;
  readonly #child: ChildProcess;
  #serving: Ports | undefined;

  constructor(directory: string, env: Readonly<Record<string, string>>) {
    this.#directory = directory;
    this.#child = spawn(process.execPath, ['--enable-source-maps', MAIN], {
      cwd: directory,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#read(line));
    }
  }

  get sip(): string {
    return this.attachedTo ?? this.#ports.sip;
  }

  get http(): string {
    return this.#ports.http;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async started(untilReady: boolean, hangUp: boolean): Promise<void> {
    const complaint = () => `the service did not start\n${this.log.join('\n')}`;
    const ready = async () => {
      if (this.#gone) throw new Error(complaint());
      if (hangUp && hearsHangUp(this.pid)) this.#child.kill('SIGHUP');
      if (this.#serving === undefined) return undefined;
      return !untilReady || (await this.ready()) === 200 ? true : undefined;
    };
    await until(ready, START_WITHIN_MS, complaint);
  }

  async redisCli(...args: string[]): Promise<string> {
    const { redis, redisCli = `redis-cli -u ${redis}` } = this.#ports;
    const command = ['-c', `${redisCli} -e "$@"`, 'redis-cli', ...args];
    const { stdout } = await run('sh', command, { maxBuffer: 64 * 1024 * 1024 });
    return stdout.trimEnd();
  }

  async hunt(pilot: string, fields: Readonly<Record<string, string>>): Promise<void> {
    await this.redisCli('FCALL', 'hunt_set', '1', `hunt:{${pilot}}`, ...Object.entries(fields).flat());
  }

  async records(count: number, pilot: string): Promise<readonly StoredRecord[]> {
    const found: StoredRecord[] = [];
    const deadline = performance.now() + RECORD_WITHIN_MS;
    for (let after = '0-0'; found.length < count; ) {
      const left = Math.ceil(deadline - performance.now());
      if (left <= 0) throw new Error(`${found.length} of ${count} records of ${pilot}\n${this.log.join('\n')}`);
      const reply = await this.redisCli('--json', 'XREAD', 'BLOCK', String(left), 'STREAMS', 'records', after);
      const entries = (JSON.parse(reply || 'null') as { records: StreamEntry[] } | null)?.records ?? [];
      after = entries.at(-1)?.[0] ?? after;
      found.push(...entries.map(recordOf).filter((record) => record.fields.pilot === pilot));
    }
    return found;
  }

  async turns(pilot: string): Promise<readonly Readonly<Record<string, string>>[]> {
    const reply = await this.redisCli('--json', 'XRANGE', `hunt:{${pilot}}:turns`, '-', '+');
    return (JSON.parse(reply) as StreamEntry[]).map(([, texts]) => pairs(texts));
  }

  async metrics(): Promise<string> {
    const sinceLast = performance.now() - this.#metricsAt;
    if (sinceLast < RENDERED_FOR_MS) await delay(RENDERED_FOR_MS - sinceLast);
    this.#metricsAt = performance.now();
    return (await fetch(`${this.http}/metrics`)).text();
  }

  async ready(): Promise<number | undefined> {
    return fetch(`${this.http}/readyz`).then(
      (response) => response.status,
      () => undefined,
    );
  }

  async missing(): Promise<readonly string[]> {
    return ((await (await fetch(`${this.http}/readyz`)).json()) as { missing: string[] }).missing;
  }

  async terminate(): Promise<number | null> {
    if (!this.#gone) this.#child.kill('SIGTERM');
    if (!this.#gone) await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  async stop(): Promise<void> {
    const timer = setTimeout(() => void this.kill(), STOP_WITHIN_MS);
    const code = await this.terminate();
    clearTimeout(timer);
    await rm(this.#directory, { recursive: true, force: true });
    if (code !== 0)
      throw new Error(`the service exited with ${code ?? this.#child.signalCode}\n${this.log.join('\n')}`);
    const impossible = this.log.filter((line) => line.includes('an invariant is violated'));
    if (impossible.length > 0) throw new Error(impossible.join('\n'));
    const foreign = this.log.filter((line) => !isEvent(line));
    if (foreign.length > 0) throw new Error(`these lines are no events of ours:\n${foreign.join('\n')}`);
  }

  /** The service and its redis-server at once. */
  async kill(): Promise<void> {
    await ended(this.#child, 'SIGKILL');
    for (const pid of processesIn(this.#directory)) killQuietly(pid);
    await rm(this.#directory, { recursive: true, force: true });
  }

  get #gone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  get #ports(): Ports {
    if (this.#serving === undefined) throw new Error('the service is not serving');
    return this.#serving;
  }

  #read(line: string): void {
    this.log.push(line);
    if (!/"msg":"(?:not )?serving\b/.test(line)) return;
    const { sip, http, ...redis } = JSON.parse(line) as { sip: string[]; http: string } & RedisPlace;
    const udp = sip.find((address) => address.startsWith('udp')) ?? '';
    this.#serving = {
      sip: udp.replace(/^udp[:/]+/, ''),
      ...redis,
      http: http.startsWith('http') ? http : `http://${http}`,
    };
  }
}

/** A line of JSON with level, time and text, as all that the service says: nothing of a library comes out beside it. */
function isEvent(line: string): boolean {
  try {
    const { level, time, msg } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return level !== undefined && time !== undefined && typeof msg === 'string';
  } catch {
    return false;
  }
}

type StreamEntry = readonly [id: string, texts: readonly string[]];

function recordOf([id, texts]: StreamEntry): StoredRecord {
  const fields = pairs(texts);
  return { id, fields, attempts: JSON.parse(fields.attempts ?? '[]') as AttemptRecord[] };
}

function pairs(texts: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let i = 0; i + 1 < texts.length; i += 2) fields[texts[i] ?? ''] = texts[i + 1] ?? '';
  return fields;
}

function overlay(
  own: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  other: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Record<string, Record<string, unknown>> {
  const names = new Set([...Object.keys(own), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, { ...own[name], ...other[name] }]));
}

/** Those that work in a directory or below it: what a killed service left behind, its redis-server. */
function processesIn(directory: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => workingDirectory(pid).startsWith(directory)).map(Number);
}

function workingDirectory(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

/** SigCgt in proc(5): the signals that are caught; SIGHUP is the first. */
const hearsHangUp = (pid: number): boolean =>
  (Number.parseInt(/^SigCgt:\s+\w*(\w)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0', 16) & 1) !== 0;

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
