/** What processes cost, from /proc (Linux). Milliseconds and MiB. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

const TICK_MS = 1000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** A process may end while it is looked at: then it is worth nothing here, and its parent has its CPU time. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function childrenOf(pid: number): number[] {
  let tasks: string[] = [];
  try {
    tasks = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  return tasks.flatMap((task) => read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number));
}

/** The processes and all below them. */
function treeOf(pids: readonly number[]): number[] {
  const found = new Set<number>();
  const visit = (pid: number): void => {
    if (found.has(pid)) return;
    found.add(pid);
    for (const child of childrenOf(pid)) visit(child);
  };
  for (const pid of pids) visit(pid);
  return [...found];
}

/** User and system time of the processes, all their threads, those below them, and those below that have ended. */
export function cpuMs(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of treeOf(pids)) {
    // proc(5): the name, in parentheses, may hold anything; utime, stime, cutime and cstime are fields 14 to 17.
    const stat = read(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    for (let i = 11; i <= 14; i++) ticks += Number(fields[i] ?? 0);
  }
  return ticks * TICK_MS;
}

/** Proportional set size: memory that several processes share is counted once. */
export function memoryMiB(pids: readonly number[]): number {
  const kib = (pid: number): number => Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
  return treeOf(pids).reduce((sum, pid) => sum + kib(pid), 0) / 1024;
}

/** Resident set of one process alone. */
export const residentMiB = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;

function machineBusyMs(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = read('/proc/stat')
    .slice(0, 200)
    .split('\n', 1)[0]
    ?.split(/\s+/)
    .slice(1)
    .map(Number) ?? [0];
  return (user + nice + system + irq + softirq + steal) * TICK_MS;
}

/**
 * How much of the machine others used meanwhile. The load average would not tell: it counts our own processes too.
 * @returns a function that tells the share, 0 … 1, since the call
 */
export function watchOthers(): () => number {
  const mark = (): { at: number; others: number } => ({
    at: performance.now(),
    others: machineBusyMs() - cpuMs([process.pid]),
  });
  const start = mark();
  return () => {
    const end = mark();
    return Math.max(0, (end.others - start.others) / ((end.at - start.at) * cpus().length));
  };
}
