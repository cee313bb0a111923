/** Messages as they travel between drachtio-srf and the ringing service, and requests that came. */
import { messageOf } from '../../base/errors.js';
import { type Log, maskNumber } from '../../base/log.js';
import { canonicalName } from '../../sip/headers.js';
import { DELIVER, LOCAL_FAILURE, LOCALHOST } from '../../sip/link-headers.js';
import { type LocalFailure, localFailureIn } from '../../sip/local-failure.js';
import { reasonPhrase } from '../../sip/reason-phrases.js';
import { NotSent } from '../not-sent.js';
import type { Content, Headers, IncomingRequest, Message, Reply, Responded } from '../sip-server.js';
import type { LibraryContent, LibraryMessage, LibraryRequest, LibraryResponse } from './library.js';
import { octetsFrom } from './octets.js';
import { OrderedRequest, type Pracks } from './pracks.js';
import { refreshAnswer } from './session-refresh.js';
import { notSent } from './words.js';

export function messageFrom(message: LibraryMessage): Message {
  const headers: Record<string, string> = {};
  for (const name in message.headers) {
    const value = octetsFrom(message.headers[name] ?? '');
    const key = name === MISREAD ? 'content-encoding' : canonicalName(name);
    const unfolded = value.includes('\n') ? value.replace(/\r\n[ \t]+/g, ' ') : value;
    const present = headers[key];
    // A peer may name one as what every object has.
    headers[key] = typeof present === 'string' ? `${present},${unfolded}` : unfolded;
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

export function replyFrom({ msg, source_address: source }: LibraryResponse): Reply {
  const { headers, body } = messageFrom(msg);
  const reply = { headers, body, status: msg.status, reason: octetsFrom(msg.reason ?? '') };
  return source === '' ? { ...reply, failure: failureIn(msg.status, headers) } : reply;
}

/** Another server only makes up a status. */
const failureIn = (status: number, { [LOCAL_FAILURE]: said }: Headers): LocalFailure =>
  said === undefined && status === 408 ? 'no response' : localFailureIn(said);

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

export class DrachtioRequest extends OrderedRequest {
  readonly headers: Headers;
  readonly body: string;
  readonly #request: LibraryRequest;
  readonly #response: LibraryResponse;
  readonly #log: Log;
  readonly #timersAreKept: boolean;

  readonly #answered: Set<DrachtioRequest>;

  /**
   * @param timersAreKept the server answers session refreshes itself
   * @param answered has it from its 2xx until the server says that this has gone out
   */
  constructor(
    request: LibraryRequest,
    response: LibraryResponse,
    timersAreKept: boolean,
    answered: Set<DrachtioRequest>,
    pracks: Pracks,
    log: Log,
  ) {
    super(pracks);
    const { headers, body } = messageFrom(request.msg);
    this.headers = headers;
    this.body = body;
    this.#request = request;
    this.#response = response;
    this.#timersAreKept = timersAreKept;
    this.#answered = answered;
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

  get transaction(): string {
    return this.#request.stackTxnId;
  }

  protected transmit(status: number, content: Content, responded: Responded | undefined): void {
    const sent = (error: unknown): void => {
      if (status >= 200) this.#answered.delete(this);
      const dialog = error ? '' : (this.#response.stackDialogId ?? '');
      try {
        responded?.(error ? notSent(error) : undefined, dialog);
      } catch (thrown) {
        this.#log.error({ error: messageOf(thrown) }, 'handler failed');
      }
    };
    const written = contentOf(this.#answersRefresh(status, content) ? this.#withTimer(content) : content);
    // Without a callback the library does not parse the echo of what it sent: half the work of a response.
    const wanted = responded === undefined ? undefined : sent;
    if (wanted !== undefined && status >= 200 && status < 300 && this.method === 'INVITE') this.#answered.add(this);
    const refusal = this.#attempt(() => this.#response.send(status, undefined, written, wanted));
    // The library refuses a status that is not in its list, such as 469.
    const isUnlisted = refusal !== undefined && !(refusal instanceof NotSent);
    if (refusal === undefined || (isUnlisted && !this.#attempt(() => this.#sendUnlisted(status, written, wanted))))
      return;
    const error = messageOf(refusal);
    this.#log.warn({ error: maskNumber(error), status }, 'response could not be sent');
    // Whoever asked gets one that can be read.
    if (!isUnlisted && status >= 200)
      this.#attempt(() => this.#response.send(500, undefined, { headers: {} }, undefined));
    queueMicrotask(() => sent(refusal));
  }

  #answersRefresh(status: number, { headers }: Content): boolean {
    if (this.#timersAreKept || status < 200 || status >= 300 || this.dialog === '') return false;
    return (this.method === 'INVITE' || this.method === 'UPDATE') && headers?.['session-expires'] === undefined;
  }

  #withTimer(content: Content): Content {
    return { ...content, headers: { ...content.headers, ...refreshAnswer(this.headers) } };
  }

  #attempt(send: () => void): unknown {
    try {
      send();
      return undefined;
    } catch (thrown) {
      return thrown ?? 'the response could not be sent';
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
