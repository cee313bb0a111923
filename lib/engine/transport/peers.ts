import { BlockList, isIP, isIPv6 } from 'node:net';
import type { AddressBlock } from '../../base/address-block.js';
import { Recent } from '../../base/recent.js';
import { ownAddresses, unmapped } from './addresses.js';

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
  const list = new BlockList();
  for (const block of blocks) add(list, block);
  if (list.check(LOOPBACK)) for (const address of own) add(list, { address });

  // Asking the list costs some 4 µs, each packet asks, and the peers of a trunk are few.
  const remembered = new Recent<boolean>(REMEMBERED);
  const judge = (address: string): boolean => {
    const plain = unmapped(address);
    return isIP(plain) !== 0 && list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
  };
  return (address) => remembered.get(address, judge);
}

function add(list: BlockList, { address, bits }: AddressBlock): void {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, bits, family);
}
