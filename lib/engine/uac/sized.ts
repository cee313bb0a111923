/** RFC 3261 §18.1.1: what is too long for a datagram goes over TCP, and over UDP after all where there is no TCP. */
import type { Context } from '../context.js';
import type { Destination } from '../destination.js';

/** @param length of the message */
export function sized(context: Context, length: number, targets: readonly Destination[]): readonly Destination[] {
  if (length <= context.udpMtu) return targets;
  return targets.flatMap((target) => {
    const { protocol, address, port } = target;
    const isTried = protocol === 'udp' && context.network.find('tcp', address) !== undefined;
    if (!isTried || context.streamless.has(target)) return [target];
    return [{ protocol: 'tcp', address, port, connectMs: context.connectMs, isForSize: true } as const, target];
  });
}

/** A firewall that drops what it does not like costs so long, and no more, where there is something else to try. */
export const withPatience = (context: Context, target: Destination): Destination =>
  target.protocol === 'udp' || target.connectMs !== undefined ? target : { ...target, connectMs: context.connectMs };

/** What could not be sent: whether it was because there is no TCP. */
export function learnFrom(context: Context, target: Destination): void {
  if (target.isForSize) context.streamless.add(target);
}
