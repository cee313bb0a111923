import type { Draft, Owner } from '../api.js';
import { type Context, protectedly } from '../context.js';
import { type Dialog, routeOf } from '../dialog/dialog.js';
import { buildInDialog } from './build.js';
import { ClientRequest } from './client-request.js';
import { lookUpDialog } from './lookup.js';

const reasonDraft = (text: string): Draft => ({
  fields: text === '' ? [] : [['Reason', `SIP;cause=200;text="${text}"`]],
  body: '',
});

/**
 * Ends a dialog by a BYE of the engine's own; the dialog is forgotten at once, the BYE's response is nobody's.
 * @param reason for the Reason header; empty: none
 * @param informed the application that learns of it
 */
export function endDialog(context: Context, dialog: Dialog, reason: string, informed: Owner | undefined): void {
  if (dialog.state === 'terminated') return;
  context.dialogs.remove(dialog);
  dialog.stopRepeating();
  if (dialog.isSubscription) return;
  const local = context.network.of(dialog.source);
  const unsent = buildInDialog(dialog, 'BYE', ++dialog.localSequence, reasonDraft(reason), local);
  const bye = new ClientRequest(context, undefined, unsent, local, dialog.id);
  bye.start(lookUpDialog(context, dialog, routeOf(dialog).next));
  context.meter.count('sip_engine_byes_total');
  if (informed === undefined) return;
  const { message, flow } = bye.sent;
  protectedly(context, () => informed.onUnsolicited({ message, flow, dialogId: dialog.id }));
}
