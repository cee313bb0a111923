/** Messages between engine and ringing service: both hold them as binary strings, so nothing is converted. */
import type { Flow, RequestEvent } from '../../engine/api.js';
import type { LocalFailure } from '../../sip/local-failure.js';
import type { SipMessage } from '../../sip/message.js';
import { ReceivedRequest } from '../reception.js';
import type { Content, Headers, IncomingRequest, Reply, Responded } from '../sip-server.js';

export function headersOf({ head }: Pick<SipMessage, 'head'>): Headers {
  const headers: Record<string, string> = {};
  for (let at = 0; at < head.count; at++) {
    const name = head.name(at);
    const value = head.value(at);
    const present = headers[name];
    // A peer may name one as what every object has.
    headers[name] = typeof present === 'string' ? `${present},${value}` : value;
  }
  return headers;
}

/** A response, or a message that gets none: an ACK or CANCEL, whose status is 0. */
export class ReceivedMessage implements Reply {
  readonly status: number;
  readonly reason: string;
  readonly body: string;
  readonly failure: LocalFailure | undefined;
  private readonly message: SipMessage;
  private readHeaders: Headers | undefined;

  constructor(message: SipMessage, failure?: LocalFailure) {
    this.status = message.status;
    this.reason = message.reason;
    this.body = message.body;
    this.failure = failure;
    this.message = message;
    this.readHeaders = undefined;
  }

  /** Read when it is asked for: of many responses only the status is. */
  get headers(): Headers {
    this.readHeaders ??= headersOf(this.message);
    return this.readHeaders;
  }

  header(name: string): string | undefined {
    if (this.readHeaders !== undefined) return this.readHeaders[name];
    const { head } = this.message;
    const at = head.find(name);
    if (at < 0) return undefined;
    return head.find(name, at + 1) < 0 ? head.value(at) : this.message.all(name).join(',');
  }
}

/** How a request is answered; `responded` is called later. */
type Respond = (request: DirectRequest, status: number, content: Content, responded: Responded | undefined) => void;

const NO_CONTENT: Content = {};

/** Whoever gets a request reads its headers. */
export class DirectRequest extends ReceivedRequest {
  readonly method: string;
  readonly uri: string;
  readonly headers: Headers;
  readonly body: string;
  readonly dialog: string;
  readonly transaction: string;
  private readonly flow: Flow;
  private readonly answer: Respond;

  constructor({ message, flow, transactionId, dialogId }: RequestEvent, respond: Respond) {
    super();
    this.method = message.method;
    this.uri = message.uri;
    this.headers = headersOf(message);
    this.body = message.body;
    this.dialog = dialogId;
    this.transaction = transactionId;
    this.flow = flow;
    this.answer = respond;
  }

  get source(): IncomingRequest['source'] {
    const { address, port, protocol } = this.flow;
    return { address, port, protocol };
  }

  respond(status: number, content = NO_CONTENT, responded?: Responded): void {
    this.answer(this, status, content, responded);
  }
}
