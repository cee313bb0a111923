/**
 * node dist/test/bench/overload.js [--rate R] [--times 3] [--seconds 20]: what becomes of calls when more are offered than can be
 * served. Finds the sustainable rate unless it is given, holds established calls, then offers a multiple of that rate.
 */
import { parseArgs } from 'node:util';
import { freePort } from '../support/ports.js';
import { Children, pause } from './children.js';
import { cpuMs } from './cpu.js';
import { startCaller } from './sipp.js';
import { choosePorts, startVirkne } from './targets.js';
import { runTrial, withMembers } from './trial.js';
import { WORKLOADS, type Workload } from './workloads.js';

const HELD = 50;
const TRIAL_SECONDS = 4;
const FIRST_RATE = 200;
const WARM_UP_RATE = 80;
const SETTLE_MS = 1500;
const answer = WORKLOADS[0] as Workload;

const { values } = parseArgs({
  options: { rate: { type: 'string' }, times: { type: 'string' }, seconds: { type: 'string' } },
});
const times = Number(values.times ?? 3);
const seconds = Number(values.seconds ?? 20);

/** Doubles, then halves the interval to a tenth. */
async function search(passesAt: (rate: number) => Promise<boolean>): Promise<number> {
  let good = 0;
  let bad = FIRST_RATE;
  while (await passesAt(bad)) {
    good = bad;
    bad *= 2;
  }
  while (bad - good > bad / 10) {
    const middle = Math.floor((good + bad) / 2);
    if (await passesAt(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

const children = new Children();
const ports = await choosePorts();
const target = await startVirkne(children, ports);
const say = (text: string): void => console.log(text);

const sustained = async (rate: number): Promise<boolean> => {
  const { failed, retransmissions, reached } = await runTrial(children, ports, target, {
    work: answer,
    rate,
    seconds: TRIAL_SECONDS,
  });
  say(`${rate}/s: ${failed} failed, ${retransmissions} retransmissions, ${Math.round(reached)}/s reached`);
  return failed === 0 && retransmissions <= rate * TRIAL_SECONDS * 0.01 && reached >= rate * 0.95;
};
// A service that has just started runs at a fraction of its speed.
await runTrial(children, ports, target, { work: answer, rate: WARM_UP_RATE, seconds: TRIAL_SECONDS });
const peak = values.rate === undefined ? await search(sustained) : Number(values.rate);

const { result } = await withMembers(children, ports, answer, async () => {
  const call = { port: target.port, numbers: ['+37167000000'], delays: false };
  const held = startCaller(children, {
    ...call,
    localPort: await freePort(),
    rate: HELD / 2,
    count: HELD,
    holdMs: (seconds + 4) * 1000,
  });
  await pause(3000);
  const cpu = cpuMs([target.servicePid]);
  const offered = startCaller(children, {
    ...call,
    localPort: ports.caller,
    rate: peak * times,
    count: peak * times * seconds,
  });
  await pause(seconds * 1000);
  const { ok, created, retransmissions } = offered.counts();
  const refused = await target.metric('virkne_sip_engine_overload_refusals_total');
  const share = await target.metric('virkne_admission_share');
  const used = (cpuMs([target.servicePid]) - cpu) / 1000;
  offered.kill();
  const kept = await held.ended;
  await pause(SETTLE_MS);
  return {
    ok,
    created,
    retransmissions,
    refused,
    share,
    used,
    kept,
    after: await target.metric('virkne_admission_share'),
  };
});
const goodput = result.ok / seconds;
say(`sustainable rate R: ${peak}/s; offered: ${Math.round(result.created / seconds)}/s for ${seconds} s`);
say(`goodput: ${Math.round(goodput)}/s = ${Math.round((100 * goodput) / peak)} % of R`);
say(
  `refused with 503: ${result.refused}; share let in at the end: ${result.share.toFixed(2)}, a moment later: ${result.after.toFixed(2)}`,
);
say(`established calls: ${HELD}, lost: ${HELD - result.kept.ok}; CPU of the service: ${result.used.toFixed(1)} s`);
await target.stop();
process.exit(result.kept.ok === HELD && goodput >= 0.8 * peak ? 0 : 1);
