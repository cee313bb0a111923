/**
 * The SIP server as the ringing service sees it, over drachtio-srf's low-level calls. Its createUAS, createUAC and Dialog are not
 * used: they take only status 200 for an answer, answer re-INVITEs themselves and lose late answers.
 *
 * Whatever is called from within the library is guarded: an exception there would close the connection or end the process.
 */
import type { Server } from 'node:net';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import { octetsOf } from '../../base/text.js';
import { parseNameAddress, tagOf } from '../../sip/address.js';
import { DELIVER, ROUTE, TRYING } from '../../sip/link-headers.js';
import { NotSent } from '../not-sent.js';
import { Reception } from '../reception.js';
import {
  ALL_CAPABILITIES,
  type Authorizer,
  type Capabilities,
  type Content,
  type DialogUser,
  type InviteToSend,
  type InviteUser,
  type OutgoingInvite,
  type Reply,
  type RequestToSend,
  type ServerUser,
  type SipServer,
} from '../sip-server.js';
import {
  createSrf,
  type LibraryContent,
  type LibraryRequest,
  type LibraryRequestOptions,
  type LibraryResponse,
  type LibrarySrf,
  parseSipText,
} from './library.js';
import {
  contentOf,
  DrachtioRequest,
  messageFrom,
  replyFrom,
  type SentContext,
  SentInvite,
  type SentUser,
} from './messages.js';
import { carryOctets } from './octets.js';
import { notSent, releaseReasonOf } from './words.js';

/** Connect to a SIP server over TCP, reconnecting for ever; or accept the one that appears on `server`. */
export type Attachment =
  | { readonly host: string; readonly port: number; readonly secret: string }
  | { readonly server: Server; readonly secret: string };

/** Requests outside a dialog that the server hands to us. */
const ROUTED = ['invite', 'options', 'register', 'message', 'info', 'notify', 'subscribe', 'publish', 'refer'];
/** The SIP server of this project. */
const OWN_ENGINE = '-virkne';

/** Another server keeps all that to itself. */
function capabilitiesOf(version: string): Capabilities {
  if (version.includes(OWN_ENGINE)) return { ...ALL_CAPABILITIES, version };
  return { version, deliversLateAnswers: false, reportsTrying: false, sendsRoute: false };
}

/** `closed`: nobody wants a connection any more. */
export type AttachedServer = SipServer & { readonly closed: boolean };

export const attachToServer = (attachment: Attachment, log: Log): AttachedServer => new SrfServer(attachment, log);

class SrfServer implements AttachedServer {
  readonly #srf: LibrarySrf = createSrf();
  readonly #log: Log;
  readonly #reception: Reception;
  /** What fails when the connection is lost. */
  readonly #open = new Set<SentUser>();
  #connected = false;
  #capabilities = capabilitiesOf('');
  #closed = false;

  constructor(attachment: Attachment, log: Log) {
    this.#log = log;
    this.#reception = new Reception(log);
    const receive = (request: LibraryRequest, response: LibraryResponse): void =>
      this.#reception.run(() => this.#receive(request, response));
    for (const verb of ROUTED) this.#srf.use(verb, receive);
    this.#srf.use(receive);
    this.#srf.on('connect', (error, _hostports, version) => this.#reception.run(() => this.#attached(error, version)));
    this.#srf.on('close', () => this.#reception.run(() => this.#lost()));
    this.#srf.on('error', (error) => this.#log.warn({ error: messageOf(error) }, 'SIP server cannot be reached'));
    const secret = octetsOf(attachment.secret);
    if ('server' in attachment) this.#srf.listen({ server: attachment.server, secret });
    else this.#srf.connect({ ...attachment, secret });
    carryOctets(this.#srf.app.client, log);
    // The library finds the INVITE of a CANCEL by Call-ID alone, which two INVITEs may share; the frame names its transaction.
    this.#srf.app.client.wp.on('msg', (_socket, text) => this.#reception.run(() => this.#watchForCancel(text)));
  }

  get user(): ServerUser | undefined {
    return this.#reception.user;
  }

  set user(user: ServerUser | undefined) {
    this.#reception.user = user;
  }

  get connected(): boolean {
    return this.#connected;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get capabilities(): Capabilities {
    return this.#capabilities;
  }

  invite({ uri, nextHop, route, headers, body, authorizer }: InviteToSend, user: InviteUser): OutgoingInvite {
    const content = contentOf({ ...(headers && { headers }), ...(body && { body }) });
    if (this.#capabilities.reportsTrying) content.headers[TRYING] = DELIVER;
    const options = { ...content, method: 'INVITE', ...this.#wayOf(nextHop, route, content) };
    return this.#sendInvite(uri, options, user, authorizer);
  }

  reinvite(dialog: string, content: Content, user: InviteUser): OutgoingInvite {
    return this.#sendInvite(PLACEHOLDER, { ...contentOf(content), method: 'INVITE', stackDialogId: dialog }, user);
  }

  request(dialog: string, method: string, content: Content, done: (result: Reply | NotSent) => void): void {
    this.#sendForFinal(PLACEHOLDER, { ...contentOf(content), method, stackDialogId: dialog }, done);
  }

  send({ method, uri, nextHop, route, ...content }: RequestToSend, done: (result: Reply | NotSent) => void): void {
    const written = contentOf(content);
    this.#sendForFinal(uri, { ...written, method, ...this.#wayOf(nextHop, route, written) }, done);
  }

  /** Another server takes no Route from an application: there the request is at least sent to the first. */
  #wayOf(
    nextHop: string | undefined,
    route: readonly string[] | undefined,
    { headers }: LibraryContent,
  ): { readonly proxy?: string } {
    if (route !== undefined && this.#capabilities.sendsRoute) headers[ROUTE] = route.join(', ');
    const proxy = nextHop ?? (headers[ROUTE] === undefined ? parseNameAddress(route?.[0] ?? '')?.uri : undefined);
    return proxy === undefined ? {} : { proxy };
  }

  #sendForFinal(uri: string, options: LibraryRequestOptions, done: (result: Reply | NotSent) => void): void {
    const open: SentUser = { failed: (error) => finish(error) };
    const finish = (result: Reply | NotSent): void => {
      if (this.#open.delete(open)) done(result);
    };
    this.#open.add(open);
    this.#send(uri, options, finish, (sent) =>
      sent.on('response', (response) =>
        this.#reception.run(() => {
          if (response.msg.status >= 200) finish(replyFrom(response));
        }),
      ),
    );
  }

  get tables(): Readonly<Record<string, number>> {
    return { ...this.#reception.tables, open: this.#open.size };
  }

  targetOf(_dialog: string): string | undefined {
    return undefined;
  }

  attach(dialog: string, user: DialogUser): void {
    this.#reception.attach(dialog, user);
  }

  detach(dialog: string): void {
    this.#reception.detach(dialog);
  }

  close(): void {
    this.#closed = true;
    const { wp, mapServer } = this.#srf.app.client;
    wp.closing = true;
    clearTimeout(wp.reconnectVars?.retryTimer ?? undefined);
    for (const socket of mapServer.keys()) socket.destroy();
  }

  #sendInvite(uri: string, options: LibraryRequestOptions, user: InviteUser, authorizer?: Authorizer): OutgoingInvite {
    const context: SentContext = {
      capabilities: this.#capabilities,
      guarded: (action) => this.#reception.run(action),
      over: (sent) => this.#open.delete(sent),
      bye: (ended) => this.request(ended, 'BYE', {}, () => {}),
      request: (dialog, method, content, done) => this.request(dialog, method, content, done),
      forget: (transaction) => {
        for (const { pendingSipRequests } of this.#srf.app.client.mapServer.values()) {
          pendingSipRequests.delete(transaction);
        }
      },
    };
    const invite = new SentInvite(user, context, authorizer);
    this.#open.add(invite);
    this.#send(
      uri,
      options,
      (error) => invite.failed(error),
      (sent) => invite.sent(sent),
    );
    return invite;
  }

  /** Calls one of both back: later, and never while sending, also when nothing can be sent. */
  #send(
    uri: string,
    options: LibraryRequestOptions,
    failed: (error: NotSent) => void,
    sent: (request: LibraryRequest) => void,
  ): void {
    const answered = (error: unknown, request?: LibraryRequest): void =>
      this.#reception.run(() => {
        if (error || request === undefined) {
          failed(notSent(messageOf(error)));
          return;
        }
        // An UPDATE that arrives while this request is open is emitted on it, whatever the dialog's state.
        request.on('update', (update, response) => this.#reception.run(() => this.#receive(update, response)));
        sent(request);
      });
    try {
      this.#srf.request(uri, options, answered);
    } catch (thrown) {
      // The library asserts that there is a connection.
      const error = this.#connected ? notSent(messageOf(thrown)) : gone();
      queueMicrotask(() => this.#reception.run(() => failed(error)));
    }
  }

  #receive(request: LibraryRequest, response: LibraryResponse): void {
    const dialog = request.stackDialogId ?? '';
    if (request.source === 'application') this.#reception.released(dialog, releaseReasonOf(messageFrom(request.msg)));
    else if (request.method === 'ACK') this.#reception.acknowledged(dialog, messageFrom(request.msg));
    else {
      if (request.method === 'INVITE') {
        request.on('update', (update, answer) => this.#reception.run(() => this.#receive(update, answer)));
      }
      const received = new DrachtioRequest(request, response, this.#log);
      if (this.#wouldTakeOver(received)) received.respond(482);
      else this.#reception.receive(received, request.stackTxnId);
    }
  }

  /** A drachtio-server names a dialog by Call-ID and From tag alone: an INVITE with those of a live one would become its peer. */
  #wouldTakeOver({ method, dialog, headers }: DrachtioRequest): boolean {
    if (method !== 'INVITE' || dialog !== '') return false;
    return this.#reception.isAttached(`${headers['call-id']};from-tag=${tagOf(headers.from ?? '')}`);
  }

  #watchForCancel(text: string): void {
    const end = text.indexOf('\r\n');
    if (end < 0 || !text.startsWith('CANCEL ', end + 2)) return;
    const [, type, source, , , , , , transaction = '', dialog = ''] = text.slice(0, end).split('|');
    if (type !== 'sip' || source !== 'network') return;
    this.#reception.cancelled(transaction, dialog, () => messageFrom(parseSipText(text.slice(end + 2))));
  }

  #attached(error: unknown, version = ''): void {
    if (error) {
      this.#log.error({ error: messageOf(error) }, 'SIP server refused us: check the secret');
      return;
    }
    this.#connected = true;
    this.#capabilities = capabilitiesOf(version);
    this.#log.info({ version }, 'attached to the SIP server');
    this.user?.onConnected();
  }

  #lost(): void {
    if (!this.#connected) return;
    this.#connected = false;
    if (!this.#closed) this.#log.error('connection to the SIP server is lost');
    const error = gone();
    for (const open of [...this.#open]) this.#reception.run(() => open.failed(error));
    this.#reception.lost();
  }
}

const gone = (): NotSent => new NotSent('server-gone', 'the connection to the SIP server is lost');

/** In a dialog the server knows the target. */
const PLACEHOLDER = 'sip:placeholder';
