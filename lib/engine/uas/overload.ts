import type { EngineOptions } from '../api.js';
import type { Context } from '../context.js';
import { weightOf } from '../weight.js';
import type { ReceivedRequest } from './received-request.js';
import type { Refusal } from './refusals.js';
import { Refused } from './refused.js';

/** Half of what rests is gone by then. */
const NO_ROOM_SECONDS = 16;
/** Any session description of an ordinary call is shorter. */
const SHORT_BODY = 4096;

const unavailable = (seconds: number): Refusal => [503, 'Service Unavailable', [['Retry-After', String(seconds)]]];

/** What is refused because we are busy, or have no room left (RFC 3261 §21.5.4). */
export class OverloadRefusals {
  readonly #context: Context;
  readonly #overload: NonNullable<EngineOptions['overload']>;
  readonly #refused: Refused;
  #again: Refusal | undefined;

  constructor(context: Context, overload: NonNullable<EngineOptions['overload']>) {
    this.#context = context;
    this.#overload = overload;
    this.#refused = new Refused(context.clock, context.timers.timeout);
  }

  /** Of a request outside a dialog. */
  outside({ request, flow, key }: ReceivedRequest): Refusal | undefined {
    const { budget, meter, sourceOf } = this.#context;
    const { method } = request;
    const source = sourceOf(flow.address);
    const known = this.#refused.get(key);
    let retryAfter = known ?? this.#overload(method, source);
    if (retryAfter === undefined && budget.isTight && !budget.admits(source, weightOf(request))) {
      retryAfter = NO_ROOM_SECONDS;
      meter.count('sip_engine_budget_refusals_total');
    }
    // RFC 7090: a call-back of the emergency services is not refused for load.
    if (retryAfter === undefined || /^psap-callback$/i.test(request.first('priority') ?? '')) return undefined;
    // Only an INVITE that comes again would ring for nobody.
    if (method === 'INVITE') this.#refused.add(key, retryAfter);
    meter.count('sip_engine_overload_refusals_total');
    const refusal = unavailable(retryAfter);
    this.#again = known === undefined ? undefined : refusal;
    return refusal;
  }

  /** Whether that request has been refused before, and is only repeated. */
  isAgain(refusal: Refusal): boolean {
    return refusal === this.#again;
  }

  /** Within a call only what is long is refused for want of room, and never its end. */
  inside({ request, flow }: ReceivedRequest): Refusal | undefined {
    const { budget, meter, sourceOf } = this.#context;
    const { method, body } = request;
    if (!budget.isTight || body.length < SHORT_BODY || method === 'BYE' || method === 'PRACK') return undefined;
    if (budget.admits(sourceOf(flow.address), weightOf(request))) return undefined;
    meter.count('sip_engine_budget_refusals_total');
    return unavailable(NO_ROOM_SECONDS);
  }
}
