import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './ports.js';
import { parseTrace, type TracedMessage } from './sipp-trace.js';

export interface SippOptions {
  /** The local port; a free one if absent. */
  readonly port?: number;
  /** `host:port` to call. Absent: the scenario waits for calls. */
  readonly remote?: string;
  /** The user part that is called, `[service]` in the scenario. */
  readonly service?: string;
  /** How many calls before SIPp exits; 1 if absent. */
  readonly calls?: number;
  /** Calls a second; 10 if absent. */
  readonly rate?: number;
  /** `[name]` in the scenario; `caller` has a default. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Length in milliseconds of a pause without a length of its own; 0 if absent. */
  readonly pause?: number;
  /** SIPp gives up, with a failing exit code, after so many seconds; 20 if absent. */
  readonly timeoutSeconds?: number;
  readonly transport?: 'udp' | 'tcp';
  /** Further arguments as SIPp takes them. */
  readonly args?: readonly string[];
}

interface SippResult {
  /** 0: every call went as the scenario says. 1: at least one did not. 99: no call came. Null: killed. */
  readonly code: number | null;
  readonly messages: readonly TracedMessage[];
}

export interface SippRun {
  readonly scenario: string;
  readonly port: number;
  /** `sip:member@127.0.0.1:PORT`: this run as a member of a group. */
  readonly uri: string;
  readonly exited: Promise<SippResult>;
  /** What was sent and received so far. */
  messages(): readonly TracedMessage[];
  /** Waits until a message satisfies `wanted`, or rejects after `milliseconds`. */
  seen(wanted: (message: TracedMessage) => boolean, milliseconds?: number): Promise<TracedMessage>;
  /** Everything a person needs to see why this run went wrong. */
  explain(): string;
  stop(): Promise<SippResult>;
}

export type Sipp = (scenario: string, options?: SippOptions) => Promise<SippRun>;

const HOST = '127.0.0.1';
/** The folder of the scenarios, with a slash at its end. */
export const SCENARIOS = fileURLToPath(new URL('../../../sipp-scenarios/', import.meta.url));
const DEFAULT_CALLER = '+37125550000';
const LOOK_AGAIN_MS = 10;
const UP_WITHIN_MS = 5_000;

/**
 * For use inside `describe`: returns the function that plays scenarios, and ends all it started after each test, showing
 * their messages when the test failed.
 */
export function useSipp(): Sipp {
  const runs: SippRun[] = [];

  afterEach(async function () {
    const failed = this.currentTest?.state === 'failed';
    const ended = runs.splice(0);
    await Promise.all(ended.map((run) => run.stop()));
    if (failed) process.stderr.write(`${ended.map((run) => run.explain()).join('\n')}\n`);
  });

  return async (scenario, options = {}) => {
    const run = new RunningSipp(scenario, options, options.port ?? (await freePort()));
    runs.push(run);
    if (options.remote === undefined) await run.listening();
    return run;
  };
}

class RunningSipp implements SippRun {
  readonly scenario: string;
  readonly port: number;
  readonly exited: Promise<SippResult>;
  readonly #directory = mkdtempSync(join(tmpdir(), 'sipp-'));
  readonly #arguments: readonly string[];
  readonly #child: ChildProcess;
  readonly #transport: 'udp' | 'tcp';
  #output = '';
  /** Kept when the files are removed. */
  #explanation: string | undefined;

  constructor(scenario: string, options: SippOptions, port: number) {
    this.scenario = scenario;
    this.port = port;
    this.#transport = options.transport ?? 'udp';
    this.#arguments = this.#argumentsFor(options);
    this.#child = spawn('sipp', this.#arguments, { cwd: this.#directory, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString();
    });
    this.exited = this.#result();
  }

  get uri(): string {
    return `sip:member@${HOST}:${this.port}${this.#transport === 'tcp' ? ';transport=tcp' : ''}`;
  }

  messages(): readonly TracedMessage[] {
    return parseTrace(this.#file('messages.log'));
  }

  async seen(wanted: (message: TracedMessage) => boolean, milliseconds = UP_WITHIN_MS): Promise<TracedMessage> {
    return until(
      () => this.messages().find(wanted),
      milliseconds,
      () => `${this.scenario}: no such message\n${this.explain()}`,
    );
  }

  async listening(): Promise<void> {
    const tables =
      this.#transport === 'udp' ? ['/proc/net/udp', '/proc/net/udp6'] : ['/proc/net/tcp', '/proc/net/tcp6'];
    const local = `:${this.port.toString(16).toUpperCase().padStart(4, '0')} `;
    const bound = async () => {
      if (this.#child.exitCode !== null) throw new Error(`sipp did not start\n${this.explain()}`);
      const sockets = await Promise.all(tables.map((table) => readFile(table, 'latin1').catch(() => '')));
      return sockets.some((text) => text.includes(local)) || undefined;
    };
    await until(bound, UP_WITHIN_MS, () => `sipp does not listen on port ${this.port}\n${this.explain()}`);
  }

  async stop(): Promise<SippResult> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    const result = await this.exited;
    this.#explanation ??= this.explain();
    rmSync(this.#directory, { recursive: true, force: true });
    return result;
  }

  explain(): string {
    if (this.#explanation !== undefined) return this.#explanation;
    const exit = this.#child.exitCode ?? this.#child.signalCode ?? 'running';
    return [
      `── sipp ${this.scenario} on port ${this.port}, exit ${exit}: sipp ${this.#arguments.join(' ')}`,
      this.#output.trim(),
      this.#file('errors.log'),
      this.#file('messages.log'),
    ].join('\n');
  }

  async #result(): Promise<SippResult> {
    // 'close', not 'exit': by then the trace is whole.
    const [code] = (await once(this.#child, 'close')) as [number | null];
    return { code, messages: this.messages() };
  }

  #file(name: string): string {
    try {
      return readFileSync(join(this.#directory, name), 'latin1');
    } catch {
      return '';
    }
  }

  #argumentsFor(options: SippOptions): readonly string[] {
    const keys = { caller: DEFAULT_CALLER, ...options.keys };
    return [
      ...(options.remote === undefined ? [] : [options.remote]),
      ...['-sf', join(SCENARIOS, `${this.scenario}.xml`), '-i', HOST, '-p', String(this.port), '-nostdin'],
      ...['-t', this.#transport === 'tcp' ? 't1' : 'u1'],
      ...[
        '-m',
        String(options.calls ?? 1),
        '-r',
        String(options.rate ?? 10),
        '-l',
        '1000',
        '-d',
        String(options.pause ?? 0),
      ],
      ...['-timeout', `${options.timeoutSeconds ?? 20}s`, '-timeout_error', '-timer_resol', '1'],
      ...['-trace_msg', '-message_file', 'messages.log', '-trace_err', '-error_file', 'errors.log'],
      ...(options.service === undefined ? [] : ['-s', options.service]),
      ...Object.entries(keys).flatMap(([name, value]) => ['-key', name, value]),
      ...(options.args ?? []),
    ];
  }
}

/** Asks again every few milliseconds until there is an answer: for what other processes do, where no event tells. */
export async function until<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  milliseconds: number,
  complaint: () => string,
): Promise<T> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(complaint());
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
