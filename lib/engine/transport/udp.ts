import { createSocket, type RemoteInfo, type Socket, type SocketOptions } from 'node:dgram';
import { CodedError, messageOf } from '../../base/errors.js';
import { Recent } from '../../base/recent.js';
import type { Flow, Receiver } from '../api.js';
import type { Destination } from '../destination.js';
import { advertisedBy, isAddress, isPort } from './addresses.js';
import { Correspondents, isWithin } from './correspondents.js';
import { DatagramMemory } from './datagram-memory.js';
import { deliver, tellFailed, tellSocketFault } from './deliver.js';
import { type Endpoint, formatEndpoint, type Listen, listening } from './listen.js';
import type { SocketTransport, TransportOptions } from './options.js';

/** Room for a burst while the event loop is busy; the kernel gives what its own limit (`net.core.rmem_max`) allows. */
const RECEIVE_BUFFER_BYTES = 4_194_304;

/** Addresses to which something was sent. */
const REMEMBERED = 1024;

/** Keep-alives that are no messages: CRLF, CRLFCRLF, four zero bytes. */
const KEEP_ALIVE_BYTES = 4;

/**
 * SIP over UDP (RFC 3261 §18).
 *
 * ICMP "port unreachable" cannot be seen here: Linux reports it on an unconnected socket only with IP_RECVERR, which Node
 * does not set (its bindings know UV_UDP_IPV6ONLY and UV_UDP_REUSEADDR alone). `failed` therefore means that the kernel
 * refused to send; a peer that is not there shows through the engine's guard against silence.
 */
export class UdpTransport implements SocketTransport {
  readonly protocol = 'udp';
  readonly #listen: Listen;
  readonly #options: TransportOptions;
  readonly #maxMessageBytes: number;
  readonly #socket: Socket;
  readonly #correspondents = new Correspondents();
  readonly #outgoing = new DatagramMemory();
  /** Whether something is an address: each datagram asks, and they are few. */
  readonly #addresses = new Recent<boolean>(REMEMBERED);
  #local: Endpoint;
  #advertised: Endpoint;
  #receiver: Receiver | undefined;

  constructor(listen: Listen, options: TransportOptions) {
    this.#listen = listen;
    this.#options = options;
    this.#maxMessageBytes = options.limits.maxMessageBytes;
    this.#local = { address: listen.address, port: listen.port };
    this.#advertised = advertisedBy(listen, listen.port);
    // Node resolves even a numeric address for each datagram; answering at once saves a seventh of the cost of sending.
    const ipv6 = listen.address.includes(':');
    const lookup: SocketOptions['lookup'] = (host, _options, found) => found(null, host, ipv6 ? 6 : 4);
    this.#socket = createSocket({ type: ipv6 ? 'udp6' : 'udp4', ipv6Only: ipv6, lookup });
  }

  get local(): Endpoint {
    return this.#local;
  }

  get advertised(): Endpoint {
    return this.#advertised;
  }

  async start(receiver: Receiver): Promise<void> {
    this.#receiver = receiver;
    await this.#bind();
    this.#local = { address: this.#listen.address, port: this.#socket.address().port };
    this.#advertised = advertisedBy(this.#listen, this.#local.port);
    this.#socket.on('error', (error) => this.#options.log.warn({ err: error }, 'UDP socket'));
    this.#socket.on('message', (bytes, remote) => this.#receive(bytes, remote));
    try {
      this.#socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
    } catch (error) {
      this.#options.log.warn({ err: error }, 'UDP receive buffer keeps its size');
    }
  }

  send(text: string, to: Destination, failed?: (error: Error) => void): void {
    const { address, port } = to;
    if (!(this.#addresses.get(address, isAddress) && isPort(port))) {
      if (failed !== undefined)
        process.nextTick(tellFailed, failed, notSent(to, 'not an address and port'), this.#options);
      return;
    }
    this.#correspondents.note(text, address);
    try {
      this.#socket.send(this.#outgoing.write(text), port, address, failed && this.#whenSent(to, failed));
    } catch (error) {
      if (failed !== undefined)
        process.nextTick(tellFailed, failed, notSent(to, messageOf(error), error), this.#options);
    }
  }

  /** Only where somebody wants to know: Node calls it a tick later, also when all is well. */
  #whenSent(to: Destination, failed: (error: Error) => void): (error: Error | null) => void {
    return (error) => {
      if (error !== null) tellFailed(failed, notSent(to, error.message, error), this.#options);
    };
  }

  close(): Promise<void> {
    this.#receiver = undefined;
    return new Promise((resolve) => {
      try {
        this.#socket.close(() => resolve());
      } catch {
        resolve();
      }
    });
  }

  reload(): void {}

  #bind(): Promise<void> {
    const { address, port } = this.#listen;
    return listening(this.#socket, this.#listen, (done) => void this.#socket.bind(port, address, done));
  }

  #receive(bytes: Buffer, remote: RemoteInfo): void {
    try {
      this.#take(bytes, remote);
    } catch (thrown) {
      tellSocketFault(this.#options, thrown, 'udp');
    }
  }

  #take(bytes: Buffer, remote: RemoteInfo): void {
    const { address } = remote;
    const isAllowed = this.#options.isAllowedPeer(address);
    if (!isAllowed && !this.#correspondents.has(address)) this.#options.meter.count('sip_dropped_total', DROPPED_PEER);
    else if (bytes.length > this.#maxMessageBytes) this.#options.meter.count('sip_dropped_total', DROPPED_SIZE);
    else if (bytes.length > KEEP_ALIVE_BYTES) {
      const flow: Flow = { protocol: 'udp', address, port: remote.port, local: this.#advertised };
      const text = bytes.toString('latin1');
      if (!isAllowed && !isWithin(text)) this.#options.meter.count('sip_dropped_total', DROPPED_PEER);
      else if (this.#receiver !== undefined) deliver(this.#receiver, text, flow, this.#options);
    }
  }
}

const DROPPED_PEER = { reason: 'peer' };
const DROPPED_SIZE = { reason: 'size' };

const notSent = (to: Endpoint, why: string, cause?: unknown): CodedError =>
  new CodedError('SIP_NOT_SENT', `Nothing could be sent to udp/${formatEndpoint(to)}: ${why}`, { cause });
