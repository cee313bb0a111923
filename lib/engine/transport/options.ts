import type { Budget } from '../../base/budget.js';
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { Meter } from '../../base/meter.js';
import type { Transport } from '../api.js';

/** Those that an operator chooses. */
export interface ConfiguredLimits {
  /** A longer message is refused: the datagram is dropped, the connection closed. */
  readonly maxMessageBytes: number;
  /** TCP and TLS: connections that peers opened, and as many again that we did. */
  readonly maxConnections: number;
  /** Connections that one address may have opened. */
  readonly maxConnectionsPerSource: number;
  /** Milliseconds without a byte in either direction after which a connection is closed. */
  readonly idleMs: number;
  /** Milliseconds within which a peer that has connected must say something. */
  readonly silentMs: number;
}

export interface TransportLimits extends ConfiguredLimits {
  /** Bytes waiting for one peer to connect or to read; a peer that is slower is cut off. */
  readonly maxQueuedBytes: number;
  /** Milliseconds to establish a connection, to finish a TLS handshake, and from a message's first byte to its last. */
  readonly handshakeMs: number;
}

/** The same everywhere. */
export const FIXED_LIMITS = { maxQueuedBytes: 1_048_576, handshakeMs: 5000 };

export interface TlsSettings {
  /** PEM, with the intermediate certificates behind it. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
  /** PEM of the authorities that peers are verified against instead of the well-known ones. */
  readonly authority?: string;
  /** Of the listener and of connections that we open. */
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** OpenSSL's names, also of TLS 1.3. */
  readonly ciphers: readonly string[];
  /** Ask peers that connect for a certificate. They may have none; a wrong one is refused. */
  readonly requestClientCertificate?: boolean;
}

export interface TransportOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** For connections, and what they have not yet read or sent; without it, that has no bound of its own. */
  readonly budget?: Budget;
  readonly limits: ConfiguredLimits & Partial<TransportLimits>;
  /** Needed for a `tls` listen entry. */
  readonly tls?: TlsSettings;
  /** Asked first for each datagram and connection. Refused sources get no answer at all. */
  readonly isAllowedPeer: (address: string) => boolean;
}

/** A transport on real sockets. */
export interface SocketTransport extends Transport {
  /**
   * TLS only, nothing elsewhere: new handshakes use these settings, established connections go on.
   * @throws CodedError CONFIG_INVALID, and the old settings stay, when certificate and key do not fit
   */
  reload(tls: TlsSettings): void;
}
