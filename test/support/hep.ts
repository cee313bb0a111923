/** A HEP collector that is not ours: hep-js reads what arrives. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { promisify } from 'node:util';

/** What hep-js makes of a packet. */
export interface HepPacket {
  readonly rcinfo: {
    readonly protocolFamily: number;
    readonly protocol: number;
    readonly srcIp?: string;
    readonly dstIp?: string;
    readonly srcPort: number;
    readonly dstPort: number;
    readonly timeSeconds: number;
    readonly timeUseconds: number;
    readonly payloadType: number;
    readonly captureId: number;
    readonly capturePass?: string;
    readonly correlation_id?: string;
    readonly hepNodeName?: string;
  };
  readonly payload: string;
}

const hep = createRequire(import.meta.url)('hep-js') as { decapsulate(bytes: Buffer): HepPacket };

export const decoded = (bytes: Buffer): HepPacket => hep.decapsulate(bytes);

export interface HepCollector {
  readonly port: number;
  readonly raw: Buffer[];
  readonly packets: HepPacket[];
  /** Resolves when that many packets have come. */
  reached(count: number): Promise<void>;
  close(): Promise<void>;
}

class Arrivals {
  readonly raw: Buffer[] = [];
  readonly packets: HepPacket[] = [];
  #wake: (() => void)[] = [];

  add(bytes: Buffer): void {
    this.raw.push(bytes);
    this.packets.push(decoded(bytes));
    for (const wake of this.#wake.splice(0)) wake();
  }

  readonly reached = async (count: number): Promise<void> => {
    while (this.packets.length < count) await new Promise<void>((resolve) => this.#wake.push(resolve));
  };
}

/** @param port 0: any free one */
export async function collectUdp(port = 0): Promise<HepCollector> {
  const arrivals = new Arrivals();
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4_194_304 });
  socket.on('message', (bytes) => arrivals.add(bytes));
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  const { raw, packets, reached } = arrivals;
  return { port: socket.address().port, raw, packets, reached, close: promisify(socket.close.bind(socket)) };
}

const HEADER = 6;

/** Each packet says how long it is. */
export async function collectTcp(port = 0): Promise<HepCollector> {
  const arrivals = new Arrivals();
  const server = createServer((socket) => {
    let held = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      held = Buffer.concat([held, bytes]);
      while (held.length >= HEADER && held.length >= held.readUInt16BE(4)) {
        const length = held.readUInt16BE(4);
        arrivals.add(held.subarray(0, length));
        held = held.subarray(length);
      }
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { raw, packets, reached } = arrivals;
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : 0;
  return { port: bound, raw, packets, reached, close: promisify(server.close.bind(server)) };
}
