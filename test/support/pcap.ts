/** A capture file of what the scripts of a test have seen, for tools that read the wire. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface CapturedDatagram {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
  /** A binary string. */
  readonly text: string;
}

const MAGIC = 0xa1b2c3d4;
/** LINKTYPE_RAW: begins with the IP header. */
const RAW = 101;
const HEADERS = 28;
const LOOPBACK = [127, 0, 0, 1];

/** UDP over the loopback, between those ports. */
function captureOf(datagrams: readonly CapturedDatagram[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(262_144, 16);
  head.writeUInt32LE(RAW, 20);
  return Buffer.concat([head, ...datagrams.toSorted((a, b) => a.at - b.at).map(packetOf)]);
}

function packetOf({ at, from, to, text }: CapturedDatagram): Buffer {
  const body = Buffer.from(text, 'latin1');
  const packet = Buffer.alloc(16 + HEADERS);
  packet.writeUInt32LE(Math.floor(at / 1000), 0);
  packet.writeUInt32LE((at % 1000) * 1000, 4);
  packet.writeUInt32LE(HEADERS + body.length, 8);
  packet.writeUInt32LE(HEADERS + body.length, 12);
  packet.writeUInt8(0x45, 16);
  packet.writeUInt16BE(HEADERS + body.length, 18);
  packet.writeUInt8(64, 24);
  packet.writeUInt8(17, 25);
  packet.set(LOOPBACK, 28);
  packet.set(LOOPBACK, 32);
  packet.writeUInt16BE(from, 36);
  packet.writeUInt16BE(to, 38);
  packet.writeUInt16BE(8 + body.length, 40);
  return Buffer.concat([packet, body]);
}

/** What tshark reads of each message: the values of these fields, one list a message, in the order of the wire. */
export function readByTshark(datagrams: readonly CapturedDatagram[], fields: readonly string[]): string[][] {
  const directory = mkdtempSync(join(tmpdir(), 'capture-'));
  try {
    const file = join(directory, 'calls.pcap');
    writeFileSync(file, captureOf(datagrams));
    const ports = [...new Set(datagrams.flatMap(({ from, to }) => [from, to]))];
    const decode = ports.flatMap((port) => ['-d', `udp.port==${port},sip`]);
    const wanted = fields.flatMap((field) => ['-e', field]);
    const args = ['-r', file, ...decode, '-Y', 'sip', '-T', 'fields', '-E', 'separator=|', ...wanted];
    const text = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return text
      .trimEnd()
      .split('\n')
      .map((line) => line.split('|'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
