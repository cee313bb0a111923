/** What was sent, or has come, once more: how much of it there is says how good a network is. */
import type { Count, Meter } from '../base/meter.js';

export interface Retransmissions {
  readonly sentRequests: Count;
  readonly sentResponses: Count;
  readonly receivedRequests: Count;
  readonly receivedResponses: Count;
}

export function retransmissionsOf(meter: Meter): Retransmissions {
  const counter = (direction: string, kind: string): Count =>
    meter.counter('sip_retransmissions_total', { direction, kind });
  return {
    sentRequests: counter('out', 'request'),
    sentResponses: counter('out', 'response'),
    receivedRequests: counter('in', 'request'),
    receivedResponses: counter('in', 'response'),
  };
}
