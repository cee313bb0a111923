/** A real RTP port (RFC 3550): sends a packet each 20 ms, counts what comes by what it sounds like, reads digits (RFC 4733). */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { soundIn } from '../hearing.js';
import { parseSdp } from './sdp.js';

const PACKET_MS = 20;
const SAMPLES = 160;
const HEADER = 12;
const DIGITS = '0123456789*#ABCD';

export class RtpPort {
  /** Packets of speech that came, by what they sound like. */
  readonly heard = new Map<number, number>();
  /** Digits that ended, once for each timestamp. */
  onDigit: (digit: string, samples: number) => void = () => {};
  /** Speech that came, with the payload. */
  onSpeech: (payload: Buffer) => void = () => {};
  /** What is sent for an octet that is spoken. */
  payloadOf: (octet: number) => Buffer = (octet) => Buffer.alloc(SAMPLES, octet);
  /** The payload type of telephone-event that we describe, and the one that the other side does: each sends what the other one takes. */
  ownEvents = 101;
  events = 101;
  /** Only from whom the description names (disable-rtp-auto-adjust). */
  onlyFromPeer = false;
  /** Packets of others, then. */
  strange = 0;
  readonly #socket: Socket;
  readonly #ssrc = Math.floor(Math.random() * 0xffffffff);
  #peer: { readonly address: string; readonly port: number } | undefined;
  #sequence = 0;
  #timestamp = 0;
  #timer: NodeJS.Timeout | undefined;
  #lastEvent = -1;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (packet, from) => this.#receive(packet, from));
    socket.on('error', () => {});
  }

  static async open(address = '127.0.0.1'): Promise<RtpPort> {
    const socket = createSocket('udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    return new RtpPort(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get hasPeer(): boolean {
    return this.#peer !== undefined;
  }

  /** Sends there from now on. */
  follow(sdp: string): void {
    const described = parseSdp(sdp);
    if (described === undefined || described.port === 0) return;
    this.#peer = { address: described.address, port: described.port };
    if (described.events !== undefined) this.events = described.events;
  }

  /** Sends packets whose payload is that octet, until {@link stop}. */
  speak(octet: number): void {
    this.stop();
    const payload = this.payloadOf(octet);
    const began = performance.now();
    let sent = 0;
    this.#timer = setInterval(() => {
      for (const due = (performance.now() - began) / PACKET_MS; sent < due; sent++) this.send(payload);
    }, PACKET_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  get isSpeaking(): boolean {
    return this.#timer !== undefined;
  }

  send(payload: Buffer, type = 0): void {
    this.#timestamp = (this.#timestamp + SAMPLES) >>> 0;
    this.#write(type, this.#timestamp, payload, false);
  }

  /** One digit as RFC 4733 has it: five packets of one timestamp, the last three with the end bit. */
  press(digit: string, { endsOnly = false } = {}): void {
    const code = DIGITS.indexOf(digit);
    this.#timestamp = (this.#timestamp + SAMPLES) >>> 0;
    for (let at = endsOnly ? 2 : 0; at < 5; at++) {
      const isEnd = at >= 2;
      const samples = Math.min(at + 1, 3) * SAMPLES;
      const event = Buffer.from([code, (isEnd ? 0x80 : 0) | 10, samples >> 8, samples & 0xff]);
      this.#write(this.events, this.#timestamp, event, at === 0);
    }
  }

  count(octet: number): number {
    return this.heard.get(octet) ?? 0;
  }

  close(): void {
    this.stop();
    this.#socket.close();
  }

  #write(type: number, timestamp: number, payload: Buffer, marked: boolean): void {
    if (this.#peer === undefined) return;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const header = Buffer.alloc(HEADER);
    header[0] = 0x80;
    header[1] = (marked ? 0x80 : 0) | type;
    header.writeUInt16BE(this.#sequence, 2);
    header.writeUInt32BE(timestamp, 4);
    header.writeUInt32BE(this.#ssrc, 8);
    this.#socket.send(Buffer.concat([header, payload]), this.#peer.port, this.#peer.address);
  }

  #receive(packet: Buffer, from: RemoteInfo): void {
    if (packet.length <= HEADER || ((packet[0] ?? 0) & 0xc0) !== 0x80) return;
    if (this.onlyFromPeer && (from.port !== this.#peer?.port || from.address !== this.#peer.address)) {
      this.strange++;
      return;
    }
    const type = (packet[1] ?? 0) & 0x7f;
    const payload = packet.subarray(HEADER);
    if (type === this.ownEvents) this.#receiveEvent(packet.readUInt32BE(4), payload);
    else if (type === 0 || type === 8) {
      const sound = soundIn(payload, type);
      this.heard.set(sound, this.count(sound) + 1);
      this.onSpeech(Buffer.from(payload));
    }
  }

  #receiveEvent(timestamp: number, event: Buffer): void {
    const isEnd = ((event[1] ?? 0) & 0x80) !== 0;
    if (!isEnd || timestamp === this.#lastEvent || event.length < 4) return;
    this.#lastEvent = timestamp;
    const digit = DIGITS[event[0] ?? 0];
    if (digit !== undefined) this.onDigit(digit, event.readUInt16BE(2));
  }
}
