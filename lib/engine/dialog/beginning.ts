/** The state of a dialog as the messages that make it say (RFC 3261 §12.1). */
import { withTag } from '../../sip/address.js';
import type { SipMessage } from '../../sip/message.js';
import { CONTACT, FROM, TO } from '../../sip/names.js';
import { isSipsUri } from '../../sip/uri.js';
import type { Flow } from '../destination.js';
import { findNextHop } from './next-hop.js';
import { type DialogState, dialogIdAsServer, dialogIdOf } from './state.js';

/** The state that our response to this request makes (§12.1.1). */
export function stateAsServer(
  request: SipMessage,
  localTag: string,
  flow: Flow,
  contact: string,
  natDetection: boolean,
): DialogState {
  const routeSet = request.values('record-route');
  const remoteTarget = request.contactUri ?? request.from.uri;
  const { target, isGuess } = findNextHop(routeSet, remoteTarget, flow, natDetection);
  return {
    id: dialogIdAsServer(request.callId, request.fromTag, localTag),
    role: 'uas',
    callId: request.callId,
    localTag,
    remoteTag: request.fromTag,
    local: withTag(request.firstNumbered(TO) ?? '', localTag),
    remote: request.firstNumbered(FROM) ?? '',
    secure: flow.protocol === 'tls' && isSipsUri(request.uri),
    contact,
    source: flow,
    phase: 'early',
    // Any start will do (§12.1.1 leaves it empty); the caller's own makes traces easy to read, but ours must stay below 2**31.
    localSequence: request.cseq.number < 2 ** 30 ? request.cseq.number : 0,
    remoteSequence: request.cseq.number,
    remoteTarget,
    routeSet,
    nextHop: target,
    isNextHopGuessed: isGuess,
  };
}

/** The state that this response to our request makes (§12.1.2). */
export function stateAsClient(
  request: SipMessage,
  response: SipMessage,
  flow: Flow,
  natDetection: boolean,
): DialogState {
  const routeSet = [...response.values('record-route')].reverse();
  const remoteTarget = response.contactUri ?? request.uri;
  const { target, isGuess } = findNextHop(routeSet, remoteTarget, flow, natDetection);
  return {
    id: dialogIdOf(request.callId, request.fromTag),
    role: 'uac',
    callId: request.callId,
    localTag: request.fromTag,
    remoteTag: response.toTag,
    local: request.firstNumbered(FROM) ?? '',
    remote: response.firstNumbered(TO) ?? '',
    secure: flow.protocol === 'tls' && isSipsUri(request.uri),
    contact: request.firstNumbered(CONTACT) ?? '',
    source: flow,
    phase: 'early',
    localSequence: request.cseq.number,
    remoteSequence: -1,
    remoteTarget,
    routeSet,
    nextHop: target,
    isNextHopGuessed: isGuess,
  };
}
