/** A stretch of network between two who speak over TCP. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Between service and server: it can be cut, and it can fall silent. */
export class Relay {
  readonly #sockets = new Set<Socket>();
  /** Of those who came, in order. */
  readonly #came: Socket[] = [];
  readonly #server = createServer((near) => {
    const far = connect(this.port, this.host);
    this.#came.push(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => other.destroy());
      one.pipe(other);
      if (this.isSilent) one.pause();
    }
  });
  isSilent = false;

  constructor(
    readonly host: string,
    readonly port: number,
  ) {}

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as { port: number }).port;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  /** Only that one, counted from 0. */
  cutOne(at: number): void {
    this.#came[at]?.destroy();
  }

  silence(): void {
    this.isSilent = true;
    for (const socket of this.#sockets) socket.unpipe();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}
