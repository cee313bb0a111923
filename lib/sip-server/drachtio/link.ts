/** The connection over which the server hands us its calls: what is asked for on it, and said. */
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { LibraryClient, LibraryRequest, LibraryRequestOptions, LibraryResponse } from './library.js';
import { type Attachment, ServerConnection, type ServerConnectionUser } from './server-connection.js';

/** Called guarded. */
interface LinkUser {
  onRequest(request: LibraryRequest, response: LibraryResponse): void;
  onFrame(text: string): void;
  onAttached(version: string): void;
  onLost(): void;
  run(action: () => void): void;
}

/** Requests outside a dialog that the server hands to us. */
const ROUTED = ['invite', 'options', 'register', 'message', 'info', 'notify', 'subscribe', 'publish', 'refer'];

export class Link implements ServerConnectionUser {
  readonly #connection: ServerConnection;
  /** In its listen mode the library does not tell a server beside us what we want. */
  readonly #asksForRoutes: boolean;
  readonly #log: Log;
  readonly #user: LinkUser;
  #isClosed = false;

  constructor(attachment: Attachment, clock: Clock, log: Log, user: LinkUser) {
    this.#log = log;
    this.#user = user;
    this.#asksForRoutes = 'host' in attachment;
    this.#connection = new ServerConnection(attachment, clock, log, this);
    const { srf } = this.#connection;
    const receive = (request: LibraryRequest, response: LibraryResponse): void =>
      user.run(() => user.onRequest(request, response));
    for (const verb of ROUTED) srf.use(verb, receive);
    srf.use(receive);
  }

  get connected(): boolean {
    return this.#connection.connected;
  }

  get closed(): boolean {
    return this.#isClosed;
  }

  /** How long the server takes to answer, in milliseconds. */
  get delay(): number {
    return this.#connection.delay;
  }

  /** Frames that wait until the server has read another. */
  get waiting(): number {
    return this.#connection.waiting;
  }

  /** Throws where there is no connection, and NotSent where it is too large. */
  request(uri: string, options: LibraryRequestOptions, done: (error: unknown, sent?: LibraryRequest) => void): void {
    this.#connection.srf.request(uri, options, done);
  }

  /** A frame that the library has no call for; nobody waits for its answer. */
  post(text: string, answered: (words: readonly string[]) => void): void {
    const id = this.#connection.send(text);
    for (const { pendingRequests } of this.#client.mapServer.values()) pendingRequests.set(id, answered);
  }

  forget(transaction: string): void {
    for (const { pendingSipRequests } of this.#client.mapServer.values()) pendingSipRequests.delete(transaction);
  }

  close(): void {
    this.#isClosed = true;
    this.#connection.close();
  }

  run(action: () => void): void {
    this.#user.run(action);
  }

  onFrame(text: string): void {
    this.#user.onFrame(text);
  }

  onAttached(version: string): void {
    if (this.#asksForRoutes) for (const verb of ROUTED) this.#connection.send(`route|${verb}`);
    this.#log.info({ version }, 'attached to the SIP server');
    this.#user.onAttached(version);
  }

  onLost(): void {
    if (!this.#isClosed) this.#log.error('connection to the SIP server is lost');
    this.#user.onLost();
  }

  get #client(): LibraryClient {
    return this.#connection.srf.app.client;
  }
}
