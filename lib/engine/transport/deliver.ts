import { guarded, regardless } from '../../base/guard.js';
import type { Log } from '../../base/log.js';
import type { Meter } from '../../base/meter.js';
import type { Flow, Receiver } from '../api.js';

interface Told {
  readonly log: Log;
  readonly meter: Meter;
}

/** A programming error at a socket; whoever calls it ends what the error belongs to. Never throws. */
export function tellSocketFault({ log, meter }: Told, thrown: unknown, where: string): void {
  regardless(() => meter.count('sip_engine_faults_total'));
  regardless(() => log.error({ err: thrown, where }, 'A fault at a socket'));
}

/** Hands a message up. A fault that one message brings to light must not take the socket, and all other calls, with it. */
export function deliver(receiver: Receiver, text: string, flow: Flow, told: Told): void {
  try {
    receiver.received(text, flow);
  } catch (thrown) {
    tellSocketFault(told, thrown, flow.protocol);
  }
}

/** Tells whoever sent something that it did not get out. */
export const tellFailed = (failed: (error: Error) => void, error: Error, told: Told): void =>
  guarded(
    () => failed(error),
    (thrown) => tellSocketFault(told, thrown, 'not sent'),
  );

/** Where nobody wants to know. */
export const tellNobody = (): void => {};
