/** One load on one target, measured. */
import { type Children, pause } from './children.js';
import { cpuMs, memoryMiB, watchOthers } from './cpu.js';
import { type CallsMade, startCaller, startMember } from './sipp.js';
import { quantile } from './statistics.js';
import type { Ports, Target } from './targets.js';
import { PILOT, WORKLOADS, type Workload } from './workloads.js';

export interface Load {
  readonly work: Workload;
  readonly rate: number;
  readonly seconds: number;
  /** Who is called; the group of the workloads if absent. */
  readonly numbers?: readonly string[];
}

export interface Trial {
  readonly target: string;
  readonly work: string;
  readonly rate: number;
  readonly calls: number;
  readonly ok: number;
  readonly failed: number;
  /** `503 × 12`: what the caller got instead of an answer; empty when there was no such response. */
  readonly refusals: string;
  /** By the caller and by the members. */
  readonly retransmissions: number;
  readonly cpuMsPerCall: number;
  /** From INVITE to 200 as the caller saw it, milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly memoryMiB: number;
  /** Answers a second, from the first to the last. */
  readonly reached: number;
  /** Share of the machine, 0 … 1, that neither we nor the target used. */
  readonly others: number;
}

/** The members of one workload, up for one or several trials. */
export async function withMembers<T>(
  children: Children,
  ports: Ports,
  work: Workload,
  action: () => Promise<T>,
): Promise<{ result: T; retransmissions: number }> {
  const members = [
    await startMember(children, work.first, ports.first),
    await startMember(children, 'member-answer', ports.second),
  ];
  let result: T;
  const counts = [];
  try {
    result = await action();
  } finally {
    for (const member of members) counts.push(await member.stop());
  }
  return { result, retransmissions: counts.reduce((sum, count) => sum + count.retransmissions, 0) };
}

/** For SIPp's statistics and the last records to be written: the CPU time of what a call leaves behind belongs to it. */
const SETTLE_MS = 300;

export async function measure(
  children: Children,
  target: Target,
  load: Load,
  { port = target.port, caller }: { port?: number; caller: number },
): Promise<Omit<Trial, 'retransmissions'> & { callerRetransmissions: number }> {
  const { work, rate, seconds, numbers = [PILOT] } = load;
  const count = Math.max(1, Math.round(rate * seconds));
  const others = watchOthers();
  const cpu = cpuMs(target.pids);
  const made: CallsMade = await startCaller(children, { port, localPort: caller, numbers, rate, count }).ended;
  await pause(SETTLE_MS);
  return {
    target: target.name,
    work: work.name,
    rate,
    calls: count,
    ok: made.ok,
    // A call that SIPp gave up counting, or never began, did not succeed either.
    failed: count - made.ok,
    refusals: made.refusals,
    callerRetransmissions: made.retransmissions,
    cpuMsPerCall: (cpuMs(target.pids) - cpu) / made.ok,
    p50: quantile(made.delays, 0.5),
    p99: quantile(made.delays, 0.99),
    memoryMiB: memoryMiB(target.pids),
    reached: made.reached,
    others: others(),
  };
}

export async function runTrial(children: Children, ports: Ports, target: Target, load: Load): Promise<Trial> {
  const { result, retransmissions } = await withMembers(children, ports, load.work, () =>
    measure(children, target, load, { caller: ports.caller }),
  );
  const { callerRetransmissions, ...rest } = result;
  return { ...rest, retransmissions: retransmissions + callerRetransmissions };
}

const WARM_SECONDS = 10;
const WARM_RATE = 300;

/** Until V8 has compiled what is hot, a call costs several times as much. @param most seconds */
export async function warmUp(
  children: Children,
  ports: Ports,
  target: Target,
  work: Workload,
  most: number,
): Promise<void> {
  await runTrial(children, ports, target, { work, rate: WARM_RATE, seconds: Math.min(WARM_SECONDS, most) });
}

/** No server in between: what the callers and members themselves take. */
const direct = (ports: Ports): Target => ({
  name: 'direct',
  port: ports.first,
  pids: [],
  stop: async () => {},
});

const answer = WORKLOADS[0] as Workload;

/** Set-up delay of a call straight to the member who answers, at this rate. */
export const runBaseline = (children: Children, ports: Ports, rate: number, seconds: number): Promise<Trial> =>
  runTrial(children, ports, direct(ports), { work: answer, rate, seconds });

const DISTURBED = 0.05;

export const isDisturbed = ({ others }: { others: number }): boolean => others > DISTURBED;

/** `30 failed (503 × 30)` */
export const failures = ({ failed, refusals }: Trial): string =>
  `${failed} failed${refusals === '' ? '' : ` (${refusals})`}`;

/** A warning for the reader; empty when others left the machine alone. */
export function disturbance(trials: readonly { others: number }[]): string {
  const disturbed = trials.filter(isDisturbed);
  if (disturbed.length === 0) return '';
  const most = Math.max(...disturbed.map(({ others }) => others));
  return `⚠ ${disturbed.length} of ${trials.length} runs were disturbed: others used up to ${(most * 100).toFixed(0)} % of this machine's CPU meanwhile. Repeat on a quiet machine.`;
}
