/** Requests as they travel between drachtio-srf and the ringing service. */
import { messageOf } from '../../base/errors.js';
import { type Log, maskNumber } from '../../base/log.js';
import { uriOf } from '../../sip/address.js';
import { canonicalName, splitValues } from '../../sip/headers.js';
import { DELIVER, LATE_ANSWER, LOCALHOST } from '../../sip/link-headers.js';
import { reasonPhrase } from '../../sip/reason-phrases.js';
import { isChallenge } from '../challenged.js';
import type { NotSent } from '../not-sent.js';
import { ReceivedRequest } from '../reception.js';
import type {
  Authorize,
  Authorizer,
  Capabilities,
  Content,
  Headers,
  HeadersToSend,
  IncomingRequest,
  InviteUser,
  Message,
  OutgoingInvite,
  Reply,
  Responded,
} from '../sip-server.js';
import type { Acknowledge, LibraryContent, LibraryMessage, LibraryRequest, LibraryResponse } from './library.js';
import { octetsFrom } from './octets.js';
import { notSent } from './words.js';

export function messageFrom(message: LibraryMessage): Message {
  const headers: Record<string, string> = {};
  for (const name in message.headers) {
    const value = octetsFrom(message.headers[name] ?? '');
    const key = name === MISREAD ? 'content-encoding' : canonicalName(name);
    const unfolded = value.includes('\n') ? value.replace(/\r\n[ \t]+/g, ' ') : value;
    const present = headers[key];
    headers[key] = present === undefined ? unfolded : `${present},${unfolded}`;
  }
  return { headers, body: octetsFrom(bodyOf(message)) };
}

/** What the library makes of `e`, the compact form of Content-Encoding. */
const MISREAD = 'contact-encoding';

/** Without Content-Length the library ends the body at its first empty line. */
function bodyOf({ headers, body, raw }: LibraryMessage): string {
  if (raw === undefined || headers['content-length'] !== undefined) return body ?? '';
  const headEnd = raw.indexOf('\r\n\r\n');
  return headEnd < 0 ? '' : raw.slice(headEnd + 4);
}

export const replyFrom = (response: LibraryResponse): Reply => ({
  ...messageFrom(response.msg),
  status: response.msg.status,
  reason: octetsFrom(response.msg.reason ?? ''),
});

const PEERS = new Set(['from', 'to', 'p-asserted-identity']);

export function contentOf({ headers = {}, body }: Content): LibraryContent {
  const written: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    // The library writes values as they are, so this makes several fields of one name.
    written[name] = typeof value === 'string' ? value : value.join(`\r\n${name}: `);
    // Else the server takes what a peer wrote for its own address.
    if (PEERS.has(name) && written[name].includes('@localhost')) written[LOCALHOST] = DELIVER;
  }
  return body === undefined || body === '' ? { headers: written } : { headers: written, body };
}

export class DrachtioRequest extends ReceivedRequest {
  readonly headers: Headers;
  readonly body: string;
  readonly #request: LibraryRequest;
  readonly #response: LibraryResponse;
  readonly #log: Log;

  constructor(request: LibraryRequest, response: LibraryResponse, log: Log) {
    super();
    const { headers, body } = messageFrom(request.msg);
    this.headers = headers;
    this.body = body;
    this.#request = request;
    this.#response = response;
    this.#log = log;
  }

  get method(): string {
    return this.#request.method;
  }

  get uri(): string {
    return octetsFrom(this.#request.uri);
  }

  get source(): IncomingRequest['source'] {
    const { source_address: address, source_port: port, protocol } = this.#request;
    return { address, port, protocol };
  }

  get dialog(): string {
    return this.#request.stackDialogId ?? '';
  }

  protected transmit(status: number, content: Content, responded: Responded | undefined): void {
    const sent = (error: unknown): void => {
      const dialog = error ? '' : (this.#response.stackDialogId ?? '');
      try {
        responded?.(error ? notSent(messageOf(error)) : undefined, dialog);
      } catch (thrown) {
        this.#log.error({ error: messageOf(thrown) }, 'handler failed');
      }
    };
    const written = contentOf(content);
    // Without a callback the library does not parse the echo of what it sent: half the work of a response.
    const wanted = responded === undefined ? undefined : sent;
    const refusal = this.#attempt(() => this.#response.send(status, undefined, written, wanted));
    // The library refuses a status that is not in its list, such as 469.
    if (refusal === undefined || this.#attempt(() => this.#sendUnlisted(status, written, wanted)) === undefined) return;
    this.#log.warn({ error: maskNumber(refusal), status }, 'response could not be sent');
    queueMicrotask(() => sent('the response could not be sent'));
  }

  #attempt(send: () => void): string | undefined {
    try {
      send();
      return undefined;
    } catch (thrown) {
      return messageOf(thrown);
    }
  }

  /** What the library's `send` does once it has found the status. */
  #sendUnlisted(status: number, content: LibraryContent, sent: ((error: unknown) => void) | undefined): void {
    const response = this.#response;
    response.status = status;
    Object.assign(response.msg, { status, reason: reasonPhrase(status) });
    response.agent.sendResponse(response, content, sent);
  }
}

/** Something that was sent and is not over. */
export interface SentUser {
  failed(error: NotSent): void;
}

export interface SentContext {
  readonly capabilities: Capabilities;
  guarded(action: () => void): void;
  over(sent: SentUser): void;
  forget(transaction: string): void;
  /** Ends that dialog. */
  bye(dialog: string): void;
  request(dialog: string, method: string, content: Content, done: (result: Reply | NotSent) => void): void;
}

export class SentInvite implements OutgoingInvite, SentUser {
  readonly #user: InviteUser;
  readonly #context: SentContext;
  #request: LibraryRequest | undefined;
  #acknowledge: Acknowledge | undefined;
  #cancel: Record<string, string> | undefined;
  #over = false;
  /** The dialog of its 2xx. */
  #answered = '';
  #isOursToEnd = false;
  readonly #authorizer: Authorizer | undefined;

  /** @param authorizer for its PRACKs */
  constructor(user: InviteUser, context: SentContext, authorizer: Authorizer | undefined) {
    this.#user = user;
    this.#context = context;
    this.#authorizer = authorizer;
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

  cancel(headers: HeadersToSend, late: 'deliver' | 'release'): void {
    if (this.#over || this.#cancel !== undefined) return;
    const written = contentOf({ headers }).headers;
    if (late === 'deliver' && this.#context.capabilities.deliversLateAnswers) written[LATE_ANSWER] = DELIVER;
    this.#cancel = written;
    if (this.#request !== undefined) this.#sendCancel(written);
  }

  acknowledge(content: Content = {}): void {
    const acknowledge = this.#acknowledge;
    this.#acknowledge = undefined;
    if (acknowledge === undefined) return;
    this.#context.guarded(() => acknowledge(contentOf(content)));
    if (this.#isOursToEnd) this.#context.bye(this.#answered);
  }

  forget(): void {
    if (this.#end() && this.#request !== undefined) this.#context.forget(this.#request.stackTxnId);
  }

  #receive(response: LibraryResponse, acknowledge: Acknowledge): void {
    if (this.#over) return;
    const reply = replyFrom(response);
    if (reply.status < 200) {
      // RFC 3262 §4: it is repeated until its PRACK comes. Not for a leg that is being left.
      const isReliable = reply.headers.rseq !== undefined && this.#cancel === undefined;
      if (isReliable && this.#authorizer === undefined) acknowledge();
      else if (isReliable) this.#sendPrack(response.stackDialogId ?? '', reply.headers, this.#authorizer?.());
      this.#user.onProvisional(reply);
      return;
    }
    if (reply.status < 300) {
      this.#acknowledge = acknowledge;
      this.#answered = response.stackDialogId ?? '';
    }
    this.#end();
    this.#user.onFinal(reply, response.stackDialogId ?? '');
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

  #sendCancel(headers: Record<string, string>): void {
    const isLeft = headers[LATE_ANSWER] === undefined;
    this.#context.guarded(() =>
      this.#request?.cancel({ headers }, (error) => {
        // A final response has crossed it. What the server was to end then is ours to end.
        if (error && isLeft) this.#context.guarded(() => this.#endAnswer());
      }),
    );
  }

  #endAnswer(): void {
    if (this.#acknowledge !== undefined) this.#isOursToEnd = true;
    else if (this.#answered !== '') this.#context.bye(this.#answered);
  }

  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#context.over(this);
    return true;
  }
}
