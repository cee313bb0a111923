import { createServer, type Server, type Socket } from 'node:net';
import { Budget } from '../../base/budget.js';
import type { Clock } from '../../base/clock.js';
import { CodedError } from '../../base/errors.js';
import { guarded, guardedClock, regardless } from '../../base/guard.js';
import { createSources } from '../../base/source.js';
import type { Flow, Receiver } from '../api.js';
import type { Destination } from '../destination.js';
import { advertisedBy, isReachable, isWildcard } from './addresses.js';
import { type ConnectionOwner, StreamConnection, type StreamProtocol } from './connection.js';
import { Connections } from './connections.js';
import { deliver, tellFailed, tellNobody, tellSocketFault } from './deliver.js';
import type { DropReason } from './drops.js';
import { Guests } from './guests.js';
import { type Endpoint, formatEndpoint, type Listen, listening } from './listen.js';
import {
  FIXED_LIMITS,
  type SocketTransport,
  type TlsSettings,
  type TransportLimits,
  type TransportOptions,
} from './options.js';

/** What TCP and TLS do differently: how a socket becomes one that messages run over. `trusted`: proved by certificate. */
export interface SocketOpener {
  readonly protocol: StreamProtocol;
  readonly defaultPort: number;
  connect(to: Destination, localAddress: string | undefined, ready: (trusted: boolean) => void): Socket;
  accept(raw: Socket, ready: (socket: Socket, trusted: boolean) => void): void;
  reload(tls: TlsSettings): void;
}

/** SIP over connections (RFC 3261 §18): one listener, and connections both ways that are used again. */
export class StreamTransport implements SocketTransport, ConnectionOwner {
  readonly clock: Clock;
  readonly limits: TransportLimits;
  readonly budget: Budget;
  readonly sourceOf = createSources();
  readonly #opener: SocketOpener;
  readonly #listen: Listen;
  readonly #options: TransportOptions;
  readonly #server: Server;
  readonly #connections: Connections;
  readonly #guests: Guests;
  readonly #handshaking = new Set<Socket>();
  /** Our end of each connection. */
  readonly #ends = new WeakMap<StreamConnection, { address: string; port: number }>();
  #outbound = 0;
  #local: Endpoint;
  #advertised: Endpoint;
  #receiver: Receiver | undefined;

  constructor(opener: SocketOpener, listen: Listen, options: TransportOptions) {
    this.#opener = opener;
    this.#listen = listen;
    this.#options = options;
    this.clock = guardedClock(options.clock, { run: (action) => this.#guarded(action, () => {}) });
    this.limits = { ...FIXED_LIMITS, ...options.limits };
    this.budget = options.budget ?? new Budget();
    this.#connections = new Connections(opener.defaultPort);
    this.#guests = new Guests(this);
    this.#local = { address: listen.address, port: listen.port };
    this.#advertised = advertisedBy(listen, listen.port);
    this.#server = createServer((raw) =>
      this.#guarded(
        () => this.#accept(raw),
        () => raw.destroy(),
      ),
    );
  }

  get protocol(): StreamProtocol {
    return this.#opener.protocol;
  }

  get local(): Endpoint {
    return this.#local;
  }

  get advertised(): Endpoint {
    return this.#advertised;
  }

  /** How many connections there are, in the making ones included. */
  get connections(): number {
    return this.#connections.size + this.#handshaking.size;
  }

  async start(receiver: Receiver): Promise<void> {
    await this.#bind();
    this.#receiver = receiver;
    const bound = this.#server.address();
    if (bound !== null && typeof bound === 'object') this.#local = { address: this.#listen.address, port: bound.port };
    this.#advertised = advertisedBy(this.#listen, this.#local.port);
    this.#server.on('error', (error) => this.#options.log.warn({ err: error }, `${this.protocol} listener`));
  }

  /**
   * Over the very connection while it lives (RFC 3261 §18.2.2), else over one to that address, else over a new one. Once a
   * connection that the peer opened has ended, its port leads nowhere: that fails at once.
   */
  send(text: string, to: Destination, failed: (error: Error) => void = tellNobody): void {
    const own = ownConnection(to);
    if (own !== undefined && (own.alive || own.inbound)) own.send(text, failed, to.connectMs);
    else {
      const there = destinationOf(to);
      const connection = this.#connections.find(there) ?? this.#connect(there);
      if (connection instanceof CodedError) process.nextTick(tellFailed, failed, connection, this.#options);
      else connection.send(text, failed, to.connectMs);
    }
  }

  ownEnd(to: Destination): Endpoint | undefined {
    const own = ownConnection(to);
    const connection = own?.alive || own?.inbound ? own : this.#connections.find(destinationOf(to));
    return connection && this.#ends.get(connection);
  }

  async close(): Promise<void> {
    if (this.#receiver === undefined) return;
    this.#receiver = undefined;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#handshaking) socket.destroy();
    this.#connections.close();
    await closed;
  }

  reload(tls: TlsSettings): void {
    this.#opener.reload(tls);
  }

  /** For {@link StreamConnection}. */
  received(text: string, connection: StreamConnection): void {
    this.#connections.learnAlias(text, connection);
    if (this.#receiver !== undefined) deliver(this.#receiver, text, connection.flow, this.#options);
  }

  /** For {@link StreamConnection}. */
  inUse(connection: StreamConnection): boolean {
    return this.#receiver?.inUse((destination) => connection.carries(destination)) ?? false;
  }

  /** For {@link StreamConnection}. */
  closed(connection: StreamConnection, error: Error | undefined): void {
    this.#connections.remove(connection);
    const isSeenTo = this.#repeat(connection, error);
    if (error !== undefined && connection.established && !isSeenTo) this.#receiver?.failed(connection.flow, error);
  }

  /**
   * What the peer has perhaps never read, because it closed the connection right behind a response, or while it lay idle, goes out
   * over a new one, once. It is the same message: a peer that did read it takes it for a retransmission (RFC 3261 §17.2.3).
   */
  #repeat(connection: StreamConnection, error: Error | undefined): boolean {
    const unanswered = this.#receiver === undefined ? [] : connection.takeUnanswered();
    const { address, port } = connection.flow;
    const to: Destination = {
      protocol: this.protocol,
      address,
      port,
      ...(connection.host && { host: connection.host }),
    };
    for (const { text, failed, isRepeated } of unanswered) {
      // Nobody listens at the port of a connection that the peer has opened.
      const another = isRepeated || connection.inbound ? undefined : (this.#connections.find(to) ?? this.#connect(to));
      if (another instanceof StreamConnection) another.send(text, failed, undefined, true);
      else this.tellFailed(failed, another ?? error ?? new CodedError('SIP_NOT_SENT', `${nameOf(to)} was closed`));
    }
    return unanswered.length > 0;
  }

  /** For {@link StreamConnection}. */
  dropped(reason: DropReason): void {
    this.#options.meter.count('sip_dropped_total', { reason });
  }

  /** For {@link StreamConnection}. */
  faulted(thrown: unknown): void {
    tellSocketFault(this.#options, thrown, this.protocol);
  }

  /** For {@link StreamConnection}. */
  tellFailed(failed: (error: Error) => void, error: Error): void {
    tellFailed(failed, error, this.#options);
  }

  /** A fault costs the connection at which it happens, and no other. */
  #guarded(action: () => void, end: () => void): void {
    guarded(action, (thrown) => {
      this.faulted(thrown);
      regardless(end);
    });
  }

  #establish(connection: StreamConnection, trusted: boolean): void {
    this.#guarded(
      () => connection.establish(trusted),
      () => connection.end(undefined),
    );
  }

  #connect(to: Destination): StreamConnection | CodedError {
    const name = `${this.protocol}/${formatEndpoint(to)}`;
    if (this.#receiver === undefined)
      return new CodedError('TRANSPORT_UNAVAILABLE', `No way to ${name}: not listening`);
    if (!isReachable(to)) return new CodedError('SIP_NOT_SENT', `${name} is no address and port`);
    if (this.#outbound >= this.limits.maxConnections) {
      return new CodedError('SIP_NOT_SENT', `No connection to ${name}: ${this.#outbound} are open, which is the limit`);
    }
    // Peers know us by the address we are bound to, and filter by it.
    const from = isWildcard(this.#listen.address) ? undefined : this.#listen.address;
    const socket = this.#opener.connect(to, from, (trusted) => this.#establish(connection, trusted));
    const remote = { address: to.address, port: to.port };
    const connection = new StreamConnection(this, socket, this.#flowTo(remote), false, to.host);
    const end = { ...this.#local };
    this.#ends.set(connection, end);
    socket.once('connect', () => fillIn(end, socket));
    this.#outbound++;
    socket.once('close', () => this.#outbound--);
    this.#connections.add(connection);
    return connection;
  }

  #accept(raw: Socket): void {
    const address = raw.remoteAddress ?? '';
    raw.on('error', (error) => this.#options.log.debug({ err: error, source: address }, `${this.protocol} connection`));
    const isAllowed = this.#options.isAllowedPeer(address);
    if (!isAllowed) this.dropped('peer');
    const guest = isAllowed ? this.#guests.admit(this.sourceOf(address), raw) : undefined;
    if (guest === undefined) {
      raw.resetAndDestroy();
      return;
    }
    const remote = { address, port: raw.remotePort ?? 0 };
    const deadline = this.clock.after(this.limits.handshakeMs, () => {
      this.dropped('slow');
      raw.destroy();
    });
    this.#handshaking.add(raw);
    raw.once('close', () => {
      deadline.cancel();
      this.#handshaking.delete(raw);
      this.#guests.leave(guest);
    });
    this.#opener.accept(raw, (socket, trusted) => {
      deadline.cancel();
      this.#handshaking.delete(raw);
      const connection = new StreamConnection(this, socket, this.#flowTo(remote), true);
      this.#ends.set(connection, fillIn({ ...this.#local }, raw));
      this.#guests.enter(guest, connection);
      this.#connections.add(connection);
      this.#establish(connection, trusted);
    });
  }

  #flowTo({ address, port }: Endpoint): Flow {
    return { protocol: this.protocol, address, port, local: this.#advertised };
  }

  #bind(): Promise<void> {
    const { address, port } = this.#listen;
    const place = { port, host: address, ipv6Only: true };
    return listening(this.#server, this.#listen, (done) => void this.#server.listen(place, done));
  }
}

/** The very one that it names. */
const ownConnection = ({ connection }: Destination): StreamConnection | undefined =>
  connection instanceof StreamConnection ? connection : undefined;

/** With the name that its connection has to prove. */
function destinationOf(to: Destination): Destination {
  const host = to.host ?? ownConnection(to)?.host;
  return host === undefined ? to : { ...to, host };
}

function fillIn(end: { address: string; port: number }, { localAddress, localPort }: Socket): Endpoint {
  end.address = localAddress ?? end.address;
  end.port = localPort ?? end.port;
  return end;
}

const nameOf = (to: Destination): string => `${to.protocol}/${formatEndpoint(to)}`;
