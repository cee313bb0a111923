import { connect, type Socket } from 'node:net';
import { systemClock } from '../../../lib/base/clock.js';
import { createLog } from '../../../lib/base/log.js';
import type { Count, Labels, Meter } from '../../../lib/base/meter.js';
import { SIP_LISTEN_ADDRESS } from '../../../lib/config/values.js';
import type { Flow, Receiver } from '../../../lib/engine/api.js';
import { createTransport } from '../../../lib/engine/transport/create.js';
import type { SocketTransport, TransportLimits, TransportOptions } from '../../../lib/engine/transport/options.js';
import type { StreamTransport } from '../../../lib/engine/transport/stream.js';
import { LIMITS } from '../../support/defaults.js';

export interface Arrival {
  readonly text: string;
  readonly flow: Flow;
}

/** A receiver that can be waited on. */
export class Inbox implements Receiver {
  /** Whether a call lives on whatever connection is asked about. */
  isInUse = false;
  readonly arrivals: Arrival[] = [];
  readonly failures: { flow: Flow; error: Error }[] = [];
  #wake: (() => void)[] = [];

  received(text: string, flow: Flow): void {
    this.arrivals.push({ text, flow });
    this.#wakeAll();
  }

  failed(flow: Flow, error: Error): void {
    this.failures.push({ flow, error });
    this.#wakeAll();
  }

  inUse(): boolean {
    return this.isInUse;
  }

  /** The n-th message, from 1. */
  async message(n: number): Promise<Arrival> {
    await this.#until(() => this.arrivals.length >= n);
    return this.arrivals[n - 1] as Arrival;
  }

  async failure(n: number): Promise<{ flow: Flow; error: Error }> {
    await this.#until(() => this.failures.length >= n);
    return this.failures[n - 1] as { flow: Flow; error: Error };
  }

  async #until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}

/** Counts by reason, and lets a test wait for one. */
class CountingMeter implements Meter {
  readonly counts = new Map<string, number>();
  #wake: (() => void)[] = [];

  count(_name: string, labels: Labels = {}): void {
    const reason = labels.reason ?? '';
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
    for (const wake of this.#wake.splice(0)) wake();
  }

  counter(): Count {
    return { add: () => {} };
  }

  gauge(): void {}

  observe(): void {}

  async reached(reason: string, count: number): Promise<void> {
    while ((this.counts.get(reason) ?? 0) < count) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }
}

export type StationOptions = Partial<Omit<TransportOptions, 'limits'> & { readonly limits: Partial<TransportLimits> }>;

export interface Station {
  readonly transport: SocketTransport;
  readonly inbox: Inbox;
  readonly meter: CountingMeter;
  readonly port: number;
}

/** Opens transports and closes them after each test. */
export class Stations {
  #open: SocketTransport[] = [];

  async open(spec: string, { limits, ...options }: StationOptions = {}): Promise<Station> {
    const inbox = new Inbox();
    const meter = new CountingMeter();
    const defaults = { clock: systemClock, log: createLog('silent'), meter, isAllowedPeer: () => true };
    const transport = createTransport(SIP_LISTEN_ADDRESS.parse(spec), {
      ...defaults,
      ...options,
      limits: { ...LIMITS, ...limits },
    });
    await transport.start(inbox);
    this.#open.push(transport);
    return { transport, inbox, meter, port: transport.local.port };
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((transport) => transport.close()));
  }
}

/** A well-formed request; `via` adds parameters, `port` is the sent-by port. */
export const options = (parts: { callId?: string; via?: string; port?: number; body?: string } = {}): string => {
  const { callId = 'a', via = '', port = 5060, body = '' } = parts;
  return [
    'OPTIONS sip:virkne@127.0.0.1 SIP/2.0',
    `Via: SIP/2.0/TCP 127.0.0.1:${port};branch=z9hG4bK${callId}${via}`,
    'From: <sip:a@127.0.0.1>;tag=1',
    'To: <sip:b@127.0.0.1>',
    `Call-ID: ${callId}`,
    'CSeq: 1 OPTIONS',
    'Max-Forwards: 70',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
};

export const OK = 'SIP/2.0 200 OK\r\nCall-ID: a\r\nContent-Length: 0\r\n\r\n';

/** The error with which sending fails. */
export const failureOf = (send: (failed: (error: Error) => void) => void): Promise<Error> => new Promise(send);

/** Plain sockets that speak with a station. */
export class Peers {
  /** Whatever has to be closed behind a test. */
  readonly sockets: { destroy?(): unknown; close?(): unknown }[] = [];

  readonly dial = async ({ port }: Station, localAddress = '127.0.0.1'): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    this.sockets.push(socket);
    socket.setEncoding('latin1');
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
    return socket;
  };

  close(): void {
    for (const socket of this.sockets.splice(0)) {
      if (socket.destroy !== undefined) socket.destroy();
      else socket.close?.();
    }
  }
}

export const closing = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
    socket.resume();
  });

export const reading = (socket: Socket): Promise<string> => new Promise((resolve) => socket.once('data', resolve));

export const connectionsOf = ({ transport }: Station): number => (transport as StreamTransport).connections;
