/** Who looks on at the wire and at the calls: the traces from which calls are explained, and the capture for a collector. */
import type { Clock } from './base/clock.js';
import { regardless } from './base/guard.js';
import type { Log } from './base/log.js';
import type { Meter } from './base/meter.js';
import type { CallTraces } from './call/call-context.js';
import type { Capture } from './capture/capture.js';
import type { Config } from './config/load.js';
import type { Tap } from './engine/transport/tapped.js';
import type { Endings } from './shutdown.js';
import type { Store } from './store/open-store.js';
import { Traces } from './trace/traces.js';

interface WatchersOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly endings: Endings;
  readonly store: Store;
}

interface Watchers {
  /** See each message. */
  readonly taps: readonly Tap[];
  readonly traces: CallTraces | undefined;
}

export async function openWatchers(options: WatchersOptions): Promise<Watchers> {
  const traces = openTraces(options);
  const capture = await openCapture(options);
  const taps = [traces, capture].filter((tap) => tap !== undefined);
  return { taps, traces: capture === undefined ? traces : both(traces, capture) };
}

/** Undefined: none are to be kept. Those of the last second leave before the store is closed. */
function openTraces({ config, clock, endings, store, meter }: WatchersOptions): Traces | undefined {
  if (config.traces.failedShare === 0 && config.traces.otherShare === 0) return undefined;
  let kept = Promise.resolve();
  const traces = new Traces({
    ...config.traces,
    clock,
    meter,
    keep: (some) => {
      kept = store.traces.keep(some);
    },
  });
  endings.add(() => {
    traces.flush();
    return kept;
  });
  return traces;
}

/** What is not configured is not loaded. */
async function openCapture({ config, clock, log, endings, meter }: WatchersOptions): Promise<Capture | undefined> {
  const { collector, agentId, password = '', mask, queueBytes } = config.capture;
  if (collector === undefined) return undefined;
  const { Capture } = await import('./capture/capture.js');
  const agent = { id: agentId, name: config.node, password };
  const capture = new Capture({ collector, agent, mask, queueBytes, clock, meter });
  endings.add(() => capture.close());
  const to = `${collector.protocol}:${collector.address}:${collector.port}`;
  log.info({ collector: to, masked: mask }, 'every SIP message goes to a HEP collector');
  return capture;
}

const both = (traces: Traces | undefined, capture: Capture): CallTraces => ({
  begin: (call, callId) => {
    regardless(() => capture.begin(call, callId));
    return traces?.begin(call, callId);
  },
  ended: (call, record) => {
    regardless(() => capture.ended(call, record));
    traces?.ended(call, record);
  },
  forget: (call) => traces?.forget(call),
});
