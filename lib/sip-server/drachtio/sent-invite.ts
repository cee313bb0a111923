/** An INVITE of ours, or a re-INVITE, from sending to its final response. */
import type { Clock, Timer } from '../../base/clock.js';
import { tagOf, uriOf } from '../../sip/address.js';
import { splitValues } from '../../sip/headers.js';
import { DELIVER, LATE_ANSWER } from '../../sip/link-headers.js';
import { isChallenge } from '../challenged.js';
import { NotSent } from '../not-sent.js';
import type {
  Authorize,
  Authorizer,
  Capabilities,
  Content,
  Headers,
  HeadersToSend,
  InviteUser,
  OutgoingInvite,
  Reply,
} from '../sip-server.js';
import type { Acknowledge, LibraryContent, LibraryRequest, LibraryResponse } from './library.js';
import { contentOf, replyFrom } from './messages.js';
import type { Orphan } from './orphans.js';

/** Something that was sent and is not over. */
export interface SentUser {
  failed(error: NotSent): void;
  /** What is left of it at the server when the connection is lost. */
  readonly orphan?: Orphan | undefined;
}

interface SentContext {
  readonly capabilities: Capabilities;
  readonly clock: Clock;
  readonly connected: boolean;
  guarded(action: () => void): void;
  over(sent: SentInvite): void;
  forget(transaction: string): void;
  /** Ends that dialog. */
  bye(dialog: string): void;
  request(dialog: string, method: string, content: Content, done: (result: Reply | NotSent) => void): void;
}

export interface InviteOptions {
  readonly user: InviteUser;
  /** Of a re-INVITE; else empty. */
  readonly dialog: string;
  /** For its PRACKs. */
  readonly authorizer?: Authorizer | undefined;
}

/**
 * drachtio-server forgets a request within a dialog after its first response, be that provisional: the final one is never told. So
 * long is waited for it all the same. A peer whose 2xx gets no ACK ends the dialog after 64*T1 (RFC 3261 §13.3.1.4).
 */
export const FORGOTTEN_MS = 10_000;

export class SentInvite implements OutgoingInvite, SentUser {
  readonly #user: InviteUser;
  readonly #context: SentContext;
  /** Of a re-INVITE; else empty. */
  readonly dialog: string;
  #request: LibraryRequest | undefined;
  #acknowledge: Acknowledge | undefined;
  #cancel: Record<string, string> | undefined;
  #over = false;
  /** The dialog of its 2xx. */
  #answered = '';
  #isOursToEnd = false;
  #limit: Timer | undefined;
  readonly #authorizer: Authorizer | undefined;

  constructor({ user, dialog, authorizer }: InviteOptions, context: SentContext) {
    this.#user = user;
    this.dialog = dialog;
    this.#authorizer = authorizer;
    this.#context = context;
  }

  /** The server has it: only now it can be cancelled. */
  sent(request: LibraryRequest): void {
    this.#request = request;
    request.on('response', (response, acknowledge) =>
      this.#context.guarded(() => this.#receive(response, acknowledge)),
    );
    if (this.#cancel !== undefined) this.#sendCancel(this.#cancel);
  }

  failed(error: NotSent): void {
    if (this.#end()) this.#user.onFailed(error);
  }

  get orphan(): Orphan | undefined {
    if (this.#request === undefined || this.dialog !== '') return undefined;
    const { stackTxnId, msg } = this.#request;
    const { 'call-id': callId, from } = msg.headers;
    const dialog = callId === undefined || from === undefined ? '' : `${callId};from-tag=${tagOf(from)}`;
    return { dialog, invite: { transaction: stackTxnId, isOurs: true } };
  }

  cancel(headers: HeadersToSend, late: 'deliver' | 'release'): void {
    if (this.#over || this.#cancel !== undefined || !this.#context.connected) return;
    const written = contentOf({ headers }).headers;
    if (late === 'deliver' && this.#context.capabilities.deliversLateAnswers) written[LATE_ANSWER] = DELIVER;
    this.#cancel = written;
    if (this.#request !== undefined) this.#sendCancel(written);
  }

  acknowledge(content: Content = {}): void {
    const acknowledge = this.#acknowledge;
    this.#acknowledge = undefined;
    if (acknowledge === undefined) return;
    this.#context.guarded(() => orBare(contentOf(content), (written) => acknowledge(written)));
    if (this.#isOursToEnd) this.#context.bye(this.#answered);
  }

  forget(): void {
    if (this.#end() && this.#request !== undefined) this.#context.forget(this.#request.stackTxnId);
  }

  #receive(response: LibraryResponse, acknowledge: Acknowledge): void {
    if (this.#over) return;
    const reply = replyFrom(response);
    const { capabilities } = this.#context;
    if (reply.status < 200) {
      // RFC 3262 §4: it is repeated until its PRACK comes. Not for a leg that is being left.
      const isReliable = reply.headers.rseq !== undefined && this.#cancel === undefined;
      if (isReliable && this.#authorizer === undefined) acknowledge();
      else if (isReliable) this.#sendPrack(response.stackDialogId ?? '', reply.headers, this.#authorizer?.());
      if (this.dialog !== '' && !capabilities.takesEvery2xx) this.#limitWaiting();
      this.#user.onProvisional(reply);
      return;
    }
    const dialog = response.stackDialogId ?? '';
    // Of another 2xx than 200 drachtio-server knows no dialog, and would take an ACK for a request outside of any.
    const isOrphaned = reply.status > 200 && reply.status < 300 && !capabilities.takesEvery2xx;
    if (isOrphaned && this.dialog !== '') {
      this.failed(new NotSent('local', `the SIP server cannot acknowledge ${reply.status}`));
      return;
    }
    if (reply.status < 300 && !isOrphaned) {
      this.#acknowledge = acknowledge;
      this.#answered = dialog;
    }
    this.#end();
    this.#user.onFinal(reply, isOrphaned ? '' : dialog);
  }

  /** RFC 3261 §22.2: with what the peer has asked for, and again where it asks once more. */
  #sendPrack(dialog: string, headers: Headers, authorize: Authorize | undefined, challenge?: Headers): void {
    const uri = uriOf(splitValues(headers.contact ?? '')[0] ?? '') ?? '';
    const credentials = authorize?.({ method: 'PRACK', uri, body: '' }, challenge);
    if (credentials === undefined) return;
    const rack = `${headers.rseq} ${headers.cseq}`;
    this.#context.request(dialog, 'PRACK', { headers: { rack, ...credentials } }, (result) => {
      if (isChallenge(result)) this.#sendPrack(dialog, headers, authorize, result.headers);
    });
  }

  #limitWaiting(): void {
    this.#limit ??= this.#context.clock.after(FORGOTTEN_MS, () => {
      this.#context.guarded(() => this.failed(new NotSent('local', 'the SIP server has told no final response')));
    });
  }

  #sendCancel(headers: Record<string, string>): void {
    const isLeft = headers[LATE_ANSWER] === undefined;
    const done = (error: unknown): void => {
      // A final response has crossed it. What the server was to end then is ours to end.
      if (error && isLeft) this.#context.guarded(() => this.#endAnswer());
    };
    this.#context.guarded(() => orBare({ headers }, (written) => this.#request?.cancel(written, done)));
  }

  #endAnswer(): void {
    if (this.#acknowledge !== undefined) this.#isOursToEnd = true;
    else if (this.#answered !== '') this.#context.bye(this.#answered);
  }

  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#limit?.cancel();
    this.#context.over(this);
    return true;
  }
}

/** Of what must be sent in any case: bare, where it is too large with its headers and body. */
export function orBare(content: LibraryContent, send: (content: LibraryContent) => void): void {
  try {
    send(content);
  } catch (thrown) {
    if (!(thrown instanceof NotSent)) throw thrown;
    send({ headers: {} });
  }
}
