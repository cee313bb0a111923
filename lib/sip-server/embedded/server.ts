/**
 * The embedded engine as the ringing service sees it, without the application protocol between them: what arrives is parsed once,
 * and nothing is written down only to be read again by the same process. `npm run bench -- --micro --only call` shows what it saves.
 */
import { CodedError, type ErrorCode } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
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
import { authorizing, draftOf, inDialogDraft, inviteDraft, requestDraft, responseDraft } from './drafts.js';
import { EventQueue } from './event-queue.js';
import { DirectRequest, ReceivedMessage } from './messages.js';
import { type InviteSender, SentInvite } from './sent-invite.js';

interface DirectOptions {
  readonly engine: Engine;
  /** Where other applications register for new requests, and take turns with this one; undefined: there are none. */
  readonly server?: Pick<DrachtioServer, 'enlist' | 'dismiss'>;
  readonly log: Log;
}

export const attachToEngine = (options: DirectOptions): SipServer => new DirectServer(options);

/** What the engine's refusals mean; all others are ours. */
const NOT_SENT: Readonly<Partial<Record<ErrorCode, NotSentCode>>> = {
  DIALOG_UNKNOWN: 'dialog-gone',
  TRANSPORT_UNAVAILABLE: 'transport',
};

/** The engine refuses by CodedErrors: what a peer did a moment ago may have made an order impossible. */
function refusalIn(thrown: unknown): NotSent {
  if (!(thrown instanceof CodedError)) throw thrown;
  return new NotSent(NOT_SENT[thrown.code] ?? 'local', thrown.message);
}

/** New requests are for nobody. */
const NOBODY: Dispatcher = { choose: () => undefined };

/** What waits for the final response of another request than an INVITE. */
type Done = (result: Reply | NotSent) => void;

class DirectServer implements SipServer, Owner, InviteSender {
  readonly capabilities = ALL_CAPABILITIES;
  readonly #engine: Engine;
  readonly #server: DirectOptions['server'];
  readonly #reception: Reception;
  /** Events behind the one that is handled: neither engine nor service is entered again while it is at work. */
  readonly #events: EventQueue;
  #connected = true;
  /** Dialogs of whose last changes the user has not heard, and whether they are over. */
  #changed = new Map<string, boolean>();
  onDialogChanged: Owner['onDialogChanged'];

  constructor({ engine, server, log }: DirectOptions) {
    this.#engine = engine;
    this.#server = server;
    this.#reception = new Reception(log);
    this.#events = new EventQueue((thrown) => this.#reception.failed(thrown));
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

  invite(invite: InviteToSend, user: InviteUser): OutgoingInvite {
    const sent = new SentInvite(this, user);
    try {
      sent.sentAs(this.#engine.request(this, inviteDraft(invite, sent)));
    } catch (thrown) {
      sent.notSent(refusalIn(thrown));
    }
    return sent;
  }

  reinvite(dialog: string, content: Content, user: InviteUser): OutgoingInvite {
    const sent = new SentInvite(this, user);
    try {
      sent.sentAs(this.#sendInDialog(dialog, 'INVITE', content, sent));
    } catch (thrown) {
      sent.notSent(refusalIn(thrown));
    }
    return sent;
  }

  request(dialog: string, method: string, content: Content, done: Done): void {
    try {
      this.#sendInDialog(dialog, method, content, done);
    } catch (thrown) {
      this.#events.add(done, refusalIn(thrown));
    }
  }

  send(request: RequestToSend, done: Done): void {
    try {
      this.#engine.request(this, requestDraft(request.method, request, false, done));
    } catch (thrown) {
      this.#events.add(done, refusalIn(thrown));
    }
  }

  targetOf(dialog: string): string | undefined {
    return this.#engine.targetOf(dialog);
  }

  attach(dialog: string, user: DialogUser, authorizer?: Authorizer): void {
    if (authorizer !== undefined) this.#engine.authorize(dialog, authorizing(authorizer()));
    this.#reception.attach(dialog, user);
  }

  detach(dialog: string): void {
    this.#reception.detach(dialog);
  }

  snapshot(dialog: string): DialogSnapshot | undefined {
    return this.#engine.snapshot(dialog);
  }

  restore(snapshot: DialogSnapshot, authorizer?: Authorizer): NotSent | undefined {
    const authorize = authorizer && authorizing(authorizer());
    try {
      // Of another engine: nobody else makes one.
      this.#engine.restore(snapshot as DialogState, this, authorize);
      return undefined;
    } catch (thrown) {
      return refusalIn(thrown);
    }
  }

  close(): void {
    if (!this.#connected) return;
    this.#connected = false;
    if (this.#server !== undefined) {
      this.#server.dismiss(this);
      return;
    }
    this.#engine.dispatcher = NOBODY;
    this.#engine.release(this);
  }

  get tables(): Readonly<Record<string, number>> {
    return { ...this.#reception.tables, waiting: this.#events.size };
  }

  // ── from the engine ──

  onRequest(event: RequestEvent): void {
    this.#events.add(this.#receive, event);
  }

  onResponse(event: ResponseEvent): void {
    this.#events.add(this.#respondedTo, event);
  }

  onUnsolicited(event: UnsolicitedEvent): void {
    this.#events.add(this.#released, event);
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
    try {
      this.#engine.cancel(this, transaction, draftOf({ headers }), late);
      return true;
    } catch (thrown) {
      refusalIn(thrown);
      return false;
    }
  }

  acknowledge(dialog: string, content: Content): void {
    try {
      this.#engine.acknowledge(this, dialog, draftOf(content));
    } catch (thrown) {
      refusalIn(thrown);
    }
  }

  requestInDialog(dialog: string, method: string, content: Content): void {
    try {
      this.#sendInDialog(dialog, method, content, undefined);
    } catch (thrown) {
      refusalIn(thrown);
    }
  }

  later(action: () => void): void {
    this.#events.later(action);
  }

  readonly #receive = (event: RequestEvent): void => {
    const { kind, message, transactionId, dialogId } = event;
    if (kind === 'ack') this.#reception.acknowledged(dialogId, new ReceivedMessage(message));
    else if (kind === 'cancel') this.#reception.cancelled(transactionId, () => new ReceivedMessage(message));
    else this.#reception.receive(new DirectRequest(event, this.#respond));
  };

  readonly #respondedTo = ({ message, failure, dialogId, receiver }: ResponseEvent): void => {
    if (receiver instanceof SentInvite) receiver.receive(message, dialogId, failure);
    else if (receiver !== undefined && message.status >= 200) (receiver as Done)(new ReceivedMessage(message, failure));
  };

  readonly #released = ({ dialogId, reason }: UnsolicitedEvent): void => {
    this.#reception.released(dialogId, reason);
  };

  readonly #respond = (request: DirectRequest, status: number, content: Content, responded?: Responded): void => {
    const isFinal = status >= 200;
    const sent = (dialog: string): void => {
      if (isFinal) request.finalGoesOut();
      this.#tell(responded, undefined, dialog);
    };
    try {
      // Of most provisional responses nobody wants to know.
      const told = isFinal || responded !== undefined ? sent : undefined;
      this.#engine.respond(this, request.transaction, responseDraft(status, content), told);
    } catch (thrown) {
      if (isFinal) request.finalGoesOut();
      this.#tell(responded, refusalIn(thrown), '');
    }
  };

  #tell(responded: Responded | undefined, error: NotSent | undefined, dialog: string): void {
    if (responded !== undefined) this.later(() => responded(error, dialog));
  }

  /** @param receiver undefined: nobody waits for a response */
  #sendInDialog(dialog: string, method: string, content: Content, receiver: SentInvite | Done | undefined): Sent {
    return this.#engine.requestInDialog(this, dialog, inDialogDraft(method, content, receiver));
  }
}
