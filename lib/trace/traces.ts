/** The traces of the calls of this node: which message belongs to which, and which of them are kept when they are over. */
import type { Clock, Timer } from '../base/clock.js';
import type { Meter } from '../base/meter.js';
import { detached } from '../base/text.js';
import { TransientMap } from '../base/transient-map.js';
import { CallTrace, type SeenMessage } from './call-trace.js';

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

/** A message, with what tells whose it is. */
interface SeenCall extends SeenMessage {
  readonly callId: string;
}

interface Leg {
  readonly callId: string;
  readonly trace: CallTrace;
  /** Which of its call: 0 is the caller's. */
  readonly number: number;
  /** Of an INVITE that is no call yet: its place among those; else -1. */
  place: number;
}

/** Evenly that share of what comes: 0.01 is every hundredth. */
class Share {
  readonly #share: number;
  /** What has not yet become a whole one. */
  #part = 0;

  constructor(share: number) {
    this.#share = share;
  }

  takes(): boolean {
    this.#part += this.#share;
    if (this.#part < 1) return false;
    this.#part -= 1;
    return true;
  }
}

export class Traces {
  readonly #options: TracesOptions;
  /** INVITEs that are no calls yet, or never become one: each takes the next place, from whoever still has it. */
  readonly #invites = new Array<Leg | undefined>(WAITING);
  #place = 0;
  #waiting = 0;
  /** By the Call-ID of each leg. */
  readonly #legs = new TransientMap<string, Leg>();
  readonly #calls = new TransientMap<string, CallTrace>();
  #over: [string, CallTrace][] = [];
  #timer: Timer | undefined;
  readonly #failed: Share;
  readonly #others: Share;

  constructor(options: TracesOptions) {
    this.#options = options;
    this.#failed = new Share(options.failedShare);
    this.#others = new Share(options.otherShare);
  }

  /** Calls under way or lately over, and their legs: none when nothing is under way. */
  get tables(): Readonly<Record<string, number>> {
    return { tracedCalls: this.#calls.size, tracedLegs: this.#legs.size - this.#waiting };
  }

  received(seen: SeenCall): void {
    const leg = this.#legs.get(seen.callId) ?? this.#invited(seen);
    leg?.trace.message(leg.number, false, seen);
  }

  sent(seen: SeenCall): void {
    const leg = this.#legs.get(seen.callId) ?? this.#inviting(seen);
    leg?.trace.message(leg.number, true, seen);
  }

  /** A call begins. Undefined: there are too many. */
  begin(call: string, callId: string): CallTrace | undefined {
    const { clock, meter, liveCalls } = this.#options;
    const known = this.#legs.get(callId);
    const waiting = known !== undefined && known.place >= 0 ? known : undefined;
    if (waiting !== undefined) this.#vacate(waiting);
    if (this.#calls.size >= liveCalls) {
      if (waiting !== undefined) this.#legs.delete(callId);
      meter.count('traces_skipped_total');
      return undefined;
    }
    const trace = waiting?.trace ?? new CallTrace(clock);
    this.#calls.set(call, trace);
    if (waiting === undefined) this.#addLeg(trace, callId);
    return trace;
  }

  /** It is over for the caller. Decides whether the trace is kept. */
  ended(call: string, ended: Ended | undefined): void {
    const trace = this.#calls.get(call);
    if (trace === undefined || trace.isKept !== undefined) return;
    const isFailed = ended === undefined || ended.answered === null || ended.released === 'system';
    trace.isKept = (isFailed ? this.#failed : this.#others).takes();
  }

  /** Nothing of it is left. */
  forget(call: string): void {
    const trace = this.#calls.get(call);
    if (trace === undefined) return;
    // A fault may end a call before its record is there.
    trace.isKept ??= this.#failed.takes();
    if (!trace.isKept) {
      this.#drop(call, trace);
      return;
    }
    this.#over.push([call, trace]);
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
    for (const [call, trace] of over) this.#drop(call, trace);
    if (kept.length > 0) {
      this.#options.keep(kept.map(([call, trace]) => [call, JSON.stringify(trace.kept)] as const));
    }
  }

  /** Of an INVITE that is no call yet, and may become one. */
  #invited(seen: SeenCall): Leg | undefined {
    if (!isInvite(seen)) return undefined;
    const before = this.#invites[this.#place];
    if (before !== undefined) {
      this.#vacate(before);
      this.#legs.delete(before.callId);
    }
    const leg = this.#addLeg(new CallTrace(this.#options.clock), seen.callId);
    leg.place = this.#place;
    this.#invites[leg.place] = leg;
    this.#waiting++;
    this.#place = (this.#place + 1) % WAITING;
    return leg;
  }

  /** It is none of those any more. */
  #vacate(leg: Leg): void {
    this.#invites[leg.place] = undefined;
    this.#waiting--;
    leg.place = -1;
  }

  /** Of our INVITE to a member. */
  #inviting(seen: SeenCall): Leg | undefined {
    if (!isInvite(seen)) return undefined;
    const trace = this.#calls.get(seen.callId.slice(0, ID_LENGTH));
    return trace && this.#addLeg(trace, seen.callId);
  }

  #addLeg(trace: CallTrace, callId: string): Leg {
    const own = detached(callId);
    const leg = { callId: own, trace, number: trace.legs.push(own) - 1, place: -1 };
    this.#legs.set(own, leg);
    return leg;
  }

  #drop(call: string, trace: CallTrace): void {
    this.#calls.delete(call);
    for (const callId of trace.legs) if (this.#legs.get(callId)?.trace === trace) this.#legs.delete(callId);
  }
}

const isInvite = ({ status, method }: SeenMessage): boolean => status === 0 && method === 'INVITE';
