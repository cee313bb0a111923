/** RFC 3261 §18.1.1: what is too long for a datagram goes over TCP, and over UDP after all where there is no TCP. */
import type { Clock } from '../../base/clock.js';
import type { Target } from '../api.js';
import type { Context } from '../context.js';
import type { Hop } from '../network.js';

const REMEMBERED = 1024;

/** Peers to which no TCP connection could be made: for a while they are not tried again. */
export class Streamless {
  readonly #clock: Clock;
  readonly #rememberMs: number;
  /** Until when, the one that was added first at the beginning. */
  readonly #until = new Map<string, number>();

  constructor(clock: Clock, rememberMs: number) {
    this.#clock = clock;
    this.#rememberMs = rememberMs;
  }

  add(peer: Target): void {
    const key = keyOf(peer);
    this.#until.delete(key);
    if (this.#until.size >= REMEMBERED) this.#forgetOldest();
    this.#until.set(key, this.#clock.now() + this.#rememberMs);
  }

  has(peer: Target): boolean {
    const key = keyOf(peer);
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (until > this.#clock.now()) return true;
    this.#until.delete(key);
    return false;
  }

  get size(): number {
    return this.#until.size;
  }

  #forgetOldest(): void {
    const { value } = this.#until.keys().next();
    if (value !== undefined) this.#until.delete(value);
  }
}

/** @param length of the message */
export function sized(context: Context, length: number, hops: readonly Hop[]): readonly Hop[] {
  if (length <= context.udpMtu) return hops;
  return hops.flatMap((hop) => {
    const { protocol, address, port } = hop;
    const isTried = protocol === 'udp' && context.network.find('tcp', address) !== undefined;
    if (!isTried || context.streamless.has(hop)) return [hop];
    return [{ protocol: 'tcp', address, port, connectMs: context.connectMs, isForSize: true } as const, hop];
  });
}

/** A firewall that drops what it does not like costs so long, and no more, where there is something else to try. */
export const withPatience = (context: Context, hop: Hop): Hop =>
  hop.protocol === 'udp' || hop.connectMs !== undefined ? hop : { ...hop, connectMs: context.connectMs };

/** What could not be sent: whether it was because there is no TCP. */
export function learnFrom(context: Context, hop: Hop): void {
  if (hop.isForSize) context.streamless.add(hop);
}

const keyOf = ({ address, port }: Target): string => `${address} ${port}`;
