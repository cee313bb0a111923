/** Requests from a SIP server, whichever way it is attached: what may be answered when, and to whom they go. */
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { TransientMap } from '../base/transient-map.js';
import { answerAlone, toTagOf } from './in-dialog.js';
import type {
  Content,
  DialogUser,
  Headers,
  IncomingRequest,
  Message,
  ReleaseReason,
  Responded,
  ServerUser,
} from './sip-server.js';

/** A request as its server hands it over. What must wait for a PRACK (RFC 3262 §3), `respond` keeps, and tells when it goes out. */
export abstract class ReceivedRequest implements IncomingRequest {
  abstract readonly method: string;
  abstract readonly uri: string;
  abstract readonly headers: Headers;
  abstract readonly body: string;
  abstract readonly source: IncomingRequest['source'];
  abstract readonly dialog: string;
  abstract readonly transaction: string;
  onCancel: ((cancel: Message) => void) | undefined = undefined;
  /** Who has it among the INVITEs that are not yet answered. */
  keeper: Reception | undefined = undefined;

  abstract respond(status: number, content?: Content, responded?: Responded): void;

  /** No CANCEL can be for it any more. */
  finalGoesOut(): void {
    this.keeper?.answered(this.transaction);
  }

  /** The INVITE is over without us. */
  cancelled(cancel: Message): void {
    this.onCancel?.(cancel);
  }
}

/** Brings what a SIP server received to those whom it concerns. */
export class Reception {
  user: ServerUser | undefined;
  readonly #log: Log;
  readonly #dialogs = new TransientMap<string, DialogUser>();
  /** INVITEs that were received and not yet answered, by transaction id. */
  readonly #invites = new TransientMap<string, ReceivedRequest>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Runs what calls into the service: its faults are told, and cost neither the server nor anybody else his event. */
  run(action: () => void): void {
    try {
      action();
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  /** Something that called into the service has thrown this. */
  failed(thrown: unknown): void {
    const stack = thrown instanceof Error ? thrown.stack : '';
    this.#log.error({ error: messageOf(thrown), stack }, 'handler failed');
  }

  get tables(): Readonly<Record<string, number>> {
    return { attached: this.#dialogs.size, invites: this.#invites.size };
  }

  /** What is under way: dialogs by their ids, and INVITEs that were received and not yet answered, by transaction. */
  get left(): { readonly dialogs: readonly string[]; readonly invites: Iterable<readonly [string, IncomingRequest]> } {
    return { dialogs: [...this.#dialogs.entries()].map(([dialog]) => dialog), invites: this.#invites.entries() };
  }

  attach(dialog: string, user: DialogUser): void {
    this.#dialogs.set(dialog, user);
  }

  isAttached(dialog: string): boolean {
    return this.#dialogs.has(dialog);
  }

  detach(dialog: string): void {
    this.#dialogs.delete(dialog);
  }

  /** A request other than ACK and CANCEL. Whoever could not handle it: the peer gets its response. */
  receive(request: ReceivedRequest): void {
    const { method, dialog } = request;
    try {
      if (method === 'INVITE') this.#keep(request);
      const user = dialog === '' ? undefined : this.#dialogs.get(dialog);
      if (user !== undefined) user.onRequest(request);
      else if (dialog !== '') answerAlone(request);
      else if (toTagOf(request) === '') this.#outside(request);
      else request.respond(481); // RFC 3261 §12.2.2
    } catch (thrown) {
      request.respond(500);
      throw thrown;
    }
  }

  /** The final response to that INVITE goes out. */
  answered(transaction: string): void {
    this.#invites.delete(transaction);
  }

  acknowledged(dialog: string, ack: Message): void {
    this.#dialogs.get(dialog)?.onAcknowledge(ack);
  }

  /** @param cancel is read only where there is such an INVITE */
  cancelled(transaction: string, cancel: () => Message): void {
    const invite = this.#invites.get(transaction);
    if (invite === undefined) return;
    this.#invites.delete(transaction);
    invite.cancelled(cancel());
  }

  /** The server ended the dialog by a BYE of its own. */
  released(dialog: string, reason: ReleaseReason): void {
    this.#dialogs.get(dialog)?.onReleased(reason);
  }

  /** The server is gone, and with it all that was going on. */
  lost(): void {
    this.#invites.clear();
    this.user?.onLost();
    this.#dialogs.clear();
  }

  #outside(request: ReceivedRequest): void {
    if (this.user === undefined) request.respond(503);
    else if (request.method === 'INVITE') this.user.onInvite(request);
    else this.user.onRequest(request);
  }

  #keep(invite: ReceivedRequest): void {
    this.#invites.set(invite.transaction, invite);
    invite.keeper = this;
  }
}
