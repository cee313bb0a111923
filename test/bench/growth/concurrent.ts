/** CPU per call, and memory, against the calls that are established meanwhile. */
import { pause } from '../children.js';
import { residentMiB } from '../cpu.js';
import { type Caller, startCaller } from '../sipp.js';
import { type Point, regression } from '../statistics.js';
import { figure } from '../table.js';
import type { VirkneTarget } from '../targets.js';
import { measure, type Trial, warmUp, withMembers } from '../trial.js';
import { PILOT, WORKLOADS, type Workload } from '../workloads.js';
import { type Step, sentenceByDecade, sweep, table } from './curve.js';
import type { Grown, Laboratory } from './main.js';

const SIZES = [10, 100, 1_000, 5_000, 10_000, 20_000];
/** Slow enough that the service, which shares its cores with SIPp, refuses nothing for overload. */
const BUILD_UP_RATE = 200;
/** Longer than any measurement. */
const HOLD_MS = 3_600_000;
const SPARE = 2;
const LOOK_EVERY_MS = 200;
const PATIENCE_SECONDS = 30;
/** Transactions that have answered linger for 32 s (RFC 3261 timers D and J, RFC 6026 timer L): they are no established calls. */
const LINGER_SECONDS = 60;
const answer = WORKLOADS[0] as Workload;

interface Held {
  readonly size: number;
  /** MiB of the service before and with the calls. */
  readonly before: number;
  readonly after: number;
}

export async function concurrent(laboratory: Laboratory): Promise<Grown> {
  const { sizes = SIZES } = laboratory.options;
  const steps: Step[] = [];
  const held: Held[] = [];
  for (const size of sizes) {
    const { step, memory } = await atSize(laboratory, size);
    steps.push(step);
    held.push(memory);
  }
  const points: Point[] = held.map(({ size, before, after }) => [size, (after - before) * 1024] as const);
  const perCall = points.length > 1 ? regression(points).slope : (points[0]?.[1] ?? 0) / (points[0]?.[0] ?? 1);
  const grown = points.map(([size, kib]) => `${size}: ${figure(kib / 1024)} MiB`).join(', ');
  const text = [
    table('established', steps),
    '',
    sentenceByDecade('established calls', steps),
    `Memory of the service: ${figure(perCall)} kB for each established call (${grown}).`,
  ];
  return {
    text: text.join('\n'),
    trials: steps.flatMap(({ trials }) => trials),
    raw: { steps, held },
  };
}

/** A service of its own for each size: memory that another size left behind would be counted. */
async function atSize(
  { children, ports, start, options }: Laboratory,
  size: number,
): Promise<{ step: Step; memory: Held }> {
  const rate = options.rates[0] ?? 1;
  const target = await start();
  const run = async (seconds: number): Promise<Trial> => {
    const load = { work: answer, rate, seconds };
    const { callerRetransmissions, ...rest } = await measure(children, target, load, { caller: ports.caller });
    return { ...rest, retransmissions: callerRetransmissions };
  };
  await warmUp(children, ports, target, answer, options.seconds);
  const { result } = await withMembers(children, ports, answer, async () => {
    await quiet(target);
    const before = residentMiB(target.servicePid);
    const numbers = [PILOT];
    const calls = { port: target.port, localPort: ports.otherCaller, numbers, rate: BUILD_UP_RATE };
    // One that is refused is replaced, as long as fewer than `size` go on.
    const limits = { count: SPARE * size, together: size, holdMs: HOLD_MS, delays: false };
    const holder = startCaller(children, { ...calls, ...limits });
    await established(holder, size, () => target.metric('virkne_calls_active'));
    await quiet(target);
    const after = residentMiB(target.servicePid);
    const [step] = await sweep([size], 'established calls', options.runs, () => run(options.seconds));
    if (step === undefined) throw new Error('no run');
    holder.kill();
    await holder.ended;
    return { step, memory: { size, before, after } };
  });
  await target.stop();
  return result;
}

async function established(holder: Caller, size: number, active: () => Promise<number>): Promise<void> {
  const deadline = performance.now() + (size / BUILD_UP_RATE + PATIENCE_SECONDS) * 1000;
  for (;;) {
    const calls = await active();
    if (calls >= size) return;
    if (performance.now() > deadline) {
      throw new Error(`only ${calls} of ${size} calls were established; ${holder.counts().failed} failed`);
    }
    await pause(LOOK_EVERY_MS);
  }
}

/** Waits until nothing but dialogs is left. */
async function quiet(target: VirkneTarget): Promise<void> {
  const deadline = performance.now() + LINGER_SECONDS * 1000;
  while ((await target.metric('virkne_sip_engine_transactions')) > 0) {
    if (performance.now() > deadline) throw new Error(`transactions are left after ${LINGER_SECONDS} s`);
    await pause(LOOK_EVERY_MS);
  }
}
