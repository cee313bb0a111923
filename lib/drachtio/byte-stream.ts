import type { Socket } from 'node:net';

export interface ByteStreamListener {
  /** Bytes in order, as a binary string, cut anywhere. */
  received(bytes: string): void;
  /** Called once, when nothing can be received or written any more. */
  closed(): void;
}

/** An ordered stream of bytes in both directions: a TCP connection, or one end of an in-process link. */
export interface ByteStream {
  /** For logs. */
  readonly peer: string;
  /** Bytes written that the other side has not taken yet. */
  readonly unsent: number;
  listen(listener: ByteStreamListener): void;
  /** Writes a binary string. */
  write(bytes: string): void;
  /** Closes after what was written has left. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

/** How long an idle TCP connection stays unprobed: what drachtio-server does. */
const KEEP_ALIVE_DELAY = 45_000;

export class SocketStream implements ByteStream {
  readonly peer: string;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.peer = `${socket.remoteAddress}:${socket.remotePort}`;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY);
    socket.on('error', () => {}); // 'close' follows and says all there is to know
  }

  get unsent(): number {
    return this.#socket.writableLength;
  }

  listen(listener: ByteStreamListener): void {
    this.#socket.on('data', (chunk: Buffer) => listener.received(chunk.toString('latin1')));
    this.#socket.on('close', () => listener.closed());
  }

  write(bytes: string): void {
    // The socket takes latin1 strings as they are: no Buffer is made.
    if (this.#socket.writable) this.#socket.write(bytes, 'latin1');
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
