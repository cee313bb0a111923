/** CPU per call against the number of members of the group, of whom the first one answers. */
import { runTrial } from '../trial.js';
import { PILOT, WORKLOADS, type Workload } from '../workloads.js';
import { plot, repeat, type Step, sentencePerOne, table } from './curve.js';
import type { Grown, Laboratory } from './main.js';

const SIZES = [1, 2, 4, 6, 8, 10, 12];
const WARM_SECONDS = 5;
const answer = WORKLOADS[0] as Workload;

export async function members({ children, ports, start, options }: Laboratory): Promise<Grown> {
  const { rates, seconds, runs, sizes = SIZES } = options;
  const rate = rates[0] ?? 1;
  const target = await start();
  const run = (length: number) => runTrial(children, ports, target, { work: answer, rate, seconds: length });
  await run(Math.min(WARM_SECONDS, seconds));
  const steps: Step[] = [];
  for (const size of sizes) {
    const list = Array.from({ length: size }, (_, i) => `sip:m${i}@127.0.0.1:${ports.first}`).join(',');
    await target.redis.call('FCALL', 'hunt_set', '1', `hunt:{${PILOT}}`, 'members', list);
    steps.push(await repeat(size, 'members', runs, () => run(seconds)));
  }
  await target.stop();
  return {
    text: `${table('members', steps)}\n\n${sentencePerOne('members', steps)}`,
    charts: [plot('Members of the group', 'members', steps, false)],
    trials: steps.flatMap(({ trials }) => trials),
    raw: steps,
  };
}
