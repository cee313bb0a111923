/** A live engine on a fake clock whose messages go to a careless peer. */
import { pino } from 'pino';
import type { Ids } from '../../lib/base/ids.js';
import type { Log } from '../../lib/base/log.js';
import { type Meter, silentMeter } from '../../lib/base/meter.js';
import type { Engine, Flow, Protocol, Receiver, Transport } from '../../lib/engine/api.js';
import { createEngine } from '../../lib/engine/engine.js';
import { SipResolver } from '../../lib/engine/resolver.js';
import type { Dns } from '../../lib/engine/transport/dns.js';
import { ENGINE_SETTINGS } from '../support/defaults.js';
import { immediates } from '../support/fake-clock.js';
import { HeapClock } from './heap-clock.js';
import { createRandom, mutateText, type Random } from './mutate.js';
import { CarelessPeer } from './peer.js';

/** One name exists, half of the questions fail. */
const createDns = (random: Random): Dns => ({
  srv: async () => ({ records: [] }),
  addresses: async (name, family) => {
    if (random(2) === 0) throw new Error('DNS is away');
    return { records: name === 'member.example.net' && family === 4 ? ['10.0.0.9'] : [], ttl: 1 };
  },
  hosts: async () => ({ records: [] }),
});

/** Of the usual lengths, and the same in each run. */
function createSeededIds(random: Random): Ids {
  const hex = (digits: number): string =>
    random(16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  return {
    token: () => hex(6) + hex(6) + hex(6) + hex(6),
    uuid: () => `${hex(4)}${hex(4)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(6)}${hex(6)}`,
  };
}

class FuzzTransport implements Transport {
  readonly protocol: Protocol;
  readonly local = { address: '10.0.0.1', port: 5060 };
  readonly advertised = this.local;
  receiver: Receiver | undefined;
  readonly #world: World;

  constructor(world: World, protocol: Protocol) {
    this.#world = world;
    this.protocol = protocol;
  }

  async start(receiver: Receiver): Promise<void> {
    this.receiver = receiver;
  }

  send(text: string, _to: unknown, failed: (error: Error) => void = () => {}): void {
    this.#world.sent(text, failed);
  }

  async close(): Promise<void> {}
}

/** An INVITE of ours without a response, then a 2xx without its ACK, then a BYE without a response: 64·T1 each, and a little between. */
const LAST_SECONDS = 3 * 32 + 4;

export class World {
  readonly random: Random;
  readonly clock = new HeapClock();
  readonly peer: CarelessPeer;
  readonly engine: Engine;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
  /** What was counted, by name. */
  readonly counted = new Map<string, number>();
  /** Errors that were logged. An owner that throws is none: that is its right. */
  readonly errors: string[] = [];
  /** Counted by the engine as well: an owner that throws loses the transaction or dialog of which it was told. */
  #ownersFaults = 0;
  readonly #transports: readonly FuzzTransport[];
  readonly #flows: readonly Flow[];

  constructor(random: Random) {
    this.random = random;
    this.peer = new CarelessPeer(random);
    this.ids = createSeededIds(createRandom(random(2 ** 31)));
    this.log = pino({ level: 'error', base: null }, { write: (line: string) => this.#logged(line) });
    this.meter = { ...silentMeter, count: (name) => void this.counted.set(name, (this.counted.get(name) ?? 0) + 1) };
    this.#transports = (['udp', 'tcp'] as const).map((protocol) => new FuzzTransport(this, protocol));
    const connection = {};
    const remote = { address: '10.0.0.9', port: 5060, local: { address: '10.0.0.1', port: 5060 } };
    this.#flows = [
      { protocol: 'udp', ...remote },
      { protocol: 'tcp', ...remote, connection },
    ];
    this.engine = createEngine({
      ...ENGINE_SETTINGS,
      transports: this.#transports,
      resolver: new SipResolver({ dns: createDns(random), clock: this.clock, random: () => random(1000) / 1000 }),
      clock: this.clock,
      ids: this.ids,
      log: this.log,
      meter: this.meter,
    });
  }

  async start(): Promise<this> {
    await this.engine.start();
    return this;
  }

  /** Two of three messages of the flow are mutated. */
  next(): string {
    const text = this.peer.next();
    return this.random(3) === 0 ? text : mutateText(text, this.random, [text, ...this.peer.heard]);
  }

  /** @returns whether the engine took it for a SIP message without a defect */
  receive(text: string): boolean {
    const before = this.#refused;
    const which = this.random(8) === 0 ? 1 : 0;
    const flow = this.#flows[which] as Flow;
    this.#transports[which]?.receiver?.received(text, flow);
    if (this.random(500) === 0) this.#transports[which]?.receiver?.failed(flow, new Error('read ECONNRESET'));
    this.clock.advance(this.random(40));
    this.check();
    return this.#refused === before;
  }

  /** Throws when something went wrong inside that was only counted or logged. */
  check(): void {
    const faults = (this.counted.get('sip_engine_faults_total') ?? 0) - this.#ownersFaults;
    if (faults > 0 || this.errors.length > 0) throw new Error(`${faults} faults; ${this.errors.splice(0).join('\n')}`);
  }

  sent(text: string, failed: (error: Error) => void): void {
    this.peer.hear(text);
    if (this.random(200) === 0) this.clock.after(1, () => failed(new Error('nobody there')));
  }

  async settle(): Promise<void> {
    await immediates(2);
  }

  /** What is left once everything has had its time. */
  async leftOver(): Promise<string[]> {
    for (let second = 0; second < LAST_SECONDS; second++) {
      this.clock.advance(1000);
      await this.settle();
    }
    const { transactions, dialogs } = this.engine.counts;
    return [
      ...(transactions + dialogs > 0 ? [`${transactions} transactions and ${dialogs} dialogs are left`] : []),
      ...(this.clock.pending > 0 ? [`${this.clock.pending} timers are left`] : []),
    ];
  }

  get #refused(): number {
    return this.counted.get('sip_engine_malformed_total') ?? 0;
  }

  #logged(line: string): void {
    if (line.includes('The owner of a SIP transaction threw')) this.#ownersFaults++;
    else this.errors.push(line.trim());
  }
}
