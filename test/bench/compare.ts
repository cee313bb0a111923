/** The table: every target under the same load, one after the other, in turn. */
import type { Children } from './children.js';
import { BEFORE, type Options } from './options.js';
import { publish, say } from './report.js';
import { median, spread } from './statistics.js';
import { type Column, figure, markdown, withRange } from './table.js';
import type { Ports, Target } from './targets.js';
import { disturbance, failures, runBaseline, runTrial, type Trial, warmUp } from './trial.js';
import type { Workload } from './workloads.js';

/** The runs of one target, workload and rate; `direct` are the baselines of the same rate, one for each run. */
interface Row {
  readonly trials: readonly Trial[];
  readonly direct: readonly Trial[];
  /** Of the older build, one for each run; none where there is no such target. */
  readonly before: readonly Trial[];
  readonly work: Workload;
}

const BASELINE_SECONDS = 5;

export async function compare(children: Children, ports: Ports, targets: readonly Target[], options: Options) {
  for (const target of targets) {
    for (const work of options.work) await warmUp(children, ports, target, work, options.seconds);
  }
  const trials: Trial[] = [];
  const direct: Trial[] = [];
  for (let run = 1; run <= options.runs; run++) {
    for (const rate of options.rates) {
      direct.push(await runBaseline(children, ports, rate, Math.min(BASELINE_SECONDS, options.seconds)));
      for (const work of options.work) {
        // There and back: what grows or cools down meanwhile is in all alike.
        for (const target of run % 2 === 1 ? targets : targets.toReversed()) {
          const trial = await runTrial(children, ports, target, { work, rate, seconds: options.seconds });
          trials.push(trial);
          say(progress(run, trial));
        }
      }
    }
  }
  const rows = options.work.flatMap((work) =>
    options.rates.flatMap((rate) =>
      targets.map(({ name }) => ({
        work,
        trials: trials.filter((one) => one.work === work.name && one.rate === rate && one.target === name),
        direct: direct.filter((one) => one.rate === rate),
        before: trials.filter((one) => one.work === work.name && one.rate === rate && one.target === BEFORE),
      })),
    ),
  );
  const columns = targets.some(({ name }) => name === BEFORE) ? ALL_COLUMNS : ALL_COLUMNS.filter(isWithoutBefore);
  const text = [markdown(columns, rows), '', LEGEND, disturbance(trials)].join('\n').trimEnd();
  publish({
    name: 'compare',
    text,
    raw: { trials, direct },
  });
}

function progress(run: number, trial: Trial): string {
  const { work, rate, target, ok, retransmissions, cpuMsPerCall } = trial;
  const counts = `${ok} ok, ${failures(trial)}, ${retransmissions} retransmissions`;
  return `run ${run}: ${work} ${rate}/s ${target}: ${counts}, ${figure(cpuMsPerCall)} ms CPU a call`;
}

const total = ({ trials }: Row, pick: (trial: Trial) => number): string =>
  String(trials.reduce((sum, trial) => sum + pick(trial), 0));

const middle = (trials: readonly Trial[], pick: (trial: Trial) => number): number => median(trials.map(pick));

const added = ({ trials, direct, work }: Row, pick: (trial: Trial) => number): string =>
  figure(Math.max(0, middle(trials, pick) - middle(direct, pick) - work.wantedMs));

const BESIDE_BEFORE = 'CPU ×';

const isWithoutBefore = ({ head }: Column<Row>): boolean => head !== BESIDE_BEFORE;

/** Each run held against that of the older build in the same round. */
const besideBefore = ({ trials, before }: Row): number[] =>
  before.map(({ cpuMsPerCall }, round) => (trials[round]?.cpuMsPerCall ?? Number.NaN) / cpuMsPerCall);

const ALL_COLUMNS: readonly Column<Row>[] = [
  { head: 'work', left: true, cell: ({ work }) => work.name },
  { head: 'calls/s', cell: ({ trials }) => String(trials[0]?.rate) },
  { head: 'server', left: true, cell: ({ trials }) => String(trials[0]?.target) },
  { head: 'ok', cell: (row) => total(row, ({ ok }) => ok) },
  { head: 'failed', cell: (row) => total(row, ({ failed }) => failed) },
  { head: 'retransm.', cell: (row) => total(row, ({ retransmissions }) => retransmissions) },
  { head: 'CPU ms/call', cell: ({ trials }) => withRange(spread(trials.map(({ cpuMsPerCall }) => cpuMsPerCall))) },
  { head: BESIDE_BEFORE, cell: (row) => withRange(spread(besideBefore(row))) },
  { head: 'set-up p50 ms', cell: ({ trials }) => figure(middle(trials, ({ p50 }) => p50)) },
  { head: 'p99 ms', cell: ({ trials }) => figure(middle(trials, ({ p99 }) => p99)) },
  { head: 'added p50 ms', cell: (row) => added(row, ({ p50 }) => p50) },
  { head: 'added p99 ms', cell: (row) => added(row, ({ p99 }) => p99) },
  { head: 'memory MiB', cell: ({ trials }) => figure(Math.max(...trials.map(({ memoryMiB }) => memoryMiB))) },
];

const LEGEND = [
  'CPU: user and system time of every process of the server, Redis included; median (range) of the runs.',
  'Set-up: INVITE to 200 as the caller saw it, in milliseconds. Added: less what a call straight to the member takes in',
  'the same run, less the ring time in `ring`. Retransmissions: by caller and members. Memory: proportional set size.',
].join('\n');
