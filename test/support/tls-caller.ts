/** A caller over TLS, as SIPp is often built without it: one connection, one call. */
import { once } from 'node:events';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { ackFor } from '../../lib/sip/build.js';
import { MessageFramer } from '../../lib/sip/framer.js';
import { type Field, SipMessage } from '../../lib/sip/message.js';
import { parseMessage } from '../../lib/sip/parse.js';
import { SDP } from './sip-peer.js';

export interface TlsAddress {
  readonly host: string;
  readonly port: number;
}

const RESPONSE_WITHIN_MS = 5_000;

export class TlsCaller {
  readonly received: SipMessage[] = [];
  readonly #socket: TLSSocket;
  readonly #framer = new MessageFramer(65_535);
  #wake: () => void = () => {};
  #sequence = 0;
  #answer: SipMessage | undefined;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      for (const item of this.#framer.push(chunk)) {
        const message = item.kind === 'message' ? parseMessage(item.text) : undefined;
        if (message !== undefined) this.received.push(message);
      }
      this.#wake();
    });
    socket.on('error', () => {});
  }

  /** @param authority PEM of whom the service's certificate must come from */
  static async connect({ host, port }: TlsAddress, authority: string): Promise<TlsCaller> {
    const socket = connect({ host, port, ca: authority });
    socket.unref();
    await once(socket, 'secureConnect');
    return new TlsCaller(socket);
  }

  get certificate(): PeerCertificate {
    return this.#socket.getPeerCertificate();
  }

  /** Calls, waits for the answer and acknowledges it. */
  async call(number: string): Promise<SipMessage> {
    const invite = this.#request('INVITE', `sip:${number}@127.0.0.1;transport=tls`, `<sip:${number}@127.0.0.1>`, SDP);
    const final = await this.#final(invite);
    if (final.status >= 300) this.#send(ackFor(invite, final));
    else {
      this.#answer = final;
      this.#inDialog('ACK', final, invite.cseq.number);
    }
    return final;
  }

  /** Hangs up. */
  bye(): Promise<SipMessage> {
    if (this.#answer === undefined) throw new Error('there is no call');
    return this.#final(this.#inDialog('BYE', this.#answer));
  }

  close(): void {
    this.#socket.destroy();
  }

  #inDialog(method: string, answer: SipMessage, sequence?: number): SipMessage {
    return this.#request(method, answer.contactUri ?? '', answer.first('to') ?? '', '', sequence);
  }

  #request(method: string, uri: string, to: string, body: string, sequence = ++this.#sequence): SipMessage {
    const { localPort: port } = this.#socket;
    const fields: Field[] = [
      ['Via', `SIP/2.0/TLS 127.0.0.1:${port};branch=z9hG4bK-${port}-${sequence}-${method}`],
      ['From', `<sip:+37125550000@127.0.0.1>;tag=caller-${port}`],
      ['To', to],
      ['Call-ID', `tls-${port}@127.0.0.1`],
      ['CSeq', `${sequence} ${method}`],
      ['Contact', `<sip:+37125550000@127.0.0.1:${port};transport=tls>`],
      ['Max-Forwards', '70'],
      ...(body === '' ? [] : [['Content-Type', 'application/sdp'] as const]),
    ];
    return this.#send(SipMessage.request(method, uri, fields, body));
  }

  #send(message: SipMessage): SipMessage {
    this.#socket.write(message.text, 'latin1');
    return message;
  }

  async #final(request: SipMessage): Promise<SipMessage> {
    const deadline = performance.now() + RESPONSE_WITHIN_MS;
    for (;;) {
      const found = this.received.find(
        ({ status, cseq }) =>
          status >= 200 && cseq.number === request.cseq.number && cseq.method === request.cseq.method,
      );
      if (found !== undefined) return found;
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`no final response to ${request.method}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
