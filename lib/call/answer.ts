import { responseSizeOf } from '../sip-server/message-size.js';
import type { Content, Headers, Message } from '../sip-server/sip-server.js';
import type { CallContext } from './call-context.js';
import type { Trust } from './headers.js';
import { answerHeaders, trustIn } from './identity.js';
import { identify, NOBODY, type SessionIds } from './session-id.js';
import type { Candidate } from './trunks/trunks.js';

/** The 200 to the caller, from the member's 2xx. */
export function answerFor(
  caller: Headers,
  trust: Trust,
  answer: Message | undefined,
  ids: SessionIds | undefined,
  { rules, settings }: CallContext,
): Content {
  const headers = answerHeaders(answer?.headers ?? {}, caller, settings, rules, trust);
  if (ids !== undefined) identify(headers, ids, 'member');
  return { headers, body: answer?.body ?? '' };
}

/** Whether the SIP server takes so long a 200. */
export function fits(caller: Headers, { trusted, dialect }: Candidate, answer: Message, context: CallContext): boolean {
  const ids = context.settings.sessionIds ? NOBODY : undefined;
  const content = answerFor(caller, trustIn(trusted, caller, dialect), answer, ids, context);
  return responseSizeOf(caller, content) <= context.sip.capabilities.longestContent;
}
