/** Whether a call would be served now, and if not, what is missing. */
import type { Clock, Timer } from './base/clock.js';
import type { Log } from './base/log.js';
import type { RingingService } from './call/service.js';
import type { Endings } from './shutdown.js';
import type { Store } from './store/open-store.js';

/** What keeps a call from being served, for /readyz. */
export function missingParts(store: Store | undefined, ringing: RingingService | undefined, isOut: boolean): string[] {
  const missing: string[] = [];
  if (store === undefined) missing.push('redis: not connected yet');
  else if (!store.ready) missing.push(`redis: ${store.reason}; no group is known from before`);
  if (ringing?.draining) missing.push('service: draining, takes no new calls');
  else if (!ringing?.ready) missing.push('sip: not attached to the SIP server, or overloaded');
  if (isOut) missing.push('trunks: all are down, no number can be called');
  return missing;
}

const LOOK_AGAIN_MS = 50;
/** What is there within so long is not called missing. */
const PATIENCE_MS = 1000;

interface Announcing {
  readonly clock: Clock;
  readonly log: Log;
  readonly endings: Endings;
}

/** Logs `serving` as soon as a call would be served; where that takes its time, once, what is missing. */
export function announce(where: object, missing: () => readonly string[], { clock, log, endings }: Announcing): void {
  const impatient = clock.now() + PATIENCE_MS;
  let told = false;
  let timer: Timer | undefined;
  const look = (): void => {
    const parts = missing();
    if (parts.length === 0) {
      log.info(where, 'serving');
      return;
    }
    if (!told && clock.now() >= impatient) {
      told = true;
      log.warn({ ...where, missing: parts }, 'not serving yet: new calls get 503');
    }
    timer = clock.after(LOOK_AGAIN_MS, look);
  };
  endings.add(() => timer?.cancel());
  look();
}
