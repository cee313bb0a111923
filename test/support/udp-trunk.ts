/** A carrier's SBC on a real UDP socket, as far as a test of who gets which request needs one. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { responseTo } from '../../lib/sip/build.js';
import type { SipMessage } from '../../lib/sip/message.js';
import { parseMessage } from '../../lib/sip/parse.js';

export class UdpTrunk {
  readonly received: SipMessage[] = [];
  /** What each request is answered with; undefined: with nothing. ACK never is. */
  answers: (request: SipMessage) => number | undefined = () => 200;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes, from) => this.#receive(bytes, from));
  }

  get address(): string {
    return this.#socket.address().address;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  count(method: string): number {
    return new Set(this.received.filter((one) => one.method === method).map(({ via }) => via.branch)).size;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  #receive(bytes: Buffer, from: RemoteInfo): void {
    const request = parseMessage(bytes.toString('latin1'));
    if (request === undefined || !request.isRequest) return;
    this.received.push(request);
    const status = request.method === 'ACK' ? undefined : this.answers(request);
    if (status === undefined) return;
    const contact = request.first('contact');
    const fields: [string, string][] = [
      ['Contact', request.method === 'REGISTER' ? `${contact};expires=60` : `<sip:trunk@${this.address}:${this.port}>`],
    ];
    if (status === 401) fields.push(['WWW-Authenticate', 'Digest realm="carrier", nonce="n", qop="auth"']);
    const response = responseTo(request, status, 'Whatever', { toTag: 't', fields });
    this.#socket.send(Buffer.from(response.text, 'latin1'), from.port, from.address);
  }
}

/** @param address on loopback, such as 127.0.0.2: each is a host of its own */
export async function startUdpTrunk(address: string, port = 0): Promise<UdpTrunk> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, address, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  return new UdpTrunk(socket);
}
