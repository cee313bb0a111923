/** A network inside the process, on the real clock: what is sent is received in the next turn of the event loop. */
import type { Flow, Receiver, Transport } from '../engine/api.js';

export interface Address {
  readonly address: string;
  readonly port: number;
}

export class LoopTransport implements Transport {
  readonly protocol = 'udp';
  readonly local: Address;
  /** Who gets what is sent, by address. */
  readonly #peers: ReadonlyMap<string, (text: string) => void>;
  #receiver: Receiver | undefined;

  constructor(local: Address, peers: ReadonlyMap<string, (text: string) => void>) {
    this.local = local;
    this.#peers = peers;
  }

  get advertised(): Address {
    return this.local;
  }

  async start(receiver: Receiver): Promise<void> {
    this.#receiver = receiver;
  }

  send(text: string, to: Address): void {
    const peer = this.#peers.get(to.address);
    if (peer !== undefined) setImmediate(peer, text);
  }

  /** From a peer to the engine. */
  deliver(text: string, from: Address): void {
    const flow: Flow = { protocol: 'udp', address: from.address, port: from.port, local: this.local };
    setImmediate(() => this.#receiver?.received(text, flow));
  }

  async close(): Promise<void> {
    this.#receiver = undefined;
  }
}
