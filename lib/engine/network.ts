import { CodedError, messageOf } from '../base/errors.js';
import type { Exchange } from '../sip/glance.js';
import type { SipMessage } from '../sip/message.js';
import type { Flow, Protocol, Receiver, Transport } from './api.js';
import type { Destination } from './destination.js';

/** Written out: copying an object by its spread costs several times as much. */
export const flowTo = (
  { protocol, address, port, connection }: Destination,
  { advertised: local }: ListeningPoint,
): Flow =>
  connection === undefined ? { protocol, address, port, local } : { protocol, address, port, local, connection };

/** What a transport that listens says of itself and writes into messages: asked once, as each message needs it. */
export interface ListeningPoint {
  readonly transport: Transport;
  readonly protocol: Protocol;
  readonly local: Transport['local'];
  /** The very object that the transport puts into the flows of what it receives. */
  readonly advertised: Transport['advertised'];
  readonly isV6: boolean;
  /** `192.0.2.1:5060`, `[2001:db8::1]:5060`: the advertised address. */
  readonly hostPort: string;
  /** `SIP/2.0/UDP 192.0.2.1:5060;branch=`; a branch follows. */
  readonly viaStart: string;
  /** `;rport` over UDP (RFC 3581 §3). */
  readonly viaEnd: string;
  /** `;transport=tcp`, or empty for UDP. */
  readonly transportParam: string;
  readonly contact: string;
  readonly secureContact: string;
}

export const MAGIC_COOKIE = 'z9hG4bK';

const DEFAULT_PORT = 5060;
const DEFAULT_TLS_PORT = 5061;

const hostPortOf = ({ address, port }: { address: string; port: number }): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

const keyOf = (protocol: Protocol, end: { address: string; port: number }): string =>
  `${protocol}/${end.address}:${end.port}`;

/** The transports, and which of them carries what. */
export class Network {
  readonly #transports: readonly Transport[];
  readonly #locals: ListeningPoint[] = [];
  readonly #byAddress = new Map<string, ListeningPoint>();

  constructor(transports: readonly Transport[]) {
    this.#transports = transports;
  }

  /** All transports listen, or none: rejects with TRANSPORT_UNAVAILABLE, naming each that cannot. */
  async start(receiver: Receiver): Promise<void> {
    const started = await Promise.allSettled(this.#transports.map((transport) => transport.start(receiver)));
    const failures = started.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    if (failures.length > 0) {
      await this.close();
      throw new CodedError('TRANSPORT_UNAVAILABLE', failures.map(messageOf).join('; '), { cause: failures[0] });
    }
    for (const transport of this.#transports) this.#know(transport);
  }

  async close(): Promise<void> {
    await Promise.all(this.#transports.map((transport) => transport.close()));
  }

  get advertised(): string[] {
    return this.#transports.map(({ protocol, advertised }) => `${protocol}/${hostPortOf(advertised)}`);
  }

  get bound(): string[] {
    return this.#transports.map(({ protocol, local }) => `${protocol}/${hostPortOf(local)}`);
  }

  /** The transport on which a message came. */
  of(flow: Flow): ListeningPoint {
    const { protocol, local } = flow;
    // They are few: looking through them is quicker than a Map of objects.
    for (const point of this.#locals) if (point.advertised === local && point.protocol === protocol) return point;
    return this.#byAddress.get(keyOf(protocol, local)) ?? this.choose(protocol, flow.address);
  }

  /** Whether one of our transports is what that flow names as its local end. */
  isListeningPoint({ protocol, local }: Flow): boolean {
    return this.#byAddress.has(keyOf(protocol, local));
  }

  /**
   * A transport for that protocol, of the right address family, in the target's network where there is one.
   * Throws TRANSPORT_UNAVAILABLE.
   */
  choose(protocol: Protocol, address: string): ListeningPoint {
    const found = this.find(protocol, address);
    if (found === undefined)
      throw new CodedError('TRANSPORT_UNAVAILABLE', 'requested protocol/transport not available');
    return found;
  }

  find(protocol: Protocol, address: string): ListeningPoint | undefined {
    const isV6 = address.includes(':');
    let found: ListeningPoint | undefined;
    for (const local of this.#locals) {
      // A name has no address family.
      if (local.protocol !== protocol || (local.isV6 !== isV6 && address !== '')) continue;
      if (found !== undefined) return this.#nearest(protocol, address, isV6) ?? found;
      found = local;
    }
    return found;
  }

  /** Of several, the one in the network of that address. */
  #nearest(protocol: Protocol, address: string, isV6: boolean): ListeningPoint | undefined {
    const neighbourhood = address.slice(0, address.lastIndexOf(isV6 ? ':' : '.') + 1);
    if (neighbourhood === '') return undefined;
    return this.#locals.find((point) => point.protocol === protocol && point.local.address.startsWith(neighbourhood));
  }

  /** The transport to write into a message while its target is not known yet. Throws TRANSPORT_UNAVAILABLE. */
  assume(protocol: Protocol | undefined): ListeningPoint {
    const local = this.#locals.find((candidate) => protocol === undefined || candidate.protocol === protocol);
    if (local === undefined)
      throw new CodedError('TRANSPORT_UNAVAILABLE', 'requested protocol/transport not available');
    return local;
  }

  isOwn({ protocol, address, port }: Destination): boolean {
    for (const { protocol: spoken, local, advertised } of this.#locals) {
      if (spoken !== protocol) continue;
      if (local.port === port && local.address === address) return true;
      if (advertised.port === port && advertised.address === address) return true;
    }
    return false;
  }

  /** Where RFC 3261 §18.2.2 and RFC 3581 §4 want the responses to a request. */
  responseDestination(request: SipMessage, flow: Flow, { transport } = this.of(flow)): ResponseDestination {
    const { via } = request;
    const port = via.port ?? (flow.protocol === 'tls' ? DEFAULT_TLS_PORT : DEFAULT_PORT);
    const { protocol, address, connection } = flow;
    if (connection === undefined)
      return { transport, protocol, address, port: via.hasRport ? flow.port : port, sentByPort: port };
    return { transport, protocol, address, port: flow.port, connection, sentByPort: port };
  }

  /** Sends a response where {@link responseDestination} says. */
  respond(text: string, request: SipMessage, flow: Flow): void {
    sendResponse(text, this.responseDestination(request, flow));
  }

  #know(transport: Transport): void {
    const { protocol, local, advertised } = transport;
    const hostPort = hostPortOf(advertised);
    const transportParam = protocol === 'udp' ? '' : `;transport=${protocol}`;
    const point: ListeningPoint = {
      transport,
      protocol,
      local,
      advertised,
      isV6: local.address.includes(':'),
      hostPort,
      viaStart: `SIP/2.0/${protocol.toUpperCase()} ${hostPort};branch=`,
      viaEnd: protocol === 'udp' ? ';rport' : '',
      transportParam,
      contact: `<sip:${hostPort}${transportParam}>`,
      secureContact: `<sips:${hostPort}${transportParam}>`,
    };
    this.#locals.push(point);
    this.#byAddress.set(keyOf(protocol, advertised), point);
    this.#byAddress.set(keyOf(protocol, local), point);
  }
}

/** Where the responses to one request go; over TCP and TLS, on the connection on which it came. */
export interface ResponseDestination extends Destination {
  readonly transport: Transport;
  /** Where to connect when that is gone (RFC 3261 §18.2.2). */
  readonly sentByPort: number;
}

/**
 * @param of the request, where it is known
 * @param undelivered called over TCP and TLS when the connection is gone and no other can be made
 */
export function sendResponse(text: string, to: ResponseDestination, of?: Exchange, undelivered?: () => void): void {
  const { transport, protocol, address, sentByPort } = to;
  if (to.connection === undefined) {
    // RFC 6026 §8.8: a response that cannot be sent ends nothing; the client asks again.
    transport.send(text, to, undefined, of);
    return;
  }
  const reconnect = () => transport.send(text, { protocol, address, port: sentByPort }, undelivered, of);
  transport.send(text, to, reconnect, of);
}

/** RFC 3261 §8.1.1.8: `sips` when the request was. */
export const contactOf = ({ contact, secureContact }: ListeningPoint, secure: boolean): string =>
  secure ? secureContact : contact;
