/**
 * HEP version 3, as Homer and sngrep read it: a header and chunks, each with its length (github.com/sipcapture/HEP, "HEP3 Network
 * Protocol Specification"). Pure.
 */
import { isIPv4, isIPv6 } from 'node:net';

export interface End {
  readonly address: string;
  readonly port: number;
}

/** What a packet is about. */
export const PAYLOAD = { sip: 1, log: 100 } as const;

export interface Packet {
  readonly protocol: 'udp' | 'tcp' | 'tls';
  readonly from: End;
  readonly to: End;
  /** Of the wall clock, in milliseconds since 1970, and what of the millisecond had passed, in microseconds. */
  readonly at: number;
  readonly micros: number;
  readonly type: (typeof PAYLOAD)[keyof typeof PAYLOAD];
  readonly payload: Buffer;
  /** What joins the packets of one call; empty: it is of none. */
  readonly correlation: string;
}

/** Who captures. */
export interface Agent {
  readonly id: number;
  readonly name: string;
  /** Empty: the collector wants none. */
  readonly password: string;
}

/** Both lengths have 16 bits. */
const LONGEST_PACKET = 65_535;

const CHUNK = {
  family: 1,
  protocol: 2,
  sourceIpv4: 3,
  destinationIpv4: 4,
  sourceIpv6: 5,
  destinationIpv6: 6,
  sourcePort: 7,
  destinationPort: 8,
  seconds: 9,
  micros: 10,
  type: 11,
  agent: 12,
  password: 14,
  payload: 15,
  correlation: 17,
  name: 19,
} as const;

/** Of POSIX on Linux, as the specification has them. */
const FAMILY = { ipv4: 2, ipv6: 10 };
const IP_PROTOCOL = { udp: 17, tcp: 6, tls: 6 } as const;
const HEADER_BYTES = 6;
const CHUNK_HEADER_BYTES = 6;

/** One buffer for a packet, written once: at a busy hour there are thousands a second. */
class Writer {
  readonly bytes: Buffer;
  #at = 0;

  constructor(length: number) {
    this.bytes = Buffer.allocUnsafe(length);
    this.#at = this.bytes.write('HEP3', 'latin1');
    this.#two(length);
  }

  /** A number of so many bytes. */
  number(type: number, bytes: 1 | 2 | 4, value: number): void {
    this.#start(type, bytes);
    if (bytes === 1) this.#at = this.bytes.writeUInt8(value & 0xff, this.#at);
    else if (bytes === 2) this.#two(value);
    else this.#at = this.bytes.writeUInt32BE(value >>> 0, this.#at);
  }

  value(type: number, value: Uint8Array): void {
    this.#start(type, value.length);
    this.bytes.set(value, this.#at);
    this.#at += value.length;
  }

  #start(type: number, length: number): void {
    // Vendor 0: the chunks of the specification.
    this.#two(0);
    this.#two(type);
    this.#two(CHUNK_HEADER_BYTES + length);
  }

  #two(value: number): void {
    this.#at = this.bytes.writeUInt16BE(value & 0xffff, this.#at);
  }
}

/** Family, protocol, ports, time, type and agent: all but addresses and texts. */
const NUMBERS_BYTES = 8 * CHUNK_HEADER_BYTES + 3 * 1 + 2 * 2 + 3 * 4;

/** Undefined: it is longer than a packet can be. */
export function encode(packet: Packet, agent: Agent): Buffer | undefined {
  const { from, to, payload, at } = packet;
  const isV6 = isIPv6(from.address) && isIPv6(to.address);
  const bytesOf = isV6 ? ipv6Bytes : ipv4Bytes;
  const texts: [type: number, value: Uint8Array][] = [
    [isV6 ? CHUNK.sourceIpv6 : CHUNK.sourceIpv4, bytesOf(from.address)],
    [isV6 ? CHUNK.destinationIpv6 : CHUNK.destinationIpv4, bytesOf(to.address)],
    [CHUNK.name, Buffer.from(agent.name)],
  ];
  if (agent.password !== '') texts.push([CHUNK.password, Buffer.from(agent.password)]);
  if (packet.correlation !== '') texts.push([CHUNK.correlation, Buffer.from(packet.correlation, 'latin1')]);
  texts.push([CHUNK.payload, payload]);
  let length = HEADER_BYTES + NUMBERS_BYTES;
  for (const [, value] of texts) length += CHUNK_HEADER_BYTES + value.length;
  if (length > LONGEST_PACKET) return undefined;

  const writer = new Writer(length);
  writer.number(CHUNK.family, 1, isV6 ? FAMILY.ipv6 : FAMILY.ipv4);
  writer.number(CHUNK.protocol, 1, IP_PROTOCOL[packet.protocol]);
  writer.number(CHUNK.sourcePort, 2, from.port);
  writer.number(CHUNK.destinationPort, 2, to.port);
  writer.number(CHUNK.seconds, 4, Math.floor(at / 1000));
  writer.number(CHUNK.micros, 4, (at % 1000) * 1000 + packet.micros);
  writer.number(CHUNK.type, 1, packet.type);
  writer.number(CHUNK.agent, 4, agent.id);
  for (const [type, value] of texts) writer.value(type, value);
  return writer.bytes;
}

/** What is no such address stands as 0.0.0.0. */
function ipv4Bytes(address: string): Uint8Array {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return Uint8Array.from(isIPv4(plain) ? plain.split('.').map(Number) : [0, 0, 0, 0]);
}

const IPV6_GROUPS = 8;

/** RFC 4291 §2.2, the form with an IPv4 address at its end included. */
function ipv6Bytes(address: string): Buffer {
  const plain = (address.split('%', 1)[0] as string).replace(/[\d.]+$/, (end) =>
    isIPv4(end) ? asGroups(end.split('.').map(Number)) : end,
  );
  const [before = '', after] = plain.split('::') as [string, string?];
  const groupsIn = (text = ''): string[] => (text === '' ? [] : text.split(':'));
  const first = groupsIn(before);
  const last = groupsIn(after);
  const zeros = new Array<string>(Math.max(0, IPV6_GROUPS - first.length - last.length)).fill('0');
  const bytes = Buffer.alloc(2 * IPV6_GROUPS);
  [...first, ...(after === undefined ? [] : zeros), ...last].forEach((group, index) => {
    bytes.writeUInt16BE(Number.parseInt(group, 16) || 0, 2 * index);
  });
  return bytes;
}

const asGroups = ([a = 0, b = 0, c = 0, d = 0]: number[]): string =>
  `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
