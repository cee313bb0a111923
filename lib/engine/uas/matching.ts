/** Whose dialog and whose INVITE a request from the network concerns (RFC 3261 §9.2, §12.2.2). */
import type { SipMessage } from '../../sip/message.js';
import type { Flow } from '../api.js';
import type { Context } from '../context.js';
import type { Dialog } from '../dialog/dialog.js';
import { isPeerOf } from '../dialog/sources.js';
import { hasCookie, mergeKey, serverKey } from '../transaction/matching.js';
import type { ServerRequestUnderWay } from '../transactions.js';
import type { LingeringServerTransaction } from './lingering.js';

/** By Call-ID and both tags, which others may know, too. `foreign`: it comes from another peer than the one whose dialog it is. */
export function dialogOf(context: Context, request: SipMessage, flow: Flow): Dialog | 'foreign' | undefined {
  const { method, callId } = request;
  const dialog = context.dialogs.match(callId, request.toTag, request.fromTag);
  if (dialog === undefined || isPeerOf(dialog.state, flow.address, context.peers)) return dialog;
  context.meter.count('sip_engine_foreign_requests_total');
  // Once a dialog: a flood of requests is no flood of lines.
  if (!dialog.isForeignerTold) {
    const about = { sipCallId: callId, method, peer: flow.address, dialogPeer: dialog.state.source.address };
    context.log.warn(about, 'A request within a dialog came from another peer, and was refused');
  }
  dialog.isForeignerTold = true;
  return 'foreign';
}

/**
 * The INVITE of a CANCEL: by the branch, which only those know who were on its way. A Via that changed on the way must not lose the
 * CANCEL: from the same peer the INVITE is found as a merged one would be.
 */
export function inviteOf(
  context: Context,
  cancel: SipMessage,
  flow: Flow,
): ServerRequestUnderWay | LingeringServerTransaction | undefined {
  const { servers, merged, peers, meter } = context;
  const byBranch = servers.get(serverKey(cancel, 'INVITE'));
  if (byBranch !== undefined && hasCookie(cancel.via.branch)) return byBranch;
  const found = byBranch ?? (cancel.toTag === '' ? merged.get(mergeKey(cancel, 'INVITE')) : undefined);
  if (found === undefined || peers.areOne(found.flow.address, flow.address)) return found;
  meter.count('sip_engine_foreign_requests_total');
  return undefined;
}
