/** Memory over many calls: does it grow? */
import { type Children, pause } from './children.js';
import { residentMiB } from './cpu.js';
import type { Options } from './options.js';
import { publish, say } from './report.js';
import { startCaller } from './sipp.js';
import { type Point, regression } from './statistics.js';
import { figure } from './table.js';
import type { Ports, VirkneTarget } from './targets.js';
import { withMembers } from './trial.js';
import { PILOT } from './workloads.js';

interface Sample {
  readonly seconds: number;
  readonly calls: number;
  /** MiB each. */
  readonly resident: number;
  readonly heap: number;
  readonly redis: number;
}

const EVERY_CALLS = 10_000;
const FEWEST_SAMPLES = 20;
const LOOK_EVERY_MS = 250;
/** The first part is left out: transactions linger for 32 s, caches fill, the heap finds its size. */
const WARM_SHARE = 0.25;
const WARM_SECONDS = 100;
const FEWEST_TO_JUDGE = 10;
/** Memory is flat when the straight line through it rises by less than this, of its mean, from end to end. */
const TOLERANCE = 0.05;
const MIB = 2 ** 20;

export async function soak(children: Children, ports: Ports, target: VirkneTarget, options: Options): Promise<void> {
  const { soakCalls: count, work: all } = options;
  const [work] = all;
  const rate = options.rates[0] ?? 1;
  if (work === undefined) return;
  const samples: Sample[] = [];
  const every = Math.max(1, Math.min(EVERY_CALLS, Math.floor(count / FEWEST_SAMPLES)));
  const { result: made } = await withMembers(children, ports, work, async () => {
    const calls = { port: target.port, localPort: ports.caller, numbers: [PILOT], rate, count, delays: false };
    const caller = startCaller(children, calls);
    const began = performance.now();
    let over = false;
    const ended = caller.ended.finally(() => {
      over = true;
    });
    while (!over) {
      await pause(LOOK_EVERY_MS);
      const { ok, failed } = caller.counts();
      if (ok + failed < (samples.at(-1)?.calls ?? 0) + every) continue;
      const seconds = (performance.now() - began) / 1000;
      const sample = { seconds, ...(await take(target, ok + failed)) };
      samples.push(sample);
      say(
        `${sample.calls} calls: resident ${figure(sample.resident)}, heap ${figure(sample.heap)}, Redis ${figure(sample.redis)} MiB`,
      );
    }
    return ended;
  });
  await target.stop();

  const kept = samples.slice(Math.floor(samples.length * WARM_SHARE)).filter(({ seconds }) => seconds > WARM_SECONDS);
  const text = [
    `${made.ok} calls ok, ${count - made.ok} failed, ${work.name} at ${rate}/s.`,
    verdict('Resident memory', kept, ({ resident }) => resident),
    verdict('Heap', kept, ({ heap }) => heap),
    `Redis, which keeps the records: ${perCall(kept, ({ redis }) => redis)} bytes a call.`,
  ].join('\n');
  publish({ name: 'soak', text, raw: { made: { ...made, delays: undefined }, samples } });
}

async function take(target: VirkneTarget, calls: number): Promise<Omit<Sample, 'seconds'>> {
  return {
    calls,
    resident: residentMiB(target.servicePid),
    heap: (await target.metric('nodejs_heap_size_used_bytes')) / MIB,
    redis: residentMiB(target.redisPid),
  };
}

const pointsOf = (samples: readonly Sample[], pick: (sample: Sample) => number): Point[] =>
  samples.map((sample) => [sample.calls, pick(sample)] as const);

const perCall = (samples: readonly Sample[], pick: (sample: Sample) => number): string =>
  figure(regression(pointsOf(samples, pick)).slope * MIB);

function verdict(what: string, samples: readonly Sample[], pick: (sample: Sample) => number): string {
  if (samples.length < FEWEST_TO_JUDGE) return `${what}: too short to judge; the first ${WARM_SECONDS} s do not count.`;
  const first = samples[0]?.calls ?? 0;
  const last = samples.at(-1)?.calls ?? 0;
  const { slope, intercept, slopeError } = regression(pointsOf(samples, pick));
  const rise = slope * (last - first);
  const mean = intercept + (slope * (first + last)) / 2;
  // A slope that its own error explains is none.
  const flat = rise < mean * TOLERANCE || slope < 2 * slopeError;
  const bytes = `${figure(slope * MIB)} ± ${figure(2 * slopeError * MIB)} bytes a call`;
  return `${what}: ${flat ? 'flat' : 'GROWS'}: ${bytes}, ${figure(rise)} MiB over ${last - first} calls at a mean of ${figure(mean)} MiB.`;
}
