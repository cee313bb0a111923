/** A member has the call: the bridge to him, and the caller's 200. */
import type { Content, IncomingRequest, Reply } from '../sip-server/sip-server.js';
import { answerFor } from './answer.js';
import type { MemberAttempt } from './attempt-user.js';
import { Bridge } from './bridge.js';
import type { BridgeOptions } from './bridge-user.js';
import { agreedEvents } from './events.js';
import type { HuntWalkOptions } from './hunt-walk.js';
import { trustIn } from './identity.js';
import type { Leg } from './leg.js';
import { sessionIdsOf } from './session-id.js';
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
  onOver: BridgeOptions['onOver'],
): { readonly bridge: Bridge; readonly content: Content } {
  const anchor = voices?.join(answer, joined);
  const told = answer && (anchor?.answer(answer) ?? answer);
  const ids = sessionIdsOf(begun.call, invite, answer, context);
  const options: BridgeOptions = {
    context,
    trace,
    leg,
    trust: trustIn(leg.candidate.trusted, invite.headers, leg.candidate.dialect),
    ids,
    events: agreedEvents(invite.headers, answer?.headers ?? {}),
    anchor,
    origins: voices?.origins,
    onOver,
  };
  const bridge = new Bridge(options, invite, answer);
  return { bridge, content: answerFor(invite.headers, leg.candidate, told, ids, context) };
}
