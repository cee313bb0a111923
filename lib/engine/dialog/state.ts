/** What one dialog is (RFC 3261 §12), as a plain value: all that another engine needs to go on with it. */
import { uriOf } from '../../sip/address.js';
import type { Description } from '../../sip/description.js';
import type { SipMessage } from '../../sip/message.js';
import type { OfferAnswerState } from '../../sip/offer-answer.js';
import { folded, isSameToken } from '../../sip/tokens.js';
import { parseSipUri } from '../../sip/uri.js';
import type { Destination, Flow } from '../destination.js';
import type { SessionInterval } from './session-expires.js';

export type DialogPhase = 'early' | 'confirmed' | 'terminated';

/** In a {@link plain} one, no Destination has a connection, and JSON gives back what it got. */
export interface DialogState {
  /** What applications name it by, see {@link dialogIdOf} and {@link dialogIdAsServer}. */
  readonly id: string;
  readonly role: 'uac' | 'uas';
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** Header values, tags included. */
  readonly local: string;
  readonly remote: string;
  readonly secure: boolean;
  /** The Contact with which we entered the dialog. */
  readonly contact: string;
  /** Where the peer's first message came from, and says which of our transports speaks; over TCP its latest connection. */
  source: Flow;
  phase: DialogPhase;
  localSequence: number;
  /** -1 until the peer has sent a request. */
  remoteSequence: number;
  remoteTarget: string;
  /** Fixed when the dialog is made, except that the 2xx computes it anew (§13.2.2.4). */
  routeSet: readonly string[];
  /** Where requests go in place of what the route set or the remote target say. */
  nextHop?: Destination | undefined;
  /** Unless DNS says that the remote target is there, too. */
  isNextHopGuessed: boolean;
  /** Made by SUBSCRIBE: it ends by NOTIFY or lapses, never by BYE. By the clock; absent: made by INVITE. */
  lapsesAt?: number;
  /** RFC 7989: the Session-ID of what we say in it, the newest that is known. */
  sessionId?: string;
  /** Of a snapshot; in a dialog that is alive, its Session knows. */
  readonly session?: SessionState;
}

/** How a session stands: whose offer is open, what is in force, and the session timer's figures. */
export interface SessionState {
  readonly exchange: OfferAnswerState;
  /** The descriptions in force, with their content headers: what we sent, and what the peer did. */
  readonly local?: Description;
  readonly remote?: Description;
  /** Made by one side and not yet answered, where that is not with its request. */
  readonly proposed?: Description;
  /** What was in force before a provisional response answered the INVITE that is open. */
  readonly former?: { readonly local?: Description; readonly remote?: Description };
  /** The CSeq number of the peer's INVITE whose ACK is waited for, or was last; -1: there was none. */
  readonly awaitedAck: number;
  readonly interval?: SessionInterval;
  /** When the session is given up unless it is refreshed by then, by the clock; 0: there is no session timer. */
  readonly deadline: number;
  /** The largest Min-SE heard in this dialog (RFC 4028 §7.4). */
  readonly least: number;
  readonly peerKnowsUpdate: boolean;
}

/** Of a dialog that we began: the forks of one INVITE share it. Call-ID and From tag are ours, so nobody else has it. */
export const dialogIdOf = (callId: string, fromTag: string): string => written(`${callId};from-tag=${fromTag}`);

/**
 * Of a dialog that the peer began. What he chose would not tell it from that of another INVITE with the same Call-ID and From tag,
 * whoever sends that: our own tag does (RFC 3261 §12).
 */
export const dialogIdAsServer = (callId: string, fromTag: string, localTag: string): string =>
  written(`${callId};from-tag=${fromTag};to-tag=${localTag}`);

/** A bar ends an id in the frames of applications (lib/drachtio). */
const written = (id: string): string => (id.includes('|') ? id.replaceAll('|', '%7C') : id);

/** Call-ID and tags: what a dialog is found by. */
export const dialogKey = (callId: string, localTag: string, remoteTag: string): string =>
  `${callId}|${folded(localTag)}|${folded(remoteTag)}`;

/** Whether a response belongs to the call of that request of ours. */
export const isOfCall = (response: SipMessage, dialogId: string): boolean =>
  dialogId.startsWith(written(response.callId)) && isSameToken(dialogIdOf(response.callId, response.fromTag), dialogId);

/** The value to keep: connections do not outlive their process. */
export function plain(state: DialogState, session: SessionState | undefined): DialogState {
  const { nextHop, source, session: _former, ...rest } = state;
  return {
    ...rest,
    source: { ...withoutConnection(source), local: { address: source.local.address, port: source.local.port } },
    ...(nextHop !== undefined && { nextHop: withoutConnection(nextHop) }),
    ...(session !== undefined && { session }),
  };
}

const withoutConnection = ({ protocol, address, port, host }: Destination): Destination =>
  host === undefined ? { protocol, address, port } : { protocol, address, port, host };

/** Request-URI and Route values of a request, and the URI to send it to (§12.2.1.1). */
export interface Route {
  readonly uri: string;
  readonly routes: readonly string[];
  readonly next: string;
}

export function routeTo(target: string, routeSet: readonly string[]): Route {
  const first = routeSet[0];
  if (first === undefined) return { uri: target, routes: routeSet, next: target };
  const next = uriOf(first) ?? first;
  if (parseSipUri(next)?.params.has('lr')) return { uri: target, routes: routeSet, next };
  // A strict router: it finds its own URI as the Request-URI, and the target as the last Route.
  return { uri: next, routes: [...routeSet.slice(1), `<${target}>`], next };
}
