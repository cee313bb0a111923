/** The traces of the calls of this node: which message belongs to which, and which of them are kept when they are over. */
import type { Clock, Timer } from '../base/clock.js';
import type { Meter } from '../base/meter.js';
import { Recent } from '../base/recent.js';
import { detached } from '../base/text.js';
import { TransientMap } from '../base/transient-map.js';
import { CallTrace } from './call-trace.js';
import { callIdIn, messageIn } from './wire.js';

export interface TraceSettings {
  /** Of the calls that nobody answered, and of those that ended by themselves: from 0 to 1. */
  readonly failedShare: number;
  /** Of all others. */
  readonly otherShare: number;
  /** Calls of which a trace is made at the same time. */
  readonly liveCalls: number;
}

export interface TracesOptions extends TraceSettings {
  readonly clock: Clock;
  readonly meter: Meter;
  /** Takes those that are kept: the call, and its trace as JSON. */
  keep(traces: readonly (readonly [call: string, trace: string])[]): void;
}

/** What of a call's end decides whether its trace is kept. */
export interface Ended {
  readonly answered: number | null;
  readonly released: string | null;
}

/** INVITEs that are no call yet, or never become one. */
const WAITING = 500;
/** What follows the last word of a call, as the ACK of its refusal, belongs to it. */
const LATE_MS = 1000;
/** In one go; a flood of refused calls costs Redis no more. */
const MOST_AT_ONCE = 100;
/** Of a UUID: our own legs' Call-IDs begin with the call's. */
const ID_LENGTH = 36;

interface Traced {
  readonly trace: CallTrace;
  /** Undefined: it goes on. */
  isKept: boolean | undefined;
}

export class Traces {
  readonly #options: TracesOptions;
  readonly #waiting = new Recent<CallTrace>(WAITING);
  /** By the Call-ID of each leg. */
  readonly #legs = new TransientMap<string, { readonly trace: CallTrace; readonly leg: number }>();
  readonly #calls = new TransientMap<string, Traced>();
  #over: [string, Traced][] = [];
  #timer: Timer | undefined;
  /** Of the share, what has not yet become a whole call: 0.01 is every hundredth. */
  #failedPart = 0;
  #otherPart = 0;

  constructor(options: TracesOptions) {
    this.#options = options;
  }

  /** Calls under way or lately over, and their legs: none when nothing is under way. */
  get tables(): Readonly<Record<string, number>> {
    return { tracedCalls: this.#calls.size, tracedLegs: this.#legs.size };
  }

  received(text: string): void {
    this.#message(text, false);
  }

  sent(text: string): void {
    this.#message(text, true);
  }

  /** A call begins. Undefined: there are too many. */
  begin(call: string, callId: string): CallTrace | undefined {
    const { clock, meter, liveCalls } = this.#options;
    const trace = this.#waiting.find(callId) ?? new CallTrace(clock);
    this.#waiting.forget(callId);
    if (this.#calls.size >= liveCalls) {
      meter.count('traces_skipped_total');
      return undefined;
    }
    this.#calls.set(call, { trace, isKept: undefined });
    if (trace.legs.length === 0) this.#addLeg(trace, callId);
    else this.#legs.set(trace.legs[0] as string, { trace, leg: 0 });
    return trace;
  }

  /** It is over for the caller. Decides whether the trace is kept. */
  ended(call: string, ended: Ended | undefined): void {
    const traced = this.#calls.get(call);
    if (traced === undefined || traced.isKept !== undefined) return;
    const isFailed = ended === undefined || ended.answered === null || ended.released === 'system';
    traced.isKept = isFailed ? this.#takesFailed() : this.#takesOther();
  }

  /** Nothing of it is left. */
  forget(call: string): void {
    const traced = this.#calls.get(call);
    if (traced === undefined) return;
    // A fault may end a call before its record is there.
    traced.isKept ??= this.#takesFailed();
    if (!traced.isKept) {
      this.#drop(call, traced);
      return;
    }
    this.#over.push([call, traced]);
    this.#timer ??= this.#options.clock.after(LATE_MS, () => this.flush());
  }

  /** Hands over what is to be kept. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const over = this.#over;
    this.#over = [];
    const kept = over.slice(0, MOST_AT_ONCE);
    if (over.length > kept.length) this.#options.meter.count('traces_skipped_total', {}, over.length - kept.length);
    for (const [call, traced] of over) this.#drop(call, traced);
    if (kept.length > 0) {
      this.#options.keep(kept.map(([call, { trace }]) => [call, JSON.stringify(trace.kept)] as const));
    }
  }

  #takesFailed(): boolean {
    this.#failedPart += this.#options.failedShare;
    if (this.#failedPart < 1) return false;
    this.#failedPart -= 1;
    return true;
  }

  #takesOther(): boolean {
    this.#otherPart += this.#options.otherShare;
    if (this.#otherPart < 1) return false;
    this.#otherPart -= 1;
    return true;
  }

  #message(text: string, sent: boolean): void {
    const callId = callIdIn(text);
    const leg = this.#legs.get(callId);
    if (leg !== undefined) leg.trace.message(leg.leg, { sent, ...messageIn(text, callId) });
    else if (text.startsWith('INVITE ')) this.#begins(text, callId, sent);
    else this.#waiting.find(callId)?.message(0, { sent, ...messageIn(text, callId) });
  }

  #begins(text: string, callId: string, sent: boolean): void {
    const message = { sent, ...messageIn(text, callId) };
    if (sent) {
      const traced = this.#calls.get(callId.slice(0, ID_LENGTH));
      if (traced !== undefined) traced.trace.message(this.#addLeg(traced.trace, callId), message);
      return;
    }
    let trace = this.#waiting.find(callId);
    if (trace === undefined) {
      trace = new CallTrace(this.#options.clock);
      trace.legs.push(detached(callId));
      this.#waiting.keep(callId, trace);
    }
    trace.message(0, message);
  }

  #addLeg(trace: CallTrace, callId: string): number {
    const own = detached(callId);
    const leg = trace.legs.push(own) - 1;
    this.#legs.set(own, { trace, leg });
    return leg;
  }

  #drop(call: string, { trace }: Traced): void {
    this.#calls.delete(call);
    for (const callId of trace.legs) if (this.#legs.get(callId)?.trace === trace) this.#legs.delete(callId);
  }
}
