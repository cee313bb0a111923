import type { NotSent } from '../../sip-server/not-sent.js';
import {
  type Content,
  finalStatusOf,
  type Headers,
  type IncomingRequest,
  type Message,
  type Responded,
} from '../../sip-server/sip-server.js';
import { FAULT } from '../outcome.js';
import type { Ends, OpenEnd } from './open-end.js';

/** A request to the call that has no final response of ours. */
export class OpenRequest implements IncomingRequest, OpenEnd {
  readonly method: string;
  readonly uri: string;
  readonly headers: Headers;
  readonly body: string;
  readonly dialog: string;
  onCancel: ((cancel: Message) => void) | undefined;
  private readonly ends: Ends;
  private readonly request: IncomingRequest;
  /** The INVITE that began the call. */
  private readonly isInitial: boolean;
  /** Our 2xx to the caller is on its way: the server tells the dialog, or that it came too late. */
  private isAnswering: boolean;

  constructor(ends: Ends, request: IncomingRequest, isInitial: boolean) {
    this.method = request.method;
    this.uri = request.uri;
    this.headers = request.headers;
    this.body = request.body;
    this.dialog = request.dialog;
    this.ends = ends;
    this.request = request;
    this.isInitial = isInitial;
    this.isAnswering = false;
    this.onCancel = undefined;
  }

  /** Once it is among the open ends. */
  listen(): void {
    if (this.method === 'INVITE') this.request.onCancel = (cancel) => this.cancelled(cancel);
  }

  get source(): IncomingRequest['source'] {
    return this.request.source;
  }

  respond(status: number, content?: Content, responded?: Responded): void {
    const isAnswer = this.isInitial && status >= 200 && status < 300;
    if (isAnswer) {
      this.request.respond(status, content, (error, dialog) => this.answered(error, dialog, responded));
      this.isAnswering = true;
    } else {
      const tell = responded && ((error: NotSent | undefined, dialog: string) => this.tell(responded, error, dialog));
      this.request.respond(status, content, tell);
    }
    if (status < 200) return;
    if (this.isInitial) {
      if (this.ends.callerStatus !== undefined) this.ends.guard.violated('one-final-response');
      this.ends.callerStatus = status;
    }
    if (!isAnswer) this.ends.drop(this);
  }

  close(): void {
    // Its dialog is ended as soon as it is known.
    if (this.isAnswering) return;
    // RFC 3261 §15.1.2: a BYE succeeds whatever becomes of us.
    if (this.method === 'BYE') this.respond(200);
    else this.respond(FAULT.status, { headers: FAULT.headers });
  }

  private answered(error: NotSent | undefined, dialog: string, responded: Responded | undefined): void {
    // RFC 3261 §9.2: it was cancelled, and the server has said so.
    if (error !== undefined) this.ends.callerStatus = 487;
    else if (dialog !== '') this.ends.begin(dialog);
    this.ends.drop(this);
    if (responded !== undefined) this.tell(responded, error, dialog);
  }

  private tell(responded: Responded, error: NotSent | undefined, dialog: string): void {
    const { guard } = this.ends;
    // His INVITE is over, and nothing can be said to him any more.
    if (this.isInitial && error !== undefined) this.ends.callerStatus ??= 487;
    if (guard.isBroken) return;
    try {
      responded(error, dialog);
    } catch (thrown) {
      guard.fault(thrown);
    }
  }

  /** The server has answered both. */
  private cancelled(cancel: Message): void {
    const { guard } = this.ends;
    if (this.isInitial) this.ends.callerStatus = 487;
    this.ends.drop(this);
    if (guard.isBroken) return;
    try {
      if (this.isInitial) this.ends.callerStatus = finalStatusOf(cancel.headers);
      this.onCancel?.(cancel);
    } catch (thrown) {
      guard.fault(thrown);
    }
  }
}
