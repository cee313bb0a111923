/** Callers and members on sockets of their own: what each call met is known, call by call. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

const HOST = '127.0.0.1';
const RING_MS = 30;
const HOLD_MS = 300;
/** As an SBC does: with no response at all, or 503, the call goes to the next node (RFC 3263 §4.3). */
const NEXT_NODE_MS = 600;
const GIVE_UP_MS = 8_000;
const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 4000 RTP/AVP 8',
  '',
].join('\r\n');

export interface CallMade {
  /** In E.164, of this call alone: how it is found again in the records. */
  readonly caller: string;
  readonly begun: number;
  /** The final response; undefined: none came. */
  status?: number;
  answered?: number;
  /** Answered, and its BYE as well. */
  complete: boolean;
}

interface Open extends CallMade {
  readonly id: string;
  readonly pilot: string;
  readonly done: () => void;
  target: number;
  tries: number;
  to: string;
  heard: boolean;
  timers: NodeJS.Timeout[];
}

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
  readonly #open = new Map<string, Open>();
  readonly #ended: Promise<void>[] = [];
  readonly #socket: Socket;
  readonly #targets: () => readonly number[];
  readonly #pilots: readonly string[];
  #timer: NodeJS.Timeout | undefined;

  private constructor(socket: Socket, targets: () => readonly number[], pilots: readonly string[]) {
    this.#socket = socket;
    this.#targets = targets;
    this.#pilots = pilots;
    socket.on('message', (bytes) => this.#heard(bytes.toString('latin1')));
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
    const caller = `+3712${String(1_000_000 + number)}`;
    this.#ended.push(
      new Promise((done) => {
        const call: Open = {
          ...{
            caller,
            begun: performance.now(),
            complete: false,
            id: `${number}-${process.pid}-${portOf(this.#socket)}`,
          },
          ...{ pilot: this.#pilots[number % this.#pilots.length] ?? '', target: targets[number % targets.length] ?? 0 },
          ...{ tries: 0, to: '', heard: false, timers: [], done },
        };
        this.made.push(call);
        this.#open.set(call.id, call);
        this.#invite(call);
        this.#later(call, GIVE_UP_MS, () => this.#over(call));
      }),
    );
  }

  #invite(call: Open): void {
    call.tries += 1;
    this.#send(call, 'INVITE', `sip:${call.pilot}@${HOST}:${call.target}`, SDP);
    this.#later(call, NEXT_NODE_MS, () => {
      if (!call.heard && call.status === undefined) this.#nextNode(call);
    });
  }

  #nextNode(call: Open): void {
    const targets = this.#targets();
    call.target = targets[(targets.indexOf(call.target) + 1) % targets.length] ?? call.target;
    call.to = '';
    call.heard = false;
    this.#invite(call);
  }

  #heard(message: string): void {
    const status = Number(/^SIP\/2\.0 (\d{3})/.exec(message)?.[1] ?? 0);
    if (status === 0) this.#asked(message);
    const call = this.#open.get(field(message, 'Call-ID'));
    if (status === 0 || call === undefined) return;
    call.heard = true;
    if (status < 200) return;
    const cseq = field(message, 'CSeq');
    if (cseq.endsWith('INVITE')) this.#decided(call, status, message);
    if (!cseq.endsWith('BYE')) return;
    call.complete = status === 200;
    this.#over(call);
  }

  #decided(call: Open, status: number, message: string): void {
    call.to = field(message, 'To');
    this.#send(call, 'ACK', status < 300 ? contactOf(message) : `sip:${call.pilot}@${HOST}:${call.target}`);
    if (call.status !== undefined) return;
    if (status === 503 && call.tries < this.#targets().length) {
      this.#nextNode(call);
      return;
    }
    call.status = status;
    if (status >= 300) {
      this.#over(call);
      return;
    }
    call.answered = performance.now();
    this.#later(call, HOLD_MS, () => this.#send(call, 'BYE', contactOf(message)));
  }

  /** What a node asks of a caller is BYE, or nothing that matters here. */
  #asked(message: string): void {
    const port = Number(/^Via:.*?:(\d+)/im.exec(message)?.[1] ?? 0);
    if (!message.startsWith('ACK'))
      this.#socket.send(responseTo(message, '200 OK', 'c', portOf(this.#socket)), port, HOST);
  }

  #over(call: Open): void {
    if (!this.#open.delete(call.id)) return;
    for (const timer of call.timers) clearTimeout(timer);
    call.done();
  }

  #later(call: Open, ms: number, action: () => void): void {
    call.timers.push(setTimeout(action, ms));
  }

  #send(call: Open, method: string, uri: string, body = ''): void {
    const own = portOf(this.#socket);
    const branch = method === 'ACK' && call.status === undefined ? 'INVITE' : method;
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${HOST}:${own};branch=z9hG4bK${call.id}-${call.target}-${branch}`,
      `From: <sip:${call.caller}@${HOST}>;tag=${call.id}`,
      `To: ${call.to || `<sip:${call.pilot}@${HOST}>`}`,
      `Call-ID: ${call.id}`,
      `CSeq: ${method === 'BYE' ? 2 : 1} ${method}`,
      `Contact: <sip:${call.caller}@${HOST}:${own}>`,
      'Max-Forwards: 70',
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
    ];
    const port = Number(/:(\d+)/.exec(uri.slice(4))?.[1] ?? call.target);
    this.#socket.send(`${lines.join('\r\n')}\r\n\r\n${body}`, port, HOST);
  }
}

export async function listening(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  socket.on('error', () => {}); // a node that is gone
  socket.bind(0, HOST);
  await once(socket, 'listening');
  return socket;
}

export const portOf = (socket: Socket): number => (socket.address() as AddressInfo).port;

const field = (message: string, name: string): string =>
  new RegExp(`^${name}: *(.*?)\r?$`, 'im').exec(message)?.[1] ?? '';

const contactOf = (message: string): string => /<([^>]*)>/.exec(field(message, 'Contact'))?.[1] ?? '';

export function responseTo(request: string, status: string, tag: string, port: number): string {
  const to = field(request, 'To');
  const body = request.startsWith('INVITE') && status.startsWith('2') ? SDP : '';
  const vias = request.split('\r\n').filter((line) => /^Via:/i.test(line));
  const lines = [
    `SIP/2.0 ${status}`,
    ...vias,
    `From: ${field(request, 'From')}`,
    `To: ${to}${to.includes(';tag=') ? '' : `;tag=${tag}`}`,
    `Call-ID: ${field(request, 'Call-ID')}`,
    `CSeq: ${field(request, 'CSeq')}`,
    `Contact: <sip:desk@${HOST}:${port}>`,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
