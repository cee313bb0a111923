import { CodedError, messageOf } from '../base/errors.js';
import { guarded } from '../base/guard.js';
import type { SipMessage } from '../sip/message.js';
import { isMethod } from '../sip/methods.js';
import { parseMessage } from '../sip/parse.js';
import { parseSipUri, parseTelUri } from '../sip/uri.js';
import { defectOf } from '../sip/validate.js';
import type {
  Authorize,
  Carries,
  Dispatcher,
  Draft,
  Engine,
  EngineOptions,
  Flow,
  LateAnswer,
  Owner,
  Receiver,
  RequestDraft,
  ResponseDraft,
  ResponseSent,
  Sent,
} from './api.js';
import { type Context, tellFault } from './context.js';
import { countsOf, createContext, tablesOf } from './create-context.js';
import { type Destination, isSameEnd, protocolOf } from './destination.js';
import { type DialogState, dialogIdOf, routeTo } from './dialog/state.js';
import { type ListeningPoint, Network } from './network.js';
import { releaseOwner } from './release.js';
import { restoreDialog } from './restore.js';
import { ownBranch } from './transaction/matching.js';
import type { ClientInviteUnderWay } from './transactions.js';
import { noSuchAnswer } from './uac/acknowledgement.js';
import { buildRequest } from './uac/build.js';
import { ClientInvite } from './uac/client-invite.js';
import { ClientRequest } from './uac/client-request.js';
import { ClientSubscribe } from './uac/client-subscribe.js';
import { noSuchDialog, sendInDialog } from './uac/in-dialog.js';
import { legible } from './uac/legible.js';
import type { Respondent } from './uac/lingering.js';
import { lookUpUri } from './uac/lookup.js';
import { noteRepeatedResponse } from './uac/repeated.js';
import { Intake } from './uas/intake.js';
import { unknownTransaction } from './uas/received-request.js';
import { ServerTransactionUser } from './uas/server-transaction-user.js';

const NO_ROUTE: readonly string[] = [];

export const createEngine = (options: EngineOptions): Engine => new SipEngine(options);

/** RFC 3261 as an application's servant: dispatches what comes from the network, sends what the application wants sent. */
class SipEngine implements Engine, Receiver {
  dispatcher: Dispatcher = { choose: () => undefined };
  readonly #context: Context;
  readonly #network: Network;
  readonly #intake: Intake;

  constructor(options: EngineOptions) {
    this.#network = new Network(options.transports);
    this.#context = createContext(options, this.#network);
    this.#intake = new Intake(this.#context, () => this.dispatcher, options.overload, options.refused);
    options.meter.gauge('sip_engine_transactions', 'SIP transactions alive', () => this.counts.transactions);
    const entries = (): number => Object.values(this.tables).reduce((total, one) => total + one, 0);
    options.meter.gauge('sip_engine_entries', 'Entries in all tables of the SIP engine: none without calls', entries);
    options.meter.gauge('sip_engine_dialogs', 'SIP dialogs alive, early ones included', () => this.counts.dialogs);
  }

  start(): Promise<void> {
    return this.#network.start(this);
  }

  async close(): Promise<void> {
    for (const incoming of this.#context.servers.values())
      if (incoming instanceof ServerTransactionUser) incoming.stop();
    const { lingeringServers, lingeringClients } = this.#context;
    for (const queue of [lingeringServers, lingeringClients.invites, lingeringClients.others]) queue.stop();
    for (const outgoing of this.#context.outgoing.values()) outgoing.stop();
    this.#context.dialogs.stop();
    await this.#network.close();
  }

  get advertised(): readonly string[] {
    return this.#network.advertised;
  }

  get bound(): readonly string[] {
    return this.#network.bound;
  }

  get counts(): { readonly transactions: number; readonly dialogs: number } {
    return countsOf(this.#context);
  }

  get tables(): Readonly<Record<string, number>> {
    return tablesOf(this.#context);
  }

  // ── from the network ──

  received(text: string, flow: Flow, parsed?: SipMessage | null): void {
    let message = parsed ?? undefined;
    try {
      if (parsed === undefined) message = parseMessage(text);
      if (message === undefined) this.#context.meter.count('sip_engine_malformed_total');
      else if (message.isRequest) this.#intake.receive(message, flow);
      else this.#receiveResponse(message, flow);
    } catch (thrown) {
      this.#faulted(message, flow, thrown);
    }
  }

  #faulted(message: SipMessage | undefined, flow: Flow, thrown: unknown): void {
    const context = this.#context;
    guarded(
      () => {
        if (message?.isRequest) this.#intake.faulted(message, flow, thrown);
        else tellFault(context, thrown, 'A SIP message could not be handled');
      },
      (again) => tellFault(context, again, 'A SIP request could not be refused'),
    );
  }

  failed(flow: Flow, error: Error): void {
    this.#context.log.info(
      { peer: flow.address, port: flow.port, reason: messageOf(error) },
      'A SIP peer is unreachable',
    );
    for (const outgoing of [...this.#context.outgoing.values()]) {
      const { target } = outgoing;
      if (target !== undefined && isSameEnd(target, flow)) {
        guarded(
          () => outgoing.transportFailed(error),
          (thrown) => outgoing.faulted(thrown),
        );
      }
    }
  }

  inUse(carries: Carries): boolean {
    const { dialogs, servers, outgoing } = this.#context;
    for (const { state } of dialogs.values()) {
      const { source, nextHop } = state;
      if (carries(source) || (nextHop !== undefined && carries(nextHop))) return true;
    }
    for (const incoming of servers.values())
      if (incoming instanceof ServerTransactionUser && carries(incoming.flow)) return true;
    for (const { target } of outgoing.values()) if (target !== undefined && carries(target)) return true;
    return false;
  }

  /** RFC 3261 §17.1.3: by branch, and by method as a CANCEL has the branch of its INVITE. */
  #receiveResponse(message: SipMessage, flow: Flow): void {
    const { meter, clients, cancels } = this.#context;
    const isMalformed = defectOf(message) !== undefined;
    if (isMalformed) meter.count('sip_engine_malformed_total');
    const branch = message.tryVia()?.branch;
    if (branch === undefined) return;
    // Without a CSeq it is the INVITE's, unless it may be its CANCEL's.
    const method = message.tryCSeq()?.method ?? (sentBy(cancels, branch) ? undefined : sentBy(clients, branch)?.method);
    const request = sentBy(method === 'CANCEL' ? cancels : clients, branch);
    if (request === undefined || request.method !== method) {
      if (!isMalformed) meter.count('sip_engine_stray_responses_total');
    } else if (!message.hasOneVia) {
      // §8.1.3.3: a response with a second Via is for somebody behind us, and nobody is.
      if (!isMalformed) meter.count('sip_engine_malformed_total');
    } else if (!isMalformed) {
      noteRepeatedResponse(this.#context, request, message.status);
      request.receive(message, flow);
    }
    // No status at all: not even a class can be told.
    else if (message.status >= 100) request.receive(legible(message, request.message), flow);
  }

  // ── from the application ──

  respond(owner: Owner, transactionId: string, draft: ResponseDraft, sent?: ResponseSent): Sent {
    const incoming = this.#context.unanswered.get(transactionId);
    if (incoming === undefined) throw unknownTransaction();
    if (!(draft.status >= 100 && draft.status <= 699)) {
      throw new CodedError('REQUEST_INVALID', `invalid status: ${draft.status}`);
    }
    incoming.owner = owner;
    const reason = oneLine(draft.reason);
    try {
      return incoming.respond(reason === draft.reason ? draft : { ...draft, reason }, sent);
    } catch (thrown) {
      if (!(thrown instanceof CodedError)) incoming.faulted(thrown);
      throw thrown;
    }
  }

  request(owner: Owner, draft: RequestDraft): Sent {
    const context = this.#context;
    const { method } = draft;
    const { uri, routes, next: first } = routeTo(draft.uri, draft.route ?? NO_ROUTE);
    const next = draft.nextHop ?? first;
    const target = context.resolver.resolveNumeric(next);
    // What has a numeric target is a SIP URI.
    const isNextSip = target !== undefined || parseSipUri(next) !== undefined;
    const isUriUsable = uri === next ? isNextSip : parseSipUri(uri) !== undefined || parseTelUri(uri) !== undefined;
    if (!isUriUsable || !isMethod(method) || uri.includes(' ') || method === 'ACK' || method === 'CANCEL') {
      throw new CodedError('REQUEST_INVALID', `invalid request-uri: ${oneLine(uri)}`);
    }
    if (!isNextSip) {
      throw new CodedError('REQUEST_INVALID', 'Error creating sip transaction for uac request');
    }
    const local = this.#localFor(next, target);
    const unsent = buildRequest(context, draft, local, uri, routes);
    const lookup = lookUpUri(context, next, target);
    if (method !== 'INVITE' && method !== 'SUBSCRIBE') {
      const request = new ClientRequest(context, owner, unsent, local, '');
      request.receiver = draft.receiver;
      request.start(lookup);
      return request.sent;
    }
    const dialogId = dialogIdOf(unsent.callId, unsent.fromTag);
    const Kind = method === 'INVITE' ? ClientInvite : ClientSubscribe;
    const request = new Kind(context, owner, unsent, local, dialogId);
    request.receiver = draft.receiver;
    if (request instanceof ClientInvite) {
      request.deliversTrying = draft.deliverTrying === true;
      request.authorizer = draft.authorizer;
    }
    request.start(lookup);
    return request.sentFor('');
  }

  requestInDialog(owner: Owner, dialogId: string, draft: RequestDraft): Sent {
    const context = this.#context;
    const { method } = draft;
    if (method === 'ACK') return this.acknowledge(owner, dialogId, draft);
    const { dialogs } = context;
    const dialog = method === 'PRACK' ? dialogs.findForPrack(dialogId, draft.fields) : dialogs.find(dialogId);
    if (dialog === undefined) throw noSuchDialog();
    return sendInDialog(context, owner, dialog, draft);
  }

  acknowledge(owner: Owner, dialogId: string, draft: Draft): Sent {
    const invite = this.#context.answered.get(dialogId);
    if (invite === undefined) throw noSuchAnswer();
    const dialog = this.#context.dialogs.find(dialogId);
    if (dialog !== undefined) dialog.owner = owner;
    return invite.acknowledge(draft);
  }

  cancel(owner: Owner, transactionId: string, draft: Draft, late: LateAnswer): Sent {
    const invite = this.#context.calls.get(transactionId) ?? this.#answered(transactionId);
    if (invite === undefined) {
      throw new CodedError('TRANSACTION_UNKNOWN', `unable to cancel unknown transaction id: ${transactionId}`);
    }
    invite.owner = owner;
    return invite.cancel(draft, late);
  }

  authorize(dialogId: string, authorize: Authorize): void {
    const dialog = this.#context.dialogs.find(dialogId);
    if (dialog !== undefined) dialog.authorize = authorize;
  }

  targetOf(dialogId: string): string | undefined {
    const dialog = this.#context.dialogs.find(dialogId);
    return dialog?.route.uri;
  }

  snapshot(dialogId: string): DialogState | undefined {
    const dialog = this.#context.dialogs.find(dialogId);
    return dialog?.state.phase === 'confirmed' ? dialog.snapshot : undefined;
  }

  restore(state: DialogState, owner: Owner, authorize?: Authorize): void {
    restoreDialog(this.#context, state, owner, authorize);
  }

  release(owner: Owner): void {
    releaseOwner(this.#context, owner);
  }

  /** An INVITE that has its 2xx, but not its ACK: too late to cancel, and that is another error than not knowing it. */
  #answered(transactionId: string): ClientInviteUnderWay | undefined {
    for (const invite of this.#context.answered.values()) {
      if (invite.id === transactionId && invite.owesAcknowledgement) return invite;
    }
    return undefined;
  }

  /** The transport that a request to this URI names; throws when there is none, or when we are the target. */
  #localFor(uri: string, target: Destination | undefined): ListeningPoint {
    if (target === undefined) return this.#network.assume(protocolOf(uri));
    if (this.#network.isOwn(target)) throw new CodedError('TRANSPORT_UNAVAILABLE', 'can not send request to myself');
    return this.#network.choose(target.protocol, target.address);
  }
}

const sentBy = (requests: ReadonlyMap<string, Respondent>, branch: string): Respondent | undefined =>
  requests.get(branch) ?? requests.get(ownBranch(branch));

const oneLine = (text: string): string =>
  text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]+/g, ' ') : text;
