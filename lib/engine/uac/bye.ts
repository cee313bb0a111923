import type { Draft, EndCode, Owner } from '../api.js';
import { type Context, protectedly } from '../context.js';
import type { Dialog } from '../dialog/dialog.js';
import { buildInDialog } from './build.js';
import { ClientRequest } from './client-request.js';
import { lookUpDialog } from './lookup.js';

/** Why the engine ends a dialog, in the words of RFC 3326: the status that says as much, and a text for people. */
export interface EndReason {
  readonly code: EndCode;
  readonly cause: number;
  readonly text: string;
}

export const ACK_TIMEOUT: EndReason = { code: 'no-ack', cause: 408, text: 'ACK timeout' };
export const SESSION_EXPIRED: EndReason = { code: 'session-expired', cause: 408, text: 'Session timer expired' };
export const APPLICATION_GONE: EndReason = { code: 'other', cause: 503, text: 'Application gone' };
/** An error of ours. */
export const INTERNAL: EndReason = { code: 'fault', cause: 500, text: 'Internal error' };
/** Its 2xx has crossed our CANCEL. */
export const CANCELLED: EndReason = { code: 'other', cause: 487, text: 'ACK-BYE due to cancel race condition' };

const reasonDraft = (reason: EndReason | undefined): Draft => ({
  fields: reason === undefined ? [] : [['Reason', `SIP;cause=${reason.cause};text="${reason.text}"`]],
  body: '',
});

/**
 * Ends a dialog by a BYE of the engine's own; the dialog is forgotten at once, the BYE's response is nobody's.
 * @param reason for the Reason header; undefined: none
 * @param informed the application that learns of it
 */
export function endDialog(
  context: Context,
  dialog: Dialog,
  reason: EndReason | undefined,
  informed: Owner | undefined,
): void {
  if (dialog.state.phase === 'terminated') return;
  // An INVITE of ours that is still open ends with it.
  dialog.clientInvite?.cancelForBye();
  context.dialogs.remove(dialog);
  dialog.stopRepeating();
  if (dialog.isSubscription) return;
  const local = context.network.of(dialog.state.source);
  const unsent = buildInDialog(dialog, 'BYE', dialog.nextSequence(), reasonDraft(reason), local);
  const bye = new ClientRequest(context, undefined, unsent, local, dialog.id);
  // Whoever has acknowledged nothing will hardly answer: not eleven times more to an address that somebody else wrote.
  const source = context.sourceOf(dialog.state.source.address);
  if (reason === ACK_TIMEOUT) bye.mayRepeat = () => context.repetitions.spend(source);
  bye.start(lookUpDialog(context, dialog, dialog.route.next));
  context.meter.count('sip_engine_byes_total');
  if (informed === undefined) return;
  const { message, flow } = bye.sent;
  protectedly(context, () =>
    informed.onUnsolicited({ message, flow, dialogId: dialog.id, reason: reason?.code ?? 'other' }),
  );
}
