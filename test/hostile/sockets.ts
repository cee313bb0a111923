/** Bad company for the service: raw sockets that say whatever they are told. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Service } from '../support/service.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where the service listens, by what it said at its start. */
export function addressOf(service: Service, protocol: 'udp' | 'tcp' | 'tls'): Address {
  const line = service.log.find((one) => one.includes('"serving"')) ?? '{}';
  const { sip = [] } = JSON.parse(line) as { sip?: string[] };
  const [, host = '', port = ''] = /^\w+[:/](.*):(\d+)$/.exec(sip.find((one) => one.startsWith(protocol)) ?? '') ?? [];
  if (port === '') throw new Error(`the service does not listen on ${protocol}: ${line}`);
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

export interface Flood {
  /** Where the answers come to. */
  readonly source: Address;
  /** Datagrams that came back. */
  readonly answers: readonly string[];
  /** Sends `count` messages, `atOnce` of them every ten milliseconds. */
  send(count: number, message: (index: number) => string, atOnce?: number): Promise<void>;
  close(): void;
}

const TICK_MS = 10;

export async function openFlood(service: Service, from = '127.0.0.1'): Promise<Flood> {
  const { host, port } = addressOf(service, 'udp');
  const socket = createSocket('udp4').unref();
  const answers: string[] = [];
  socket.on('message', (bytes) => answers.push(bytes.toString('latin1')));
  socket.bind(0, from);
  await once(socket, 'listening');
  const own = socket.address().port;
  return {
    source: { host: from, port: own },
    answers,
    async send(count, message, atOnce = 4) {
      for (let index = 0; index < count; index++) {
        socket.send(Buffer.from(message(index), 'latin1'), port, host);
        if (index % atOnce === atOnce - 1) await pause(TICK_MS);
      }
    },
    close: () => socket.close(),
  };
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A TCP connection to the service, whether or not it lets us stay. */
export async function dial(service: Service, localAddress = '127.0.0.1'): Promise<Socket> {
  const { host, port } = addressOf(service, 'tcp');
  // A test that fails leaves its sockets behind: they must not keep the run alive.
  const socket = connect({ port, host, localAddress }).unref();
  socket.on('error', () => {});
  // What is said to us has to be read, or its end is never seen.
  socket.resume();
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()).once('close', () => resolve()));
  return socket;
}

export const closed = (socket: Socket): Promise<void> =>
  socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once('close', () => resolve()));

/** A metric's value, its name without the prefix, with labels as they stand in `/metrics`; 0 when it is not there. */
export async function metric(service: Service, name: string): Promise<number> {
  const line = (await service.metrics()).split('\n').find((one) => one.startsWith(`virkne_${name} `));
  return Number(line?.split(' ')[1] ?? 0);
}

/** What the service itself found worth an error: nothing a peer sends should be. */
export const errorsOf = (service: Service): string[] =>
  service.log.filter((line) => {
    const level = /"level":"(\w+)"/.exec(line)?.[1];
    return level === undefined || level === 'error' || level === 'fatal';
  });
