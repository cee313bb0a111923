import { cancelFor } from '../../sip/build.js';
import type { SipMessage } from '../../sip/message.js';
import type { Draft, Flow } from '../api.js';
import type { Context } from '../context.js';
import type { ListeningPoint } from '../network.js';
import { sort } from '../outgoing-headers.js';
import type { AnyClientTransaction } from '../transaction/client.js';
import { NonInviteClientTransaction } from '../transaction/non-invite-client.js';
import { ClientTransactionUser } from './client-transaction-user.js';
import { LingeringClientTransaction, type OutboundFlow, type Respondent } from './lingering.js';

/** A request of ours other than INVITE and ACK. */
export class ClientRequest extends ClientTransactionUser {
  /** {@link linger} does, from the final response on. */
  readonly absorbs = true;
  /** Called once with the final response, real or made up. */
  whenFinished: ((response: SipMessage, flow: Flow | undefined) => void) | undefined;

  /** Asked before it is sent again; undefined: that is done as often as §17.1.2.2 wants. */
  mayRepeat: (() => boolean) | undefined;
  #isSent = false;

  override transmit(text: string, isAgain?: boolean): void {
    const wasSent = this.#isSent;
    this.#isSent = true;
    if (!wasSent || this.mayRepeat?.() !== false) super.transmit(text, isAgain);
  }

  protected open(text: string, reliable: boolean): AnyClientTransaction {
    return new NonInviteClientTransaction(this.context.bareClock, this.context.timers, reliable, text, this);
  }

  response(message: SipMessage, flow: Flow): void {
    if (message.status === 100) return;
    if (message.status < 200) {
      this.deliver(message, flow);
      return;
    }
    if (this.triesAnother(message)) return;
    if (this.dialogId !== '' && this.method !== 'BYE') this.context.dialogs.find(this.dialogId)?.heard(message);
    this.whenFinished?.(message, flow);
    this.whenFinished = undefined;
    this.deliver(message, flow);
    this.shed();
    if (this.maybeRepeated) this.linger(new LingeringClientTransaction(this.branch, this.method));
  }

  protected override leaveTarget(response: SipMessage | undefined): void {
    if (response !== undefined && this.maybeRepeated) {
      this.linger(new LingeringClientTransaction(this.branch, this.method));
    } else {
      this.transaction?.stop();
      this.table.delete(this.branch);
    }
  }

  protected override finished(response: SipMessage): void {
    this.whenFinished?.(response, undefined);
  }
}

/** Our CANCEL: nobody waits for its response, and it has the branch of its INVITE (RFC 3261 §9.1). */
export class ClientCancel extends ClientRequest {
  protected override get table(): Map<string, Respondent> {
    return this.context.cancels;
  }
}

export function buildCancel(invite: SipMessage, draft: Draft, local: ListeningPoint): SipMessage {
  const { rest } = sort(draft, local);
  return cancelFor(
    invite,
    rest.filter(([name]) => name !== 'P-Asserted-Identity'),
  );
}

/** @param branch of the INVITE, which went over that flow */
export function sendCancel(
  context: Context,
  { method, uri, fields, callId, cseq }: SipMessage,
  flow: OutboundFlow,
  branch: string,
): ClientCancel {
  const cancel = new ClientCancel(
    context,
    undefined,
    { method, uri, fields: [...fields], body: '', callId, cseq },
    flow.local,
    '',
    branch,
  );
  cancel.start([flow.target]);
  return cancel;
}
