import { responseSizeOf } from '../sip-server/message-size.js';
import type { Content, Headers, Message } from '../sip-server/sip-server.js';
import type { CallContext } from './call-context.js';
import { answerHeaders, trustIn } from './identity.js';
import { identify, NOBODY, type SessionIds } from './session-id.js';
import type { Candidate } from './trunks/trunks.js';

/** The 200 to the caller, from the member's 2xx over that trunk. */
export function answerFor(
  caller: Headers,
  { trusted, dialect }: Candidate,
  answer: Message | undefined,
  ids: SessionIds | undefined,
  { rules, settings }: CallContext,
): Content {
  const trust = trustIn(trusted, caller, dialect);
  const headers = answerHeaders(answer?.headers ?? {}, caller, settings, rules, trust);
  if (ids !== undefined) identify(headers, ids, 'member');
  return { headers, body: answer?.body ?? '' };
}

/** Whether the SIP server takes so long a 200. */
export const fits = (caller: Headers, candidate: Candidate, answer: Message, context: CallContext): boolean =>
  responseSizeOf(
    caller,
    answerFor(caller, candidate, answer, context.settings.sessionIds ? NOBODY : undefined, context),
  ) <= context.sip.capabilities.longestContent;
