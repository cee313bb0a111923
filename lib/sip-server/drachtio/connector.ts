/** The connection to a SIP server beside us: made, and made again for as long as it is wanted. */
import { connect, type Socket } from 'node:net';
import type { Clock, Timer } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';

interface ConnectorOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Gets each connection that has come about. */
  onConnection(socket: Socket): void;
}

/** A host that drops packets says nothing for minutes. */
const CONNECT_LIMIT_MS = 5000;
const BACK_OFF = 2;
const RETRY_MS = { first: 100, most: 2000 };
/** Nobody sets a secret right within a second. */
const REFUSED_MS = { first: 1000, most: 60_000 };

export class Connector {
  readonly #options: ConnectorOptions;
  #socket: Socket | undefined;
  #timer: Timer | undefined;
  #delay = RETRY_MS.first;
  #refused = 0;
  #isClosed = false;
  /** Why it cannot be reached, which is told once. */
  #told = '';

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#connect();
  }

  /** The connection is of use. */
  works(): void {
    this.#delay = RETRY_MS.first;
    this.#refused = 0;
    this.#told = '';
  }

  /** The server does not want us. */
  refused(reason: string): void {
    this.#delay = Math.min(REFUSED_MS.first * BACK_OFF ** this.#refused, REFUSED_MS.most);
    this.#refused++;
    const { log } = this.#options;
    const about = { reason, againSeconds: this.#delay / 1000 };
    if (this.#refused === 1) log.error(about, 'SIP server refused us: check the secret');
    else log.debug(about, 'SIP server refuses us still');
    this.#socket?.destroy();
  }

  /** It is dead, whatever TCP says. */
  drop(reason: string): void {
    this.#socket?.destroy(new Error(reason));
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#socket?.destroy();
  }

  #connect(): void {
    const { host, port, clock } = this.#options;
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    this.#socket = socket;
    this.#timer = clock.after(CONNECT_LIMIT_MS, () =>
      socket.destroy(new Error(`no connection within ${CONNECT_LIMIT_MS} ms`)),
    );
    socket.on('error', (error) => this.#failed(messageOf(error)));
    socket.once('connect', () => {
      this.#timer?.cancel();
      this.#options.onConnection(socket);
    });
    socket.once('close', () => this.#again());
  }

  #failed(reason: string): void {
    if (this.#isClosed || reason === this.#told) return;
    this.#told = reason;
    this.#options.log.warn({ error: reason }, 'SIP server cannot be reached');
  }

  #again(): void {
    this.#timer?.cancel();
    if (this.#isClosed) return;
    this.#timer = this.#options.clock.after(this.#delay, () => this.#connect());
    if (this.#refused === 0) this.#delay = Math.min(this.#delay * BACK_OFF, RETRY_MS.most);
  }
}
