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
export const LONGEST_PACKET = 65_535;

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

/** Undefined: it is longer than a packet can be. */
export function encode(packet: Packet, agent: Agent): Buffer | undefined {
  const { from, to, payload, correlation, at } = packet;
  const isV6 = isIPv6(from.address) && isIPv6(to.address);
  const chunks: [type: number, value: Buffer][] = [
    [CHUNK.family, Buffer.of(isV6 ? FAMILY.ipv6 : FAMILY.ipv4)],
    [CHUNK.protocol, Buffer.of(IP_PROTOCOL[packet.protocol])],
    [isV6 ? CHUNK.sourceIpv6 : CHUNK.sourceIpv4, isV6 ? ipv6Bytes(from.address) : ipv4Bytes(from.address)],
    [isV6 ? CHUNK.destinationIpv6 : CHUNK.destinationIpv4, isV6 ? ipv6Bytes(to.address) : ipv4Bytes(to.address)],
    [CHUNK.sourcePort, twoBytes(from.port)],
    [CHUNK.destinationPort, twoBytes(to.port)],
    [CHUNK.seconds, fourBytes(Math.floor(at / 1000))],
    [CHUNK.micros, fourBytes((at % 1000) * 1000 + packet.micros)],
    [CHUNK.type, Buffer.of(packet.type)],
    [CHUNK.agent, fourBytes(agent.id)],
    [CHUNK.name, Buffer.from(agent.name)],
  ];
  if (agent.password !== '') chunks.push([CHUNK.password, Buffer.from(agent.password)]);
  if (correlation !== '') chunks.push([CHUNK.correlation, Buffer.from(correlation, 'latin1')]);
  chunks.push([CHUNK.payload, payload]);
  let length = HEADER_BYTES;
  for (const [, value] of chunks) length += CHUNK_HEADER_BYTES + value.length;
  return length > LONGEST_PACKET ? undefined : written(chunks, length);
}

function written(chunks: readonly (readonly [type: number, value: Buffer])[], length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let at = bytes.write('HEP3', 'latin1');
  at = bytes.writeUInt16BE(length, at);
  for (const [type, value] of chunks) {
    // Vendor 0: those of the specification.
    at = bytes.writeUInt16BE(0, at);
    at = bytes.writeUInt16BE(type, at);
    at = bytes.writeUInt16BE(CHUNK_HEADER_BYTES + value.length, at);
    at += value.copy(bytes, at);
  }
  return bytes;
}

function twoBytes(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeUInt16BE(value & 0xffff);
  return bytes;
}

function fourBytes(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** What is no such address stands as 0.0.0.0. */
function ipv4Bytes(address: string): Buffer {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1] ?? address;
  return Buffer.from(isIPv4(mapped) ? mapped.split('.').map(Number) : [0, 0, 0, 0]);
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
