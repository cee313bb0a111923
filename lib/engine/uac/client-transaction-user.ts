import { guarded, regardless } from '../../base/guard.js';
import type { LocalFailure } from '../../sip/local-failure.js';
import { type Field, SipMessage } from '../../sip/message.js';
import { MOST_RETRY_AFTER, numberHeld } from '../../sip/number.js';
import type { Flow, Owner, Sent } from '../api.js';
import { type Context, protectedly, tellFault } from '../context.js';
import type { Destination } from '../destination.js';
import { localFailureOf } from '../local-failure.js';
import { flowTo, type ListeningPoint, MAGIC_COOKIE } from '../network.js';
import { responseFields } from '../outgoing-headers.js';
import type { ClientUser } from '../transaction/invite-client.js';
import type { Unsent } from './build.js';
import { FORGOTTEN, type LingeringClientTransaction, type Respondent, type Way } from './lingering.js';
import { isSearch, type Lookup, type Search } from './lookup.js';
import { learnFrom, withPatience } from './sized.js';
import { Targets } from './targets.js';

/** Milliseconds by which a response that we make up is late, so that the application knows its request first. */
const SYNTHETIC_DELAY = 5;

export interface ClientTransaction {
  receive(message: SipMessage, flow: Flow): void;
  transportError(): void;
  stop(): void;
}

/** A request of ours on its way: tries its targets one after another (RFC 3263 §4.3), each in a transaction of its own. */
export abstract class ClientTransactionUser implements ClientUser, Respondent {
  readonly id: string;
  readonly context: Context;
  /** Undefined: the engine itself asked, or the application is gone. */
  owner: Owner | undefined;
  readonly method: string;
  /** The target of the current transaction; undefined while names are being resolved. */
  hop: Destination | undefined;
  protected readonly dialogId: string;
  protected transaction: ClientTransaction | undefined;
  #local: ListeningPoint;
  #targets: Targets | undefined;
  /** Tells further targets when these have been tried. */
  #search: Search | undefined;
  #branch: string;
  #message: SipMessage;
  /** Until there is a final response. */
  #unsent: Unsent | undefined;
  /** Why the last target was given up. */
  #failure: LocalFailure | undefined;

  /** @param branch of the INVITE, for a CANCEL */
  constructor(
    context: Context,
    owner: Owner | undefined,
    unsent: Unsent,
    local: ListeningPoint,
    dialogId: string,
    branch?: string,
  ) {
    this.context = context;
    this.owner = owner;
    this.dialogId = dialogId;
    this.id = context.ids.uuid();
    this.method = unsent.method;
    this.#unsent = unsent;
    this.#local = local;
    this.#branch = branch ?? MAGIC_COOKIE + context.ids.token();
    this.#message = stamped(unsent, unsent.fields as Field[], local, this.#branch);
  }

  get branch(): string {
    return this.#branch;
  }

  /** As last sent; nothing after {@link shed}. */
  get message(): SipMessage {
    return this.#message;
  }

  get sent(): Sent {
    return this.sentFor(this.dialogId);
  }

  /** @param dialogId as the owner is told */
  sentFor(dialogId: string): Sent {
    const flow = this.hop === undefined ? undefined : flowTo(this.hop, this.#local.transport);
    return { message: this.message, flow, transactionId: this.id, dialogId };
  }

  /** Sends to the first target, at once if that needs no DNS. Whoever asks for it then learns of a fault by the exception. */
  start(lookup: Lookup): void {
    try {
      if (!isSearch(lookup)) this.#begin(lookup);
      else if (lookup.first.length === 0) this.#await(lookup);
      else {
        this.#search = lookup;
        this.#begin(lookup.first);
      }
    } catch (thrown) {
      this.abort();
      throw thrown;
    }
  }

  /** What is found at once is begun at once, and its fault is the caller's to hear. */
  #await(lookup: Search): void {
    let isUnderWay = false;
    this.#searchIn(lookup, (hops, failure) => {
      try {
        this.#failure = failure;
        this.#begin(hops);
      } catch (thrown) {
        if (!isUnderWay) throw thrown;
        this.faulted(thrown);
      }
    });
    isUnderWay = true;
  }

  /** @param use is not called when the request has been given up meanwhile */
  #searchIn(search: Search, use: (hops: readonly Destination[], failure?: LocalFailure) => void): void {
    this.context.outgoing.set(this.id, this);
    search.search((hops, failure) => {
      if (this.context.outgoing.has(this.id)) use(hops, failure);
    });
  }

  #begin(hops: readonly Destination[]): void {
    if (this.#tryAll(hops)) return;
    if (hops.length > 0) this.#failure = 'no such transport';
    this.unresolved();
  }

  /** False: none of them can be tried. */
  #tryAll(hops: readonly Destination[]): boolean {
    this.#targets = new Targets(this.context, this.#message, hops);
    return this.tryNext();
  }

  /** A programming error in what belongs to this request: its owner gets a final response, and nothing of it is left. */
  faulted(thrown: unknown): void {
    tellFault(this.context, thrown, 'A fault has ended a SIP client transaction', this.#message.first('call-id'));
    regardless(() => this.breakOff());
    this.discard();
  }

  /** Whoever asks for it learns of a fault by an exception. It may have gone out already. */
  abort(): void {
    this.owner = undefined;
    regardless(() => this.breakOff());
    this.discard();
  }

  protected breakOff(): void {
    if (this.#unsent !== undefined) this.fail(500, 'Server Internal Error');
  }

  /** Takes it out of every table, whatever state it is in. */
  protected discard(): void {
    this.#targets?.unwatch();
    this.transaction?.stop();
    this.context.outgoing.delete(this.id);
    if (this.table.get(this.#branch) === this) this.table.delete(this.#branch);
  }

  receive(message: SipMessage, flow: Flow): void {
    this.#targets?.heard(message);
    this.transaction?.receive(message, flow);
  }

  transportFailed(error: Error): void {
    this.#failure = localFailureOf(error);
    this.transaction?.transportError();
  }

  stop(): void {
    this.#targets?.unwatch();
    this.transaction?.stop();
    this.context.outgoing.delete(this.id);
  }

  transmit(text: string, isAgain = false): void {
    const { hop } = this;
    const branch = this.#branch;
    if (hop === undefined) return;
    if (isAgain) this.context.retransmissions.sentRequests.add();
    this.#local.transport.send(text, hop, (error) => this.#notSent(hop, branch, error));
  }

  #notSent(hop: Destination, branch: string, error: Error): void {
    try {
      learnFrom(this.context, hop);
      if (this.#branch === branch) this.transportFailed(error);
    } catch (thrown) {
      this.faulted(thrown);
    }
  }

  protected get local(): ListeningPoint {
    return this.#local;
  }

  /** The way of this request, which its CANCEL takes, too. */
  get way(): Way | undefined {
    return this.hop === undefined ? undefined : { hop: this.hop, local: this.#local };
  }

  abstract response(message: SipMessage, flow: Flow): void;

  timedOut(): void {
    this.#failure = 'no response';
    this.#targets?.passOver();
    this.#tryFurther(408, 'Request Timeout');
  }

  unreachable(): void {
    this.#targets?.unreachable();
    this.#tryFurther(503, 'Service Unavailable');
  }

  /** RFC 3263 §4.3: a 503 is the target's own, and another target of its name may do better. False: there is none. */
  protected triesAnother(response: SipMessage): boolean {
    if (response.status !== 503) return false;
    return this.#moveOn(response, numberHeld(response.first('retry-after'), 0, MOST_RETRY_AFTER));
  }

  #moveOn(response: SipMessage | undefined, askedForSeconds?: number): boolean {
    const targets = this.#targets;
    if (this.isGivenUp || targets?.hasOther !== true) return false;
    targets.passOver(askedForSeconds);
    this.leaveTarget(response);
    return this.tryNext();
  }

  /** Its 2xx may be late, and would have to be left unanswered: to end that dialog would end the call. */
  get #isReinvite(): boolean {
    return this.method === 'INVITE' && this.#message.toTag !== '';
  }

  #fellSilent(): void {
    guarded(
      () => void this.#moveOn(undefined),
      (thrown) => this.faulted(thrown),
    );
  }

  /** Nobody wants another target to be tried. */
  protected get isGivenUp(): boolean {
    return false;
  }

  /** What is left of its transaction with a target that has refused with this response, or kept silent. */
  protected abstract leaveTarget(response: SipMessage | undefined): void;

  /** RFC 3263 §4.3. The status is what the owner gets when there is nothing left to try. */
  #tryFurther(status: number, reason: string): void {
    if (this.tryNext()) return;
    const search = this.#search;
    this.#search = undefined;
    if (search === undefined) {
      this.fail(status, reason);
      return;
    }
    this.#searchIn(search, (hops) => {
      try {
        if (this.#tryAll(hops)) return;
        this.context.outgoing.delete(this.id);
        this.fail(status, reason);
      } catch (thrown) {
        this.faulted(thrown);
      }
    });
  }

  ended(): void {
    this.#targets?.unwatch();
    this.table.delete(this.#branch);
    this.context.outgoing.delete(this.id);
  }

  /** No target at all. */
  protected unresolved(): void {
    this.context.outgoing.delete(this.id);
    this.fail(503, 'DNS Error');
  }

  /** Where responses look for this request. */
  protected get table(): Map<string, Respondent> {
    return this.context.clients;
  }

  /** Makes the transaction, which sends. */
  protected abstract open(text: string, reliable: boolean): ClientTransaction;

  /** There is a final response: the transaction lives on for half a minute, but what it sent is not sent again. */
  protected shed(): void {
    this.#unsent = undefined;
    this.#targets = undefined;
    this.#search = undefined;
    this.#message = FORGOTTEN;
  }

  /** Whether its final response may come again: over TCP timers D and K are 0 (§17.1.1.2, §17.1.2.2). */
  protected get maybeRepeated(): boolean {
    return this.hop?.protocol === 'udp';
  }

  /** Nothing but its timer D, K or M is waited for: something smaller takes its place. */
  protected linger(rest: LingeringClientTransaction): void {
    if (this.table.get(this.#branch) !== this) return;
    const { invites, others } = this.context.lingeringClients;
    (this.method === 'INVITE' ? invites : others).add(rest);
    this.transaction?.stop();
    this.context.outgoing.delete(this.id);
    this.table.set(this.#branch, rest);
  }

  get #hasMore(): boolean {
    return this.#targets?.hasMore === true || this.#search !== undefined;
  }

  /** Takes the request to its next target; false: there is none. */
  protected tryNext(): boolean {
    const { context } = this;
    const unsent = this.#unsent;
    if (unsent === undefined || this.isGivenUp) return false;
    const hop = this.#targets?.next();
    const local = hop && context.network.find(hop.protocol, hop.address);
    if (hop === undefined || local === undefined) return false;
    if (this.hop !== undefined) this.#branch = MAGIC_COOKIE + context.ids.token(); // RFC 3263 §4.3: a new transaction
    if (this.hop !== undefined || local !== this.#local) {
      this.#local = local;
      this.#message = stamped(unsent, unsent.fields.slice(), local, this.#branch);
    }
    this.hop = this.#hasMore ? withPatience(context, hop) : hop;
    context.outgoing.set(this.id, this);
    this.table.set(this.#branch, this);
    if (this.#targets?.hasOther && !this.#isReinvite) this.#targets.watch(() => this.#fellSilent());
    this.transaction = this.open(this.#message.text, hop.protocol !== 'udp');
    return true;
  }

  /** It is not sent: its owner gets this instead. */
  refuse(status: number, reason: string): void {
    this.fail(status, reason);
  }

  /** Gives the owner a final response that nobody sent. */
  protected fail(status: number, reason: string): void {
    this.context.clock.after(SYNTHETIC_DELAY, () => {
      try {
        this.synthesize(status, reason);
      } catch (thrown) {
        tellFault(this.context, thrown, 'A final response could not be made up');
        regardless(() => this.synthesize(500, 'Server Internal Error'));
      }
    });
  }

  protected synthesize(status: number, reason: string): void {
    const localTag = this.context.ids.token();
    const message = SipMessage.response(status, reason, responseFields(this.message, { status, localTag }));
    const { owner, hop } = this;
    const protocol = hop?.protocol ?? 'unknown';
    this.finished(message);
    if (owner === undefined) return;
    const { id: transactionId, dialogId } = this;
    const failure = this.#failure ?? 'internal error';
    const event = { message, flow: undefined, failure, protocol, transactionId, dialogId } as const;
    protectedly(this.context, () => owner.onResponse(event));
  }

  protected deliver(message: SipMessage, flow: Flow): void {
    const { owner } = this;
    if (owner === undefined) return;
    const event = { message, flow, protocol: flow.protocol, transactionId: this.id, dialogId: this.dialogId };
    protectedly(this.context, () => owner.onResponse(event));
  }

  /** Called with the final response, real or made up, before the owner sees it. */
  protected finished(_response: SipMessage): void {}
}

function stamped({ method, uri, body }: Unsent, fields: Field[], local: ListeningPoint, branch: string): SipMessage {
  fields[0] = ['Via', `${local.viaStart}${branch}${local.viaEnd}`];
  return SipMessage.request(method, uri, fields, body);
}
