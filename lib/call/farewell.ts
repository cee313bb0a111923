/** What our BYE says, from what has ended the call first: the other side's BYE, or our Reason (RFC 3326). */
import type { Content, HeadersToSend, Message } from '../sip-server/sip-server.js';
import type { EndReason } from './end-reasons.js';
import { causeIn, NORMAL_CLEARING } from './reasons.js';

export class Farewell {
  #content: Content | undefined;
  #cause: number | null = null;
  #reason: EndReason | null = null;

  get content(): Content {
    return this.#content ?? {};
  }

  /** Of Q.850, with which the call ended. */
  get cause(): number | null {
    return this.#cause;
  }

  /** Why we have ended it; null where we have not. */
  get reason(): EndReason | null {
    return this.#reason;
  }

  /** We have ended it. */
  ours(headers: HeadersToSend, reason: EndReason | null): void {
    if (this.#content !== undefined) return;
    this.#content = { headers };
    this.#reason = reason;
    this.#cause = causeIn(String(headers.reason ?? ''));
  }

  /** One side has. @param passed its BYE, as the other side gets it */
  theirs(bye: Message, passed: () => Content): void {
    if (this.#content !== undefined) return;
    this.#content = passed();
    this.#cause = causeIn(bye.headers.reason) ?? NORMAL_CLEARING;
  }
}
