import { BlockList, isIP, isIPv6 } from 'node:net';
import { CodedError } from '../../base/errors.js';
import { ownAddresses, unmapped } from './addresses.js';

const REMEMBERED = 4096;

const LOOPBACK = '127.0.0.1';

/**
 * Who may talk to us. Where loopback may, every address of this machine may: a program here that is told our outward address
 * sends from that, and no packet from elsewhere carries it. IPv4-mapped IPv6 addresses count as the IPv4 address within.
 * @param entries addresses and networks: `10.1.0.1`, `10.1.0.0/16`, `2001:db8::/32`; an empty list admits nobody
 * @param own the addresses of this machine
 * @throws CodedError CONFIG_INVALID that names the wrong entry
 */
export function createAllowedPeers(
  entries: readonly string[],
  own: readonly string[] = ownAddresses(),
): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of entries) addEntry(list, entry.trim());
  if (list.check(LOOPBACK)) for (const address of own) addEntry(list, address);

  // Asking the list costs some 4 µs, each packet asks, and the peers of a trunk are few.
  const remembered = new Map<string, boolean>();
  return (address) => {
    const known = remembered.get(address);
    if (known !== undefined) return known;
    const plain = unmapped(address);
    const admitted = isIP(plain) !== 0 && list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(address, admitted);
    return admitted;
  };
}

function addEntry(list: BlockList, entry: string): void {
  const slash = entry.indexOf('/');
  const address = slash < 0 ? entry : entry.slice(0, slash);
  const bits = slash < 0 ? '' : entry.slice(slash + 1);
  const version = isIP(address);
  if (version === 0) throw invalid(entry);
  const family = version === 6 ? 'ipv6' : 'ipv4';
  if (slash < 0) list.addAddress(address, family);
  else if (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32)) {
    list.addSubnet(address, Number(bits), family);
  } else throw invalid(entry);
}

const invalid = (entry: string): CodedError =>
  new CodedError(
    'CONFIG_INVALID',
    `Peer "${entry}" is neither an address nor a network such as 10.1.0.0/16 or 2001:db8::/32`,
  );
