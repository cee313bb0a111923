import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Clock } from '../base/clock.js';
import { CodedError } from '../base/errors.js';
import { guarded } from '../base/guard.js';
import type { Ids } from '../base/ids.js';
import type { Log } from '../base/log.js';
import type { Meter } from '../base/meter.js';
import type { Engine, Owner } from '../engine/api.js';
import { type ByteStream, SocketStream } from './byte-stream.js';
import { Connection, type ConnectionContext } from './connection.js';
import { Replies } from './replies.js';
import { Routes } from './routes.js';

/** Connections that have not authenticated yet; a further one takes the place of the oldest. */
const MOST_UNAUTHENTICATED = 64;

export interface DrachtioServerOptions {
  readonly engine: Engine;
  /** What applications authenticate with. */
  readonly secret: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
}

interface AttachOptions {
  /** The application takes new requests of every method without registering routes. */
  readonly routes?: 'all';
}

export interface DrachtioServer {
  /** Accepts applications over TCP; resolves with the bound address. Rejects with TRANSPORT_UNAVAILABLE. */
  listen(host: string, port: number): Promise<{ address: string; port: number }>;
  /** Serves an application over a stream that is already open; it must authenticate like any other. */
  attach(stream: ByteStream, options?: AttachOptions): void;
  /** Gives new requests of every method to `owner`, too: an application in this process that needs no protocol. */
  enlist(owner: Owner): void;
  /** Gives it none any more, and releases what it owns. */
  dismiss(owner: Owner): void;
  /** Applications that have authenticated. */
  readonly connections: number;
  /** Stops listening and closes every connection, which releases what the applications own. */
  close(): Promise<void>;
}

/** Makes itself the engine's dispatcher. */
export const createDrachtioServer = (options: DrachtioServerOptions): DrachtioServer => new ApplicationServer(options);

class ApplicationServer implements DrachtioServer {
  readonly #open = new Set<Connection>();
  readonly #listeners = new Set<Server>();
  readonly #context: ConnectionContext;
  readonly #log: Log;
  #attached = 0;

  constructor(options: DrachtioServerOptions) {
    const routes = new Routes();
    options.engine.dispatcher = routes;
    this.#log = options.log;
    this.#context = {
      engine: options.engine,
      routes,
      replies: new Replies(options.clock, options.ids),
      clock: options.clock,
      log: options.log,
      meter: options.meter,
      isSecret: secretComparer(options.secret),
      attached: () => this.#count(),
      closed: (connection) => {
        this.#open.delete(connection);
        this.#count();
      },
    };
    options.meter.gauge('drachtio_connections', 'Attached applications', () => this.#attached);
  }

  get connections(): number {
    return this.#attached;
  }

  listen(host: string, port: number): Promise<{ address: string; port: number }> {
    const server = createServer((socket) =>
      guarded(
        () => this.attach(new SocketStream(socket)),
        (thrown) => {
          this.#log.error({ err: thrown }, 'an application could not be attached');
          socket.destroy();
        },
      ),
    );
    this.#listeners.add(server);
    return new Promise((resolve, reject) => {
      server.once('error', (error) => {
        const message = `drachtio applications cannot attach at ${host}:${port} (drachtio.listen): ${error.message}`;
        reject(new CodedError('TRANSPORT_UNAVAILABLE', message, { cause: error }));
      });
      server.listen(port, host, () => {
        server.removeAllListeners('error');
        server.on('error', (error) => this.#log.error({ error: error.message }, 'application listener failed'));
        resolve(server.address() as AddressInfo);
      });
    });
  }

  attach(stream: ByteStream, options: AttachOptions = {}): void {
    if (this.#open.size - this.#attached >= MOST_UNAUTHENTICATED) this.#makeRoom();
    this.#open.add(new Connection(this.#context, stream, options.routes === 'all'));
  }

  enlist(owner: Owner): void {
    this.#context.routes.addAll(owner);
  }

  dismiss(owner: Owner): void {
    this.#context.routes.removeAll(owner);
    this.#context.engine.release(owner);
  }

  async close(): Promise<void> {
    const closed = [...this.#listeners].map((server) => new Promise((resolve) => server.close(resolve)));
    this.#listeners.clear();
    for (const connection of [...this.#open]) connection.close();
    await Promise.all(closed);
  }

  /** Who means well says his secret at once: those that are silent must not keep him out. */
  #makeRoom(): void {
    for (const connection of this.#open) {
      if (connection.isAttached) continue;
      this.#context.meter.count('drachtio_refused_total', { reason: 'too-many' });
      connection.crowdOut();
      return;
    }
  }

  #count(): void {
    let attached = 0;
    for (const connection of this.#open) if (connection.isAttached) attached++;
    this.#attached = attached;
  }
}

/** Digests have one length and are compared in constant time, so timing tells nothing about the secret. */
function secretComparer(secret: string): (candidate: string) => boolean {
  const key = randomBytes(32);
  const digest = (text: string, encoding: 'utf8' | 'latin1') =>
    createHmac('sha256', key).update(text, encoding).digest();
  const expected = digest(secret, 'utf8');
  // What arrives is a binary string: its bytes are the UTF-8 of the secret.
  return (candidate) => timingSafeEqual(digest(candidate, 'latin1'), expected);
}
