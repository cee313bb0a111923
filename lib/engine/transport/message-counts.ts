/** Requests and responses by method and class, as they are on the wire: every message passes here. */
import type { Count, Meter } from '../../base/meter.js';
import type { Glance } from '../../sip/glance.js';
import { METHODS } from '../../sip/methods.js';
import type { Tap } from './tapped.js';

const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', '6xx'];
/** Of the text of a response: its class. */
const CLASS_AT = 'SIP/2.0 '.length;
const ONE = 49;

/** By method; of responses, by method and class. */
interface Direction {
  readonly requests: readonly Count[];
  readonly responses: readonly (readonly Count[])[];
}

export class MessageCounts implements Tap {
  readonly #in: Direction;
  readonly #out: Direction;

  constructor(meter: Meter) {
    this.#in = directionOf(meter, 'in');
    this.#out = directionOf(meter, 'out');
  }

  received(seen: Glance): void {
    count(this.#in, seen);
  }

  sent(seen: Glance): void {
    count(this.#out, seen);
  }
}

function directionOf(meter: Meter, direction: string): Direction {
  const methods = [...METHODS, 'other'];
  return {
    requests: methods.map((method) => meter.counter('sip_requests_total', { direction, method })),
    responses: methods.map((method) =>
      CLASSES.map((name) => meter.counter('sip_responses_total', { direction, method, class: name })),
    ),
  };
}

function count({ requests, responses }: Direction, { text, isResponse, methodNumber }: Glance): void {
  if (!isResponse) requests[methodNumber]?.add();
  // What has no class is malformed, and counted as that.
  else responses[methodNumber]?.[text.charCodeAt(CLASS_AT) - ONE]?.add();
}
