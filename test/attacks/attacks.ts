/** What peers that mean harm do to the service. Each runs in a process of its own (`attacker.ts`), bounded in count and time. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { invite, request } from '../hostile/messages.js';

/** Whom it concerns: all on loopback. */
export interface Victim {
  readonly udp: number;
  readonly tcp: number;
  readonly tls: number;
  readonly http: number;
  /** A number whose members answer. */
  readonly answering: string;
  /** A number whose only member never says anything. */
  readonly silent: string;
}

/** What an attacker saw. */
export interface Seen {
  /** Datagrams, connections or messages. */
  sent: number;
  sentBytes: number;
  receivedBytes: number;
  /** What else there is to say; empty: nothing. */
  remark: string;
}

export interface Attack {
  readonly title: string;
  play(victim: Victim, seconds: number): Promise<Seen>;
}

const HOST = '127.0.0.1';
const TICK_MS = 10;
/** After the last datagram: what is repeated to us is still counted. */
const LISTEN_MS = 3000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const sourceAt = (number: number): string => `127.0.1.${number}`;

interface Parts {
  readonly source: { readonly host: string; readonly port: number };
  readonly number: string;
  readonly id: string;
}

/** Header lines behind the Via of a message. */
const withLines = (text: string, lines: string): string => text.replace('\r\nFrom:', `\r\n${lines}From:`);

/** Datagrams from one address, so many a second. */
function flood(
  rate: number,
  message: (parts: Parts, victim: Victim, index: number) => string | Buffer,
  number = (victim: Victim): string => victim.silent,
): Attack['play'] {
  return async (victim, seconds) => {
    const seen: Seen = { sent: 0, sentBytes: 0, receivedBytes: 0, remark: '' };
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4_194_304 });
    socket.on('message', (bytes) => {
      seen.receivedBytes += bytes.length;
    });
    socket.bind(0, sourceAt(1));
    await once(socket, 'listening');
    const source = { host: sourceAt(1), port: socket.address().port };
    const began = performance.now();
    for (let elapsed = 0; elapsed < seconds * 1000; elapsed = performance.now() - began) {
      for (; seen.sent < (elapsed * rate) / 1000; seen.sent++) {
        const made = message({ source, number: number(victim), id: `${process.pid}-${seen.sent}` }, victim, seen.sent);
        const bytes = typeof made === 'string' ? Buffer.from(made, 'latin1') : made;
        seen.sentBytes += bytes.length;
        socket.send(bytes, victim.udp, HOST);
      }
      await pause(TICK_MS);
    }
    await pause(LISTEN_MS);
    socket.close();
    return seen;
  };
}

interface Crowd {
  readonly sources: number;
  readonly each: number;
  readonly port: (victim: Victim) => number;
  /** Whether what comes back is read. */
  readonly reads?: boolean;
  /** Said again every second on every connection. */
  readonly says?: (index: number, second: number) => string;
  readonly remark?: (victim: Victim) => Promise<string>;
}

/** Connections from many addresses; one that is cut is made again. */
const crowd =
  ({ sources, each, port, reads = true, says, remark }: Crowd): Attack['play'] =>
  async (victim, seconds) => {
    const seen: Seen = { sent: 0, sentBytes: 0, receivedBytes: 0, remark: '' };
    const sockets = new Map<number, Socket>();
    const dial = (index: number): void => {
      const localAddress = sourceAt(2 + (index % sources));
      const socket = connect({ port: port(victim), host: HOST, localAddress });
      seen.sent++;
      sockets.set(index, socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(index));
      if (reads) socket.on('data', (bytes) => (seen.receivedBytes += bytes.length));
      else socket.pause();
    };
    for (let second = 0; second < seconds; second++) {
      for (let index = 0; index < sources * each; index++) {
        if (!sockets.has(index)) dial(index);
        const text = says?.(index, second) ?? '';
        const socket = sockets.get(index);
        if (text === '' || socket === undefined || socket.writableLength > 1_000_000) continue;
        seen.sentBytes += text.length;
        socket.write(text, 'latin1');
      }
      await pause(1000);
      if (second === seconds >> 1) seen.remark = (await remark?.(victim)) ?? '';
    }
    for (const socket of sockets.values()) socket.destroy();
    return seen;
  };

/** Whether a source that has no part in it can connect and is answered. */
async function next({ tcp }: Victim): Promise<string> {
  const source = { host: '127.0.2.1', port: 5060 };
  const socket = connect({ port: tcp, host: HOST, localAddress: source.host });
  socket.on('error', () => {});
  const answered = once(socket, 'data').then(
    () => true,
    () => false,
  );
  const closed = once(socket, 'close').then(
    () => false,
    () => false,
  );
  socket.write(request('OPTIONS', { source, number: 'x', id: `next-${process.pid}`, transport: 'TCP' }));
  const isServed = await Promise.race([answered, closed, pause(2000).then(() => false)]);
  socket.destroy();
  return `the next source ${isServed ? 'is served' : 'is LOCKED OUT'}`;
}

const LONG_VIAS = Array.from(
  { length: 7 },
  (_, i) => `Via: SIP/2.0/UDP 192.0.2.${i};branch=${'v'.repeat(7_900)}\r\n`,
).join('');
const DIVERSIONS = Array.from({ length: 8 }, () => `Diversion: ${'<sip:1@a>,'.repeat(500).slice(0, -1)}\r\n`).join('');
const OPTIONS_REQUIRED = `Require: ${Array.from({ length: 1000 }, (_, i) => `x${i}`).join(',')}\r\n`;
const BODY = `v=0\r\n${'a=x:0123456789\r\n'.repeat(3_700)}`;
const METHODS = ['REGISTER', 'SUBSCRIBE', 'MESSAGE', 'PUBLISH', 'NOTIFY', 'REFER', 'INFO', 'FROB'];
const GARBAGE = [
  '\0'.repeat(200),
  'x'.repeat(1_400),
  'INVITE \r\n\r\n',
  'SIP/2.0 200 OK\r\n\r\n',
  '\xff\xfe'.repeat(300),
];
const half = (index: number, second: number): string =>
  second % 6 === 0
    ? `OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.1.9;branch=z9hG4bK${index}\r\nX: ${'y'.repeat(6_000)}`
    : 'y';
const greedy = (index: number, second: number): string =>
  Array.from({ length: 20 }, (_, i) =>
    withLines(
      request('OPTIONS', {
        source: { host: sourceAt(2), port: 5060 },
        number: 'x',
        id: `${process.pid}-${index}-${second}-${i}`,
        transport: 'TCP',
      }),
      LONG_VIAS,
    ),
  ).join('');

export const ATTACKS: Readonly<Record<string, Attack>> = {
  none: { title: 'nobody attacks', play: flood(0, () => '') },
  'options-large': {
    title: 'OPTIONS of 56 kB, all of it Via, 600/s',
    play: flood(600, (parts) => withLines(request('OPTIONS', parts), LONG_VIAS)),
  },
  'options-many': { title: 'OPTIONS, 2,000/s', play: flood(2000, (parts) => request('OPTIONS', parts)) },
  'invite-large': {
    title: 'INVITEs with 60 kB bodies to a silent member, 60/s',
    play: flood(60, (parts) => request('INVITE', parts, BODY)),
  },
  'invite-diversion': {
    title: 'INVITEs with 4,000 Diversion values, 40/s',
    play: flood(40, (parts) => withLines(invite(parts), DIVERSIONS)),
  },
  'invite-require': {
    title: 'INVITEs that require 1,000 options, 100/s',
    play: flood(100, (parts) => withLines(invite(parts), OPTIONS_REQUIRED)),
  },
  'invite-many': { title: 'INVITEs to a silent member, 300/s', play: flood(300, (parts) => invite(parts)) },
  'invite-cancel': {
    title: 'INVITE and CANCEL, 200/s each, never acknowledged',
    play: flood(400, ({ source, number }, _, index) => {
      const parts = { source, number, id: `${process.pid}-${index >> 1}` };
      return index % 2 === 0 ? invite(parts) : request('CANCEL', parts);
    }),
  },
  'final-unacknowledged': {
    title: 'INVITEs to no number, 404 never acknowledged, 200/s',
    play: flood(200, (parts) => invite({ ...parts, number: '+37167999999' })),
  },
  'answer-unacknowledged': {
    title: 'INVITEs that are answered, 200 never acknowledged, 20/s',
    play: flood(
      20,
      (parts) => invite(parts),
      ({ answering }) => answering,
    ),
  },
  methods: {
    title: 'REGISTER, SUBSCRIBE, MESSAGE … and unknown ones, 2,000/s',
    play: flood(2000, (parts, _, index) => request(METHODS[index % METHODS.length] ?? '', parts)),
  },
  nothing: {
    title: 'BYE, ACK and CANCEL for nothing, 2,000/s',
    play: flood(2000, (parts, _, index) => request(['BYE', 'ACK', 'CANCEL'][index % 3] ?? '', parts)),
  },
  garbage: { title: 'garbage, 3,000/s', play: flood(3000, (_, __, index) => GARBAGE[index % GARBAGE.length] ?? '') },
  'connections-idle': {
    title: '25 addresses with 100 idle connections each',
    play: crowd({ sources: 25, each: 100, port: ({ tcp }) => tcp, remark: next }),
  },
  'connections-half': {
    title: '25 addresses with 40 half messages each',
    play: crowd({ sources: 25, each: 40, port: ({ tcp }) => tcp, says: half, remark: next }),
  },
  'connections-deaf': {
    title: '20 connections that ask 20 × 56 kB a second and read nothing',
    play: crowd({ sources: 1, each: 20, port: ({ tcp }) => tcp, says: greedy, reads: false, remark: next }),
  },
  'tls-handshakes': {
    title: '25 addresses with 100 TLS handshakes each that never end',
    play: crowd({
      sources: 25,
      each: 100,
      port: ({ tls }) => tls,
      says: (_, second) => (second === 0 ? '\x16\x03\x01' : ''),
    }),
  },
  http: {
    title: 'HTTP: 500 connections, a byte of a header a second',
    play: crowd({
      sources: 5,
      each: 100,
      port: ({ http }) => http,
      says: (_, second) => (second === 0 ? 'GET /metrics HTTP/1.1\r\nX: ' : 'y'),
    }),
  },
};
