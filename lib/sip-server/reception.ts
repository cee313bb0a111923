/** Requests from a SIP server, whichever way it is attached: what may be answered when, and to whom they go. */
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { TransientMap } from '../base/transient-map.js';
import { answerAlone, toTagOf } from './in-dialog.js';
import { NotSent } from './not-sent.js';
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

/** A response that waits for the PRACK of another. */
interface Held {
  readonly status: number;
  readonly content: Content;
  readonly reliable: boolean;
  readonly responded: Responded | undefined;
}

/**
 * A request that waits for our responses, in the order that RFC 3262 §3 wants.
 *
 * A 2xx is held back for its PRACK here, whatever the server: who answers must hear only of what is on the wire, and until then a
 * CANCEL still ends the INVITE. A server that holds it back as well, as the engine does for applications that do not care, says at
 * once that it was sent; it never has to for us.
 */
export abstract class ReceivedRequest implements IncomingRequest {
  abstract readonly method: string;
  abstract readonly uri: string;
  abstract readonly headers: Headers;
  abstract readonly body: string;
  abstract readonly source: IncomingRequest['source'];
  abstract readonly dialog: string;
  onCancel: ((cancel: Message) => void) | undefined;
  onFinal: (() => void) | undefined;
  onReliable: ((dialog: string) => void) | undefined;
  #awaitsPrack = false;
  /** What waits for the PRACK. */
  #held: Held | undefined;

  respond(status: number, content: Content = {}, responded?: Responded): void {
    const reliable = status < 200 && content.headers?.require === '100rel';
    // RFC 3262 §3: neither another reliable response nor a 2xx before the PRACK. Of several, the last says it all.
    if (this.#awaitsPrack && (reliable || (status >= 200 && status < 300))) {
      this.#held = { status, content, reliable, responded };
      return;
    }
    this.#send(status, content, reliable, responded);
  }

  /** The PRACK has come. */
  acknowledged(): void {
    this.#awaitsPrack = false;
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return;
    const { status, content, reliable, responded } = held;
    try {
      this.#send(status, content, reliable, responded);
    } catch (thrown) {
      // Who gave this response has long returned from that.
      responded?.(new NotSent('local', messageOf(thrown)), '');
      throw thrown;
    }
  }

  /** Sends at once, and tells `sent` later, where somebody wants to know. Never throws. */
  protected abstract transmit(status: number, content: Content, sent: Responded | undefined): void;

  #send(status: number, content: Content, reliable: boolean, responded: Responded | undefined): void {
    this.#awaitsPrack = reliable;
    if (status >= 200) {
      this.#held = undefined;
      this.onFinal?.();
    }
    if (!reliable) {
      this.transmit(status, content, responded);
      return;
    }
    this.transmit(status, content, (error, dialog) => {
      if (error !== undefined) this.#awaitsPrack = false;
      else this.onReliable?.(dialog);
      responded?.(error, dialog);
    });
  }
}

/** Brings what a SIP server received to those whom it concerns. */
export class Reception {
  user: ServerUser | undefined;
  readonly #log: Log;
  readonly #dialogs = new TransientMap<string, DialogUser>();
  /** INVITEs that were received and not yet answered, by transaction id. */
  readonly #invites = new TransientMap<string, ReceivedRequest>();
  /** Those whose reliable provisional response waits for its PRACK, by dialog id. */
  readonly #unacknowledged = new TransientMap<string, ReceivedRequest>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Runs what calls into the service: its faults are told, and cost neither the server nor anybody else his event. */
  run(action: () => void): void {
    try {
      action();
    } catch (thrown) {
      const stack = thrown instanceof Error ? thrown.stack : '';
      this.#log.error({ error: messageOf(thrown), stack }, 'handler failed');
    }
  }

  get tables(): Readonly<Record<string, number>> {
    return {
      attached: this.#dialogs.size,
      invites: this.#invites.size,
      unacknowledged: this.#unacknowledged.size,
    };
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
  receive(request: ReceivedRequest, transaction: string): void {
    try {
      this.#receive(request, transaction);
    } catch (thrown) {
      request.respond(500);
      throw thrown;
    }
  }

  #receive(request: ReceivedRequest, transaction: string): void {
    const { method, dialog } = request;
    if (method === 'PRACK') {
      this.#prack(request);
      return;
    }
    if (method === 'INVITE') this.#track(request, transaction);
    const user = this.#dialogs.get(dialog);
    if (user !== undefined) user.onRequest(request);
    else if (dialog !== '') answerAlone(request);
    else if (toTagOf(request) === '') this.#outside(request);
    else request.respond(481); // RFC 3261 §12.2.2
  }

  acknowledged(dialog: string, ack: Message): void {
    this.#dialogs.get(dialog)?.onAcknowledge(ack);
  }

  /** @param cancel is read only where there is such an INVITE */
  cancelled(transaction: string, dialog: string, cancel: () => Message): void {
    const invite = this.#invites.get(transaction);
    if (invite === undefined) return;
    this.#invites.delete(transaction);
    this.#unacknowledged.delete(dialog);
    invite.onCancel?.(cancel());
  }

  /** The server ended the dialog by a BYE of its own. */
  released(dialog: string, reason: ReleaseReason): void {
    this.#dialogs.get(dialog)?.onReleased(reason);
  }

  /** The server is gone, and with it all that was going on. */
  lost(): void {
    this.#invites.clear();
    this.#unacknowledged.clear();
    this.user?.onLost();
    this.#dialogs.clear();
  }

  #outside(request: ReceivedRequest): void {
    if (this.user === undefined) request.respond(503);
    else if (request.method === 'INVITE') this.user.onInvite(request);
    else this.user.onRequest(request);
  }

  #track(invite: ReceivedRequest, transaction: string): void {
    this.#invites.set(transaction, invite);
    // Of the dialog that its reliable provisional responses made.
    let early = '';
    invite.onFinal = () => {
      this.#invites.delete(transaction);
      // RFC 3262 §3: refused, it waits for no PRACK; answered, it had it.
      if (early !== '' && this.#unacknowledged.get(early) === invite) this.#unacknowledged.delete(early);
    };
    invite.onReliable = (dialog) => {
      // The INVITE may have been refused before its 180 was told to have gone out.
      if (!this.#invites.has(transaction)) return;
      early = dialog;
      this.#unacknowledged.set(dialog, invite);
    };
  }

  #prack(prack: ReceivedRequest): void {
    const invite = this.#unacknowledged.get(prack.dialog);
    this.#unacknowledged.delete(prack.dialog);
    try {
      prack.respond(200);
    } finally {
      invite?.acknowledged();
    }
  }
}
