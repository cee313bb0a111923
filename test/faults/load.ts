/** Callers and members on sockets of their own: what each call met is known, call by call. */
import type { Socket } from 'node:dgram';
import { Caller, type CallMade } from './caller.js';
import { field, HOST, listening, portOf, responseTo } from './wire.js';

const RING_MS = 30;

/** Answers every call, and goes on where its caller hangs up. */
export async function startMembers(): Promise<{ readonly uri: string; close(): void }> {
  const socket = await listening();
  socket.on('message', (bytes, from) => {
    const message = bytes.toString('latin1');
    const send = (status: string, tag: string): void =>
      socket.send(responseTo(message, status, tag, portOf(socket)), from.port, from.address);
    if (message.startsWith('INVITE')) {
      send('180 Ringing', 'm');
      setTimeout(() => send('200 OK', 'm'), RING_MS);
    } else if (!message.startsWith('ACK') && !message.startsWith('SIP/2.0')) send('200 OK', 'm');
  });
  return { uri: `sip:desk@${HOST}:${portOf(socket)}`, close: () => socket.close() };
}

/** Calls so many a second, from one number after another, to one pilot after another, over one node after another. */
export class Load {
  readonly made: CallMade[] = [];
  readonly #open = new Map<string, Caller>();
  readonly #ended: Promise<void>[] = [];
  readonly #socket: Socket;
  readonly #targets: () => readonly number[];
  readonly #pilots: readonly string[];
  #timer: NodeJS.Timeout | undefined;

  private constructor(socket: Socket, targets: () => readonly number[], pilots: readonly string[]) {
    this.#socket = socket;
    this.#targets = targets;
    this.#pilots = pilots;
    socket.on('message', (bytes, { port }) => this.#heard(bytes.toString('latin1'), port));
  }

  /** @param targets the SIP ports of the nodes */
  static async open(targets: () => readonly number[], pilots: readonly string[]): Promise<Load> {
    return new Load(await listening(), targets, pilots);
  }

  start(rate: number): void {
    this.#timer = setInterval(() => this.#call(), 1000 / rate);
  }

  /** Resolves when so many have been made. */
  async until(calls: number): Promise<void> {
    while (this.made.length < calls) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** No more calls; resolves when the last one is over. */
  async stop(): Promise<readonly CallMade[]> {
    clearInterval(this.#timer);
    await Promise.all(this.#ended);
    this.#socket.close();
    return this.made;
  }

  #call(): void {
    const number = this.made.length;
    const targets = this.#targets();
    const port = portOf(this.#socket);
    const id = `${number}-${process.pid}-${port}`;
    this.#ended.push(
      new Promise((done) => {
        const over = (): void => {
          this.#open.delete(id);
          done();
        };
        const parts = {
          ...{ id, port, over, targets: this.#targets, caller: `+3712${String(1_000_000 + number)}` },
          pilot: this.#pilots[number % this.#pilots.length] ?? '',
          send: (text: string, to: number) => this.#socket.send(text, to, HOST),
        };
        const caller = new Caller(parts, targets[number % targets.length] ?? 0);
        this.made.push(caller.made);
        this.#open.set(id, caller);
      }),
    );
  }

  #heard(message: string, from: number): void {
    const status = Number(/^SIP\/2\.0 (\d{3})/.exec(message)?.[1] ?? 0);
    const caller = this.#open.get(field(message, 'Call-ID'));
    if (status > 0) caller?.heard(status, message, from);
    else if (!message.startsWith('ACK')) {
      // What a node asks of a caller is BYE, or nothing that matters here.
      this.#socket.send(responseTo(message, '200 OK', 'c', portOf(this.#socket)), from, HOST);
      if (message.startsWith('BYE')) caller?.hungUp(message);
    }
  }
}
