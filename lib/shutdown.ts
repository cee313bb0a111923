/** How the process ends: by a signal, after its calls; by a start that failed, at once. */
import type { Clock } from './base/clock.js';
import { CodedError } from './base/errors.js';
import { LastResort } from './base/last-resort.js';
import type { Log } from './base/log.js';
import { type Machine, MachineKind, type Table } from './base/machine.js';

type Ending = () => Promise<void> | void;

/** How to close what has been opened. */
export class Endings {
  readonly #endings: Ending[] = [];
  readonly #log: Log;
  #running = false;
  #failed = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** To be called before what is opened can fail half open. What is opened while all is being closed is closed at once. */
  add(ending: Ending): void {
    if (this.#running) void this.#run(ending);
    else this.#endings.push(ending);
  }

  /** Closes what was opened, the last first; resolves to whether all of it could be closed. */
  async run(): Promise<boolean> {
    this.#running = true;
    for (let ending = this.#endings.pop(); ending !== undefined; ending = this.#endings.pop()) await this.#run(ending);
    return !this.#failed;
  }

  async #run(ending: Ending): Promise<void> {
    try {
      await ending();
    } catch (thrown) {
      this.#failed = true;
      this.#log.error({ err: thrown }, 'a part could not be closed in order');
    }
  }
}

/** What has been started. */
export interface Running {
  /** Calls going on. */
  readonly calls: number;
  /** Takes no new calls; resolves when the last one is over, soon after `deadlineMs`. */
  drain(deadlineMs: number): Promise<void>;
  /** Reads again what may be changed while calls run. Never throws. */
  reload(): void;
  /** Counts an error that nothing has caught. */
  faulted(): void;
}

/** What is needed of Node's process. */
interface Host {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  on(fault: 'uncaughtException' | 'unhandledRejection', listener: (thrown: unknown) => void): unknown;
  exit(code: number): void;
}

interface ShutdownOptions {
  readonly host: Host;
  readonly clock: Clock;
  readonly log: Log;
  /** How long running calls may last after a signal. */
  readonly drainMs: number;
  /** Writes what is still to be logged. */
  readonly flush: () => void;
}

type State = 'starting' | 'serving' | 'draining' | 'ending';
type Input = 'started' | 'failed' | 'signal' | 'storm' | 'drained' | 'hangup';
type Action = 'serve' | 'fail' | 'stop' | 'drain' | 'drainFaulty' | 'leave' | 'reload' | 'postpone';

const LIFE: Table<State, Input, Action> = {
  starting: {
    started: ['serving', 'serve'],
    failed: ['ending', 'fail'],
    signal: ['ending', 'stop'],
    hangup: ['starting', 'postpone'],
  },
  serving: {
    signal: ['draining', 'drain'],
    storm: ['draining', 'drainFaulty'], // whoever runs this service starts it again after exit status 1
    hangup: ['serving', 'reload'],
  },
  draining: { drained: ['ending', 'stop'], signal: ['ending', 'leave'], hangup: ['draining', 'reload'] },
  ending: { signal: ['ending', 'leave'] },
};

/** A start that failed has closed what it opened within a second, or leaves it to the operating system. */
const FAILED_WITHIN_MS = 800;

/** Runs the service from its start to its exit code. Signals are heard from the moment in which it is made. */
export class Shutdown {
  static readonly #PERFORM: Readonly<Record<Action, (shutdown: Shutdown, event: unknown) => void>> = {
    serve: (shutdown) => shutdown.#serve(),
    postpone: (shutdown) => {
      shutdown.#postponed = true;
    },
    reload: (shutdown) => shutdown.#running?.reload(),
    fail: (shutdown, thrown) => shutdown.#fail(thrown),
    drain: (shutdown, signal) => void shutdown.#drain({ signal }),
    drainFaulty: (shutdown) => shutdown.#drainFaulty(),
    stop: (shutdown) => void shutdown.#stop(),
    leave: (shutdown, signal) => shutdown.#leave(signal),
  };
  static readonly #MACHINE = new MachineKind(LIFE, Shutdown.#PERFORM);
  readonly endings: Endings;
  readonly #options: ShutdownOptions;
  readonly #lastResort: LastResort;
  readonly #machine: Machine<State, Input, Action>;
  #running: Running | undefined;
  #postponed = false;
  #exitCode = 0;

  constructor(options: ShutdownOptions) {
    this.#options = options;
    this.#machine = Shutdown.#MACHINE.of(this, 'starting');
    this.endings = new Endings(options.log);
    const { host } = options;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) host.on(signal, () => this.#machine.send('signal', signal));
    host.on('SIGHUP', () => this.#machine.send('hangup'));
    this.#lastResort = new LastResort({
      clock: options.clock,
      log: options.log,
      count: () => this.#running?.faulted(),
      onStorm: () => this.#machine.send('storm'),
    });
    host.on('unhandledRejection', this.#lastResort.caught);
  }

  /** Starts; where that fails, whatever was opened is closed and the exit code is 1. */
  async start(begin: () => Promise<Running>): Promise<void> {
    try {
      this.#running = await begin();
      this.#machine.send('started');
    } catch (thrown) {
      this.#machine.send('failed', thrown);
    }
  }

  #serve(): void {
    // Before there are calls to keep, an error ends a start that went wrong.
    this.#options.host.on('uncaughtException', this.#lastResort.caught);
    if (this.#postponed) this.#running?.reload();
  }

  #fail(thrown: unknown): void {
    const { log, clock } = this.#options;
    if (thrown instanceof CodedError) log.fatal({ code: thrown.code }, thrown.message);
    else log.fatal({ err: thrown }, 'the service could not start');
    clock.after(FAILED_WITHIN_MS, () => this.#exit(1));
    void this.endings.run().then(() => this.#exit(1));
  }

  #drainFaulty(): void {
    this.#options.log.fatal('too many errors that nothing has caught: leaving when the last call is over');
    this.#exitCode = 1;
    void this.#drain({});
  }

  #leave(signal: unknown): void {
    this.#options.log.warn({ signal }, 'second signal: leaving at once');
    this.#exit(1);
  }

  async #drain(why: { readonly signal?: unknown }): Promise<void> {
    const { log, drainMs } = this.#options;
    log.info({ ...why, calls: this.#running?.calls }, 'draining: new calls get 503');
    await this.#running?.drain(drainMs);
    this.#machine.send('drained');
  }

  async #stop(): Promise<void> {
    const isClosed = await this.endings.run();
    this.#options.log.info('stopped');
    this.#exit(isClosed ? this.#exitCode : 1);
  }

  #exit(code: number): void {
    this.#options.flush();
    this.#options.host.exit(code);
  }
}
