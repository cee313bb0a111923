/** How the owner of an INVITE learns that it is over before its answer: as of a CANCEL. */
import { cancelFor } from '../../sip/build.js';
import { FINAL_STATUS } from '../../sip/link-headers.js';
import type { SipMessage } from '../../sip/message.js';
import type { Flow, Owner } from '../api.js';
import { type Context, protectedly } from '../context.js';

/** The peer has ended it, by CANCEL or BYE, for the reasons that this names. */
export const cancelAfter = (invite: SipMessage, message: SipMessage): SipMessage =>
  cancelFor(
    invite,
    message.all('reason').map((value) => ['Reason', value]),
  );

/** As the peer sent it, but for what only we say. */
export const cancelAsReceived = (invite: SipMessage, cancel: SipMessage): SipMessage =>
  cancel.has(FINAL_STATUS) ? cancelAfter(invite, cancel) : cancel;

/** We have answered in place of the owner. */
export const cancelAs = (invite: SipMessage, status: number): SipMessage =>
  cancelFor(invite, [[FINAL_STATUS, String(status)]]);

/** Whose INVITE it is; taken before it is answered, because then that is forgotten. */
export interface ToldOwner {
  readonly owner: Owner | undefined;
  readonly id: string;
  readonly dialogId: string;
}

export function tellCancelled(
  context: Context,
  { owner, id, dialogId }: ToldOwner,
  message: SipMessage,
  flow: Flow,
): void {
  if (owner === undefined) return;
  const event = { kind: 'cancel', message, flow, transactionId: id, dialogId } as const;
  protectedly(context, () => owner.onRequest(event));
}
