import { cancelFor } from '../../sip/build.js';
import type { Field } from '../../sip/message.js';
import type { Context } from '../context.js';
import { sendCancel } from './client-request.js';
import { BrokenRest, type SentInvite } from './late-answer.js';

const NO_RESPONSE: readonly Field[] = [['Reason', 'SIP;cause=408;text="No response"']];

/**
 * Of an INVITE whose target kept silent and was left for the next one of its name: when it rings after all it is cancelled, as
 * one phone rings at a time; when it answers it is acknowledged and released.
 */
export function leftTarget(context: Context, { branch, message, way }: SentInvite, dialogId: string): BrokenRest {
  let isCancelled = false;
  const cancel = (): void => {
    if (isCancelled || way === undefined) return;
    isCancelled = true;
    sendCancel(context, cancelFor(message, NO_RESPONSE), way, branch);
  };
  return new BrokenRest(context, { branch, message, way }, dialogId, [], cancel);
}
