import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Step, Tracer } from '../base/machine.js';
import type { Meter } from '../base/meter.js';
import type { HuntStore } from '../store/types.js';
import type { Numbers } from './numbers.js';
import type { RingingSettings } from './settings.js';
import type { SipServer } from './sip-server.js';
import type { Trunks } from './trunks.js';

/** What every call works with. */
export interface Surroundings {
  readonly sip: SipServer;
  readonly store: HuntStore;
  readonly trunks: Trunks;
  readonly numbers: Numbers;
  readonly settings: RingingSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

const TRACE_LIMIT = 250;

/** The steps of all machines of one call, in order. */
export class Trace {
  readonly steps: Step[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A tracer for one machine; `name` goes before its states: `hunt.ringing`, `attempt 2.calling`. */
  of(name: string): Tracer {
    return (state, input, next, action) => {
      if (this.steps.length >= TRACE_LIMIT) return;
      this.steps.push({ at: this.#clock.now(), state: `${name}.${state}`, input, next: `${name}.${next}`, action });
    };
  }
}
