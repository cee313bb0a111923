import type { Timer } from '../../base/clock.js';
import { uriOf, withTag } from '../../sip/address.js';
import { describesSession } from '../../sip/description.js';
import type { SipMessage } from '../../sip/message.js';
import { folded, isSameToken } from '../../sip/tokens.js';
import { isSipsUri, parseSipUri } from '../../sip/uri.js';
import type { Authorize, Flow, Owner, Resolver } from '../api.js';
import type { Destination } from '../destination.js';
import type { ClientInviteInDialog, OriginOf, ServerInviteInDialog, UnacknowledgedInvite } from './invites.js';
import { type NextHop, nextHopFor, TO_CONTACT } from './next-hop.js';
import { Session } from './session.js';

export type DialogState = 'early' | 'confirmed' | 'terminated';

/** `<Call-ID>;from-tag=<tag>`: the From tag is that of the request that made the dialog. */
export const dialogIdOf = (callId: string, fromTag: string): string => `${callId};from-tag=${fromTag}`;

/** Whether a response belongs to the call of that request of ours. */
export const isOfCall = (response: SipMessage, dialogId: string): boolean =>
  dialogId.startsWith(response.callId) && isSameToken(dialogIdOf(response.callId, response.fromTag), dialogId);

interface Parts {
  readonly id: string;
  readonly role: 'uac' | 'uas';
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** Header values, tags included. */
  readonly local: string;
  readonly remote: string;
  readonly localSequence: number;
  /** -1 until the peer has sent a request. */
  readonly remoteSequence: number;
  readonly remoteTarget: string;
  readonly routeSet: readonly string[];
  readonly secure: boolean;
  readonly contact: string;
  readonly source: Flow;
  readonly nextHop: NextHop;
}

export const dialogKey = (callId: string, localTag: string, remoteTag: string): string =>
  `${callId}|${folded(localTag)}|${folded(remoteTag)}`;

const NONE: ReadonlyMap<number, UnacknowledgedInvite> = new Map();

/** Dialog state (RFC 3261 §12). */
export class Dialog {
  readonly id: string;
  /** Call-ID and tags: what it is found by. */
  readonly key: string;
  readonly role: 'uac' | 'uas';
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly local: string;
  readonly remote: string;
  readonly secure: boolean;
  /** The Contact with which we entered the dialog. */
  readonly contact: string;
  /** Where the peer's first message came from; says which of our transports speaks. */
  readonly source: Flow;
  /** Fixed when the dialog is made, except that the 2xx computes it anew (§13.2.2.4). */
  routeSet: readonly string[];
  remoteTarget: string;
  /** Where requests go in place of what the route set or the remote target say. */
  hop: Destination | undefined;
  /** Unless DNS says that the remote target is there, too. */
  isHopGuessed: boolean;
  localSequence: number;
  remoteSequence: number;
  state: DialogState = 'early';
  owner: Owner | undefined;
  /** RSeq of the last reliable provisional response of the peer (RFC 3262 §4). */
  remoteReliable = -1;
  /** That response has no PRACK of ours yet. */
  owesPrack = false;
  /** Earlier dialogs of the same INVITE: they share its id. */
  forks: Dialog[] | undefined;
  /** The peer's INVITE that has no final response from us yet. */
  serverInvite: ServerInviteInDialog | undefined;
  /** The INVITE of ours that made it, while its transaction lives. */
  origin: OriginOf<Dialog> | undefined;
  /** Our INVITE within this dialog that has no final response yet. */
  clientInvite: ClientInviteInDialog | undefined;
  /** Requests that wait until the name of the next hop is resolved. */
  waiting: ((hops: readonly Destination[]) => void)[] | undefined;
  /** Made by SUBSCRIBE: it ends by NOTIFY or lapses, never by BYE. */
  isSubscription = false;
  lapse: Timer | undefined;
  /** Made by an INVITE. */
  session: Session | undefined;
  /** For what we send in it by ourselves, where the application has credentials. */
  authorize: Authorize | undefined;
  /** Runs when the ACK of our 2xx has come, or never will: a BYE has to wait for that (§15). */
  afterAck: (() => void)[] | undefined;
  #resolved = '';
  #numeric: Destination | undefined;
  #unacknowledged: Map<number, UnacknowledgedInvite> | undefined;

  constructor(parts: Parts) {
    this.id = parts.id;
    this.key = dialogKey(parts.callId, parts.localTag, parts.remoteTag);
    this.role = parts.role;
    this.callId = parts.callId;
    this.localTag = parts.localTag;
    this.remoteTag = parts.remoteTag;
    this.local = parts.local;
    this.remote = parts.remote;
    this.localSequence = parts.localSequence;
    this.remoteSequence = parts.remoteSequence;
    this.remoteTarget = parts.remoteTarget;
    this.routeSet = parts.routeSet;
    this.secure = parts.secure;
    this.contact = parts.contact;
    this.source = parts.source;
    this.hop = parts.nextHop.hop;
    this.isHopGuessed = parts.nextHop.isGuess;
  }

  /** The INVITEs whose 2xx we repeat because its ACK has not come, by CSeq number. */
  get unacknowledged(): ReadonlyMap<number, UnacknowledgedInvite> {
    return this.#unacknowledged ?? NONE;
  }

  expectAck(sequence: number, invite: UnacknowledgedInvite): void {
    this.#unacknowledged ??= new Map();
    this.#unacknowledged.set(sequence, invite);
  }

  /** The ACK has come, or is not waited for any more. */
  forgetAck(sequence: number): void {
    this.#unacknowledged?.delete(sequence);
    if (this.#unacknowledged?.size === 0) this.#unacknowledged = undefined;
  }

  /** Sends when the ACK of our 2xx has come, or never will. */
  holdForAck(send: () => void): void {
    this.afterAck ??= [];
    this.afterAck.push(send);
  }

  /** The ACK that requests had to wait for has come, or never will. */
  releaseHeld(): void {
    const held = this.afterAck;
    this.afterAck = undefined;
    if (held !== undefined) for (const send of held) send();
  }

  /** What the resolver says of the URI to which requests go: asked once for each such URI. */
  numericTarget(next: string, resolver: Resolver): Destination | undefined {
    if (this.#resolved !== next) {
      this.#numeric = resolver.resolveNumeric(next);
      this.#resolved = next;
    }
    return this.#numeric;
  }

  /** Over: nothing is repeated any more. */
  stopRepeating(): void {
    for (const invite of this.unacknowledged.values()) invite.dialogEnded();
    this.#unacknowledged = undefined;
  }

  /** The peer speaks over another connection than before: the old one leads nowhere any more. */
  reconnected(flow: Flow): void {
    const old = this.hop?.connection;
    if (old !== undefined && flow.connection !== undefined && flow.connection !== old) this.hop = flow;
  }

  /** Target refresh (§12.2.1.2, §12.2.2). */
  refreshTarget(message: SipMessage, flow: Flow, natDetection: boolean): void {
    const uri = message.contactUri;
    if (uri === undefined) return;
    this.remoteTarget = uri;
    const { hop, isGuess } = this.routeSet.length > 0 ? TO_CONTACT : nextHopFor(uri, flow, natDetection);
    this.hop = hop;
    this.isHopGuessed = isGuess;
  }
}

/** The dialog that our response to this request makes (§12.1.1). */
export function dialogAsServer(
  request: SipMessage,
  localTag: string,
  flow: Flow,
  contact: string,
  natDetection: boolean,
): Dialog {
  const routeSet = request.values('record-route');
  const remoteTarget = request.contactUri ?? request.from.uri;
  const dialog = new Dialog({
    id: dialogIdOf(request.callId, request.fromTag),
    role: 'uas',
    callId: request.callId,
    localTag,
    remoteTag: request.fromTag,
    local: withTag(request.first('to') ?? '', localTag),
    remote: request.first('from') ?? '',
    // Any start below 2**31 will do (§12.1.1 leaves it empty); the caller's own makes traces easy to read.
    localSequence: request.cseq.number,
    remoteSequence: request.cseq.number,
    remoteTarget,
    routeSet,
    secure: flow.protocol === 'tls' && isSipsUri(request.uri),
    contact,
    source: flow,
    nextHop: routeSet.length > 0 ? TO_CONTACT : nextHopFor(remoteTarget, flow, natDetection),
  });
  if (request.method === 'INVITE') dialog.session = new Session(hasOffer(request) ? 'invited' : 'asked');
  return dialog;
}

/** The dialog that this response to our request makes (§12.1.2). */
export function dialogAsClient(request: SipMessage, response: SipMessage, flow: Flow, natDetection: boolean): Dialog {
  const routeSet = [...response.values('record-route')].reverse();
  const remoteTarget = response.contactUri ?? request.uri;
  const dialog = new Dialog({
    id: dialogIdOf(request.callId, request.fromTag),
    role: 'uac',
    callId: request.callId,
    localTag: request.fromTag,
    remoteTag: response.toTag,
    local: request.first('from') ?? '',
    remote: response.first('to') ?? '',
    localSequence: request.cseq.number,
    remoteSequence: -1,
    remoteTarget,
    routeSet,
    secure: flow.protocol === 'tls' && isSipsUri(request.uri),
    contact: request.first('contact') ?? '',
    source: flow,
    nextHop: routeSet.length > 0 ? TO_CONTACT : nextHopFor(remoteTarget, flow, natDetection),
  });
  // Each of the dialogs that one INVITE makes has a session of its own (RFC 6337 §2.2).
  if (request.method === 'INVITE') dialog.session = new Session(hasOffer(request) ? 'inviting' : 'asking');
  return dialog;
}

const hasOffer = (message: SipMessage): boolean =>
  message.body !== '' &&
  describesSession(message.body, message.first('content-type'), message.first('content-disposition'));

/** Request-URI and Route values of a request, and the URI to send it to (§12.2.1.1). */
interface Route {
  readonly uri: string;
  readonly routes: readonly string[];
  readonly next: string;
}

export const routeOf = ({ remoteTarget, routeSet }: Dialog): Route => routeTo(remoteTarget, routeSet);

export function routeTo(target: string, routeSet: readonly string[]): Route {
  const first = routeSet[0];
  if (first === undefined) return { uri: target, routes: routeSet, next: target };
  const next = uriOf(first) ?? first;
  if (parseSipUri(next)?.params.has('lr')) return { uri: target, routes: routeSet, next };
  // A strict router: it finds its own URI as the Request-URI, and the target as the last Route.
  return { uri: next, routes: [...routeSet.slice(1), `<${target}>`], next };
}
