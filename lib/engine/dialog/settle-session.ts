import type { SipMessage } from '../../sip/message.js';
import type { Context } from '../context.js';
import type { Dialog } from './dialog.js';
import { intervalIn, sessionExpires } from './session-expires.js';

/**
 * A 2xx to an INVITE or UPDATE has settled who refreshes the session, and how often; without Session-Expires nobody does. To a
 * request of ours that asked for it, it may be missing, as the peer knows no session timers: then we do what we asked for
 * (RFC 4028 §7.2).
 * @param role ours in that transaction
 */
export function settleSession(
  context: Context,
  dialog: Dialog,
  role: 'uac' | 'uas',
  request: SipMessage,
  response: SipMessage,
): void {
  const { session } = dialog;
  // An UPDATE in an early dialog settles nothing yet: the 2xx to the INVITE does, and nobody may BYE for it (RFC 3261 §15).
  if (session === undefined || dialog.state.phase !== 'confirmed') return;
  context.dialogs.weigh(dialog);
  const { longestSession } = context;
  session.learnFrom(role === 'uac' ? response : request, longestSession);
  const wish = role === 'uac' ? ownWish(request, longestSession) : undefined;
  const interval = intervalIn(response, role, longestSession) ?? wish;
  if (interval === undefined) session.unsettle();
  else session.settle(context.keeperOf(dialog), interval);
}

function ownWish(request: SipMessage, longest: number): { seconds: number; weRefresh: true } | undefined {
  const asked = sessionExpires(request, longest);
  return asked === undefined ? undefined : { seconds: asked.seconds, weRefresh: true };
}
