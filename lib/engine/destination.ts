import { parseSipUri } from '../sip/uri.js';

export type Protocol = 'udp' | 'tcp' | 'tls';

/** Where something is sent: the same value from the resolver to the socket. */
export interface Destination {
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
  /** The name that was asked for, which a TLS server has to prove (RFC 5922 §7.1). Absent: an address was. */
  readonly host?: string;
  /** The very connection; opaque to all but the transport that made it. Absent: any connection to there will do. */
  readonly connection?: object;
  /** Milliseconds for which a connection may take that is not established yet. Default: the transport's own limit. */
  readonly connectMs?: number;
  /** TCP, only because the message is too long for a datagram (RFC 3261 §18.1.1). */
  readonly isForSize?: boolean;
}

/** Where a message came from or went to; with `connection` the very connection that carried it. */
export interface Flow extends Destination {
  /** The local socket: what Via, Contact and `receivedOn` name. */
  readonly local: { readonly address: string; readonly port: number };
}

/** Whether what goes there went over the connection of that flow. */
export const isSameEnd = (to: Destination, flow: Flow): boolean =>
  to.port === flow.port &&
  to.address === flow.address &&
  to.protocol === flow.protocol &&
  (to.host === undefined || flow.host === undefined || to.host === flow.host);

/** What the URI asks for; undefined: DNS decides. */
export function protocolOf(text: string): Protocol | undefined {
  const uri = parseSipUri(text);
  if (uri?.scheme === 'sips') return 'tls';
  const transport = uri?.params.get('transport')?.toLowerCase();
  return transport === 'tcp' || transport === 'tls' || transport === 'udp' ? transport : undefined;
}
