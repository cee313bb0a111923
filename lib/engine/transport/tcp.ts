import { connect } from 'node:net';
import type { Listen } from './listen.js';
import type { TransportOptions } from './options.js';
import { type SocketOpener, StreamTransport } from './stream.js';

const tcp: SocketOpener = {
  protocol: 'tcp',
  defaultPort: 5060,
  connect: ({ address, port }, localAddress, ready) =>
    connect({ host: address, port, ...(localAddress === undefined ? {} : { localAddress }) }, () => ready(false)),
  accept: (raw, ready) => ready(raw, false),
  reload: () => {},
};

export const createTcpTransport = (listen: Listen, options: TransportOptions): StreamTransport =>
  new StreamTransport(tcp, listen, options);
