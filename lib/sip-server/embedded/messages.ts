/** Messages between engine and ringing service: both hold them as binary strings, so nothing is converted. */
import type { Flow, RequestEvent, ResponseEvent } from '../../engine/api.js';
import type { LocalFailure } from '../../sip/local-failure.js';
import type { SipMessage } from '../../sip/message.js';
import { ReceivedRequest } from '../reception.js';
import type { Content, Headers, IncomingRequest, Message, Reply, Responded } from '../sip-server.js';

export function headersOf({ head }: Pick<SipMessage, 'head'>): Headers {
  const headers: Record<string, string> = {};
  for (let at = 0; at < head.count; at++) {
    const name = head.name(at);
    const value = head.value(at);
    const present = headers[name];
    headers[name] = present === undefined ? value : `${present},${value}`;
  }
  return headers;
}

/** Read when it is asked for: of many responses only the status is. */
export class ReceivedMessage implements Message {
  protected readonly message: SipMessage;
  #headers: Headers | undefined;

  constructor(message: SipMessage) {
    this.message = message;
  }

  get headers(): Headers {
    this.#headers ??= headersOf(this.message);
    return this.#headers;
  }

  get body(): string {
    return this.message.body;
  }
}

export class ReceivedReply extends ReceivedMessage implements Reply {
  readonly failure: LocalFailure | undefined;

  constructor({ message, failure }: Pick<ResponseEvent, 'message' | 'failure'>) {
    super(message);
    this.failure = failure;
  }

  get status(): number {
    return this.message.status;
  }

  get reason(): string {
    return this.message.reason;
  }
}

/** How a request is answered; `responded` is called later. */
type Respond = (request: DirectRequest, status: number, content: Content, responded: Responded | undefined) => void;

export class DirectRequest extends ReceivedRequest {
  readonly dialog: string;
  readonly transaction: string;
  readonly #message: SipMessage;
  readonly #received: ReceivedMessage;
  readonly #flow: Flow;
  readonly #respond: Respond;

  constructor({ message, flow, transactionId, dialogId }: RequestEvent, respond: Respond) {
    super();
    this.dialog = dialogId;
    this.#message = message;
    this.#received = new ReceivedMessage(message);
    this.#flow = flow;
    this.transaction = transactionId;
    this.#respond = respond;
  }

  get method(): string {
    return this.#message.method;
  }

  get uri(): string {
    return this.#message.uri;
  }

  get headers(): Headers {
    return this.#received.headers;
  }

  get body(): string {
    return this.#received.body;
  }

  get source(): IncomingRequest['source'] {
    const { address, port, protocol } = this.#flow;
    return { address, port, protocol };
  }

  respond(status: number, content: Content = {}, responded?: Responded): void {
    this.#respond(this, status, content, responded);
  }
}
