/**
 * Every SIP message, and the result of every call, as HEP packets for a collector such as Homer. It looks on: what it cannot send it
 * drops and counts. Packets are made some milliseconds later, when it is known which call a message has begun.
 */
import type { Clock, Timer } from '../base/clock.js';
import type { Count, Meter } from '../base/meter.js';
import { Recent } from '../base/recent.js';
import { detached } from '../base/text.js';
import { TransientMap } from '../base/transient-map.js';
import { type Agent, type End, encode, PAYLOAD } from './hep3.js';
import { masked } from './mask.js';
import { type Ended, resultOf } from './result.js';
import { type Collector, createSender, type Sender } from './senders.js';

export interface CaptureOptions {
  readonly collector: Collector;
  readonly agent: Agent;
  /** Whether what is secret in a message is covered. */
  readonly mask: boolean;
  /** What may wait for the collector. */
  readonly queueBytes: number;
  readonly clock: Clock;
  readonly meter: Meter;
}

/** As much of a transport as says where we are. */
interface Point {
  readonly protocol: 'udp' | 'tcp' | 'tls';
  readonly local: End;
  readonly advertised: End;
  /** Our end of the connection that leads there. */
  ownEnd?(to: Peer): End | undefined;
}

interface Peer extends End {
  readonly protocol: Point['protocol'];
}

/** A message on the wire. */
interface Seen {
  readonly text: string;
  readonly callId: string;
}

interface Waiting {
  readonly payload: string;
  readonly isMessage: boolean;
  /** Of a result its call; of a message the Call-ID by which that is found. */
  readonly id: string;
  readonly protocol: Point['protocol'];
  readonly from: End;
  readonly to: End;
  readonly at: number;
  readonly micros: number;
}

const FLUSH_AFTER_MS = 10;
/** The collector is not there, or slow. */
const LOOK_AGAIN_MS = 100;
/** So that calls go on in between. */
const MOST_AT_ONCE = 64;
/** Of a UUID: the Call-IDs of our own legs begin with the call's. */
const ID_LENGTH = 36;
/** Calls that are over, for what still comes of them. */
const LATE_CALLS = 4096;
const NOWHERE: End = { address: '127.0.0.1', port: 0 };

export class Capture {
  readonly #options: CaptureOptions;
  readonly #sender: Sender;
  readonly #sent: Count;
  readonly #dropped: Readonly<Record<'queue' | 'size' | 'away', Count>>;
  readonly #queue: Waiting[] = [];
  #head = 0;
  #isClosed = false;
  #bytes = 0;
  #timer: Timer | undefined;
  #at = 0;
  #micros = 0;
  /** The call's id by the caller's Call-ID, and by itself. */
  readonly #calls = new TransientMap<string, string>();
  readonly #callers = new TransientMap<string, string>();
  readonly #late = new Recent<string>(LATE_CALLS);

  constructor(options: CaptureOptions) {
    const { collector, clock, meter } = options;
    this.#options = options;
    this.#sent = meter.counter('capture_sent_total');
    const dropped = (reason: string): Count => meter.counter('capture_dropped_total', { reason });
    this.#dropped = { queue: dropped('queue'), size: dropped('size'), away: dropped('away') };
    this.#sender = createSender(collector, clock, { lost: () => this.#dropped.away.add() });
    meter.gauge('capture_waiting_bytes', 'Bytes of SIP messages that wait for the HEP collector', () => this.#bytes);
  }

  // ── what it sees ──

  received({ text, callId }: Seen, from: Peer, point: Point): void {
    const { protocol, address, port } = from;
    this.#add(text, true, callId, protocol, { address, port }, realEnd(point, from));
  }

  sent({ text, callId }: Seen, to: Peer, point: Point): void {
    const { protocol, address, port } = to;
    this.#add(text, true, callId, protocol, realEnd(point, to), { address, port });
  }

  /** A call begins. */
  begin(call: string, callId: string): void {
    const own = detached(callId);
    this.#calls.set(call, call);
    this.#calls.set(own, call);
    this.#callers.set(call, own);
  }

  /** It is over for the caller. */
  ended(call: string, record: Ended | undefined): void {
    const callId = this.#callers.get(call);
    if (callId === undefined) return;
    this.#callers.delete(call);
    for (const name of [call, callId]) {
      if (this.#calls.get(name) === call) this.#calls.delete(name);
      this.#late.keep(name, call);
    }
    if (record !== undefined) this.#add(resultOf(record), false, call, 'udp', NOWHERE, NOWHERE);
  }

  /** Sends what the collector takes at once. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#isClosed = true;
    while (this.#sendNext());
    this.#sender.close();
  }

  /** Calls that are under way. */
  get calls(): number {
    return this.#callers.size;
  }

  // ── what it sends ──

  #add(payload: string, isMessage: boolean, id: string, protocol: Point['protocol'], from: End, to: End): void {
    if (this.#isClosed || this.#bytes + payload.length > this.#options.queueBytes) {
      this.#dropped.queue.add();
      return;
    }
    this.#bytes += payload.length;
    const at = this.#options.clock.wall();
    // The clock has milliseconds: within one, our own order.
    this.#micros = at === this.#at ? Math.min(this.#micros + 1, 999) : 0;
    this.#at = at;
    this.#queue.push({ payload, isMessage, id, protocol, from, to, at, micros: this.#micros });
    this.#timer ??= this.#options.clock.after(FLUSH_AFTER_MS, () => this.#flush());
  }

  #flush(): void {
    let count = 0;
    try {
      while (count < MOST_AT_ONCE && this.#sendNext()) count++;
    } finally {
      // Also where one packet brings a fault to light: the others go on behind it.
      const isAll = this.#head === this.#queue.length;
      const wait = count === MOST_AT_ONCE ? 0 : LOOK_AGAIN_MS;
      this.#timer = isAll || this.#isClosed ? undefined : this.#options.clock.after(wait, () => this.#flush());
    }
  }

  /** @returns whether there was one, and it was taken */
  #sendNext(): boolean {
    const waiting = this.#queue[this.#head];
    if (waiting === undefined || !this.#sender.isReady) return false;
    this.#head++;
    this.#bytes -= waiting.payload.length;
    if (this.#head === this.#queue.length || this.#head > 1024) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    const packet = this.#packet(waiting);
    if (packet === undefined || packet.length > this.#sender.longest) this.#dropped.size.add();
    else {
      this.#sender.send(packet);
      this.#sent.add();
    }
    return true;
  }

  #packet({ payload, isMessage, id, ...rest }: Waiting): Buffer | undefined {
    const text = isMessage && this.#options.mask ? masked(payload) : payload;
    return encode(
      {
        ...rest,
        type: isMessage ? PAYLOAD.sip : PAYLOAD.log,
        payload: Buffer.from(text, isMessage ? 'latin1' : 'utf8'),
        correlation: isMessage ? this.#callOf(id) : id,
      },
      this.#options.agent,
    );
  }

  #callOf(callId: string): string {
    const own = callId.slice(0, ID_LENGTH);
    return this.#calls.get(callId) ?? this.#calls.get(own) ?? this.#late.find(callId) ?? this.#late.find(own) ?? '';
  }
}

/**
 * Where we really are: behind a NAT the advertised address is another one. A wildcard is none, and stands for the advertised one. A
 * connection that we opened has a port of its own, which is known by the time the packet is made.
 */
function realEnd(point: Point, peer: Peer): End {
  const own = point.ownEnd?.(peer);
  if (own !== undefined) return own;
  const { local, advertised } = point;
  const isWildcard = local.address === '0.0.0.0' || local.address === '::';
  return isWildcard ? { address: advertised.address, port: local.port } : local;
}
