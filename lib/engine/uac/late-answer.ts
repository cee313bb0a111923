/** 2xx of an INVITE of ours whose caller is served already (RFC 3261 §13.2.2.4). */
import { ackFor } from '../../sip/build.js';
import { SipMessage } from '../../sip/message.js';
import { isSameToken } from '../../sip/tokens.js';
import type { Flow } from '../api.js';
import type { Context } from '../context.js';
import { dialogAsClient } from '../dialog/dialog.js';
import { isOfCall } from '../dialog/state.js';
import { EMPTY_DRAFT } from '../outgoing-headers.js';
import { type Acknowledged, acknowledge, acknowledgeAgain } from './acknowledgement.js';
import { endDialog } from './bye.js';
import { LingeringClientTransaction, type OutboundFlow } from './lingering.js';

/** As much of our INVITE as its response repeats: enough for a dialog that is made to be ended. */
export function inviteOf(response: SipMessage): SipMessage {
  return SipMessage.request('INVITE', response.to.uri, [
    ['From', response.first('from') ?? ''],
    ['Call-ID', response.callId],
    ['CSeq', response.first('cseq') ?? ''],
  ]);
}

/**
 * Of an INVITE that was answered and whose dialog is over, until timer M: the ACK goes out again with each repeated 2xx; that of
 * another fork is acknowledged and ended.
 */
export class LingeringAnsweredInvite extends LingeringClientTransaction {
  readonly #context: Context;
  readonly #dialogId: string;
  readonly #acknowledged: Acknowledged[];

  constructor(context: Context, branch: string, dialogId: string, acknowledged: Acknowledged[]) {
    super(branch, 'INVITE');
    this.#context = context;
    this.#dialogId = dialogId;
    this.#acknowledged = acknowledged;
  }

  override receive(message: SipMessage, flow: Flow): void {
    if (message.status < 200 || message.status >= 300) return;
    const known = this.#acknowledged.find(({ tag }) => isSameToken(tag, message.toTag));
    if (known === undefined) this.#release(message, flow);
    else acknowledgeAgain(this.#context, known.acknowledgement);
  }

  #release(answer: SipMessage, flow: Flow): void {
    const context = this.#context;
    if (!isOfCall(answer, this.#dialogId)) return;
    const dialog = dialogAsClient(inviteOf(answer), answer, flow, context.natDetection);
    const { acknowledgement } = acknowledge(context, dialog, answer.cseq.number, EMPTY_DRAFT);
    this.#acknowledged.push({ tag: answer.toTag, acknowledgement });
    endDialog(context, dialog, undefined, undefined);
  }
}

/** An INVITE as it went out. */
export interface SentInvite {
  readonly branch: string;
  readonly message: SipMessage;
  readonly outboundFlow: OutboundFlow | undefined;
}

/** Of an INVITE of ours that a fault has ended before it had a final response: whoever rings is cancelled. */
export class LingeringAbandonedInvite extends LingeringAnsweredInvite {
  readonly #message: SipMessage;
  readonly #flow: OutboundFlow | undefined;
  readonly #rings: () => void;

  /** @param rings called for each provisional response: the CANCEL may have had to wait for that (RFC 3261 §9.1) */
  constructor(
    context: Context,
    { branch, message, outboundFlow }: SentInvite,
    dialogId: string,
    acknowledged: Acknowledged[],
    rings: () => void,
  ) {
    super(context, branch, dialogId, acknowledged);
    this.#message = message;
    this.#flow = outboundFlow;
    this.#rings = rings;
  }

  override receive(message: SipMessage, flow: Flow): void {
    if (message.status < 200) this.#rings();
    else if (message.status < 300) super.receive(message, flow);
    else this.#flow?.local.transport.send(ackFor(this.#message, message).text, this.#flow.target);
  }
}
