import { isIP, isIPv6, SocketAddress } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Endpoint, Listen } from './listen.js';

const MAPPED = '::ffff:';

/** `::ffff:10.0.0.1` is the IPv4 peer `10.0.0.1`, as a dual-stack socket shows it. */
export const unmapped = (address: string): string =>
  address.startsWith(MAPPED) && address.includes('.') ? address.slice(MAPPED.length) : address;

/** One spelling for each address, so that `2001:DB8::0:1` and `2001:db8::1` are the same peer. */
export function canonicalAddress(address: string): string {
  if (!address.includes(':') || !isIPv6(address) || address.includes('%')) return address;
  return unmapped(new SocketAddress({ address, family: 'ipv6' }).address);
}

/** 0.0.0.0 or ::, bound to every interface. */
export const isWildcard = (address: string): boolean => address === '0.0.0.0' || /^[0:]+$/.test(address);

export const isAddress = (text: string): boolean => isIP(text) !== 0;
export const isPort = (port: number): boolean => port > 0 && port <= 65_535;

/** Whether sockets can be told to send there: names are the resolver's. */
export const isReachable = ({ address, port }: Endpoint): boolean => isAddress(address) && isPort(port);

type Interfaces = ReturnType<typeof networkInterfaces>;

/**
 * What peers are told: the configured address, or that of the socket; for a wildcard that of the first interface that is
 * neither internal nor link-local, which peers on loopback reach as well, or loopback on a machine that has no other.
 * @param port the port that was really bound
 */
export function advertisedBy(listen: Listen, port: number, interfaces: Interfaces = networkInterfaces()): Endpoint {
  if (listen.advertise !== undefined) return listen.advertise;
  if (!isWildcard(listen.address)) return { address: listen.address, port };
  const ipv6 = listen.address.includes(':');
  const family = ipv6 ? 'IPv6' : 'IPv4';
  const external = Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .find((entry) => entry.family === family && !entry.internal && !entry.address.startsWith('fe80:'));
  return { address: external?.address ?? (ipv6 ? '::1' : '127.0.0.1'), port };
}

/** Every address of this machine, without the zones of link-local ones. */
export const ownAddresses = (interfaces: Interfaces = networkInterfaces()): readonly string[] =>
  Object.values(interfaces).flatMap((list) => (list ?? []).map(({ address }) => address.split('%', 1)[0] as string));
