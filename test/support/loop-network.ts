/**
 * A network in memory on an injected clock: transports deliver to one another by protocol, address and port. Nothing arrives
 * before the clock moves (`clock.advance(0)` is enough), and the same test sees the same network every time.
 *
 *     const network = new LoopNetwork(clock);
 *     const transport = network.transport({ protocol: 'udp', address: '10.0.0.1', port: 5060 });
 *     network.rule({ when: ({ text, count }) => text.startsWith('ACK') && count === 1, drop: true });
 */
import type { Clock } from '../../lib/base/clock.js';
import { CodedError } from '../../lib/base/errors.js';
import type { Destination, Protocol, Receiver, Transport } from '../../lib/engine/api.js';

/** One message on its way. */
interface Passage {
  readonly text: string;
  /** `10.0.0.1:5060` */
  readonly from: string;
  readonly to: string;
  readonly protocol: Protocol;
  /** How often this very text has been sent from there to there: 1 first, from 2 on a retransmission. */
  readonly count: number;
}

/** What happens to the messages of which `when` is true. All rules that match apply; delays add up. */
export interface Rule {
  when?(passage: Passage): boolean;
  /** Applies to this many messages, then no more. Default: without limit. */
  readonly times?: number;
  /** Lost on the way; the sender learns nothing. */
  readonly drop?: boolean;
  /** The sender's `failed` is called, as for an unbound port. */
  readonly refuse?: boolean;
  /** TCP and TLS: a firewall drops the SYN. The sender's `failed` is called when its patience is over. */
  readonly noConnection?: boolean;
  /** Milliseconds on top of the network's own delay. */
  readonly delay?: number;
  /** This many further copies arrive right behind it. */
  readonly duplicate?: number;
  /** Held back until a message that is sent later, from and to the same ends, has arrived. */
  readonly reorder?: boolean;
}

/** One message as it was sent; `fate` is what became of it. */
export interface Trace {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  /** The first line of the message. */
  readonly line: string;
  readonly text: string;
  fate: 'under way' | 'delivered' | 'dropped' | 'refused';
}

export interface LoopAddress {
  readonly protocol?: Protocol;
  readonly address: string;
  /** 0 or absent: any free port. */
  readonly port?: number;
}

interface Parcel {
  /** Place in the trace. */
  readonly sequence: number;
  readonly passage: Passage;
  readonly trace: Trace;
  readonly source: LoopTransport;
  readonly failed: (error: Error) => void;
}

const FIRST_FREE_PORT = 40_000;
/** Of a transport that is not told otherwise. */
const CONNECT_MS = 5000;

export class LoopNetwork {
  /** Every message sent, in order. */
  readonly trace: Trace[] = [];
  readonly #clock: Clock;
  readonly #delay: number;
  readonly #bound = new Map<string, LoopTransport>();
  readonly #counts = new Map<string, number>();
  readonly #held = new Map<string, Parcel[]>();
  #rules: Rule[] = [];
  #freePort = FIRST_FREE_PORT;

  /** @param delay milliseconds each message takes */
  constructor(clock: Clock, delay = 0) {
    this.#clock = clock;
    this.#delay = delay;
  }

  /** A transport at this address; bound from `start` until `close`. */
  transport({ protocol = 'udp', address, port = 0 }: LoopAddress): LoopTransport {
    return new LoopTransport(this, protocol, address, port === 0 ? this.#freePort++ : port);
  }

  /** Adds a rule. The function that is returned lifts it. */
  rule(rule: Rule): () => void {
    let left = rule.times ?? Number.POSITIVE_INFINITY;
    const limited: Rule = {
      ...rule,
      when: (passage) => left > 0 && (rule.when?.(passage) ?? true) && left-- > 0,
    };
    this.#rules.push(limited);
    return () => {
      this.#rules = this.#rules.filter((other) => other !== limited);
    };
  }

  /** The first lines sent, optionally only those from or to one end (`10.0.0.1:5060`): the ladder of a test. */
  lines(end?: string): string[] {
    return this.trace.filter(({ from, to }) => end === undefined || from === end || to === end).map(({ line }) => line);
  }

  /** The transport that is bound there. */
  boundTo(protocol: Protocol, end: { address: string; port: number }): LoopTransport {
    const transport = this.#bound.get(keyOf(protocol, endOf(end)));
    if (transport === undefined) throw new Error(`nobody listens at ${keyOf(protocol, endOf(end))}`);
    return transport;
  }

  /** For {@link LoopTransport}. */
  bind(transport: LoopTransport): void {
    const key = keyOf(transport.protocol, endOf(transport.local));
    if (this.#bound.has(key)) throw new CodedError('TRANSPORT_UNAVAILABLE', `${key} is already in use`);
    this.#bound.set(key, transport);
  }

  /** For {@link LoopTransport}. */
  unbind(transport: LoopTransport): void {
    const key = keyOf(transport.protocol, endOf(transport.local));
    if (this.#bound.get(key) === transport) this.#bound.delete(key);
  }

  /** For {@link LoopTransport}. */
  carry(source: LoopTransport, text: string, to: string, failed: (error: Error) => void, connectMs = CONNECT_MS): void {
    const from = endOf(source.local);
    const { protocol } = source;
    const countKey = `${protocol} ${from} ${to} ${text}`;
    const count = (this.#counts.get(countKey) ?? 0) + 1;
    this.#counts.set(countKey, count);
    const passage = { text, from, to, protocol, count };
    const line = text.slice(0, Math.max(0, text.indexOf('\r\n')));
    const trace: Trace = { at: this.#clock.now(), from, to, line, text, fate: 'under way' };
    this.trace.push(trace);

    const rules = this.#rules.filter((rule) => rule.when?.(passage));
    const parcel = { sequence: this.trace.length, passage, trace, source, failed };
    if (rules.some((rule) => rule.drop)) {
      trace.fate = 'dropped';
      return;
    }
    const sum = (pick: (rule: Rule) => number | undefined) =>
      rules.reduce((total, rule) => total + (pick(rule) ?? 0), 0);
    const delay = this.#delay + sum((rule) => rule.delay);
    const copies = 1 + sum((rule) => rule.duplicate);
    if (rules.some((rule) => rule.noConnection)) this.#clock.after(connectMs, () => refuse(parcel));
    else if (rules.some((rule) => rule.refuse)) this.#clock.after(delay, () => refuse(parcel));
    else if (rules.some((rule) => rule.reorder)) this.#hold(parcel);
    else for (let copy = 0; copy < copies; copy++) this.#clock.after(delay, () => this.#arrive(parcel));
  }

  #hold(parcel: Parcel): void {
    const pair = `${parcel.passage.from} ${parcel.passage.to}`;
    this.#held.set(pair, [...(this.#held.get(pair) ?? []), parcel]);
  }

  #arrive(parcel: Parcel): void {
    const { passage, trace, source } = parcel;
    const target = this.#bound.get(keyOf(passage.protocol, passage.to));
    if (target === undefined) refuse(parcel);
    else {
      trace.fate = 'delivered';
      target.deliver(passage.text, source);
    }
    const pair = `${passage.from} ${passage.to}`;
    const held = this.#held.get(pair) ?? [];
    const overtaken = held.filter(({ sequence }) => sequence < parcel.sequence);
    this.#held.set(
      pair,
      held.filter(({ sequence }) => sequence > parcel.sequence),
    );
    for (const late of overtaken) this.#arrive(late);
  }
}

function refuse({ trace, failed, passage }: Parcel): void {
  trace.fate = 'refused';
  const text = `${passage.protocol}/${passage.to} refused the message (ECONNREFUSED)`;
  failed(new CodedError('SIP_NOT_SENT', text, { cause: Object.assign(new Error(text), { code: 'ECONNREFUSED' }) }));
}

const endOf = ({ address, port }: { address: string; port: number }): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

const keyOf = (protocol: Protocol, end: string): string => `${protocol}/${end}`;

export class LoopTransport implements Transport {
  readonly protocol: Protocol;
  readonly local: { readonly address: string; readonly port: number };
  readonly #network: LoopNetwork;
  /** TCP and TLS: one connection object for each remote end, as `flow.connection`. */
  readonly #connections = new Map<string, object>();
  #receiver: Receiver | undefined;

  constructor(network: LoopNetwork, protocol: Protocol, address: string, port: number) {
    this.#network = network;
    this.protocol = protocol;
    this.local = { address, port };
  }

  get advertised(): { readonly address: string; readonly port: number } {
    return this.local;
  }

  /** Bound as soon as this returns, without waiting for the promise. */
  async start(receiver: Receiver): Promise<void> {
    this.#network.bind(this);
    this.#receiver = receiver;
  }

  send(text: string, to: Destination, failed: (error: Error) => void = () => {}): void {
    this.#network.carry(this, text, endOf(to), failed, to.connectMs);
  }

  async close(): Promise<void> {
    this.#network.unbind(this);
    this.#receiver = undefined;
  }

  /** Tells the receiver that the peer at this address is gone: an ICMP error or a broken connection. */
  breakTowards(address: string, port: number, error = new Error('read ECONNRESET')): void {
    this.#receiver?.failed(this.#flowOf({ address, port }), error);
  }

  /** Whether the receiver needs the connection to that peer. */
  isInUse(address: string, port: number): boolean {
    const own = this.#connections.get(endOf({ address, port }));
    const isThere = this.#receiver?.inUse((way) =>
      way.connection === undefined
        ? way.protocol === this.protocol && way.address === address && way.port === port
        : way.connection === own,
    );
    return isThere ?? false;
  }

  /** For {@link LoopNetwork}. */
  deliver(text: string, source: LoopTransport): void {
    this.#receiver?.received(text, this.#flowOf(source.local));
  }

  #flowOf(remote: { address: string; port: number }) {
    const flow = { protocol: this.protocol, address: remote.address, port: remote.port, local: this.local };
    return this.protocol === 'udp' ? flow : { ...flow, connection: this.#connectionTo(endOf(remote)) };
  }

  #connectionTo(end: string): object {
    const connection = this.#connections.get(end) ?? {};
    this.#connections.set(end, connection);
    return connection;
  }
}
