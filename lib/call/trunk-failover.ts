/** What it says of a trunk that an INVITE over it has failed. */

import { MOST_RETRY_AFTER, numberHeld } from '../sip/number.js';
import type { Reply } from '../sip-server/sip-server.js';
import type { CallContext } from './call-context.js';
import type { Leg } from './leg.js';

/** @param reply the response that sends us on to the next one, where there was one */
export function noteFailure(context: CallContext, { candidate: { trunk } }: Leg, reply: Reply | undefined): void {
  const { sip, trunks, meter } = context;
  // A server that is gone says nothing about the trunk.
  if (trunk === undefined || !sip.connected) return;
  const seconds = numberHeld(reply?.headers['retry-after'], 0, MOST_RETRY_AFTER) ?? 0;
  // The other responses may be this number's alone.
  if (reply === undefined || reply.status === 503) trunks.failed(trunk, seconds > 0 ? seconds * 1000 : undefined);
  meter.count('trunk_failures_total', { status: String(reply?.status ?? 'none') });
}
