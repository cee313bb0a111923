/** CPU per call against its attempts: all members but the last are busy. */
import { runTrial } from '../trial.js';
import { PILOT, WORKLOADS, type Workload } from '../workloads.js';
import { plot, repeat, type Step, sentencePerOne, table } from './curve.js';
import type { Grown, Laboratory } from './main.js';

const SIZES = [1, 2, 4, 6, 8, 10, 12];
const WARM_SECONDS = 5;
const busy = WORKLOADS.find(({ name }) => name === 'busy') as Workload;

export async function attempts({ children, ports, start, options }: Laboratory): Promise<Grown> {
  const { rates, seconds, runs, sizes = SIZES } = options;
  const rate = rates[0] ?? 1;
  const target = await start();
  const run = (length: number) => runTrial(children, ports, target, { work: busy, rate, seconds: length });
  await run(Math.min(WARM_SECONDS, seconds));
  const steps: Step[] = [];
  for (const size of sizes) {
    const list = Array.from({ length: size - 1 }, (_, i) => `sip:m${i}@127.0.0.1:${ports.first}`);
    list.push(`sip:last@127.0.0.1:${ports.second}`);
    await target.redis.call('FCALL', 'hunt_set', '1', `hunt:{${PILOT}}`, 'members', list.join(','));
    steps.push(await repeat(size, 'attempts', runs, () => run(seconds)));
  }
  await target.stop();
  return {
    text: `${table('attempts', steps)}\n\n${sentencePerOne('attempts', steps)}`,
    charts: [plot('Attempts per call', 'attempts', steps, false)],
    trials: steps.flatMap(({ trials }) => trials),
    raw: steps,
  };
}
