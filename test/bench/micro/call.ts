/** A whole answered call through engine and ringing service, without sockets and without Redis, over both links between them. */
import { systemClock } from '../../../lib/base/clock.js';
import { detachEnvironment } from '../../../lib/config/environment.js';
import type { EmbeddedLink } from '../../../lib/sip-server/embedded/start.js';
import { openStage } from '../../../lib/warm-up/stage.js';
import { CALL_SETTINGS, CONFIG, ENGINE_SETTINGS } from '../../support/defaults.js';
import { until } from '../../support/sipp.js';
import { spread } from '../statistics.js';
import type { Timed } from './timing.js';

const ROUNDS = 7;
const CALLS = 1_000;
/** Calls that go on together. */
const TOGETHER = 50;
const RECORDS_WITHIN_MS = 5_000;

export async function wholeCall(): Promise<Timed[]> {
  const direct = await over('direct');
  detachEnvironment(); // as the service does where it uses drachtio-srf
  return [direct, await over('protocol')];
}

async function over(link: EmbeddedLink): Promise<Timed> {
  const stage = await openStage({
    clock: systemClock,
    link,
    engine: ENGINE_SETTINGS,
    call: CALL_SETTINGS,
    traces: CONFIG.traces,
  });
  const { phones } = stage;
  const all: number[] = [];
  for (let round = -2; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    await phones.calls(CALLS, TOGETHER);
    const { user, system } = process.cpuUsage(before);
    if (round < 0) continue;
    all.push(((user + system) * 1000) / CALLS);
  }
  const expected = (ROUNDS + 2) * CALLS;
  const complaint = (): string => `${stage.records} of ${expected} calls left a record`;
  await until(() => (stage.records >= expected ? true : undefined), RECORDS_WITHIN_MS, complaint);
  await stage.close();
  return { name: `whole answered call in process, with its two phones, ${link}`, ns: spread(all), of: 'CPU' };
}
