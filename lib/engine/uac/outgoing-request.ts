import { regardless } from '../../base/guard.js';
import type { LocalFailure } from '../../sip/local-failure.js';
import { type Field, SipMessage } from '../../sip/message.js';
import type { Flow, Owner, Sent } from '../api.js';
import { type Context, protectedly, tellFault, tellOwnersFault } from '../context.js';
import type { Destination } from '../destination.js';
import { localFailureOf } from '../local-failure.js';
import { flowTo, type ListeningPoint, MAGIC_COOKIE } from '../network.js';
import { responseFields } from '../outgoing-headers.js';
import type { AnyClientTransaction, ClientUser } from '../transaction/client.js';
import type { Unsent } from './build.js';
import { FORGOTTEN, type LingeringClientTransaction, type OutboundFlow, type Respondent } from './lingering.js';
import { learnFrom } from './sized.js';

/** Milliseconds by which a response that we make up is late, so that the application knows its request first. */
const SYNTHETIC_DELAY = 5;

/** A request of ours as it goes out, to one target after another, each time in a transaction of its own; its owner hears what becomes of it. */
export abstract class OutgoingRequest implements ClientUser, Respondent {
  readonly id: string;
  readonly context: Context;
  /** Undefined: the engine itself asked, or the application is gone. */
  owner: Owner | undefined;
  /** What its owner wants to have back with each response: until the final one. */
  receiver: unknown;
  readonly method: string;
  /** The target of the current transaction; undefined while names are being resolved. */
  target: Destination | undefined;
  protected readonly dialogId: string;
  protected transaction: AnyClientTransaction | undefined;
  /** Why the last target was given up. */
  protected failure: LocalFailure | undefined;
  #local: ListeningPoint;
  #branch: string;
  #message: SipMessage;
  /** Until there is a final response. */
  #unsent: Unsent | undefined;

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
    this.#message = stamped(unsent, unsent.fields, local, this.#branch);
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
    const flow = this.target === undefined ? undefined : flowTo(this.target, this.#local);
    return { message: this.message, flow, transactionId: this.id, dialogId };
  }

  /** Its CANCEL takes the same. */
  get outboundFlow(): OutboundFlow | undefined {
    return this.target === undefined ? undefined : { target: this.target, local: this.#local };
  }

  protected get local(): ListeningPoint {
    return this.#local;
  }

  /** There is no final response yet. */
  protected get isOpen(): boolean {
    return this.#unsent !== undefined;
  }

  /** Where responses look for this request. */
  protected get table(): Map<string, Respondent> {
    return this.context.clients;
  }

  /** Makes the transaction, which sends. */
  protected abstract open(text: string, reliable: boolean): AnyClientTransaction;

  /** Becomes the request to that target: with a branch of its own, because that is a new transaction (RFC 3263 §4.3). */
  protected address(target: Destination, local: ListeningPoint): void {
    const unsent = this.#unsent;
    if (unsent === undefined) return;
    const isAgain = this.target !== undefined;
    if (isAgain) this.#branch = MAGIC_COOKIE + this.context.ids.token();
    if (isAgain || local !== this.#local) {
      this.#local = local;
      this.#message = stamped(unsent, unsent.fields.slice(), local, this.#branch);
    }
    this.target = target;
    this.context.outgoing.set(this.id, this);
    this.table.set(this.#branch, this);
  }

  transmit(text: string, isAgain = false): void {
    const { target } = this;
    const branch = this.#branch;
    if (target === undefined) return;
    if (isAgain) this.context.retransmissions.sentRequests.add();
    this.#local.transport.send(text, target, (error) => this.#notSent(target, branch, error), this.#unsent);
  }

  #notSent(target: Destination, branch: string, error: Error): void {
    try {
      learnFrom(this.context, target);
      if (this.#branch === branch) this.transportFailed(error);
    } catch (thrown) {
      this.faulted(thrown);
    }
  }

  transportFailed(error: Error): void {
    this.failure = localFailureOf(error);
    this.transaction?.transportError();
  }

  receive(message: SipMessage, flow: Flow): void {
    this.transaction?.receive(message, flow);
  }

  abstract response(message: SipMessage, flow: Flow): void;

  abstract timedOut(): void;

  abstract unreachable(): void;

  ended(): void {
    this.table.delete(this.#branch);
    this.context.outgoing.delete(this.id);
  }

  stop(): void {
    this.transaction?.stop();
    this.context.outgoing.delete(this.id);
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
    if (this.isOpen) this.fail(500, 'Server Internal Error');
  }

  /** Takes it out of every table, whatever state it is in. */
  protected discard(): void {
    this.stop();
    if (this.table.get(this.#branch) === this) this.table.delete(this.#branch);
  }

  /** There is a final response: the transaction lives on for half a minute, but what it sent is not sent again. */
  protected shed(): void {
    this.#unsent = undefined;
    this.#message = FORGOTTEN;
  }

  /** Whether its final response may come again: over TCP timers D and K are 0 (§17.1.1.2, §17.1.2.2). */
  protected get maybeRepeated(): boolean {
    return this.target?.protocol === 'udp';
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

  protected deliver(message: SipMessage, flow: Flow): void {
    const { owner, id: transactionId, dialogId, receiver } = this;
    if (message.status >= 200) this.receiver = undefined;
    if (owner === undefined) return;
    const { protocol } = flow;
    // Not `protectedly`: no closure for each response.
    try {
      owner.onResponse({ message, flow, protocol, transactionId, dialogId, receiver });
    } catch (thrown) {
      tellOwnersFault(this.context, thrown);
    }
  }

  /** It is not sent: its owner gets this instead. */
  refuse(status: number, reason: string): void {
    this.fail(status, reason);
  }

  /** Gives the owner a final response that nobody sent. */
  protected fail(status: number, reason: string): void {
    this.context.clock.after(SYNTHETIC_DELAY, () => {
      try {
        this.#synthesize(status, reason);
      } catch (thrown) {
        tellFault(this.context, thrown, 'A final response could not be made up');
        regardless(() => this.#synthesize(500, 'Server Internal Error'));
      }
    });
  }

  #synthesize(status: number, reason: string): void {
    const localTag = this.context.ids.token();
    const message = SipMessage.response(status, reason, responseFields(this.message, { status, localTag }));
    const { owner, target, receiver } = this;
    const protocol = target?.protocol ?? 'unknown';
    this.receiver = undefined;
    this.finished(message);
    if (owner === undefined) return;
    const { id: transactionId, dialogId } = this;
    const failure = this.failure ?? 'internal error';
    const event = { message, flow: undefined, failure, protocol, transactionId, dialogId, receiver } as const;
    protectedly(this.context, () => owner.onResponse(event));
  }

  /** Called with the final response, real or made up, before the owner sees it. */
  protected finished(_response: SipMessage): void {}
}

function stamped(unsent: Unsent, fields: Field[], local: ListeningPoint, branch: string): SipMessage {
  const { method, uri, body } = unsent;
  fields[0] = ['Via', `${local.viaStart}${branch}${local.viaEnd}`];
  return SipMessage.outgoing({ method, uri, status: 0, reason: '' }, fields, body, unsent);
}
