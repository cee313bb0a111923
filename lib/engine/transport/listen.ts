import type { EventEmitter } from 'node:events';
import { CodedError } from '../../base/errors.js';
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
const formatListen = ({ protocol, address, port }: Listen): string =>
  `${protocol}:${formatEndpoint({ address, port })}`;

/** `10.0.0.1:5060` or `[::1]:5060` */
export const formatEndpoint = ({ address, port }: Endpoint): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** Rejects with TRANSPORT_UNAVAILABLE. @param begin begins to listen, and says when it does */
export const listening = (socket: EventEmitter, listen: Listen, begin: (done: () => void) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const refuse = (error: Error): void => {
      const text = `Cannot listen on ${formatListen(listen)}: ${error.message}`;
      reject(new CodedError('TRANSPORT_UNAVAILABLE', text, { cause: error }));
    };
    socket.once('error', refuse);
    begin(() => {
      socket.off('error', refuse);
      resolve();
    });
  });
