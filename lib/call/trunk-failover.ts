/** The ways to one member, tried in order (RFC 3263 §4.3), and what a failure says of the trunk. */
import type { Surroundings } from './call-context.js';
import type { Leg } from './leg.js';
import type { Reply } from '../sip-server/sip-server.js';
import type { Candidate } from './trunks/trunk-group.js';

export class Ways {
  readonly #around: Surroundings;
  readonly #candidates: readonly Candidate[];
  #next = 0;

  constructor(around: Surroundings, member: string) {
    this.#around = around;
    this.#candidates = around.trunks.candidates(member);
  }

  /** The one that is tried now. */
  get current(): Candidate | undefined {
    return this.#candidates[Math.max(0, this.#next - 1)];
  }

  /** Undefined: all have been tried. */
  next(): Candidate | undefined {
    return this.#candidates[this.#next] && this.#candidates[this.#next++];
  }

  /** @param reply the 503, where there was one */
  failed({ candidate: { trunk } }: Leg, reply: Reply | undefined): void {
    const { sip, trunks, meter } = this.#around;
    // A server that is gone says nothing about the trunk.
    if (trunk === undefined || !sip.connected) return;
    const seconds = Number.parseInt(reply?.headers['retry-after'] ?? '', 10);
    trunks.failed(trunk, seconds > 0 ? seconds * 1000 : undefined);
    meter.count('trunk_failures_total', { status: String(reply?.status ?? 'none') });
  }
}
