/**
 * A link between the server and an application in the same process. drachtio-srf insists on a net.Socket, so its end is one,
 * without a handle below it. It is given to the library in its listen mode, by a net.Server that never listens:
 *
 *     const link = createInProcessLink();
 *     srf.listen({ server, secret });
 *     drachtioServer.attach(link.server, { routes: 'all' }); // in listen mode the library registers no routes
 *     server.emit('connection', link.application);
 *
 * Each write arrives in a turn of its own (setImmediate): never inside the writer's stack, in order, with promises settled in
 * between, and sockets and timers served in between as well.
 */
import { Socket } from 'node:net';
import type { ByteStream, ByteStreamListener } from './byte-stream.js';

export interface InProcessLink {
  /** What drachtio-srf gets as its connection. */
  readonly application: Socket;
  /** What the server attaches to. */
  readonly server: ByteStream;
}

export function createInProcessLink(): InProcessLink {
  const server = new ServerEnd();
  const application = new ApplicationEnd(server);
  server.application = application;
  return { application, server };
}

class ServerEnd implements ByteStream {
  readonly peer = 'in-process';
  application: ApplicationEnd | undefined;
  #listener: ByteStreamListener | undefined;
  #early: string[] = [];
  #travelling = 0;
  #closed = false;

  get unsent(): number {
    return this.#travelling + (this.application?.readableLength ?? 0);
  }

  listen(listener: ByteStreamListener): void {
    this.#listener = listener;
    for (const bytes of this.#early) setImmediate(this.#receive, bytes);
    this.#early = [];
    if (this.#closed) setImmediate(() => listener.closed());
  }

  write(bytes: string): void {
    this.#travelling += bytes.length;
    setImmediate(this.#deliver, bytes);
  }

  end(): void {
    setImmediate(() => this.application?.push(null));
  }

  destroy(): void {
    this.application?.destroy();
  }

  /** From the application's end. */
  accept(bytes: string): void {
    if (this.#listener === undefined) this.#early.push(bytes);
    else setImmediate(this.#receive, bytes);
  }

  /** The application's end is closed; what it wrote before still arrives. */
  close(): void {
    setImmediate(() => {
      if (this.#closed) return;
      this.#closed = true;
      this.#listener?.closed();
    });
  }

  readonly #receive = (bytes: string): void => {
    if (!this.#closed) this.#listener?.received(bytes);
  };

  readonly #deliver = (bytes: string): void => {
    this.#travelling -= bytes.length;
    const { application } = this;
    if (application === undefined || application.destroyed) return;
    const chunk = Buffer.from(bytes, 'latin1');
    // Past the Readable's queue where nothing waits in it: it costs more than the event that it ends in.
    if (application.readableFlowing === true && application.readableLength === 0) application.emit('data', chunk);
    else application.push(chunk);
  };
}

/** Everything of net.Socket that would reach for the handle is replaced. */
class ApplicationEnd extends Socket {
  readonly #server: ServerEnd;

  constructor(server: ServerEnd) {
    super();
    this.#server = server;
  }

  override _read(): void {}

  /** Past the Writable's queue, too; `written` is told at once, as nothing can be waiting. */
  override write(chunk: string | Uint8Array, ...rest: unknown[]): boolean {
    const [encoding, written] = typeof rest[0] === 'string' ? rest : ['utf8', rest[0]];
    if (!this.destroyed) this.#server.accept(toBinary(chunk, encoding as BufferEncoding));
    if (typeof written === 'function') written();
    return true;
  }

  /** Like a TCP connection without half-open ends: when one side ends, both do. */
  override _final(done: (error?: Error | null) => void): void {
    done();
    setImmediate(() => this.destroy());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#server.close();
    done(error);
    // net.Socket turns the stream's own 'close' off and emits it together with its handle's.
    process.nextTick(() => this.emit('close', error !== null));
  }
}

/** Text of ASCII only, which is nearly all, is its own binary string: as many bytes as chars. */
function toBinary(chunk: string | Uint8Array, encoding: BufferEncoding): string {
  if (typeof chunk !== 'string') return Buffer.from(chunk).toString('latin1');
  if (Buffer.byteLength(chunk, encoding) === chunk.length) return chunk;
  return Buffer.from(chunk, encoding).toString('latin1');
}
