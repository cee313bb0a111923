import { type Exchange, Glance } from '../../sip/glance.js';
import type { SipMessage } from '../../sip/message.js';
import { parseMessage } from '../../sip/parse.js';
import type { Destination, Flow, Receiver, Transport } from '../api.js';

/** Sees each message as it is on the wire, our own 100, ACK and CANCEL and all repetitions included. What it throws costs nothing. */
export interface Tap {
  /**
   * @param seen holds for this call
   * @param transport on which it came
   */
  received(seen: Glance, flow: Flow, transport: Transport): void;
  /** Called behind the sending. @param transport over which it goes */
  sent(seen: Glance, to: Destination, transport: Transport): void;
}

/** The same transport, with those who listen. */
export const tapped = (transport: Transport, taps: readonly Tap[]): Transport => new TappedTransport(transport, taps);

class TappedTransport implements Transport {
  readonly #transport: Transport;
  readonly #taps: readonly Tap[];
  /** The message that passes: it is looked at once for all. */
  readonly #seen = new Glance();

  constructor(transport: Transport, taps: readonly Tap[]) {
    this.#transport = transport;
    this.#taps = taps;
  }

  get protocol(): Transport['protocol'] {
    return this.#transport.protocol;
  }

  get local(): Transport['local'] {
    return this.#transport.local;
  }

  get advertised(): Transport['advertised'] {
    return this.#transport.advertised;
  }

  start(receiver: Receiver): Promise<void> {
    return this.#transport.start({
      received: (text, flow) => {
        const message = parsed(text);
        if (message?.tryCSeq() === undefined) this.#seen.read(text);
        else this.#seen.readAs(text, message);
        for (const tap of this.#taps) {
          try {
            tap.received(this.#seen, flow, this.#transport);
          } catch {
            // It only looks on.
          }
        }
        receiver.received(text, flow, message);
      },
      failed: (flow, error) => receiver.failed(flow, error),
      inUse: (carries) => receiver.inUse(carries),
    });
  }

  send(text: string, to: Destination, failed?: (error: Error) => void, of?: Exchange): void {
    this.#transport.send(text, to, failed);
    if (of === undefined) this.#seen.read(text);
    else this.#seen.readAs(text, of);
    for (const tap of this.#taps) {
      try {
        tap.sent(this.#seen, to, this.#transport);
      } catch {
        // It only looks on.
      }
    }
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}

/** What looks on and what receives read it once. Undefined: a fault, which the receiver meets, too, and knows what to do. */
function parsed(text: string): SipMessage | null | undefined {
  try {
    return parseMessage(text) ?? null;
  } catch {
    return undefined;
  }
}
