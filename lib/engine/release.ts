import { guarded } from '../base/guard.js';
import type { Owner } from './api.js';
import type { Context } from './context.js';
import type { Dialog } from './dialog/dialog.js';
import { endFaulty } from './dialog/faulty.js';
import type { ClientInviteUnderWay, ServerRequestUnderWay } from './transactions.js';
import { APPLICATION_GONE, endDialog } from './uac/bye.js';
import { ClientInvite } from './uac/client-invite.js';
import { ServerTransactionUser } from './uas/server-transaction-user.js';

/**
 * The application is gone: its requests from the network are answered, its ringing INVITEs cancelled, and its dialogs ended by
 * BYE.
 */
export function releaseOwner(context: Context, owner: Owner): void {
  for (const incoming of [...context.unanswered.values()]) if (incoming.owner === owner) abandon(incoming);
  const orphans = [...context.dialogs.values()].filter(
    (dialog) => dialog.owner === owner && dialog.state.phase === 'confirmed',
  );
  for (const incoming of context.servers.values()) {
    if (incoming instanceof ServerTransactionUser && incoming.owner === owner) abandon(incoming);
  }
  for (const outgoing of [...context.outgoing.values()]) {
    if (outgoing.owner !== owner) continue;
    if (outgoing instanceof ClientInvite) abandon(outgoing);
    else outgoing.owner = undefined;
  }
  for (const dialog of context.dialogs.values()) {
    if (dialog.owner !== owner) continue;
    dialog.owner = undefined;
    dialog.session?.drop();
  }
  if (orphans.length === 0) return;
  context.log.warn({ dialogs: orphans.length }, 'An application has left its calls behind');
  endOrphans(context, orphans);
}

function endOrphans(context: Context, dialogs: readonly Dialog[]): void {
  for (const dialog of dialogs) {
    if (dialog.owner !== undefined || dialog.state.phase === 'terminated') continue;
    // RFC 3261 §15: a callee must not send BYE before the ACK has come.
    const end = (): void =>
      guarded(
        () => endDialog(context, dialog, APPLICATION_GONE, undefined),
        (thrown) => endFaulty(context, dialog, thrown),
      );
    if (dialog.unacknowledged.size === 0) end();
    else dialog.holdForAck(end);
  }
}

/** One that fails at it must not keep the others. */
const abandon = (one: ServerRequestUnderWay | ClientInviteUnderWay): void =>
  guarded(
    () => one.abandon(),
    (thrown) => one.faulted(thrown),
  );
