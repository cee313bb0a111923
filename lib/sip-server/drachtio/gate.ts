/**
 * What the embedded engine does before a request reaches the service, for a SIP server that does not: strangers, requests that
 * came twice over different ways, and more calls than can be served.
 */
import type { Clock } from '../../base/clock.js';
import type { Meter } from '../../base/meter.js';
import { tagOf } from '../../sip/address.js';
import type { Content, IncomingRequest } from '../sip-server.js';

export interface GateOptions {
  /** Whether requests are taken from that address. */
  isAllowed(address: string): boolean;
  /** For a new call from there; set: it is refused for load, and may come again after so many seconds. Asked once for each. */
  overload(method: string, source: string): number | undefined;
  readonly clock: Clock;
  readonly meter: Meter;
}

interface Refusal {
  readonly status: number;
  readonly content: Content;
}

/** RFC 3261 §17.1.1.2: whoever sends an INVITE gives up by then. Copies of it are further apart than a fork's branches ever are. */
const COPIES_MS = 32_000;
/** The server copies a dialog's id into 1,024 octets, and its requests would get lost. */
const LONGEST_DIALOG = 1000;

export class Gate {
  readonly #options: GateOptions;
  /** Transactions by what copies of one INVITE have in common, of the last half minute and of the one before. */
  #young = new Map<string, string>();
  #old = new Map<string, string>();
  #turned: number;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#turned = options.clock.now();
  }

  /** Undefined: the service may have it. */
  refusalOf(request: IncomingRequest, transaction: string): Refusal | undefined {
    const { meter, isAllowed, overload } = this.#options;
    if (!isAllowed(request.source.address)) {
      meter.count('sip_strangers_total');
      // The server has said 100 already, and keeps what is not answered for 64 s.
      return refusal(403);
    }
    const { headers, method } = request;
    const { 'call-id': callId = '', from = '', to = '', cseq = '', priority = '' } = headers;
    if (method !== 'INVITE' || tagOf(to) !== '') return undefined;
    const dialog = `${callId};from-tag=${tagOf(from)}`;
    if (dialog.length > LONGEST_DIALOG) return refusal(513);
    // RFC 3261 §8.2.2.2
    if (this.#hasComeAs(`${dialog} ${cseq}`, transaction)) return refusal(482);
    const retryAfter = overload(method, request.source.address);
    // RFC 7090: a call-back of the emergency services is not refused for load.
    if (retryAfter === undefined || priority.trim().toLowerCase() === 'psap-callback') return undefined;
    meter.count('sip_overload_refusals_total');
    return refusal(503, { headers: { 'retry-after': String(retryAfter) } });
  }

  #hasComeAs(key: string, transaction: string): boolean {
    const now = this.#options.clock.now();
    if (now - this.#turned >= COPIES_MS) {
      this.#old = now - this.#turned < 2 * COPIES_MS ? this.#young : new Map();
      this.#young = new Map();
      this.#turned = now;
    }
    const known = this.#young.get(key) ?? this.#old.get(key);
    if (known === undefined) this.#young.set(key, transaction);
    return known !== undefined && known !== transaction;
  }
}

const refusal = (status: number, content: Content = {}): Refusal => ({ status, content });
