/**
 * drachtio-srf and the connection under it. It is always used in its listen mode, where it makes no connections: those to a server
 * beside us are made here, because the library never notices a dead one, knocks four times a second at one that refuses us, and
 * waits longer and longer, without end, for one that is away.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import { octetsOf } from '../../base/text.js';
import { frameLimitsOf } from './capabilities.js';
import { Connector } from './connector.js';
import { FrameWriter } from './frame-writer.js';
import { Heartbeat } from './heartbeat.js';
import { createSrf } from './library.js';
import { carryOctets } from './octets.js';

/** A SIP server that listens for applications, and how long it may be silent; or the one whose connection appears on `server`. */
export type Attachment =
  | { readonly host: string; readonly port: number; readonly secret: string; readonly silenceMs: number }
  | { readonly server: Server; readonly secret: string };

export interface ServerConnectionUser {
  /** All that comes in runs by this. */
  run(action: () => void): void;
  onAttached(version: string): void;
  onFrame(text: string): void;
  onLost(): void;
}

export class ServerConnection {
  readonly srf = createSrf();
  readonly #writer = new FrameWriter();
  readonly #log: Log;
  readonly #user: ServerConnectionUser;
  /** Only to a server beside us. */
  #connector: Connector | undefined;
  readonly #heartbeat: Heartbeat | undefined;
  #socket: Socket | undefined;
  #connected = false;

  constructor(attachment: Attachment, clock: Clock, log: Log, user: ServerConnectionUser) {
    this.#log = log;
    this.#user = user;
    this.srf.on('connect', (error, _hostports, version) => user.run(() => this.#attached(error, version)));
    this.srf.on('close', () => user.run(() => this.#lost()));
    const server = 'host' in attachment ? createServer() : attachment.server;
    this.srf.listen({ server, secret: octetsOf(attachment.secret) });
    const { client } = this.srf.app;
    carryOctets(client, this.#writer, log);
    client.wp.on('msg', (_socket, text) => user.run(() => this.#heard(text)));
    if (!('host' in attachment)) return;
    const { host, port, silenceMs } = attachment;
    this.#heartbeat = new Heartbeat({
      clock,
      limitMs: silenceMs,
      ping: () => this.send('ping'),
      dead: () => {
        if (this.#connected) log.error({ silenceMs }, 'the SIP server is silent: the connection is given up');
        this.#connector?.drop(`silent for ${silenceMs} ms`);
      },
    });
    const onConnection = (socket: Socket): void => {
      this.#socket = socket;
      server.emit('connection', socket);
      this.#heartbeat?.start();
    };
    this.#connector = new Connector({ host, port, clock, log, onConnection });
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** How long the server takes to answer, in milliseconds. */
  get delay(): number {
    return this.#heartbeat?.delay ?? 0;
  }

  /** Frames that wait until the server has read another. */
  get waiting(): number {
    return this.#writer.waiting;
  }

  /** A frame to a server beside us. @returns its id; empty: there is no connection */
  send(text: string): string {
    return this.#socket === undefined ? '' : this.srf.app.client.wp.send(this.#socket, text);
  }

  close(): void {
    this.#heartbeat?.stop();
    this.#connector?.close();
    for (const socket of this.srf.app.client.mapServer.keys()) socket.destroy();
  }

  #heard(text: string): void {
    this.#writer.heard(text);
    this.#heartbeat?.heard(text);
    this.#user.onFrame(text);
  }

  #attached(error: unknown, version = ''): void {
    if (error) {
      if (this.#connector !== undefined) this.#connector.refused(messageOf(error));
      else this.#log.error({ error: messageOf(error) }, 'SIP server refused us: check the secret');
      return;
    }
    this.#connected = true;
    this.#writer.limits = frameLimitsOf(version);
    this.#connector?.works();
    this.#user.onAttached(version);
  }

  #lost(): void {
    this.#heartbeat?.stop();
    this.#writer.lost();
    if (!this.#connected) return;
    this.#connected = false;
    this.#user.onLost();
  }
}
