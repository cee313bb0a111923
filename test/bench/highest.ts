/**
 * The highest rate at which no call fails: RFC 7502 §4.9 by doubling, then halving the interval. A trial lasts a fixed time and
 * passes when every call was begun and succeeded and nobody had to send anything twice.
 */
import type { Children } from './children.js';
import type { Options } from './options.js';
import { publish, say } from './report.js';
import { type Column, figure, markdown } from './table.js';
import type { Ports, Target } from './targets.js';
import { disturbance, failures, isDisturbed, runBaseline, runTrial, type Trial } from './trial.js';
import type { Workload } from './workloads.js';

/** The search ends when the interval is this share of the rate. */
const PRECISION = 0.05;
const MOST = 50_000;
/** SIPp itself may be the one who cannot do more: then the trial says nothing good about the target. */
const REACHED = 0.95;
const ATTEMPTS_WHEN_DISTURBED = 2;

interface Found {
  readonly target: string;
  readonly work: string;
  readonly rate: number;
  /** At half the highest rate. */
  readonly half: Trial;
  readonly baseline: Trial;
  readonly wantedMs: number;
}

export async function highest(children: Children, ports: Ports, targets: readonly Target[], options: Options) {
  const found: Found[] = [];
  const trials: Trial[] = [];
  for (const work of options.work) {
    for (const target of targets) {
      const run = async (rate: number): Promise<boolean> => {
        for (let left = ATTEMPTS_WHEN_DISTURBED; ; left--) {
          const trial = await runTrial(children, ports, target, { work, rate, seconds: options.seconds });
          trials.push(trial);
          const passed = passes(trial);
          say(tell(trial, passed));
          if (passed || left === 1 || !isDisturbed(trial)) return passed;
        }
      };
      const rate = await search(run, options.rates[0] ?? 1);
      found.push({
        target: target.name,
        work: work.name,
        rate,
        wantedMs: work.wantedMs,
        ...(await atHalf(target, work, rate)),
      });
    }
  }
  const text = [markdown(COLUMNS, found), '', legend(options.seconds), disturbance(trials)].join('\n').trimEnd();
  publish({ name: 'highest', text, raw: { found, trials } });

  async function atHalf(target: Target, work: Workload, rate: number): Promise<{ half: Trial; baseline: Trial }> {
    const load = { work, rate: Math.max(1, Math.floor(rate / 2)), seconds: options.seconds };
    const baseline = await runBaseline(children, ports, load.rate, options.seconds);
    return { half: await runTrial(children, ports, target, load), baseline };
  }
}

/** @returns 0 when even `start` halved again and again does not pass */
async function search(passesAt: (rate: number) => Promise<boolean>, start: number): Promise<number> {
  let good = 0;
  let bad = start;
  while (bad <= MOST && (await passesAt(bad))) {
    good = bad;
    bad *= 2;
  }
  while (bad - good > Math.max(1, good * PRECISION)) {
    const middle = Math.floor((good + bad) / 2);
    if (await passesAt(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

const passes = ({ failed, retransmissions, reached, rate }: Trial): boolean =>
  failed === 0 && retransmissions === 0 && reached >= rate * REACHED;

function tell(trial: Trial, passed: boolean): string {
  const { work, target, rate, reached, retransmissions } = trial;
  const counts = `${failures(trial)}, ${retransmissions} retransmissions, ${figure(reached)}/s reached`;
  return `${work} ${target} ${rate}/s: ${passed ? 'passed' : 'not passed'}: ${counts}`;
}

const COLUMNS: readonly Column<Found>[] = [
  { head: 'work', left: true, cell: ({ work }) => work },
  { head: 'server', left: true, cell: ({ target }) => target },
  { head: 'highest calls/s', cell: ({ rate }) => String(rate) },
  { head: 'at half: added p50 ms', cell: ({ half, baseline, wantedMs }) => figure(half.p50 - baseline.p50 - wantedMs) },
  { head: 'added p99 ms', cell: ({ half, baseline, wantedMs }) => figure(half.p99 - baseline.p99 - wantedMs) },
  { head: 'CPU ms/call', cell: ({ half }) => figure(half.cpuMsPerCall) },
];

const legend = (seconds: number): string =>
  `Each trial ${seconds} s; passed: no failed call, no retransmission, the rate reached. SIPp runs on the same cores.`;
