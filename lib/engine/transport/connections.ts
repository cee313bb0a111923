import { CodedError } from '../../base/errors.js';
import { parseMessage } from '../../sip/parse.js';
import type { Destination } from '../destination.js';
import { canonicalAddress } from './addresses.js';
import type { StreamConnection } from './connection.js';
import { type Endpoint, formatEndpoint } from './listen.js';

/** The connections of one transport, and which of them leads where. */
export class Connections {
  readonly #defaultPort: number;
  readonly #all = new Set<StreamConnection>();
  /** By remote address and port, one for each name proved; for a connection with an alias (RFC 5923) under that one too. */
  readonly #byEndpoint = new Map<string, readonly StreamConnection[]>();

  /** @param defaultPort of the transport, where a Via names none */
  constructor(defaultPort: number) {
    this.#defaultPort = defaultPort;
  }

  get size(): number {
    return this.#all.size;
  }

  add(connection: StreamConnection): void {
    this.#all.add(connection);
    this.#remember(keyOf(connection.flow), connection);
  }

  remove(connection: StreamConnection): void {
    this.#all.delete(connection);
    this.#forget(connection.flow, connection);
    if (connection.alias !== undefined) this.#forget(connection.alias, connection);
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  /** One that leads there; one that has kept silent for long is ended, so that a new one is made. */
  find(to: Destination): StreamConnection | undefined {
    const connection = this.#byEndpoint.get(keyOf(to))?.find((one) => one.proves(to.host));
    if (connection === undefined || connection.promising) return connection;
    connection.end(new CodedError('CONNECTION_LOST', `${to.protocol}/${formatEndpoint(to)} has not answered for long`));
    return undefined;
  }

  /**
   * RFC 5923: `;alias` in a request's topmost Via offers this connection for requests towards the Via's sent-by port. It
   * never replaces a connection of our own making, and the peer must have shown a certificate (§8.2), because the connection then
   * stands for a server. Over TCP nobody can prove that it is his port, and requests for another program there would be his.
   */
  learnAlias(text: string, connection: StreamConnection): void {
    if (connection.alias !== undefined || !connection.trusted) return;
    if (!text.includes('alias') || text.startsWith('SIP/2.0')) return;
    const via = parseMessage(text)?.tryVia();
    if (via?.params.has('alias') !== true) return;
    const alias = { address: connection.flow.address, port: via.port ?? this.#defaultPort };
    const key = keyOf(alias);
    if (this.#byEndpoint.has(key)) return;
    connection.alias = alias;
    this.#remember(key, connection);
  }

  #remember(key: string, connection: StreamConnection): void {
    this.#byEndpoint.set(key, [...(this.#byEndpoint.get(key) ?? []), connection]);
  }

  #forget(endpoint: Endpoint, connection: StreamConnection): void {
    const key = keyOf(endpoint);
    const others = this.#byEndpoint.get(key)?.filter((one) => one !== connection) ?? [];
    if (others.length > 0) this.#byEndpoint.set(key, others);
    else this.#byEndpoint.delete(key);
  }
}

const keyOf = ({ address, port }: Endpoint): string => `${canonicalAddress(address)} ${port}`;
