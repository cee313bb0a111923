import { isIPv6 } from 'node:net';
import { Recent } from './recent.js';

const REMEMBERED = 4096;
const GROUPS = 8;
const NETWORK_GROUPS = 4;
const MAPPED = '::ffff:';

/**
 * Who a peer is, where what it takes is counted: its address, and over IPv6 its /64 (RFC 6177: no site has less), as one machine
 * may use all addresses of that.
 */
export function createSources(): (address: string) => string {
  const known = new Recent<string>(REMEMBERED);
  return (address) => (address.includes(':') ? known.get(address, networkOf) : address);
}

function networkOf(address: string): string {
  if (address.startsWith(MAPPED) && address.includes('.')) return address.slice(MAPPED.length);
  const plain = address.split('%', 1)[0] ?? '';
  if (!isIPv6(plain)) return address;
  const [head = '', tail] = plain.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // An IPv4 address at the end stands for two groups.
  const length = before.length + after.length + (plain.includes('.') ? 1 : 0);
  const zeros = tail === undefined ? [] : Array.from({ length: GROUPS - length }, () => '0');
  const groups = [...before, ...zeros, ...after].slice(0, NETWORK_GROUPS);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
