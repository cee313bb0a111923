/** A phone of the other side on real sockets: SIP by UDP with its repetitions (RFC 3261 §13.3.1.4, §17), RTP beside it. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { responseTo } from '../../lib/sip/build.js';
import type { Field, SipMessage } from '../../lib/sip/message.js';
import { parseMessage } from '../../lib/sip/parse.js';
import { RtpPort } from '../support/freeswitch-double/rtp.js';
import { writeSdp } from '../support/freeswitch-double/sdp.js';
import { eventually } from './media-side.js';
import { Repetitions } from './repetitions.js';

const HOST = '127.0.0.1';

export class Phone {
  /** All that came, in order; repetitions left out. */
  readonly received: SipMessage[] = [];
  readonly rtp: RtpPort;
  readonly name: string;
  /** Statuses that re-INVITEs get; 200 with its description otherwise. */
  refuses: number | undefined;
  /** Re-INVITEs get 180 before their 200. */
  ringsAgain = false;
  /** A re-INVITE waits for {@link agree}. */
  hesitates = false;
  #asked: { readonly message: SipMessage; readonly from: RemoteInfo } | undefined;
  /** Where the call's requests go. */
  #target: { readonly uri: string; readonly address: string; readonly port: number } | undefined;
  /** Of the dialog: ours with tag, theirs with tag. */
  #own = '';
  #peer = '';
  /** Theirs with the tag of the last response: of an early dialog. */
  #early = '';
  #callId = '';
  #cseq = 1;
  #version = 1;
  #invite: { readonly message: SipMessage; readonly from: RemoteInfo } | undefined;
  readonly #socket: Socket;
  /** What has come, and what is sent where it comes again: the last response, or the ACK. */
  readonly #seen = new Map<string, () => void>();
  readonly #repetitions = new Repetitions();

  private constructor(name: string, socket: Socket, rtp: RtpPort) {
    this.name = name;
    this.#socket = socket;
    this.rtp = rtp;
    socket.on('message', (bytes, from) => this.#receive(bytes, from));
  }

  static async open(name: string): Promise<Phone> {
    const socket = createSocket('udp4');
    socket.bind(0, HOST);
    await once(socket, 'listening');
    return new Phone(name, socket, await RtpPort.open());
  }

  get uri(): string {
    return `sip:${this.name}@${HOST}:${this.#socket.address().port}`;
  }

  get sdp(): string {
    return writeSdp({
      owner: this.name,
      version: this.#version,
      address: HOST,
      port: this.rtp.port,
      events: this.rtp.ownEvents,
    });
  }

  /** Methods and statuses, in order. */
  get summary(): string {
    return this.received.map((one) => (one.isRequest ? one.method : String(one.status))).join(' ');
  }

  statuses(): number[] {
    return this.received.filter((one) => !one.isRequest && one.cseq.method === 'INVITE').map((one) => one.status);
  }

  requests(method: string): SipMessage[] {
    return this.received.filter((one) => one.isRequest && one.method === method);
  }

  /** Sends an INVITE. */
  call(pilot: string, port: number, { body = this.sdp, fields = [] as readonly string[] } = {}): void {
    this.#callId = `${this.name}-${Math.random()}`;
    this.#own = `<${this.uri}>;tag=${this.name}`;
    this.#target = { uri: `sip:${pilot}@${HOST}:${port}`, address: HOST, port };
    this.#peer = `<sip:${pilot}@${HOST}>`;
    this.#request('INVITE', { body, fields });
  }

  cancel(): void {
    this.#request('CANCEL', { cseq: 1 });
  }

  /** For the INVITE that came. */
  reply(status: number, body = ''): void {
    if (this.#invite === undefined) throw new Error(`${this.name} has no INVITE`);
    this.#respond(this.#invite.message, this.#invite.from, status, body);
  }

  answer(body = this.sdp): void {
    const message = this.#invite?.message;
    if (message !== undefined && message.body !== '') this.rtp.follow(message.body);
    this.reply(200, body);
  }

  /** To the re-INVITE that waits. */
  agree(): void {
    if (this.#asked !== undefined) this.#agree(this.#asked.message, this.#asked.from);
  }

  bye(): void {
    this.#request('BYE', {});
  }

  info(body: string, type = 'application/dtmf-relay'): void {
    this.#request('INFO', { body, type });
  }

  reinvite(body = this.sdp): void {
    this.#version++;
    this.#request('INVITE', { body });
  }

  async until(what: string, holds: () => boolean, ms = 5000): Promise<void> {
    await eventually(`${this.name}: ${what} (${this.summary})`, holds, ms);
  }

  async rings(): Promise<SipMessage> {
    await this.until('an INVITE', () => this.#invite !== undefined);
    return this.#invite?.message as SipMessage;
  }

  close(): void {
    this.#repetitions.close();
    this.rtp.close();
    this.#socket.close();
  }

  #receive(bytes: Buffer, from: RemoteInfo): void {
    const message = parseMessage(bytes.toString('latin1'));
    if (message === undefined) return;
    const key = seenAs(message);
    const again = this.#seen.get(key);
    if (again !== undefined) {
      again();
      return;
    }
    this.#seen.set(key, () => {});
    this.received.push(message);
    if (message.isRequest) this.#take(message, from);
    else this.#hear(message);
  }

  #take(request: SipMessage, from: RemoteInfo): void {
    const { method } = request;
    const contact = request.contactUri;
    if (method === 'INVITE') {
      const isWithin = this.#peer !== '' && request.callId === this.#callId;
      this.#target = { uri: contact ?? '', address: from.address, port: from.port };
      if (isWithin) {
        if (this.refuses !== undefined) this.#respond(request, from, this.refuses, '');
        else if (this.hesitates) this.#asked = { message: request, from };
        else this.#agree(request, from);
        return;
      }
      this.#invite = { message: request, from };
      this.#callId = request.callId;
      this.#peer = request.first('from') ?? '';
      this.#own = `${request.first('to')};tag=${this.name}`;
      return;
    }
    if (method === 'ACK') this.#repetitions.stop(`200 ${request.cseq.number}`);
    else if (method === 'CANCEL') {
      this.#respond(request, from, 200, '');
      this.reply(487);
    } else this.#respond(request, from, 200, '');
  }

  #agree(request: SipMessage, from: RemoteInfo): void {
    if (this.ringsAgain) this.#respond(request, from, 180, '');
    if (request.body !== '') this.rtp.follow(request.body);
    this.#respond(request, from, 200, this.sdp);
  }

  #hear(response: SipMessage): void {
    const { method, number } = response.cseq;
    if (method === 'INVITE' || response.status >= 200) this.#repetitions.stop(`${method} ${number}`);
    if (method !== 'INVITE' || response.status < 101) return;
    if (response.body !== '') this.rtp.follow(response.body);
    this.#early = response.first('to') ?? '';
    if (response.status < 200) return;
    this.#peer = this.#early;
    const target = this.#target;
    if (response.status < 300 && target !== undefined && response.contactUri !== undefined)
      this.#target = { ...target, uri: response.contactUri };
    const via = response.status < 300 ? undefined : response.first('via');
    this.#seen.set(seenAs(response), this.#request('ACK', { cseq: number, via }));
  }

  #respond(request: SipMessage, to: RemoteInfo, status: number, body: string): void {
    const fields: Field[] = [['Contact', `<${this.uri}>`]];
    if (body !== '') fields.push(['Content-Type', 'application/sdp']);
    const response = responseTo(request, status, 'Phone', { toTag: this.name, fields, body });
    const send = this.#sender(response.text, to);
    this.#seen.set(seenAs(request), send);
    if (request.method === 'INVITE' && status >= 200 && status < 300)
      this.#repetitions.begin(`200 ${request.cseq.number}`, send);
    else send();
  }

  #sender(text: string, to: { readonly address: string; readonly port: number }): () => void {
    const bytes = Buffer.from(text, 'latin1');
    return () => this.#socket.send(bytes, to.port, to.address);
  }

  /** @returns sends it again */
  #request(
    method: string,
    {
      body = '',
      type = 'application/sdp',
      cseq = 0,
      via = undefined as string | undefined,
      fields = [] as readonly string[],
    },
  ): () => void {
    const target = this.#target;
    if (target === undefined) throw new Error(`${this.name} has no call`);
    const number = cseq === 0 ? this.#cseq++ : cseq;
    const branch = `z9hG4bK-${this.#callId}-${method === 'CANCEL' ? 'INVITE' : method}-${number}`;
    const lines = [
      `${method} ${target.uri} SIP/2.0`,
      `Via: ${via ?? `SIP/2.0/UDP ${HOST}:${this.#socket.address().port};rport;branch=${branch}`}`,
      'Max-Forwards: 70',
      `From: ${this.#own}`,
      `To: ${method === 'CANCEL' || this.#early === '' ? this.#peer : this.#early}`,
      `Call-ID: ${this.#callId}`,
      `CSeq: ${number} ${method}`,
      `Contact: <${this.uri}>`,
      'Allow: INVITE, ACK, BYE, CANCEL, INFO, OPTIONS',
      ...fields,
      ...(body === '' ? [] : [`Content-Type: ${type}`]),
      `Content-Length: ${body.length}`,
    ];
    const send = this.#sender(`${lines.join('\r\n')}\r\n\r\n${body}`, target);
    if (method === 'ACK') send();
    else this.#repetitions.begin(`${method} ${number}`, send);
    return send;
  }
}

/** RFC 3261 §17.1.3, §17.2.3: what makes two messages the same one. */
const seenAs = (message: SipMessage): string => {
  const about = `${message.cseq.method} ${message.tryVia()?.branch}`;
  return message.isRequest ? `${message.method} ${about}` : `${message.status} ${about} ${message.body}`;
};
