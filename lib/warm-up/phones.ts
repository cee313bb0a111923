/** A caller and a member, as cheap as can be: they cut what they need out of the text. */

import type { Address, LoopTransport } from './loop-transport.js';
import { answerBody, inviteText } from './messages.js';

const CALLER: Address = { address: '10.1.0.1', port: 5060 };
const MEMBER: Address = { address: '10.1.0.2', port: 5060 };

export class Phones {
  readonly memberUri = `sip:m1@${MEMBER.address}:${MEMBER.port}`;
  readonly #transport: LoopTransport;
  readonly #engine: Address;
  #begun = 0;
  #over: (() => void) | undefined;

  constructor(transport: LoopTransport, engine: Address, peers: Map<string, (text: string) => void>) {
    this.#transport = transport;
    this.#engine = engine;
    peers.set(CALLER.address, (text) => this.#toCaller(text));
    peers.set(MEMBER.address, (text) => this.#toMember(text));
  }

  /** Makes calls, so many together; resolves when the last BYE is answered. */
  calls(count: number, together: number): Promise<void> {
    let left = count;
    let going = 0;
    return new Promise((resolve) => {
      const begin = (): void => {
        left--;
        going++;
        this.#caller(inviteText(this.#begun++));
      };
      this.#over = () => {
        going--;
        if (left > 0) begin();
        else if (going === 0) resolve();
      };
      while (left > 0 && going < together) begin();
    });
  }

  #toCaller(text: string): void {
    if (!text.startsWith('SIP/2.0 2')) return;
    if (/\r\nCSeq: \d+ BYE/i.test(text)) {
      this.#over?.();
      return;
    }
    const target = /\r\nContact: <([^>]+)>/i.exec(text)?.[1] ?? `sip:${this.#engine.address}`;
    const dialog = lines(text, ['from', 'to', 'call-id']);
    const request = (method: string, number: number): string =>
      `${method} ${target} SIP/2.0\r\nVia: SIP/2.0/UDP ${CALLER.address}:${CALLER.port};branch=z9hG4bK${method}${this.#begun}${/Call-ID: (\w+)/i.exec(text)?.[1]}\r\n${dialog}CSeq: ${number} ${method}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`;
    this.#caller(request('ACK', 8821));
    this.#caller(request('BYE', 8822));
  }

  #toMember(text: string): void {
    const copied = lines(text, ['via', 'from', 'call-id', 'cseq', 'record-route']);
    const to = /\r\n(To: [^\r]*)/i.exec(text)?.[1] ?? '';
    const respond = (status: string, to: string, rest: string): void =>
      this.#transport.deliver(`SIP/2.0 ${status}\r\n${copied}${to}\r\n${rest}`, MEMBER);
    if (text.startsWith('INVITE ')) {
      const tagged = `${to};tag=m1`;
      const contact = `Contact: <${this.memberUri}>\r\n`;
      respond('180 Ringing', tagged, `${contact}Content-Length: 0\r\n\r\n`);
      const type = `Content-Type: application/sdp\r\nContent-Length: ${answerBody.length}\r\n\r\n`;
      respond('200 OK', tagged, contact + type + answerBody);
    } else if (text.startsWith('BYE ')) respond('200 OK', to, 'Content-Length: 0\r\n\r\n');
  }

  #caller(text: string): void {
    this.#transport.deliver(text, CALLER);
  }
}

/** The header lines of these names, as they stand, each with its line end. */
function lines(text: string, names: readonly string[]): string {
  const head = text.slice(0, text.indexOf('\r\n\r\n'));
  const found = head.split('\r\n').filter((line) => names.includes(line.slice(0, line.indexOf(':')).toLowerCase()));
  return found.map((line) => `${line}\r\n`).join('');
}
