/** The ways to a collector: neither ever waits for it. */
import { createSocket, type Socket as DatagramSocket, type SocketOptions } from 'node:dgram';
import { connect, isIPv6, type Socket } from 'node:net';
import type { Clock, Timer } from '../base/clock.js';

export interface Collector {
  readonly protocol: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
}

export interface Sender {
  /** Whether it takes a packet now. */
  readonly isReady: boolean;
  /** The longest packet that it can carry. */
  readonly longest: number;
  send(packet: Buffer): void;
  close(): void;
}

interface SenderUser {
  /** A packet was handed over, and has not gone. */
  lost(): void;
}

export const createSender = (collector: Collector, clock: Clock, user: SenderUser): Sender =>
  collector.protocol === 'udp' ? new UdpSender(collector, user) : new TcpSender(collector, clock, user);

/** RFC 768: 65,535 bytes with the headers of IP and UDP. */
const LONGEST_DATAGRAM = 65_507;
/** Datagrams that the system has not taken yet. */
const MOST_UNDER_WAY = 256;
const MOST_UNSENT_BYTES = 1_048_576;
const CONNECT_AGAIN_MS = 1000;

class UdpSender implements Sender {
  readonly longest = LONGEST_DATAGRAM;
  readonly #socket: DatagramSocket;
  readonly #collector: Collector;
  readonly #user: SenderUser;
  #underWay = 0;
  #isClosed = false;

  constructor(collector: Collector, user: SenderUser) {
    this.#collector = collector;
    this.#user = user;
    const family = isIPv6(collector.address) ? 6 : 4;
    // There is nothing to look up.
    const lookup: SocketOptions['lookup'] = (address, _options, done) => done(null, address, family);
    this.#socket = createSocket({ type: `udp${family}`, lookup });
    this.#socket.on('error', () => {});
    this.#socket.unref();
  }

  get isReady(): boolean {
    return !this.#isClosed && this.#underWay < MOST_UNDER_WAY;
  }

  send(packet: Buffer): void {
    const { address, port } = this.#collector;
    this.#underWay++;
    this.#socket.send(packet, port, address, (error) => {
      this.#underWay--;
      if (error !== null) this.#user.lost();
      this.#closeIfDone();
    });
  }

  /** What was handed over still goes. */
  close(): void {
    this.#isClosed = true;
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#isClosed && this.#underWay === 0) this.#socket.close();
  }
}

/** Connects again and again; what is not taken meanwhile waits, or is dropped, where it is queued. */
class TcpSender implements Sender {
  readonly longest = Number.POSITIVE_INFINITY;
  readonly #collector: Collector;
  readonly #clock: Clock;
  readonly #user: SenderUser;
  #socket: Socket | undefined;
  #isConnected = false;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(collector: Collector, clock: Clock, user: SenderUser) {
    this.#collector = collector;
    this.#clock = clock;
    this.#user = user;
    this.#connect();
  }

  get isReady(): boolean {
    return this.#isConnected && (this.#socket?.writableLength ?? 0) < MOST_UNSENT_BYTES;
  }

  send(packet: Buffer): void {
    this.#socket?.write(packet, (error) => {
      if (error != null) this.#user.lost();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    // What was written still goes, and nobody waits for it.
    this.#socket?.end();
    this.#socket?.unref();
  }

  #connect(): void {
    const { address, port } = this.#collector;
    const socket = connect({ host: address, port });
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.unref();
    socket.on('connect', () => {
      this.#isConnected = true;
    });
    // A collector says nothing that matters; what is not read would close no connection.
    socket.resume();
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#isConnected = false;
      if (!this.#isClosed) this.#timer = this.#clock.after(CONNECT_AGAIN_MS, () => this.#connect());
    });
  }
}
