import { type Description, descriptionOf } from '../../sip/description.js';
import type { SipMessage } from '../../sip/message.js';
import type { Context } from '../context.js';
import type { Dialog } from '../dialog/dialog.js';
import { acceptanceReceived, earlyAnswerReceived } from '../dialog/exchange.js';
import type { Session } from '../dialog/session.js';
import { settleSession } from '../dialog/settle-session.js';
import type { Unsent } from './build.js';

/** What an INVITE of ours offers, and what its responses make of that in the session of their dialog (RFC 3261 §13.2.1, §14.1). */
export class InviteOffer {
  readonly #within: Dialog | undefined;
  /** Until there is an answer; none: it asks for an offer. */
  #description: Description | undefined;
  /** Of a re-INVITE: this is what is open in the dialog. */
  #isOpen = false;

  /** @param within the dialog of a re-INVITE */
  constructor({ fields, body }: Unsent, within: Dialog | undefined) {
    this.#within = within;
    this.#description = descriptionOf(fields, body);
  }

  /** Opens that of a re-INVITE in its dialog. False: it must not be sent now (§14.1). */
  open(dialog: Dialog): boolean {
    const input = this.#description === undefined ? 'sendBareInvite' : 'sendInvite';
    this.#isOpen = dialog.session?.submit(input) === undefined;
    return this.#isOpen;
  }

  /** A reliable provisional response. */
  answeredEarly(dialog: Dialog, response: SipMessage): void {
    const session = this.#sessionOf(dialog);
    if (session !== undefined) earlyAnswerReceived(session, this.#description, response);
  }

  /** The first 2xx. */
  accepted(context: Context, dialog: Dialog, invite: SipMessage, response: SipMessage): void {
    // First, or a refresh that is due would go out as soon as nothing is open.
    settleSession(context, dialog, 'uac', invite, response);
    const session = this.#sessionOf(dialog);
    if (session !== undefined) acceptanceReceived(session, this.#description, response);
    this.#description = undefined;
  }

  refused(): void {
    if (this.#isOpen) this.#within?.session?.submit('refusalReceived');
  }

  /** The session in which this is what is open. */
  #sessionOf({ session }: Dialog): Session | undefined {
    return this.#within === undefined || this.#isOpen ? session : undefined;
  }
}
