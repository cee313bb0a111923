/** What the service sends, and who waits for what becomes of it. */
import type { Clock, Timer } from '../../base/clock.js';
import { parseNameAddress } from '../../sip/address.js';
import { DELIVER, ROUTE, TRYING } from '../../sip/link-headers.js';
import { NotSent } from '../not-sent.js';
import type {
  Capabilities,
  Content,
  InviteToSend,
  InviteUser,
  OutgoingInvite,
  Reply,
  RequestToSend,
} from '../sip-server.js';
import type { LibraryContent, LibraryRequest, LibraryRequestOptions, LibraryResponse } from './library.js';
import type { Link } from './link.js';
import { contentOf, replyFrom } from './messages.js';
import type { Orphan } from './orphans.js';
import { FORGOTTEN_MS, type InviteOptions, orBare, SentInvite, type SentUser } from './sent-invite.js';
import { notSent } from './words.js';

/** In a dialog the server knows the target. */
export const PLACEHOLDER = 'sip:placeholder';

interface SenderUser {
  readonly capabilities: Capabilities;
  run(action: () => void): void;
  onRequest(request: LibraryRequest, response: LibraryResponse): void;
}

export class Sender {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #user: SenderUser;
  /** What fails when the connection is lost. */
  readonly #open = new Set<SentUser>();
  /** Those among them within a dialog, by its id. */
  readonly #reinvites = new Map<string, SentInvite>();

  constructor(link: Link, clock: Clock, user: SenderUser) {
    this.#link = link;
    this.#clock = clock;
    this.#user = user;
  }

  get size(): number {
    return this.#open.size;
  }

  get capabilities(): Capabilities {
    return this.#user.capabilities;
  }

  invite({ uri, nextHop, route, headers, body, authorizer }: InviteToSend, user: InviteUser): OutgoingInvite {
    const content = contentOf({ ...(headers && { headers }), ...(body && { body }) });
    if (this.capabilities.reportsTrying) content.headers[TRYING] = DELIVER;
    const options = { ...content, method: 'INVITE', ...this.#wayOf(nextHop, route, content) };
    return this.#sendInvite(uri, options, { user, dialog: '', authorizer });
  }

  reinvite(dialog: string, content: Content, user: InviteUser): OutgoingInvite {
    const options = { ...contentOf(content), method: 'INVITE', stackDialogId: dialog };
    return this.#sendInvite(PLACEHOLDER, options, { user, dialog });
  }

  request(dialog: string, method: string, content: Content, done: (result: Reply | NotSent) => void): void {
    if (method === 'BYE') this.leave(dialog);
    this.#sendForFinal(PLACEHOLDER, { ...contentOf(content), method, stackDialogId: dialog }, done);
  }

  send({ method, uri, nextHop, route, ...content }: RequestToSend, done: (result: Reply | NotSent) => void): void {
    const written = contentOf(content);
    this.#sendForFinal(uri, { ...written, method, ...this.#wayOf(nextHop, route, written) }, done);
  }

  /** The dialog ends: drachtio-server says no more of a re-INVITE that is open there. */
  leave(dialog: string): void {
    if (this.capabilities.takesEvery2xx) return;
    this.#reinvites.get(dialog)?.failed(new NotSent('dialog-gone', 'the dialog has been ended'));
  }

  /** What is left at the server of INVITEs that are not over. */
  get orphans(): readonly Orphan[] {
    return [...this.#open].flatMap(({ orphan }) => orphan ?? []);
  }

  lost(): void {
    const error = gone();
    for (const open of [...this.#open]) this.#user.run(() => open.failed(error));
  }

  /** Another server takes no Route from an application: there the request is at least sent to the first. */
  #wayOf(
    nextHop: string | undefined,
    route: readonly string[] | undefined,
    { headers }: LibraryContent,
  ): { readonly proxy?: string } {
    if (route !== undefined && this.capabilities.sendsRoute) headers[ROUTE] = route.join(', ');
    const proxy = nextHop ?? (headers[ROUTE] === undefined ? parseNameAddress(route?.[0] ?? '')?.uri : undefined);
    return proxy === undefined ? {} : { proxy };
  }

  #sendForFinal(uri: string, options: LibraryRequestOptions, done: (result: Reply | NotSent) => void): void {
    let limit: Timer | undefined;
    const { method, stackDialogId: dialog } = options;
    // A BYE that was lost on the way has ended nothing.
    const orphan = method === 'BYE' && dialog !== undefined ? { dialog } : undefined;
    const open: SentUser = { failed: (error) => finish(error), orphan };
    const finish = (result: Reply | NotSent): void => {
      limit?.cancel();
      if (this.#open.delete(open)) done(result);
    };
    const mayBeForgotten = dialog !== undefined && !this.capabilities.takesEvery2xx;
    this.#open.add(open);
    this.#send(uri, options, finish, (sent) =>
      sent.on('response', (response) =>
        this.#user.run(() => {
          if (response.msg.status >= 200) finish(replyFrom(response));
          else if (mayBeForgotten) {
            limit ??= this.#clock.after(FORGOTTEN_MS, () => this.#user.run(() => finish(forgotten())));
          }
        }),
      ),
    );
  }

  #sendInvite(uri: string, options: LibraryRequestOptions, about: InviteOptions): OutgoingInvite {
    const invite = new SentInvite(about, this);
    const { dialog } = about;
    this.#open.add(invite);
    if (dialog !== '') this.#reinvites.set(dialog, invite);
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
      this.#user.run(() => {
        if (error || request === undefined) {
          failed(notSent(error));
          return;
        }
        // An UPDATE that arrives while this request is open is emitted on it, whatever the dialog's state.
        request.on('update', (update, response) => this.#user.run(() => this.#user.onRequest(update, response)));
        sent(request);
      });
    try {
      if (options.method !== 'BYE') this.#link.request(uri, options, answered);
      else orBare(options, (written) => this.#link.request(uri, withContent(options, written), answered));
    } catch (thrown) {
      // The library asserts that there is a connection.
      const error = this.connected ? notSent(thrown) : gone();
      queueMicrotask(() => this.#user.run(() => failed(error)));
    }
  }

  // ── for an INVITE that was sent ──

  get clock(): Clock {
    return this.#clock;
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  guarded(action: () => void): void {
    this.#user.run(action);
  }

  over(sent: SentInvite): void {
    this.#open.delete(sent);
    if (sent.dialog !== '' && this.#reinvites.get(sent.dialog) === sent) this.#reinvites.delete(sent.dialog);
  }

  forget(transaction: string): void {
    this.#link.forget(transaction);
  }

  bye(dialog: string): void {
    this.request(dialog, 'BYE', {}, () => {});
  }
}

const gone = (): NotSent => new NotSent('server-gone', 'the connection to the SIP server is lost');
const forgotten = (): NotSent => new NotSent('local', 'the SIP server has told no final response');

const withContent = ({ method, stackDialogId = '' }: LibraryRequestOptions, content: LibraryContent) => ({
  method,
  stackDialogId,
  ...content,
});
