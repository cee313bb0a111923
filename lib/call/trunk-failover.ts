/** The ways to one member, tried in order (RFC 3263 §4.3), and what a failure says of the trunk. */

import { MOST_RETRY_AFTER, numberHeld } from '../sip/number.js';
import type { Reply } from '../sip-server/sip-server.js';
import type { CallContext } from './call-context.js';
import type { Leg } from './leg.js';
import type { Candidate } from './trunks/trunks.js';

export class TrunkFailover {
  readonly #context: CallContext;
  readonly #candidates: readonly Candidate[];
  #next = 0;

  constructor(context: CallContext, member: string) {
    this.#context = context;
    this.#candidates = context.trunks.candidates(member);
  }

  /** The one that is tried now. */
  get current(): Candidate | undefined {
    return this.#candidates[Math.max(0, this.#next - 1)];
  }

  /** Undefined: all have been tried. */
  next(): Candidate | undefined {
    return this.#candidates[this.#next] && this.#candidates[this.#next++];
  }

  /** @param reply the response that sends us on, where there was one */
  failed({ candidate: { trunk } }: Leg, reply: Reply | undefined): void {
    const { sip, trunks, meter } = this.#context;
    // A server that is gone says nothing about the trunk.
    if (trunk === undefined || !sip.connected) return;
    const seconds = numberHeld(reply?.headers['retry-after'], 0, MOST_RETRY_AFTER) ?? 0;
    // The other responses may be this number's alone.
    if (reply === undefined || reply.status === 503) trunks.failed(trunk, seconds > 0 ? seconds * 1000 : undefined);
    meter.count('trunk_failures_total', { status: String(reply?.status ?? 'none') });
  }
}
