/** A member has the call: the bridge to him, and the caller's 200. */
import type { Content, IncomingRequest, Reply } from '../sip-server/sip-server.js';
import { answerFor } from './answer.js';
import type { MemberAttempt } from './attempt-user.js';
import { Bridge } from './bridge.js';
import type { BridgeOptions, BridgeUser } from './bridge-user.js';
import { agreedEvents } from './events.js';
import type { HuntWalkOptions } from './hunt-walk.js';
import { trustIn } from './identity.js';
import type { Leg } from './leg.js';
import { sessionIdentity } from './session-id.js';
import type { CallVoices } from './voices/call-voices.js';
import type { Joined } from './voices/joining.js';

/** An answer that the call has, or could still take. */
export interface Answered {
  readonly attempt: MemberAttempt;
  readonly leg: Leg;
  readonly answer?: Reply | undefined;
  readonly joined?: Joined | undefined;
}

/** @param invite the caller's, whose 200 has that content */
export function bridgeTo(
  { leg, answer, joined }: Answered,
  invite: IncomingRequest,
  voices: CallVoices | undefined,
  { context, trace, begun }: HuntWalkOptions,
  user: BridgeUser,
): { readonly bridge: Bridge; readonly content: Content } {
  const anchor = voices?.join(answer, joined);
  const told = answer && (anchor?.answer(answer) ?? answer);
  const ids = sessionIdentity(begun.session, invite.headers, answer?.headers, context);
  const { headers } = invite;
  const trust = trustIn(leg.candidate.trusted, headers, leg.candidate.dialect);
  const options: BridgeOptions = {
    context,
    trace,
    leg,
    trust,
    ids,
    events: agreedEvents(headers, answer?.headers ?? {}),
    anchor,
    origins: voices?.origins,
    user,
  };
  const bridge = new Bridge(options, invite, answer);
  return { bridge, content: answerFor(headers, trust, told, ids, context) };
}
