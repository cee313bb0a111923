/**
 * RFC 3262 over the application protocol: a server says at once that a response was sent, also of one that it keeps for a PRACK, as our
 * engine does, or sends it too early. So it is kept here: who answers hears only of what is on the wire.
 */
import { TransientMap } from '../../base/transient-map.js';
import { ResponseOrder } from '../../sip/response-order.js';
import { ReceivedRequest } from '../reception.js';
import type { Content, IncomingRequest, Message, Responded } from '../sip-server.js';

/** INVITEs whose reliable provisional response waits for its PRACK, by dialog id. */
export class Pracks {
  readonly #invites = new TransientMap<string, OrderedRequest>();

  get size(): number {
    return this.#invites.size;
  }

  await(dialog: string, invite: OrderedRequest): void {
    this.#invites.set(dialog, invite);
  }

  forget(dialog: string, invite: OrderedRequest): void {
    if (this.#invites.get(dialog) === invite) this.#invites.delete(dialog);
  }

  /** Answers a PRACK. What waited for it goes out behind that. */
  receive(prack: IncomingRequest): void {
    const invite = this.#invites.get(prack.dialog);
    this.#invites.delete(prack.dialog);
    try {
      prack.respond(200);
    } finally {
      invite?.acknowledged();
    }
  }

  clear(): void {
    this.#invites.clear();
  }
}

/** A request whose responses go out in the order of RFC 3262 §3. */
export abstract class OrderedRequest extends ReceivedRequest {
  readonly #pracks: Pracks;
  readonly #order = new ResponseOrder();
  /** The dialog in which a PRACK is waited for. */
  #early = '';
  #isOver = false;

  constructor(pracks: Pracks) {
    super();
    this.#pracks = pracks;
  }

  respond(status: number, content: Content = {}, responded?: Responded): void {
    const send = (): void => {
      if (status >= 200) this.#over();
      this.transmit(status, content, responded);
    };
    if (status < 200 && content.headers?.require === '100rel') {
      this.#order.submit('reliable', hasBody(content), () => this.#sendReliably(status, content, responded));
    } else if (status >= 200 && status < 300) this.#order.submit('acceptance', hasBody(content), send);
    else send();
  }

  /** The PRACK has come. */
  acknowledged(): void {
    this.#early = '';
    this.#order.acknowledged();
  }

  override cancelled(cancel: Message): void {
    this.#over();
    super.cancelled(cancel);
  }

  /** No PRACK is waited for any more. */
  #over(): void {
    this.#isOver = true;
    this.#order.end();
    if (this.#early !== '') this.#pracks.forget(this.#early, this);
    this.finalGoesOut();
  }

  /** Sends at once, and tells `sent` later, where somebody wants to know. Never throws. */
  protected abstract transmit(status: number, content: Content, sent: Responded | undefined): void;

  #sendReliably(status: number, content: Content, responded: Responded | undefined): void {
    this.transmit(status, content, (error, dialog) => {
      // It may have been refused before its 180 was told to have gone out.
      if (error !== undefined) this.#order.acknowledged();
      else if (!this.#isOver) {
        this.#early = dialog;
        this.#pracks.await(dialog, this);
      }
      responded?.(error, dialog);
    });
  }
}

const hasBody = ({ body = '' }: Content): boolean => body !== '';
