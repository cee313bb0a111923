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
import { createSrf, type LibraryRequest, type LibraryRequestOptions, type LibraryResponse } from './library.js';
import { carryOctets } from './octets.js';

/** A SIP server that listens for applications, and how long it may be silent; or the one whose connection appears on `server`. */
export type Attachment =
  | { readonly host: string; readonly port: number; readonly secret: string; readonly silenceMs: number }
  | { readonly server: Server; readonly secret: string };

/** Called guarded. */
export interface LinkUser {
  onRequest(request: LibraryRequest, response: LibraryResponse): void;
  onFrame(text: string): void;
  onAttached(version: string): void;
  onLost(): void;
  run(action: () => void): void;
}

/** Requests outside a dialog that the server hands to us. */
const ROUTED = ['invite', 'options', 'register', 'message', 'info', 'notify', 'subscribe', 'publish', 'refer'];

export class Link {
  readonly #srf = createSrf();
  readonly #writer = new FrameWriter();
  readonly #log: Log;
  readonly #user: LinkUser;
  /** Only to a server beside us. */
  #connector: Connector | undefined;
  readonly #heartbeat: Heartbeat | undefined;
  #socket: Socket | undefined;
  #connected = false;
  #isClosed = false;

  constructor(attachment: Attachment, clock: Clock, log: Log, user: LinkUser) {
    this.#log = log;
    this.#user = user;
    const receive = (request: LibraryRequest, response: LibraryResponse): void =>
      user.run(() => user.onRequest(request, response));
    for (const verb of ROUTED) this.#srf.use(verb, receive);
    this.#srf.use(receive);
    this.#srf.on('connect', (error, _hostports, version) => user.run(() => this.#attached(error, version)));
    this.#srf.on('close', () => user.run(() => this.#lost()));
    const isBeside = 'host' in attachment;
    const server = isBeside ? createServer() : attachment.server;
    this.#srf.listen({ server, secret: octetsOf(attachment.secret) });
    const { wp } = this.#srf.app.client;
    carryOctets(this.#srf.app.client, this.#writer, log);
    wp.on('msg', (_socket, text) => user.run(() => this.#heard(text)));
    if (!isBeside) return;
    const { host, port, silenceMs } = attachment;
    this.#heartbeat = new Heartbeat({
      clock,
      limitMs: silenceMs,
      ping: () => this.#frame('ping'),
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

  get closed(): boolean {
    return this.#isClosed;
  }

  /** How long the server takes to answer, in milliseconds. */
  get delay(): number {
    return this.#heartbeat?.delay ?? 0;
  }

  /** Frames that wait until the server has read another. */
  get waiting(): number {
    return this.#writer.waiting;
  }

  /** Throws where there is no connection, and NotSent where it is too large. */
  request(uri: string, options: LibraryRequestOptions, done: (error: unknown, sent?: LibraryRequest) => void): void {
    this.#srf.request(uri, options, done);
  }

  /** A frame that the library has no call for; nobody waits for its answer. */
  post(text: string, answered: (words: readonly string[]) => void): void {
    const id = this.#frame(text);
    for (const { pendingRequests } of this.#srf.app.client.mapServer.values()) pendingRequests.set(id, answered);
  }

  forget(transaction: string): void {
    for (const { pendingSipRequests } of this.#srf.app.client.mapServer.values())
      pendingSipRequests.delete(transaction);
  }

  close(): void {
    this.#isClosed = true;
    this.#heartbeat?.stop();
    this.#connector?.close();
    for (const socket of this.#srf.app.client.mapServer.keys()) socket.destroy();
  }

  #frame(text: string): string {
    const { wp } = this.#srf.app.client;
    return this.#socket === undefined ? '' : wp.send(this.#socket, text);
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
    // In its listen mode the library does not say what we want.
    if (this.#connector !== undefined) for (const verb of ROUTED) this.#frame(`route|${verb}`);
    this.#connector?.works();
    this.#log.info({ version }, 'attached to the SIP server');
    this.#user.onAttached(version);
  }

  #lost(): void {
    this.#heartbeat?.stop();
    this.#writer.lost();
    if (!this.#connected) return;
    this.#connected = false;
    if (!this.#isClosed) this.#log.error('connection to the SIP server is lost');
    this.#user.onLost();
  }
}
