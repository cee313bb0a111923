import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { systemClock } from '../base/clock.js';

const HOST = '127.0.0.1';
const GRACE_MS = 5_000;
const LOOK_AGAIN_MS = 50;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => void systemClock.after(ms, resolve));

/** Asks until there is an answer; rejects with `complaint` after `ms`. */
export async function until<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  ms: number,
  complaint: () => string,
): Promise<T> {
  const deadline = systemClock.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (systemClock.now() > deadline) throw new Error(complaint());
    await pause(LOOK_AGAIN_MS);
  }
}

/** A program that runs beside the demo, with all that it printed. */
export interface Running {
  readonly name: string;
  output(): string;
  /** The exit code, or the signal; undefined while it runs. */
  ended(): number | string | undefined;
}

/** The demo's programs: none of them outlives it. */
export class Processes {
  readonly #children = new Set<ChildProcess>();

  start(name: string, program: string, args: readonly string[], options: SpawnOptions = {}): Running {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let failure: string | undefined;
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.once('error', (error) => {
      failure = error.message;
    });
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    return { name, output: () => output, ended: () => failure ?? child.signalCode ?? child.exitCode ?? undefined };
  }

  /** Asks every program to end, youngest first, and makes it end where it does not. */
  async stop(): Promise<void> {
    for (const child of [...this.#children].reverse()) {
      if (child.pid === undefined) continue;
      const gone = once(child, 'close');
      child.kill('SIGTERM');
      const timer = systemClock.after(GRACE_MS, () => child.kill('SIGKILL'));
      await gone;
      timer.cancel();
    }
  }

  /** For the moment in which nothing can be awaited any more. */
  kill(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }
}

/** Runs a program to its end and returns what it printed; rejects with its output when it fails. */
export async function runToEnd(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${output.trim()}`);
  return output.trim();
}

/** Ports of this machine that are free for UDP and TCP; all are held until all are found, so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const held: { port: number; sockets: { close(): unknown }[] }[] = [];
  while (held.length < count) {
    const udp = createSocket('udp4');
    udp.bind(0, HOST);
    await once(udp, 'listening');
    const { port } = udp.address();
    const tcp = createServer();
    const free = await new Promise<boolean>((resolve) => {
      tcp.once('error', () => resolve(false));
      tcp.listen(port, HOST, () => resolve(true));
    });
    if (free) held.push({ port, sockets: [udp, tcp] });
    else udp.close();
  }
  for (const { sockets } of held) for (const socket of sockets) socket.close();
  return held.map(({ port }) => port);
}
