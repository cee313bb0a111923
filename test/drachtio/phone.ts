import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { SipMessage } from '../../lib/sip/message.js';
import { parseMessage } from '../../lib/sip/parse.js';

export const SDP =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';

let calls = 0;

/** A SIP endpoint on a UDP socket that says only what a test tells it to. */
export class Phone {
  readonly #socket: Socket;
  readonly #server: () => number;
  readonly #heard: SipMessage[] = [];
  #waiting: (() => void)[] = [];
  port = 0;

  /** `server`: the port of the SIP server under test, on 127.0.0.1. */
  constructor(server: () => number) {
    this.#server = server;
    this.#socket = createSocket('udp4', (bytes) => {
      const message = parseMessage(bytes.toString('latin1'));
      if (message === undefined) return;
      this.#heard.push(message);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  async open(): Promise<this> {
    this.#socket.bind(0, '127.0.0.1');
    await once(this.#socket, 'listening');
    this.port = (this.#socket.address() as AddressInfo).port;
    return this;
  }

  close(): void {
    this.#socket.close();
  }

  get contact(): string {
    return `<sip:phone@127.0.0.1:${this.port}>`;
  }

  /** The next request of that method, or response of that status, that has not been taken yet. */
  async hears(what: string | number): Promise<SipMessage> {
    for (;;) {
      const index = this.#heard.findIndex(({ method, status }) => (status || method) === what);
      if (index >= 0) return this.#heard.splice(index, 1)[0] as SipMessage;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** How many messages of that kind have come and were not taken. */
  heard(what: string | number): number {
    return this.#heard.filter(({ method, status }) => (status || method) === what).length;
  }

  say(text: string): void {
    this.#socket.send(Buffer.from(text, 'latin1'), this.#server(), '127.0.0.1');
  }

  /** A new call or request; returns its text without body, from which {@link follow} makes ACK, CANCEL and BYE. */
  begin(method: string, extra = '', body = '', uri = 'sip:service@127.0.0.1'): string {
    const call = `call-${++calls}-${this.port}`;
    const head =
      `${method} ${uri} SIP/2.0\r\n` +
      `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${call};rport\r\nMax-Forwards: 70\r\n` +
      `From: <sip:phone@127.0.0.1>;tag=f${call}\r\nTo: <sip:service@127.0.0.1>\r\n` +
      `Call-ID: ${call}\r\nCSeq: 1 ${method}\r\nContact: ${this.contact}\r\n${extra}`;
    this.say(`${head}Content-Length: ${body.length}\r\n\r\n${body}`);
    return head;
  }

  invite(extra = ''): string {
    return this.begin('INVITE', `Content-Type: application/sdp\r\n${extra}`, SDP);
  }

  /** CANCEL of the INVITE `head`: same branch, no tag. */
  cancel(head: string, extra = ''): void {
    const text = head
      .replace(/^INVITE/, 'CANCEL')
      .replace('1 INVITE', '1 CANCEL')
      .replace(/Content-Type.*\r\n/, '');
    this.say(`${text}${extra}Content-Length: 0\r\n\r\n`);
  }

  /** A request inside the dialog that `head` and the final response `answer` made. */
  follow(method: string, head: string, answer: SipMessage, cseq: number, extra = '', body = ''): void {
    const text = head
      .replace(/^INVITE \S+/, `${method} ${answer.contactUri ?? 'sip:service@127.0.0.1'}`)
      .replace(/branch=([^;]+)/, `branch=$1${method}${cseq}`)
      .replace(/To: .*/, `To: ${answer.first('to')}`)
      .replace('1 INVITE', `${cseq} ${method}`)
      .replace(/Content-Type.*\r\n/, '');
    this.say(`${text}${extra}Content-Length: ${body.length}\r\n\r\n${body}`);
  }

  /** Answers a request; `tag` becomes the To tag where there is none. */
  answer(request: SipMessage, status: number, reason: string, extra = '', body = '', tag = 'phone'): void {
    const to = request.first('to') ?? '';
    const vias = request.all('via').map((via) => `Via: ${via}\r\n`);
    const type = body === '' ? '' : 'Content-Type: application/sdp\r\n';
    this.say(
      `SIP/2.0 ${status} ${reason}\r\n${vias.join('')}From: ${request.first('from')}\r\n` +
        `To: ${to.includes(';tag=') ? to : `${to};tag=${tag}`}\r\nCall-ID: ${request.callId}\r\n` +
        `CSeq: ${request.first('cseq')}\r\nContact: ${this.contact}\r\n${extra}${type}` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    );
  }
}
