/** CPU per call against the members of the group that is called, and against those of them who are tried. */
import { runTrial, warmUp } from '../trial.js';
import { PILOT, WORKLOADS, type Workload } from '../workloads.js';
import { sentencePerOne, sweep, table } from './curve.js';
import type { Grown, Laboratory } from './main.js';

const SIZES = [1, 2, 4, 6, 8, 10, 12];

interface Question {
  readonly what: string;
  readonly workload: string;
  /** The group of this size; ports of the member who behaves as the workload says, and of one who answers. */
  membersOf(size: number, first: number, second: number): string[];
}

/** The first of so many members answers. */
export const members = (laboratory: Laboratory): Promise<Grown> =>
  grow(laboratory, {
    what: 'members',
    workload: 'answer',
    membersOf: (size, first) => Array.from({ length: size }, (_, i) => `sip:m${i}@127.0.0.1:${first}`),
  });

/** All members but the last are busy. */
export const attempts = (laboratory: Laboratory): Promise<Grown> =>
  grow(laboratory, {
    what: 'attempts',
    workload: 'busy',
    membersOf: (size, first, second) => [
      ...Array.from({ length: size - 1 }, (_, i) => `sip:m${i}@127.0.0.1:${first}`),
      `sip:last@127.0.0.1:${second}`,
    ],
  });

async function grow({ children, ports, start, options }: Laboratory, question: Question): Promise<Grown> {
  const { rates, seconds, runs, sizes = SIZES } = options;
  const rate = rates[0] ?? 1;
  const work = WORKLOADS.find(({ name }) => name === question.workload) as Workload;
  const target = await start();
  await warmUp(children, ports, target, work, seconds);
  const steps = await sweep(sizes, question.what, runs, async (size) => {
    const list = question.membersOf(size, ports.first, ports.second).join(',');
    await target.redis.call('FCALL', 'hunt_set', '1', `hunt:{${PILOT}}`, 'members', list);
    return runTrial(children, ports, target, { work, rate, seconds });
  });
  await target.stop();
  return {
    text: `${table(question.what, steps)}\n\n${sentencePerOne(question.what, steps)}`,
    trials: steps.flatMap(({ trials }) => trials),
    raw: steps,
  };
}
