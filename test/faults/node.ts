/** One node of the service: a process that can be killed, and started again on the same directory and port. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Children, hasEnded } from '../bench/children.js';
import { freePorts } from '../support/ports.js';
import { until } from '../support/sipp.js';

const MAIN = fileURLToPath(new URL('../../lib/main.js', import.meta.url));
const HOST = '127.0.0.1';
const UP_WITHIN_MS = 60_000;

export interface NodeOptions {
  /** Undefined: a private redis-server. */
  readonly redis: string | undefined;
  readonly dataDirectory?: string;
  readonly nodeOptions?: string;
  readonly sipPort?: number;
}

export class ServiceNode {
  readonly log: string[] = [];
  readonly sipPort: number;
  readonly #children: Children;
  readonly #options: NodeOptions;
  readonly #directory: string;
  readonly #httpPort: number;
  #child: ChildProcess | undefined;

  private constructor(children: Children, options: NodeOptions, sipPort: number, httpPort: number) {
    this.#children = children;
    this.#options = options;
    this.sipPort = options.sipPort ?? sipPort;
    this.#httpPort = httpPort;
    this.#directory = children.directory();
  }

  static async make(children: Children, options: NodeOptions): Promise<ServiceNode> {
    const [sip = 0, http = 0] = await freePorts(2);
    return new ServiceNode(children, options, sip, http);
  }

  get dataDirectory(): string {
    return this.#options.dataDirectory ?? join(this.#directory, 'data');
  }

  /** Whether the process is there. */
  get isUp(): boolean {
    return this.#child !== undefined && !hasEnded(this.#child);
  }

  /** Starts the process; it need not come up. */
  begin(): ChildProcess {
    mkdirSync(this.#directory, { recursive: true });
    const file = join(this.#directory, 'config.json');
    writeFileSync(
      file,
      JSON.stringify({
        redis: { dataDirectory: this.dataDirectory, privatePort: 0 },
        overload: { maxEventLoopDelayMs: 10_000 },
        rehearsal: { calls: 0 },
        turns: { keep: 100_000 },
        // Every one of them is looked for.
        records: { refusedPerSecond: 10_000 },
        drain: { deadlineSeconds: 5 },
      }),
    );
    const { redis, nodeOptions } = this.#options;
    const child = this.#children.start(process.execPath, [MAIN], {
      cwd: this.#directory,
      env: {
        PATH: process.env.PATH,
        SIP_LISTEN: `udp:${HOST}:${this.sipPort}`,
        HTTP_LISTEN: `${HOST}:${this.#httpPort}`,
        VIRKNE_CONFIG: file,
        ...(redis === undefined ? {} : { REDIS_URL: redis }),
        ...(nodeOptions === undefined ? {} : { NODE_OPTIONS: nodeOptions }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.log.push(line));
    this.#child = child;
    return child;
  }

  /** Starts the process and waits until it takes calls, well or not. */
  async start(): Promise<void> {
    this.begin();
    await until(
      async () => (await this.health()) && (this.log.some((line) => /"msg":"(?:not )?serving/.test(line)) || undefined),
      UP_WITHIN_MS,
      () => `a node did not start\n${this.log.join('\n')}`,
    );
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  async end(name: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    const gone = once(child, 'exit');
    child.kill(name);
    await gone;
  }

  /** What `/readyz` says; undefined where nobody answers. */
  async health(): Promise<{ missing: string[]; degraded?: string[] } | undefined> {
    try {
      return (await (await fetch(`http://${HOST}:${this.#httpPort}/readyz`)).json()) as { missing: string[] };
    } catch {
      return undefined;
    }
  }

  /** The sum of a metric's values; 0 where nobody answers. */
  async metric(name: string): Promise<number> {
    const text = await fetch(`http://${HOST}:${this.#httpPort}/metrics`).then(
      (response) => response.text(),
      () => '',
    );
    const values = [...text.matchAll(new RegExp(`^virkne_${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))];
    return values.reduce((sum, [, value]) => sum + Number(value), 0);
  }

  /** Serves, has nothing to complain of, and nothing in its spool. */
  async isWell(): Promise<boolean> {
    const health = await this.health();
    if (health === undefined || health.missing.length > 0 || (health.degraded ?? []).length > 0) return false;
    return (await this.metric('spool_files')) + (await this.metric('spool_held')) === 0;
  }
}
