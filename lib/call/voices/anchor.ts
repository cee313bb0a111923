/** A call whose speech goes through the media server: two endpoints, bridged. What each side was told is theirs, not the other side's. */
import type { Content, Reply } from '../../sip-server/sip-server.js';
import { redescribed } from '../descriptions.js';
import type { Endpoint } from './media-port.js';

/** That reply, with that description instead of its own. */
export function withDescription({ status, reason, headers }: Reply, description: Content): Reply {
  const texts = Object.entries(redescribed(headers, description)).map(([name, value]) => [name, String(value)]);
  return { status, reason, headers: Object.fromEntries(texts), body: description.body ?? '' };
}

const SDP = { 'content-type': 'application/sdp' } as const;

export const described = (sdp: string): Content => ({ headers: SDP, body: sdp });

export class Anchor {
  /** What each side has heard from us instead of what the other one says; a side that is not there has heard the other one. */
  readonly told: Partial<Record<'caller' | 'member', Content>> = {};
  /** Both sides shall be asked to speak directly once the call stands. */
  readonly mayGoDirect: boolean;
  /** Speech passes now. Without, only going direct helps. */
  isBridged: boolean;
  /** The media server is gone from between them. */
  onGone: () => void = () => {};
  /** They speak directly now. */
  onDirect: () => void = () => {};
  #endpoints: readonly Endpoint[];

  constructor(
    told: Partial<Record<'caller' | 'member', string>>,
    endpoints: readonly Endpoint[],
    mayGoDirect: boolean,
  ) {
    if (told.caller !== undefined) this.told.caller = described(told.caller);
    if (told.member !== undefined) this.told.member = described(told.member);
    this.#endpoints = endpoints;
    this.mayGoDirect = mayGoDirect;
    this.isBridged = endpoints.length === 2;
  }

  /** The caller's 200. */
  answer(reply: Reply): Reply {
    return this.told.caller === undefined ? reply : withDescription(reply, this.told.caller);
  }

  /** Both have agreed to speak directly. */
  direct(): void {
    this.release();
    this.onDirect();
  }

  /** One of its endpoints is gone, and the other with it. */
  lose(): void {
    if (this.#endpoints.length === 0) return;
    this.release();
    this.isBridged = false;
    this.onGone();
  }

  /** Both at once: after a bridge either takes the other along. */
  release(): void {
    const endpoints = this.#endpoints;
    this.#endpoints = [];
    for (const endpoint of endpoints) endpoint.destroy();
  }
}
