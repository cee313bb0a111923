/**
 * The embedded engine as the ringing service sees it, without the application protocol between them: what arrives is parsed once,
 * and nothing is written down only to be read again by the same process. `npm run bench -- --micro --only call` shows what it saves.
 */
import { CodedError, type ErrorCode } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import { TransientMap } from '../../base/transient-map.js';
import type { DrachtioServer } from '../../drachtio/server.js';
import type {
  DialogPhase,
  DialogState,
  Dispatcher,
  Engine,
  LateAnswer,
  Owner,
  RequestEvent,
  ResponseEvent,
  Sent,
  UnsolicitedEvent,
} from '../../engine/api.js';
import { NotSent, type NotSentCode } from '../not-sent.js';
import { Reception } from '../reception.js';
import {
  ALL_CAPABILITIES,
  type Authorizer,
  type Content,
  type DialogSnapshot,
  type DialogUser,
  type HeadersToSend,
  type InviteToSend,
  type InviteUser,
  type OutgoingInvite,
  type Reply,
  type RequestToSend,
  type Responded,
  type ServerUser,
  type SipServer,
} from '../sip-server.js';
import { authorizing, draftOf, requestDraft, responseDraft } from './drafts.js';
import { DirectRequest, ReceivedMessage, ReceivedReply } from './messages.js';
import { type InviteSender, SentInvite } from './sent-invite.js';

interface DirectOptions {
  readonly engine: Engine;
  /** Where other applications register for new requests, and take turns with this one; undefined: there are none. */
  readonly server?: Pick<DrachtioServer, 'enlist' | 'dismiss'>;
  readonly log: Log;
}

export const attachToEngine = (options: DirectOptions): SipServer => new DirectServer(options);

/** In a dialog the engine knows the target. */
const PLACEHOLDER = 'sip:placeholder';

/** What the engine's refusals mean; all others are ours. */
const NOT_SENT: Readonly<Partial<Record<ErrorCode, NotSentCode>>> = {
  DIALOG_UNKNOWN: 'dialog-gone',
  TRANSPORT_UNAVAILABLE: 'transport',
};

/** New requests are for nobody. */
const NOBODY: Dispatcher = { choose: () => undefined };

/** What waits for responses: an INVITE for all of them, another request for the final one. */
type Awaiting = SentInvite | ((result: Reply | NotSent) => void);

class DirectServer implements SipServer, Owner, InviteSender {
  readonly capabilities = ALL_CAPABILITIES;
  readonly #options: DirectOptions;
  readonly #reception: Reception;
  /** By transaction id. */
  readonly #awaiting = new TransientMap<string, Awaiting>();
  /** Events behind the one that is handled: neither engine nor service is entered again while it is at work. */
  #waiting: (() => void)[] = [];
  #connected = true;
  /** Dialogs of whose last changes the user has not heard, and whether they are over. */
  #changed = new Map<string, boolean>();
  onDialogChanged: Owner['onDialogChanged'];

  constructor(options: DirectOptions) {
    this.#options = options;
    this.#reception = new Reception(options.log);
    const { server, engine } = options;
    if (server === undefined) engine.dispatcher = { choose: () => this };
    else server.enlist(this);
  }

  get user(): ServerUser | undefined {
    return this.#reception.user;
  }

  set user(user: ServerUser | undefined) {
    this.#reception.user = user;
    const { onDialogChanged } = user ?? {};
    this.onDialogChanged = onDialogChanged && ((dialog, phase) => this.#dialogChanged(dialog, phase));
    this.later(() => this.user?.onConnected());
  }

  get connected(): boolean {
    return this.#connected;
  }

  invite({ uri, nextHop, route, headers, body, authorizer }: InviteToSend, user: InviteUser): OutgoingInvite {
    const plain = requestDraft('INVITE', uri, nextHop, route, draftOf(headers, body), true);
    const draft = authorizer === undefined ? plain : { ...plain, authorizer: () => authorizing(authorizer()) };
    return this.#sentInvite(user, () => this.#options.engine.request(this, draft));
  }

  reinvite(dialog: string, content: Content, user: InviteUser): OutgoingInvite {
    return this.#sentInvite(user, () => this.#sendInDialog(dialog, 'INVITE', content));
  }

  request(dialog: string, method: string, content: Content, done: (result: Reply | NotSent) => void): void {
    this.#awaitFinal(() => this.#sendInDialog(dialog, method, content), done);
  }

  send({ method, uri, nextHop, route, ...content }: RequestToSend, done: (result: Reply | NotSent) => void): void {
    const draft = requestDraft(method, uri, nextHop, route, draftOf(content.headers, content.body), false);
    this.#awaitFinal(() => this.#options.engine.request(this, draft), done);
  }

  targetOf(dialog: string): string | undefined {
    return this.#options.engine.targetOf(dialog);
  }

  attach(dialog: string, user: DialogUser, authorizer?: Authorizer): void {
    if (authorizer !== undefined) this.#options.engine.authorize(dialog, authorizing(authorizer()));
    this.#reception.attach(dialog, user);
  }

  detach(dialog: string): void {
    this.#reception.detach(dialog);
  }

  snapshot(dialog: string): DialogSnapshot | undefined {
    return this.#options.engine.snapshot(dialog);
  }

  restore(snapshot: DialogSnapshot, authorizer?: Authorizer): NotSent | undefined {
    const authorize = authorizer && authorizing(authorizer());
    // Of another engine: nobody else makes one.
    const restored = this.#attempt(() => this.#options.engine.restore(snapshot as DialogState, this, authorize));
    return restored instanceof NotSent ? restored : undefined;
  }

  close(): void {
    if (!this.#connected) return;
    this.#connected = false;
    const { server, engine } = this.#options;
    if (server !== undefined) {
      server.dismiss(this);
      return;
    }
    engine.dispatcher = NOBODY;
    engine.release(this);
  }

  get tables(): Readonly<Record<string, number>> {
    return { ...this.#reception.tables, awaiting: this.#awaiting.size, waiting: this.#waiting.length };
  }

  // ── from the engine ──

  onRequest(event: RequestEvent): void {
    this.later(() => this.#receive(event));
  }

  onResponse(event: ResponseEvent): void {
    this.later(() => this.#respondedTo(event));
  }

  onUnsolicited({ dialogId, reason }: UnsolicitedEvent): void {
    this.later(() => this.#reception.released(dialogId, reason));
  }

  #dialogChanged(dialogId: string, phase: DialogPhase): void {
    this.#changed.set(dialogId, phase === 'terminated');
    if (this.#changed.size === 1) this.later(this.#tellChanges);
  }

  readonly #tellChanges = (): void => {
    const changed = this.#changed;
    this.#changed = new Map();
    for (const [dialog, isOver] of changed) this.#reception.run(() => this.user?.onDialogChanged?.(dialog, isOver));
  };

  // ── from an INVITE that was sent ──

  cancel(transaction: string, headers: HeadersToSend, late: LateAnswer): boolean {
    const sent = this.#attempt(() => this.#options.engine.cancel(this, transaction, draftOf(headers), late));
    return !(sent instanceof Error);
  }

  acknowledge(dialog: string, content: Content): void {
    this.#attempt(() => this.#options.engine.acknowledge(this, dialog, draftOf(content.headers, content.body)));
  }

  requestInDialog(dialog: string, method: string, content: Content): void {
    this.#attempt(() => this.#sendInDialog(dialog, method, content));
  }

  over(transaction: string): void {
    this.#awaiting.delete(transaction);
  }

  later(action: () => void): void {
    if (this.#waiting.push(action) === 1) queueMicrotask(this.#drain);
  }

  readonly #drain = (): void => {
    // What is added meanwhile is handled in the same go, behind what was there.
    for (let i = 0; i < this.#waiting.length; i++) this.#reception.run(this.#waiting[i] as () => void);
    this.#waiting = [];
  };

  #receive(event: RequestEvent): void {
    const { kind, message, transactionId, dialogId } = event;
    if (kind === 'ack') this.#reception.acknowledged(dialogId, new ReceivedMessage(message));
    else if (kind === 'cancel') this.#reception.cancelled(transactionId, () => new ReceivedMessage(message));
    else this.#reception.receive(new DirectRequest(event, this.#respond), transactionId);
  }

  #respondedTo(event: ResponseEvent): void {
    const awaiting = this.#awaiting.get(event.transactionId);
    if (awaiting instanceof SentInvite) awaiting.receive(event);
    else if (awaiting !== undefined && event.message.status >= 200) {
      this.#awaiting.delete(event.transactionId);
      awaiting(new ReceivedReply(event));
    }
  }

  readonly #respond = (request: DirectRequest, status: number, content: Content, responded?: Responded): void => {
    const told = (error: NotSent | undefined, dialog: string): void => {
      if (status >= 200) request.onFinal?.();
      if (responded !== undefined) this.later(() => responded(error, dialog));
    };
    const sent = (dialog: string): void => told(undefined, dialog);
    try {
      const result = this.#attempt(() =>
        this.#options.engine.respond(this, request.transaction, responseDraft(status, content), sent),
      );
      if (result instanceof NotSent) told(result, '');
    } catch (thrown) {
      if (status >= 200) request.onFinal?.();
      throw thrown;
    }
  };

  #sentInvite(user: InviteUser, send: () => Sent): OutgoingInvite {
    const sent = this.#attempt(send);
    const invite = new SentInvite(this, user, sent);
    if (!(sent instanceof NotSent)) this.#awaiting.set(sent.transactionId, invite);
    return invite;
  }

  #awaitFinal(send: () => Sent, done: (result: Reply | NotSent) => void): void {
    const sent = this.#attempt(send);
    if (sent instanceof NotSent) this.later(() => done(sent));
    else this.#awaiting.set(sent.transactionId, done);
  }

  #sendInDialog(dialog: string, method: string, content: Content): Sent {
    const { fields, body } = draftOf(content.headers, content.body);
    const draft = { method, uri: PLACEHOLDER, fields, body, keepsLocalhost: true };
    return this.#options.engine.requestInDialog(this, dialog, draft);
  }

  /** The engine refuses by CodedErrors: what a peer did a moment ago may have made an order impossible. */
  #attempt<T>(action: () => T): T | NotSent {
    try {
      return action();
    } catch (thrown) {
      if (!(thrown instanceof CodedError)) throw thrown;
      return new NotSent(NOT_SENT[thrown.code] ?? 'local', thrown.message);
    }
  }
}
