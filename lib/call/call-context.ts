import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Step, Tracer } from '../base/machine.js';
import type { Meter } from '../base/meter.js';
import type { CallSip } from '../sip-server/sip-server.js';
import type { Turn } from '../store/types.js';
import type { HeaderRules } from './headers.js';
import type { Numbers } from './numbers.js';
import type { RingingSettings } from './settings.js';
import type { Trunks } from './trunks/trunk-group.js';

/** By which a line of the log is found. */
export interface CallIds {
  /** The call's own id. */
  readonly call: string;
  /** The Call-ID that the caller chose. */
  readonly callId: string;
}

/** What stands between a call and all that calls into it. */
export interface CallGuard {
  /** A fault has ended the call: nothing of it is run any more. */
  readonly isBroken: boolean;
  /** Runs what belongs to the call. */
  run(action: () => void): void;
  /** A programming error has come out of the call: it is ended, and nothing else is. Never throws. */
  fault(thrown: unknown): void;
}

/** What a call needs of the store; one of both is called back later. */
export interface CallStore {
  takeTurn(pilot: string, done: (turn: Turn | undefined) => void, failed: (thrown: unknown) => void): void;
  claim(member: string, done: (granted: boolean) => void, failed: (thrown: unknown) => void): void;
  release(member: string): void;
}

/** What the parts of one call work with. Whatever calls them back through it does so guarded. */
export interface CallContext {
  readonly sip: CallSip;
  readonly store: CallStore;
  readonly trunks: Trunks;
  readonly numbers: Numbers;
  readonly settings: RingingSettings;
  readonly rules: HeaderRules;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  uuid(): string;
}

const TRACE_LIMIT = 250;

/** A step as the machine took it, before it is put into words. */
interface RawStep {
  /** Since the call began, which is a small number and costs no memory of its own. */
  readonly after: number;
  readonly machine: string;
  readonly state: string;
  readonly input: string;
  readonly next: string;
  readonly action: string | undefined;
}

/** The steps of all machines of one call, in order. Put into words when they are read: most calls' are not. */
export class Trace {
  readonly #raw: RawStep[] = [];
  readonly #clock: Clock;
  readonly #began: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#began = clock.now();
  }

  /** A tracer for one machine; its name goes before its states: `hunt.ringing`, `attempt 2.calling`. */
  of(machine: string): Tracer {
    return (state, input, next, action) => {
      if (this.#raw.length >= TRACE_LIMIT) return;
      this.#raw.push({ after: this.#clock.now() - this.#began, machine, state, input, next, action });
    };
  }

  get steps(): Step[] {
    return this.#raw.map(({ after, machine, state, input, next, action }) => ({
      at: this.#began + after,
      state: `${machine}.${state}`,
      input,
      next: `${machine}.${next}`,
      action,
    }));
  }
}
