import type { SipMessage } from '../../sip/message.js';
import type { Context } from '../context.js';
import type { Dialog } from '../dialog/dialog.js';
import { ackReceived } from '../dialog/exchange.js';
import type { UnacknowledgedInvite } from '../dialog/invites.js';
import { ACK_TIMEOUT, endDialog } from '../uac/bye.js';
import { type Repeated, Repetition, type RepetitionUser } from './repetition.js';

/** The 2xx to an INVITE: it goes out again and again until its ACK, and without one the call is ended (RFC 3261 §13.3.1.4). */
export class Acceptance implements Repeated {
  readonly #context: Context;
  readonly #dialog: Dialog;
  /** The CSeq number of the INVITE. */
  readonly #sequence: number;
  readonly #invite: UnacknowledgedInvite & RepetitionUser;
  readonly send: () => void;
  #repetition: Repetition | undefined;

  constructor(
    context: Context,
    dialog: Dialog,
    sequence: number,
    invite: UnacknowledgedInvite & RepetitionUser,
    send: () => void,
  ) {
    this.#context = context;
    this.#dialog = dialog;
    this.#sequence = sequence;
    this.#invite = invite;
    this.send = send;
    dialog.expectAck(sequence, invite);
  }

  get isAcknowledged(): boolean {
    return !this.#dialog.unacknowledged.has(this.#sequence);
  }

  repeat(): void {
    const { bareClock, timers } = this.#context;
    this.#repetition = new Repetition(bareClock, timers, timers.t2, this, this.#invite);
  }

  acknowledged(ack: SipMessage): void {
    const { session } = this.#dialog;
    this.forget();
    if (session !== undefined) ackReceived(session, ack);
  }

  /** The caller's connection is gone and it takes no other: nobody is left who could send the ACK. */
  unreachable(): void {
    if (this.isAcknowledged) return;
    this.stop();
    this.expired();
  }

  /** The ACK is not waited for any more. */
  forget(): void {
    this.stop();
    this.#dialog.forgetAck(this.#sequence);
  }

  stop(): void {
    this.#repetition?.stop();
  }

  /** The ACK is missing. */
  expired(): void {
    const dialog = this.#dialog;
    dialog.forgetAck(this.#sequence);
    this.#context.meter.count('sip_engine_ack_timeouts_total');
    this.#invite.stopRepeating();
    if (dialog.afterAck !== undefined) dialog.releaseHeld();
    else endDialog(this.#context, dialog, ACK_TIMEOUT, dialog.owner);
  }
}
