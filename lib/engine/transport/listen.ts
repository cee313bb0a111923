import type { Protocol } from '../api.js';

export interface Endpoint {
  /** Without the brackets of an IPv6 reference. */
  readonly address: string;
  readonly port: number;
}

/** One place to listen at. Port 0: any free port. An IPv6 address, also `[::]`, takes no IPv4 peers. `advertise`: what peers are told instead of the bound address. */
export interface Listen extends Endpoint {
  readonly protocol: Protocol;
  readonly advertise?: Endpoint;
}

/** `udp:0.0.0.0:5060` */
export const formatListen = ({ protocol, address, port }: Listen): string =>
  `${protocol}:${formatEndpoint({ address, port })}`;

/** `10.0.0.1:5060` or `[::1]:5060` */
export const formatEndpoint = ({ address, port }: Endpoint): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
