import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Tracer } from '../base/machine.js';
import type { Meter } from '../base/meter.js';
import type { CallSip } from '../sip-server/sip-server.js';
import type { CallRecord, Turn } from '../store/types.js';
import type { HeaderRules } from './headers.js';
import type { Numbers } from './numbers.js';
import type { RingingSettings } from './settings.js';
import type { Trunks } from './trunks/trunks.js';
import type { MediaPort } from './voices/media-port.js';

/** By which a line of the log is found. */
export interface CallIds {
  /** The call's own id. */
  readonly call: string;
  /** The Call-ID that the caller chose. */
  readonly callId: string;
}

/** What holds for every call, whatever happens; each is counted where it would show. */
export type Invariant = 'one-phone-rings' | 'one-final-response' | 'no-ownerless-leg';

/** What stands between a call and all that calls into it. */
export interface CallGuard {
  /** A fault has ended the call: nothing of it is run any more. */
  readonly isBroken: boolean;
  /** Runs what belongs to the call. */
  run(action: () => void): void;
  /** A programming error has come out of the call: it is ended, and nothing else is. Never throws. */
  fault(thrown: unknown): void;
  /** What must never happen has happened: it is counted and logged, and the call goes on. */
  violated(invariant: Invariant): void;
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
  /** Undefined: there are no media servers. */
  readonly media: MediaPort | undefined;
  uuid(): string;
}

/** The course of one call, as its machines take it. */
export interface Trace {
  /** A tracer for one machine, by its name: `hunt`, `attempt 2`. */
  of(machine: string): Tracer;
}

/** Where the courses of calls are written down. */
export interface CallTraces {
  /** A call begins. Undefined: nobody wants to see its course. */
  begin(call: string, callId: string): Trace | undefined;
  /** It is over for the caller. */
  ended(call: string, record: CallRecord | undefined): void;
  /** Nothing of it is left. */
  forget(call: string): void;
}
