/** One figure against one size: measured in turn, shown as table and sentence. */
import { say } from '../report.js';
import { regression, type Spread, spread } from '../statistics.js';
import { figure, markdown, withRange } from '../table.js';
import { failures, type Trial } from '../trial.js';

export interface Step {
  readonly size: number;
  readonly trials: readonly Trial[];
  /** CPU milliseconds per call. */
  readonly cpu: Spread;
}

/**
 * Makes `runs` trials at each size, all sizes in turn: what changes with time does not look as if it changed with size.
 * @param run makes one trial at this size
 */
export async function sweep(
  sizes: readonly number[],
  what: string,
  runs: number,
  run: (size: number) => Promise<Trial>,
): Promise<Step[]> {
  const trials = sizes.map((): Trial[] => []);
  for (let i = 0; i < runs; i++) {
    for (const [at, size] of sizes.entries()) {
      const trial = await run(size);
      trials[at]?.push(trial);
      say(`run ${i + 1}: ${size} ${what}: ${figure(trial.cpuMsPerCall)} ms CPU a call, ${failures(trial)}`);
    }
  }
  return sizes.map((size, at) => {
    const own = trials[at] ?? [];
    return { size, trials: own, cpu: spread(own.map(({ cpuMsPerCall }) => cpuMsPerCall)) };
  });
}

export function table(what: string, steps: readonly Step[]): string {
  const sum = ({ trials }: Step, pick: (trial: Trial) => number): string =>
    String(trials.reduce((total, trial) => total + pick(trial), 0));
  return markdown<Step>(
    [
      { head: what, cell: ({ size }) => String(size) },
      { head: 'CPU ms/call', cell: ({ cpu }) => withRange(cpu) },
      { head: 'ok', cell: (step) => sum(step, ({ ok }) => ok) },
      { head: 'failed', cell: (step) => sum(step, ({ failed }) => failed) },
      { head: 'retransm.', cell: (step) => sum(step, ({ retransmissions }) => retransmissions) },
    ],
    steps,
  );
}

/** Up to this, of the smallest size's cost, a rise over the whole range counts as none. */
const FLAT = 0.1;
/** Costs that grow faster than the size have an exponent above 1; a little is measurement. */
const LINEAR_EXPONENT = 1.1;

/** For sizes over several powers of ten. */
export function sentenceByDecade(what: string, steps: readonly Step[]): string {
  const { slope } = regression(steps.map(({ size, cpu }) => [Math.log10(size), cpu.median] as const));
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined || first === last) return '';
  const ratio = last.cpu.median / first.cpu.median;
  const range = `from ${first.size} to ${last.size} ${what}`;
  const flat = ratio < 1 + FLAT ? 'flat' : 'NOT FLAT';
  return `CPU per call ${range}: ${flat}, × ${figure(ratio)}; ${figure(slope * 1000)} µs more for each tenfold.`;
}

/** For sizes that count from 1 to a dozen. */
export function sentencePerOne(what: string, steps: readonly Step[]): string {
  const { slope, intercept, slopeError } = regression(steps.map(({ size, cpu }) => [size, cpu.median] as const));
  // What grows is the part above the smallest size: compared at half and at whole range it shows a curve.
  const [first, middle, last] = [steps[0], steps[steps.length >> 1], steps.at(-1)];
  if (first === undefined || middle === undefined || last === undefined || first === last) return '';
  const grown = (step: Step): number => step.cpu.median - first.cpu.median;
  const exponent =
    Math.log(grown(last) / grown(middle)) / Math.log((last.size - first.size) / (middle.size - first.size));
  const error = Number.isFinite(slopeError) ? ` ± ${figure(2 * slopeError * 1000)}` : '';
  const line = `CPU per call: ${figure(intercept)} ms and ${figure(slope * 1000)}${error} µs for each of the ${what}`;
  if (last.cpu.median / first.cpu.median < 1 + FLAT) return `${line}: flat.`;
  if (!Number.isFinite(exponent)) return `${line}.`;
  return `${line}: ${exponent <= LINEAR_EXPONENT ? 'linear or less' : 'WORSE THAN LINEAR'} (exponent ${figure(exponent)}).`;
}
