/** Cuts what an event socket sends into messages: headers to an empty line, and a body as long as Content-Length says. */
export interface SocketMessage {
  readonly type: string;
  /** Reply-Text. */
  readonly reply: string;
  readonly body: string;
}

/** `sofia status` of a server with hundreds of gateways is some 100 kB. */
const LONGEST = 1_048_576;

export class EventReader {
  readonly #take: (message: SocketMessage) => void;
  #buffer = Buffer.alloc(0);

  constructor(take: (message: SocketMessage) => void) {
    this.#take = take;
  }

  /** @returns false: it cannot be followed any further */
  read(chunk: Buffer): boolean {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const end = this.#buffer.indexOf('\n\n');
      if (end < 0) return this.#buffer.length <= LONGEST;
      const head = this.#buffer.subarray(0, end).toString();
      const length = Number(/^Content-Length:\s*(\d{1,8})\s*$/m.exec(head)?.[1] ?? 0);
      if (length > LONGEST) return false;
      if (this.#buffer.length < end + 2 + length) return true;
      const body = this.#buffer.subarray(end + 2, end + 2 + length).toString();
      this.#buffer = this.#buffer.subarray(end + 2 + length);
      this.#take({ type: fieldOf(head, 'Content-Type'), reply: fieldOf(head, 'Reply-Text'), body });
    }
  }
}

const fieldOf = (head: string, name: string): string =>
  new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, 'm').exec(head)?.[1] ?? '';
