import { BlockList, isIP, isIPv6 } from 'node:net';
import type { AddressBlock } from '../../base/address-block.js';
import { Recent } from '../../base/recent.js';
import { canonicalAddress, ownAddresses, unmapped } from './addresses.js';

const REMEMBERED = 4096;

const LOOPBACK = '127.0.0.1';

/**
 * Who may talk to us. Where loopback may, every address of this machine may: a program here that is told our outward address
 * sends from that, and no packet from elsewhere carries it. IPv4-mapped IPv6 addresses count as the IPv4 address within.
 * @param blocks an empty list admits nobody
 * @param own the addresses of this machine
 */
export function createAllowedPeers(
  blocks: readonly AddressBlock[],
  own: readonly string[] = ownAddresses(),
): (address: string) => boolean {
  const list = listOf(blocks);
  if (list.check(LOOPBACK)) for (const address of own) add(list, { address });

  // Asking the list costs some 4 µs, each packet asks, and the peers of a trunk are few.
  const remembered = new Recent<boolean>(REMEMBERED);
  const judge = (address: string): boolean => holds(list, address);
  return (address) => remembered.get(address, judge);
}

/**
 * Whether two addresses are of one peer: the same, both of this machine, or both in one of these blocks.
 * @param own the addresses of this machine: a program here that is told our outward address sends from that
 */
export function createPools(
  blocks: readonly AddressBlock[],
  own: readonly string[] = ownAddresses(),
): (one: string, other: string) => boolean {
  const here = listOf(own.map((address) => ({ address })));
  const pools = [here, ...blocks.map((block) => listOf([block]))];
  return (one, other) => {
    if (canonicalAddress(one) === canonicalAddress(other)) return true;
    return pools.some((pool) => holds(pool, one) && holds(pool, other));
  };
}

/** Whether an address is in one of these blocks. */
export function createBlocks(blocks: readonly AddressBlock[]): (address: string) => boolean {
  const list = listOf(blocks);
  return (address) => holds(list, address);
}

function listOf(blocks: readonly AddressBlock[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) add(list, block);
  return list;
}

/** IPv4-mapped IPv6 addresses count as the IPv4 address within. */
function holds(list: BlockList, address: string): boolean {
  const plain = unmapped(address);
  return isIP(plain) !== 0 && list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}

function add(list: BlockList, { address, bits }: AddressBlock): void {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, bits, family);
}
