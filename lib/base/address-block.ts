import { isIP } from 'node:net';

/** An IP address, or a network in CIDR notation (RFC 4632, RFC 4291 §2.3). */
export interface AddressBlock {
  readonly address: string;
  /** How many bits name the network; absent: all, it is that one address. */
  readonly bits?: number;
}

/** Reads `10.1.0.1`, `10.1.0.0/16` or `2001:db8::/32`; undefined for anything else. */
export function parseAddressBlock(text: string): AddressBlock | undefined {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const version = isIP(address);
  if (version === 0) return undefined;
  if (slash < 0) return { address };
  const bits = text.slice(slash + 1);
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32)
    ? { address, bits: Number(bits) }
    : undefined;
}

/** As it is written. */
export const blockText = ({ address, bits }: AddressBlock): string =>
  bits === undefined ? address : `${address}/${bits}`;
