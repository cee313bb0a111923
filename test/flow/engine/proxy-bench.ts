import type { ProxyOrder } from '../../../lib/engine/api.js';
import type { SipMessage } from '../../../lib/sip/message.js';
import type { ReplyParts, RequestParts, SipPeer } from '../../support/sip-peer.js';
import { Bench } from './bench.js';

/** Serial, to Anna, then to Bert. */
export const ORDER: ProxyOrder = {
  recordRoute: false,
  followRedirects: false,
  simultaneous: false,
  provisionalTimeout: undefined,
  finalTimeout: undefined,
  targets: ['sip:anna@10.0.0.2', 'sip:bert@10.0.0.3'],
  fields: [],
};

/** A caller, two phones, and an application that proxies. */
export class ProxyBench extends Bench {
  readonly caller = this.peer();
  readonly anna = this.peer({ address: '10.0.0.2', user: 'anna' });
  readonly bert = this.peer({ address: '10.0.0.3', user: 'bert' });
  /** What the application was told. */
  readonly told: (number | 'done')[] = [];

  proxy(order: Partial<ProxyOrder> = {}): void {
    const progress = {
      onFinal: ({ status }: SipMessage) => void this.told.push(status),
      onDone: () => void this.told.push('done'),
    };
    this.engine.proxy(this.owner, this.owner.last().transactionId, { ...ORDER, ...order }, progress);
  }

  /** The caller's request, already on its way to the targets. */
  forward(order: Partial<ProxyOrder> = {}, method = 'INVITE', parts: RequestParts = {}): SipMessage {
    const request = this.caller.start(method, this.at, parts);
    this.settle();
    this.proxy(order);
    this.settle();
    return request;
  }

  reply(peer: SipPeer, status: number, parts: ReplyParts = {}): void {
    peer.reply(peer.request('INVITE'), status, parts);
    this.settle();
  }

  /** What the caller got, without our 100. */
  get heard(): string[] {
    return this.caller.summary.filter((line) => line !== '100 INVITE');
  }
}
