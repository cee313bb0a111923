import { cancelFor } from '../../sip/build.js';
import type { Field } from '../../sip/message.js';
import type { Context } from '../context.js';
import { Cancellation } from './cancellation.js';
import { LingeringAbandonedInvite, type SentInvite } from './late-answer.js';

const NO_RESPONSE: readonly Field[] = [['Reason', 'SIP;cause=408;text="No response"']];

/**
 * Of an INVITE whose target kept silent and was left for the next one of its name: when it rings after all it is cancelled, as
 * one phone rings at a time; when it answers it is acknowledged and released.
 */
export function leftTarget(context: Context, invite: SentInvite, dialogId: string): LingeringAbandonedInvite {
  const { branch, message, outboundFlow } = invite;
  const left = { branch, message, outboundFlow };
  const cancellation = new Cancellation(context, cancelFor(message, NO_RESPONSE));
  return new LingeringAbandonedInvite(context, left, dialogId, [], () => cancellation.send(left));
}
