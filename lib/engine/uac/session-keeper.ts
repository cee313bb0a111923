import type { Clock } from '../../base/clock.js';
import type { Field, SipMessage } from '../../sip/message.js';
import type { Context } from '../context.js';
import type { Dialog } from '../dialog/dialog.js';
import { endFaulty } from '../dialog/faulty.js';
import type { Refresh, SessionUser } from '../dialog/session.js';
import { settleSession } from '../dialog/settle-session.js';
import { buildInDialog } from './build.js';
import { type EndReason, endDialog, SESSION_EXPIRED } from './bye.js';
import { ClientInvite } from './client-invite.js';
import { ClientRequest } from './client-request.js';
import { lookUpDialog } from './lookup.js';

/** Refreshes the session of one dialog without a word to the application, and ends what is not refreshed (RFC 4028 §10). */
export class SessionKeeper implements SessionUser {
  readonly #context: Context;
  readonly #dialog: Dialog;

  constructor(context: Context, dialog: Dialog) {
    this.#context = context;
    this.#dialog = dialog;
  }

  get clock(): Clock {
    return this.#context.bareClock;
  }

  faulted(thrown: unknown): void {
    endFaulty(this.#context, this.#dialog, thrown);
  }

  get choseCallId(): boolean {
    return this.#dialog.state.role === 'uac';
  }

  get longestSession(): number {
    return this.#context.longestSession;
  }

  refresh(
    { method, fields: timer, description }: Refresh,
    credentials: readonly Field[],
    done: (response: SipMessage) => void,
  ): void {
    const context = this.#context;
    const dialog = this.#dialog;
    const local = context.network.of(dialog.state.source);
    const fields = [...timer, ...credentials, ...(description?.fields ?? [])];
    const draft = { fields, body: description?.body ?? '' };
    const unsent = buildInDialog(dialog, method, dialog.nextSequence(), draft, local);
    const lookup = lookUpDialog(context, dialog, dialog.route.next);
    if (method === 'UPDATE') {
      const update = new ClientRequest(context, undefined, unsent, local, dialog.id);
      update.whenFinished = (response, flow) => {
        if (dialog.state.phase === 'terminated') return;
        if (response.status < 300) {
          if (flow !== undefined) dialog.refreshTarget(response, flow, context.natDetection);
          settleSession(context, dialog, 'uac', update.message, response);
        }
        done(response);
      };
      update.start(lookup);
      return;
    }
    const invite = new ClientInvite(context, undefined, unsent, local, dialog.id, dialog);
    // RFC 3261 §13.2.2.4: the ACK has the credentials of its INVITE.
    invite.whenFinished = (response) => {
      if (response.status < 300) invite.acknowledge({ fields: credentials, body: '' });
      if (dialog.state.phase !== 'terminated') done(response);
    };
    if (invite.enter()) invite.start(lookup);
    else invite.refuse(491, 'Request Pending');
  }

  credentialsFor(refresh: Refresh, challenge: SipMessage | undefined): readonly Field[] | undefined {
    const { uri } = this.#dialog.route;
    const { method, description } = refresh;
    return this.#dialog.authorize?.({ method, uri, body: description?.body ?? '' }, challenge);
  }

  end(status: number | undefined): void {
    const dialog = this.#dialog;
    endDialog(this.#context, dialog, status === undefined ? SESSION_EXPIRED : refused(status), dialog.owner);
  }
}

const refused = (status: number): EndReason =>
  status === 408
    ? { code: 'peer-silent', cause: status, text: 'Session refresh was not answered' }
    : { code: 'peer-gone', cause: status, text: 'Session is unknown to the peer' };
