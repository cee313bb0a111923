/** The command line. */
import { parseArgs } from 'node:util';
import { WORKLOADS, type Workload } from './workloads.js';

export const USAGE = `npm run bench -- [what] [options]

what (the side-by-side table if nothing is said):
  --highest             the highest rate without a failed call or a retransmission, by binary search (RFC 7502)
  --micro               the hot parts one by one, in one process
  --growth              cost against groups, members, concurrent calls, attempts and the length of a message
  --soak CALLS          memory over so many calls
  --capture             set-up delay while the HEP collector is there, away, or does not read

options:
  --rates 100,300,1000  calls a second; --growth and --soak take the first
  --work answer,busy,ring
  --seconds 20          length of one run
  --runs 3              the table shows their median and range
  --targets kamailio,virkne
  --before DIRECTORY    an older build that lies there takes turns with this one: the table holds each run against its
  --only groups,members,concurrent,attempts,messages   parts of --growth; of --micro: parts,redis,call
  --sizes 1,1000        other sizes for --growth
  --profile             writes a CPU profile of the service to test/bench/out/
`;

type Mode = 'compare' | 'highest' | 'micro' | 'growth' | 'soak' | 'capture' | 'help';

export interface Options {
  readonly mode: Mode;
  readonly rates: readonly number[];
  readonly work: readonly Workload[];
  readonly seconds: number;
  readonly runs: number;
  readonly targets: readonly string[];
  /** Where an older build lies. */
  readonly before: string | undefined;
  readonly only: readonly string[];
  readonly sizes: readonly number[] | undefined;
  readonly soakCalls: number;
  readonly profile: boolean;
}

const DEFAULT_RATES: Readonly<Record<Mode, string>> = {
  compare: '100,300,1000',
  highest: '200',
  growth: '100',
  soak: '500',
  micro: '1',
  capture: '50',
  help: '1',
};

/** The name of the older build among the targets. */
export const BEFORE = 'before';

/** Throws with a message for people. */
export function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ highest: flag, micro: flag, growth: flag, soak: text, capture: flag, profile: flag, help: flag },
      ...{ rates: text, work: text, seconds: text, runs: text, targets: text, before: text, only: text, sizes: text },
    },
  });
  const modes: readonly Mode[] = ['help', 'highest', 'micro', 'growth', 'soak', 'capture'];
  const mode = modes.find((one) => one !== 'compare' && values[one as 'help'] !== undefined) ?? 'compare';
  const names = list(values.work ?? 'answer,busy,ring');
  const work = names.map((name) => WORKLOADS.find((one) => one.name === name) ?? unknown('--work', name));
  const { before } = values;
  const targets = list(values.targets ?? (before === undefined ? 'kamailio,virkne' : 'virkne'));
  for (const name of targets) if (!['kamailio', 'virkne'].includes(name)) unknown('--targets', name);
  return {
    mode,
    rates: numbers('--rates', values.rates ?? DEFAULT_RATES[mode]),
    work,
    seconds: number('--seconds', values.seconds ?? '20'),
    runs: number('--runs', values.runs ?? '3'),
    targets: before === undefined ? targets : [BEFORE, ...targets],
    before,
    only: list(values.only ?? ''),
    sizes: values.sizes === undefined ? undefined : numbers('--sizes', values.sizes),
    soakCalls: number('--soak', values.soak ?? '1'),
    profile: values.profile ?? false,
  };
}

const list = (text: string): string[] => text.split(',').filter((part) => part !== '');

const numbers = (name: string, text: string): number[] => list(text).map((part) => number(name, part));

function number(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name} ${text}: must be a number above 0`);
  return value;
}

function unknown(name: string, value: string): never {
  throw new Error(`${name} ${value}: there is no such thing`);
}
