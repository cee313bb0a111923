/** Plays a scenario with everything collected that an explanation is made of. */
import { isDeepStrictEqual } from 'node:util';
import { silentMeter } from '../../../lib/base/meter.js';
import { tapped } from '../../../lib/engine/transport/tapped.js';
import type { Glance } from '../../../lib/sip/glance.js';
import type { CallRecord } from '../../../lib/store/types.js';
import { Traces } from '../../../lib/trace/traces.js';
import { glanceAt } from '../../support/glance.js';
import { CallHarness, type CallHarnessOptions } from '../call/call-harness.js';

export interface Played {
  readonly harness: CallHarness;
  readonly record: CallRecord;
  /** As it is kept. */
  readonly trace: string | null;
}

/** After the last word: the longest that a cancelled INVITE is watched, and the second in which the trace waits. */
const OVER_MS = 70_000;

export async function play(
  run: (harness: CallHarness) => Promise<void>,
  options: CallHarnessOptions = {},
): Promise<Played> {
  const kept = new Map<string, string>();
  let traces: Traces | undefined;
  const misread: string[] = [];
  /** Those who send and parse say what stands in the text. */
  const compare = (seen: Glance): void => {
    if (!isDeepStrictEqual(seen, glanceAt(seen.text))) misread.push(seen.text);
  };
  const harness = new CallHarness({
    ...options,
    settings: { node: 'one', ...options.settings },
    aroundEngine: (engine) => {
      const made = new Traces({
        clock: engine.clock,
        meter: silentMeter,
        ...{ failedShare: 1, otherShare: 1, liveCalls: 100 },
        keep: (some) => {
          for (const [call, trace] of some) kept.set(call, trace);
        },
      });
      traces = made;
      const taps = [made, { received: compare, sent: compare }];
      return { ...engine, transports: engine.transports.map((transport) => tapped(transport, taps)) };
    },
    around: (service) => ({ ...(options.around?.(service) ?? service), traces }),
  });
  await harness.start();
  await run(harness);
  await harness.pass(OVER_MS);
  const [record] = harness.records;
  if (record === undefined) throw new Error('the call has no record');
  const left = Object.entries(traces?.tables ?? {}).filter(([, size]) => size > 0);
  if (left.length > 0) throw new Error(`traces are left behind: ${left.join(' ')}`);
  if (misread.length > 0) throw new Error(`seen otherwise than on the wire: ${misread.join()}`);
  return { harness, record, trace: kept.get(record.call) ?? null };
}
