import { isIP, type Socket } from 'node:net';
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  createServer,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
} from 'node:tls';
import { CodedError, messageOf } from '../../base/errors.js';
import type { Destination } from '../destination.js';
import type { Listen } from './listen.js';
import type { TlsSettings, TransportOptions } from './options.js';
import { type SocketOpener, StreamTransport } from './stream.js';

/** @throws CodedError CONFIG_INVALID when there are no TLS settings, or certificate and key do not fit */
export function createTlsTransport(listen: Listen, options: TransportOptions): StreamTransport {
  if (options.tls === undefined) {
    throw new CodedError('CONFIG_INVALID', `Listening on tls:${listen.address} needs a certificate and its key`);
  }
  return new StreamTransport(new TlsOpener(options.tls, options), listen, options);
}

class TlsOpener implements SocketOpener {
  readonly protocol = 'tls';
  readonly defaultPort = 5061;
  readonly #options: TransportOptions;
  /** Never listens: it only performs handshakes on sockets that the listener has admitted. */
  readonly #handshakes: Server;
  readonly #waiting = new Map<string, (socket: Socket, trusted: boolean) => void>();
  #settings: TlsSettings;
  /** Of connections that we open. */
  #own: SecureContext;

  constructor(settings: TlsSettings, options: TransportOptions) {
    this.#options = options;
    this.#settings = settings;
    this.#own = contextOf(settings);
    this.#handshakes = createServer({
      ...contextOptions(settings),
      requestCert: settings.requestClientCertificate === true,
      rejectUnauthorized: false,
    });
    this.#handshakes.on('secureConnection', (socket) => this.#secured(socket));
    this.#handshakes.on('tlsClientError', (error) => this.#options.log.debug({ err: error }, 'TLS handshake failed'));
  }

  accept(raw: Socket, ready: (socket: Socket, trusted: boolean) => void): void {
    const key = peerKey(raw);
    this.#waiting.set(key, ready);
    raw.once('close', () => {
      if (this.#waiting.get(key) === ready) this.#waiting.delete(key);
    });
    this.#handshakes.emit('connection', raw);
  }

  connect(to: Destination, localAddress: string | undefined, ready: (trusted: boolean) => void): Socket {
    const settings = this.#settings;
    const name = to.host ?? to.address;
    const socket = connect({
      host: to.address,
      port: to.port,
      secureContext: this.#own,
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(isIP(name) === 0 ? { servername: name } : {}),
      // RFC 5922 §7.1: the certificate must name whom we asked for. Trunks are often configured by address while their
      // certificates carry names; there a certificate of the configured private authority is enough.
      checkServerIdentity: (_, certificate) =>
        to.host === undefined && settings.authority !== undefined ? undefined : checkServerIdentity(name, certificate),
    });
    socket.once('secureConnect', () => ready(true));
    return socket;
  }

  reload(settings: TlsSettings): void {
    // Made before anything is replaced: wrong settings change nothing.
    this.#own = contextOf(settings);
    this.#settings = settings;
    this.#handshakes.setSecureContext(contextOptions(settings));
  }

  #secured(socket: TLSSocket): void {
    const key = peerKey(socket);
    const ready = this.#waiting.get(key);
    this.#waiting.delete(key);
    const wrong = !socket.authorized && Object.keys(socket.getPeerCertificate() ?? {}).length > 0;
    if (ready === undefined || wrong) {
      this.#options.meter.count('sip_dropped_total', { reason: 'certificate' });
      socket.on('error', () => {});
      socket.destroy();
    } else ready(socket, socket.authorized);
  }
}

const peerKey = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`;

function contextOptions(settings: TlsSettings): SecureContextOptions {
  const { certificate, key, minVersion, ciphers } = settings;
  const authority = settings.authority === undefined ? {} : { ca: settings.authority };
  // Of good suites the peer knows best which one its hardware likes.
  return { cert: certificate, key, ...authority, minVersion, ciphers: ciphers.join(':'), honorCipherOrder: false };
}

function contextOf(settings: TlsSettings): SecureContext {
  try {
    return createSecureContext(contextOptions(settings));
  } catch (error) {
    throw new CodedError(
      'CONFIG_INVALID',
      `TLS certificate and key of the listener cannot be used: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}
