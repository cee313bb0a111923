import type { Listen } from './listen.js';
import type { SocketTransport, TransportOptions } from './options.js';
import { createTcpTransport } from './tcp.js';
import { createTlsTransport } from './tls.js';
import { UdpTransport } from './udp.js';

/**
 * A transport on real sockets for one listen entry, not yet bound.
 * @throws CodedError CONFIG_INVALID for `tls` without usable settings; `start` rejects with TRANSPORT_UNAVAILABLE
 */
export function createTransport(listen: Listen, options: TransportOptions): SocketTransport {
  if (listen.protocol === 'udp') return new UdpTransport(listen, options);
  return listen.protocol === 'tcp' ? createTcpTransport(listen, options) : createTlsTransport(listen, options);
}
