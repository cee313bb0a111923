/** RFC 3261 §18.1.1: what is too long for a datagram goes over TCP, and over UDP after all where there is no TCP. */
import type { Context } from '../context.js';
import type { Destination } from '../destination.js';

/** @param length of the message */
export function sized(context: Context, length: number, hops: readonly Destination[]): readonly Destination[] {
  if (length <= context.udpMtu) return hops;
  return hops.flatMap((hop) => {
    const { protocol, address, port } = hop;
    const isTried = protocol === 'udp' && context.network.find('tcp', address) !== undefined;
    if (!isTried || context.streamless.has(hop)) return [hop];
    return [{ protocol: 'tcp', address, port, connectMs: context.connectMs, isForSize: true } as const, hop];
  });
}

/** A firewall that drops what it does not like costs so long, and no more, where there is something else to try. */
export const withPatience = (context: Context, hop: Destination): Destination =>
  hop.protocol === 'udp' || hop.connectMs !== undefined ? hop : { ...hop, connectMs: context.connectMs };

/** What could not be sent: whether it was because there is no TCP. */
export function learnFrom(context: Context, hop: Destination): void {
  if (hop.isForSize) context.streamless.add(hop);
}
