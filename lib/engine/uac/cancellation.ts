import type { Timer } from '../../base/clock.js';
import type { SipMessage } from '../../sip/message.js';
import type { Context } from '../context.js';
import { type ClientCancel, sendCancel } from './client-request.js';
import type { SentInvite } from './late-answer.js';

/** The CANCEL of an INVITE of ours: it waits for the first provisional response, and is sent once (RFC 3261 §9.1). */
export class Cancellation {
  readonly message: SipMessage;
  readonly #context: Context;
  #sent: ClientCancel | undefined;
  #patience: Timer | undefined;

  constructor(context: Context, message: SipMessage) {
    this.#context = context;
    this.message = message;
  }

  /** Of its transaction; undefined: it still waits. */
  get id(): string | undefined {
    return this.#sent?.id;
  }

  /**
   * The INVITE has had a provisional response.
   * @param unanswered called 64·T1 later, unless {@link end} comes first: there is no final response, and none is to be expected
   */
  send({ outboundFlow, branch }: SentInvite, unanswered?: () => void): void {
    if (this.#sent !== undefined || outboundFlow === undefined) return;
    const context = this.#context;
    this.#sent = sendCancel(context, this.message, outboundFlow, branch);
    if (unanswered !== undefined) this.#patience = context.clock.after(context.timers.timeout, unanswered);
  }

  /** The INVITE has had its final response. */
  end(): void {
    this.#patience?.cancel();
  }
}
