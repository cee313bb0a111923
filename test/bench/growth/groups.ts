/** CPU per call against the number of groups in Redis; each call goes to any of them. */
import { figure } from '../table.js';
import { runTrial, warmUp } from '../trial.js';
import { groupFields, WORKLOADS, type Workload } from '../workloads.js';
import { type Step, sentenceByDecade, sweep, table } from './curve.js';
import type { Grown, Laboratory } from './main.js';
import { provision, samplePilots } from './provision.js';

const SIZES = [1, 1_000, 100_000, 1_000_000];
const answer = WORKLOADS[0] as Workload;

export async function groups({ children, ports, start, options }: Laboratory): Promise<Grown> {
  const { rates, seconds, runs, sizes = SIZES } = options;
  const rate = rates[0] ?? 1;
  const steps: Step[] = [];
  const memory: string[] = [];
  for (const size of sizes) {
    const target = await start();
    await provision(target, size, groupFields(ports));
    await warmUp(children, ports, target, answer, seconds);
    const numbers = samplePilots(size, rate * seconds);
    const run = () => runTrial(children, ports, target, { work: answer, rate, seconds, numbers });
    steps.push(...(await sweep([size], 'groups', runs, run)));
    const used = Number(/used_memory:(\d+)/.exec(await target.redis.info('memory'))?.[1]);
    memory.push(`${size}: ${figure(used / 2 ** 20)} MiB`);
    await target.stop();
  }
  const text = [table('groups', steps), '', sentenceByDecade('groups', steps), `Redis memory: ${memory.join(', ')}.`];
  return {
    text: text.join('\n'),
    trials: steps.flatMap(({ trials }) => trials),
    raw: { steps, memory },
  };
}
