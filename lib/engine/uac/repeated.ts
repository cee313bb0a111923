import type { Context } from '../context.js';
import { LingeringAnsweredInvite } from './late-answer.js';
import { LingeringClientTransaction, LingeringRejectedInvite, type Respondent } from './lingering.js';

/** A response to a request that has had its final one. An answered INVITE knows which answers it has seen. */
export function noteRepeatedResponse({ retransmissions }: Context, request: Respondent, status: number): void {
  if (status < 200 || !(request instanceof LingeringClientTransaction)) return;
  if (request instanceof LingeringAnsweredInvite) return;
  retransmissions.receivedResponses.add();
  // RFC 3261 §17.1.1.2: the ACK goes out again.
  if (request instanceof LingeringRejectedInvite && status >= 300) retransmissions.sentRequests.add();
}
