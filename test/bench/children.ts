/** The programs of the benchmark. None of them outlives it. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const END_WITHIN_MS = 5_000;

export class Children {
  readonly #running = new Set<ChildProcess>();
  readonly #directories: string[] = [];

  constructor() {
    process.once('exit', () => this.#killAll());
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
  }

  /** @param stdio what becomes of its output; dropped if absent */
  start(
    program: string,
    args: readonly string[],
    options: { cwd: string; env?: NodeJS.ProcessEnv; stdio?: StdioOptions },
  ): ChildProcess {
    const child = spawn(program, args, { stdio: 'ignore', ...options });
    this.#running.add(child);
    child.once('error', (error) => {
      throw new Error(`${program} cannot be run: ${error.message}`);
    });
    child.once('exit', () => this.#running.delete(child));
    return child;
  }

  /** Asks a program to end, and ends it where it does not. */
  async stop(child: ChildProcess): Promise<void> {
    if (!this.#running.has(child)) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
    await gone;
    clearTimeout(timer);
  }

  kill(child: ChildProcess): void {
    if (this.#running.has(child)) child.kill('SIGKILL');
  }

  /** A directory that is removed at the end. */
  directory(): string {
    const path = mkdtempSync(join(tmpdir(), 'bench-'));
    this.#directories.push(path);
    return path;
  }

  #killAll(): void {
    for (const child of this.#running) child.kill('SIGKILL');
    for (const path of this.#directories) rmSync(path, { recursive: true, force: true });
  }
}

export const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
