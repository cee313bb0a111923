import type { Owner } from './api.js';
import type { Context } from './context.js';
import type { Dialog } from './dialog/dialog.js';
import { APPLICATION_GONE, endDialog } from './uac/bye.js';
import { ClientInvite } from './uac/client-invite.js';
import { Incoming } from './uas/incoming.js';

/**
 * The application is gone: its requests from the network are answered, its ringing INVITEs cancelled, and its dialogs ended by
 * BYE after `grace` milliseconds, unless another application has used them by then.
 */
export function releaseOwner(context: Context, owner: Owner, grace: number): void {
  for (const incoming of [...context.unanswered.values()]) if (incoming.owner === owner) incoming.abandon();
  const orphans = [...context.dialogs.values()].filter(
    (dialog) => dialog.owner === owner && dialog.state === 'confirmed',
  );
  for (const incoming of context.servers.values()) {
    if (incoming instanceof Incoming && incoming.owner === owner) incoming.abandon();
  }
  for (const outgoing of [...context.outgoing.values()]) {
    if (outgoing.owner !== owner) continue;
    if (outgoing instanceof ClientInvite) outgoing.abandon();
    else outgoing.owner = undefined;
  }
  for (const dialog of context.dialogs.values()) {
    if (dialog.owner !== owner) continue;
    dialog.owner = undefined;
    dialog.session?.drop();
  }
  if (orphans.length === 0) return;
  context.log.warn({ dialogs: orphans.length, grace }, 'An application has left its calls behind');
  if (grace === 0) endOrphans(context, orphans);
  else context.clock.after(grace, () => endOrphans(context, orphans));
}

function endOrphans(context: Context, dialogs: readonly Dialog[]): void {
  for (const dialog of dialogs) {
    if (dialog.owner !== undefined || dialog.state === 'terminated') continue;
    // RFC 3261 §15: a callee must not send BYE before the ACK has come.
    if (dialog.unacknowledged.size === 0) endDialog(context, dialog, APPLICATION_GONE, undefined);
    else dialog.holdForAck(() => endDialog(context, dialog, APPLICATION_GONE, undefined));
  }
}
