/** A dialog while it lives: its state (RFC 3261 §12), and what is under way in it. */
import type { Account } from '../../base/budget.js';
import type { Timer } from '../../base/clock.js';
import { detached } from '../../base/text.js';
import { hasDescription } from '../../sip/description.js';
import type { SipMessage } from '../../sip/message.js';
import { SESSION_ID } from '../../sip/names.js';
import { answeringSessionId } from '../../sip/session-id.js';
import type { Authorize, Owner, Resolver } from '../api.js';
import type { Destination, Flow } from '../destination.js';
import { stateAsClient, stateAsServer } from './beginning.js';
import type { ClientInviteInDialog, OriginOf, ServerInviteInDialog, UnacknowledgedInvite } from './invites.js';
import { findNextHop } from './next-hop.js';
import { Session } from './session.js';
import { type DialogState, dialogKey, plain, type Route, routeTo } from './state.js';

const NONE: ReadonlyMap<number, UnacknowledgedInvite> = new Map();

export class Dialog {
  readonly state: DialogState;
  /** Call-ID and tags: what it is found by. */
  readonly key: string;
  owner: Owner | undefined;
  /** RSeq of the last reliable provisional response of the peer (RFC 3262 §4). */
  remoteReliable = -1;
  /** That response has no PRACK of ours yet. */
  owesPrack = false;
  /** The log has it that somebody else spoke in it. */
  isForeignerTold = false;
  /** Earlier dialogs of the same INVITE: they share its id. */
  forks: Dialog[] | undefined;
  /** The peer's INVITE that has no final response from us yet. */
  serverInvite: ServerInviteInDialog | undefined;
  /** The INVITE of ours that made it, while its transaction lives. */
  origin: OriginOf<Dialog> | undefined;
  /** Our INVITE within this dialog that has no final response yet. */
  clientInvite: ClientInviteInDialog | undefined;
  /** Requests that wait until the name of the next hop is resolved. */
  waiting: ((targets: readonly Destination[]) => void)[] | undefined;
  lapse: Timer | undefined;
  /** Charged with the bytes that it holds, while it is in the table. */
  account: Account | undefined;
  held = 0;
  /** Its id names it, and none of its forks. */
  isNamed = false;
  /** Made by an INVITE. */
  session: Session | undefined;
  /** For what we send in it by ourselves, where the application has credentials. */
  authorize: Authorize | undefined;
  /** Runs when the ACK of our 2xx has come, or never will: a BYE has to wait for that (§15). */
  afterAck: (() => void)[] | undefined;
  /** Is told of each change of its state. */
  #watcher: ((dialog: Dialog) => void) | undefined;
  #route: Route | undefined;
  /** From what that was made. */
  #routeTarget = '';
  #routeSet: readonly string[] | undefined;
  #resolved = '';
  #numeric: Destination | undefined;
  #unacknowledged: Map<number, UnacknowledgedInvite> | undefined;

  constructor(state: DialogState) {
    this.state = state;
    this.key = dialogKey(state.callId, state.localTag, state.remoteTag);
  }

  get id(): string {
    return this.state.id;
  }

  get isSubscription(): boolean {
    return this.state.lapsesAt !== undefined;
  }

  /** Of the requests that we send in it now. */
  get route(): Route {
    const { remoteTarget, routeSet } = this.state;
    if (this.#route === undefined || this.#routeTarget !== remoteTarget || this.#routeSet !== routeSet) {
      this.#route = routeTo(remoteTarget, routeSet);
      this.#routeTarget = remoteTarget;
      this.#routeSet = routeSet;
    }
    return this.#route;
  }

  /** To be kept, and restored from. */
  get snapshot(): DialogState {
    return plain(this.state, this.session?.value);
  }

  watch(watcher: ((dialog: Dialog) => void) | undefined): void {
    this.#watcher = watcher;
    if (this.session !== undefined) this.session.changed = watcher && (() => watcher(this));
  }

  changed(): void {
    this.#watcher?.(this);
  }

  /** The CSeq number of a request that we send now. */
  nextSequence(): number {
    this.state.localSequence++;
    this.changed();
    return this.state.localSequence;
  }

  /** A request of the peer with that CSeq number has come. */
  sequenceReceived(sequence: number): void {
    if (sequence <= this.state.remoteSequence) return;
    this.state.remoteSequence = sequence;
    this.changed();
  }

  /** We speak in it with that Session-ID. */
  spokeAs(sessionId: string | undefined): void {
    if (sessionId === undefined || sessionId === this.state.sessionId) return;
    this.state.sessionId = detached(sessionId);
    this.changed();
  }

  /** The peer has said who it is (RFC 7989 §8): in a response, or in the ACK of a 2xx. */
  heard(message: SipMessage): void {
    const heard = message.firstNumbered(SESSION_ID);
    if (heard !== undefined) this.spokeAs(answeringSessionId(heard, this.state.sessionId));
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
    for (const invite of this.unacknowledged.values()) invite.stopRepeating();
    this.#unacknowledged = undefined;
  }

  /** The peer speaks over another connection than before: the old one leads nowhere any more. */
  reconnected(flow: Flow): void {
    const { connection } = flow;
    const { nextHop, source } = this.state;
    if (connection === undefined) return;
    const isNew = (end: Destination | undefined): boolean =>
      end?.connection !== undefined && end.connection !== connection;
    const isNewNextHop = isNew(nextHop);
    // Another of our listeners must not become the one that speaks.
    const isNewSource = isNew(source) && source.local === flow.local;
    if (isNewNextHop) this.state.nextHop = flow;
    if (isNewSource) this.state.source = flow;
    if (isNewNextHop || isNewSource) this.changed();
  }

  /** Target refresh (§12.2.1.2, §12.2.2). */
  refreshTarget(message: SipMessage, flow: Flow, natDetection: boolean): void {
    const { state } = this;
    const uri = message.contactUri;
    if (uri === undefined) return;
    const { target, isGuess } = findNextHop(state.routeSet, uri, flow, natDetection);
    state.remoteTarget = uri;
    state.nextHop = target;
    state.isNextHopGuessed = isGuess;
    this.changed();
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
  const dialog = new Dialog(stateAsServer(request, localTag, flow, contact, natDetection));
  if (request.method === 'INVITE') dialog.session = new Session(hasDescription(request) ? 'invited' : 'asked');
  return dialog;
}

/** The dialog that this response to our request makes (§12.1.2). */
export function dialogAsClient(request: SipMessage, response: SipMessage, flow: Flow, natDetection: boolean): Dialog {
  const dialog = new Dialog(stateAsClient(request, response, flow, natDetection));
  dialog.spokeAs(request.firstNumbered(SESSION_ID));
  dialog.heard(response);
  // Each of the dialogs that one INVITE makes has a session of its own (RFC 6337 §2.2).
  if (request.method === 'INVITE') dialog.session = new Session(hasDescription(request) ? 'inviting' : 'asking');
  return dialog;
}
