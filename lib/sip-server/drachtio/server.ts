/**
 * The SIP server as the ringing service sees it, over drachtio-srf's low-level calls. Its createUAS, createUAC and Dialog are not
 * used: they take only status 200 for an answer, answer re-INVITEs themselves and lose late answers.
 *
 * Whatever is called from within the library is guarded: an exception there would close the connection or end the process.
 */
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import { tagOf } from '../../sip/address.js';
import { answerAlone, toTagOf } from '../in-dialog.js';
import { NotSent } from '../not-sent.js';
import { Reception } from '../reception.js';
import type {
  Capabilities,
  Content,
  DialogSnapshot,
  DialogUser,
  InviteToSend,
  InviteUser,
  OutgoingInvite,
  Reply,
  RequestToSend,
  ServerUser,
  SipServer,
} from '../sip-server.js';
import { capabilitiesOf, isOwnEngine } from './capabilities.js';
import type { Gate } from './gate.js';
import { type LibraryRequest, type LibraryResponse, parseSipText } from './library.js';
import { Link } from './link.js';
import { DrachtioRequest, messageFrom } from './messages.js';
import { type Orphan, Orphans } from './orphans.js';
import { Pracks } from './pracks.js';
import { PLACEHOLDER, Sender } from './sender.js';
import type { Attachment } from './server-connection.js';
import { releaseReasonOf } from './words.js';

/** `closed`: nobody wants a connection any more. `delay`: how long the server takes to answer, in milliseconds. */
export type AttachedServer = SipServer & { readonly closed: boolean; readonly delay: number };

interface AttachOptions {
  readonly attachment: Attachment;
  readonly clock: Clock;
  readonly log: Log;
  /** For a server that does not do itself what our engine does. */
  readonly gate?: Gate;
}

export const attachToServer = (options: AttachOptions): AttachedServer => new SrfServer(options);

class SrfServer implements AttachedServer {
  readonly #log: Log;
  readonly #gate: Gate | undefined;
  readonly #reception: Reception;
  readonly #link: Link;
  readonly #sender: Sender;
  readonly #orphans: Orphans;
  /** INVITEs whose 2xx may have gone out, or not. */
  readonly #answered = new Set<DrachtioRequest>();
  readonly #pracks = new Pracks();
  #capabilities = capabilitiesOf('');

  constructor({ attachment, clock, log, gate }: AttachOptions) {
    this.#log = log;
    this.#gate = gate;
    this.#reception = new Reception(log);
    const run = (action: () => void): void => this.#reception.run(action);
    const onRequest = (request: LibraryRequest, response: LibraryResponse): void => this.#receive(request, response);
    this.#link = new Link(attachment, clock, log, {
      onRequest,
      onFrame: (text) => this.#watchForCancel(text),
      onAttached: (version) => this.#attached(version),
      onLost: () => this.#lost(),
      run,
    });
    const capabilities = (): Capabilities => this.#capabilities;
    this.#sender = new Sender(this.#link, clock, {
      get capabilities() {
        return capabilities();
      },
      onRequest,
      run,
    });
    this.#orphans = new Orphans(clock, {
      cancel: (transaction, failed) =>
        this.#post(`${transaction}|\r\nCANCEL ${PLACEHOLDER} SIP/2.0\r\n${GONE}`, failed),
      refuse: (transaction, failed) => this.#post(`${transaction}|\r\nSIP/2.0 503 Service Unavailable`, failed),
      bye: (dialog) => this.#post(`|${dialog}\r\nBYE ${PLACEHOLDER} SIP/2.0\r\n${GONE}`),
    });
  }

  get user(): ServerUser | undefined {
    return this.#reception.user;
  }

  set user(user: ServerUser | undefined) {
    this.#reception.user = user;
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  get closed(): boolean {
    return this.#link.closed;
  }

  get delay(): number {
    return this.#link.delay;
  }

  get capabilities(): Capabilities {
    return this.#capabilities;
  }

  get tables(): Readonly<Record<string, number>> {
    const unacknowledged = this.#pracks.size;
    return { ...this.#reception.tables, unacknowledged, open: this.#sender.size, frames: this.#link.waiting };
  }

  invite(invite: InviteToSend, user: InviteUser): OutgoingInvite {
    return this.#sender.invite(invite, user);
  }

  reinvite(dialog: string, content: Content, user: InviteUser): OutgoingInvite {
    return this.#sender.reinvite(dialog, content, user);
  }

  request(dialog: string, method: string, content: Content, done: (result: Reply | NotSent) => void): void {
    this.#sender.request(dialog, method, content, done);
  }

  send(request: RequestToSend, done: (result: Reply | NotSent) => void): void {
    this.#sender.send(request, done);
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

  snapshot(_dialog: string): undefined {
    return undefined;
  }

  restore({ id }: DialogSnapshot): NotSent {
    return new NotSent('local', `this SIP server cannot go on with dialog ${id}`);
  }

  close(): void {
    this.#orphans.stop();
    this.#link.close();
  }

  #receive(request: LibraryRequest, response: LibraryResponse): void {
    const dialog = request.stackDialogId ?? '';
    if (request.source === 'application') {
      this.#reception.released(dialog, releaseReasonOf(messageFrom(request.msg)));
      return;
    }
    if (request.method === 'ACK') {
      this.#reception.acknowledged(dialog, messageFrom(request.msg));
      return;
    }
    if (request.method === 'INVITE') {
      request.on('update', (update, answer) => this.#reception.run(() => this.#receive(update, answer)));
    } else if (request.method === 'BYE') this.#sender.leave(dialog);
    const isOwn = isOwnEngine(this.#capabilities.version);
    const received = new DrachtioRequest(request, response, isOwn, this.#answered, this.#pracks, this.#log);
    const refusal = isOwn ? undefined : this.#gate?.refusalOf(received, request.stackTxnId);
    if (refusal !== undefined) received.respond(refusal.status, refusal.content);
    else if (this.#wouldTakeOver(received)) received.respond(482);
    else if (!isOwn && this.#isEarly(received)) answerAlone(received);
    else if (received.method === 'PRACK') this.#pracks.receive(received);
    else this.#reception.receive(received);
  }

  /** Of an early dialog, drachtio-server takes only UPDATE for what it is. A 481 might end the call (RFC 5057 §5.1). */
  #isEarly(request: DrachtioRequest): boolean {
    const to = toTagOf(request);
    if (request.dialog !== '' || to === '') return false;
    const { 'call-id': callId, from = '' } = request.headers;
    const dialogs = [`${callId};from-tag=${tagOf(from)}`, `${callId};from-tag=${to}`];
    return [...this.#receivedOrphans(), ...this.#sender.orphans].some(({ dialog }) => dialogs.includes(dialog));
  }

  /** A drachtio-server names a dialog by Call-ID and From tag alone: an INVITE with those of a live one would become its peer. */
  #wouldTakeOver({ method, dialog, headers }: DrachtioRequest): boolean {
    if (method !== 'INVITE' || dialog !== '') return false;
    return this.#reception.isAttached(`${headers['call-id']};from-tag=${tagOf(headers.from ?? '')}`);
  }

  #watchForCancel(text: string): void {
    const end = text.indexOf('\r\n');
    if (end < 0 || !text.startsWith('CANCEL ', end + 2)) return;
    const [, type, source, , , , , , transaction = ''] = text.slice(0, end).split('|');
    if (type !== 'sip' || source !== 'network') return;
    this.#reception.cancelled(transaction, () => messageFrom(parseSipText(text.slice(end + 2))));
  }

  #attached(version: string): void {
    this.#capabilities = capabilitiesOf(version);
    if (this.#orphans.size > 0)
      this.#log.warn({ left: this.#orphans.size }, 'what a lost connection has left is ended');
    this.#orphans.end();
    this.user?.onConnected();
  }

  #lost(): void {
    // Our engine ends by itself what a connection leaves.
    if (!isOwnEngine(this.#capabilities.version))
      this.#orphans.add([...this.#receivedOrphans(), ...this.#sender.orphans]);
    // First: calls are over as a whole, and do not go on to the next member because this one's INVITE has failed.
    this.#answered.clear();
    this.#pracks.clear();
    this.#reception.lost();
    this.#sender.lost();
  }

  #receivedOrphans(): Orphan[] {
    const { dialogs, invites } = this.#reception.left;
    const orphans: Orphan[] = dialogs.map((dialog) => ({ dialog }));
    const answered = [...this.#answered].map((invite) => [invite.transaction, invite] as const);
    for (const [transaction, { headers, dialog }] of [...invites, ...answered]) {
      // One within a dialog ends with it.
      if (dialog !== '') continue;
      const made = `${headers['call-id']};from-tag=${tagOf(headers.from ?? '')}`;
      orphans.push({ dialog: made, invite: { transaction, isOurs: false } });
    }
    return orphans;
  }

  #post(text: string, failed?: () => void): void {
    this.#link.post(`sip|${text}\r\n\r\n`, ([result]) => {
      if (result !== 'OK') failed?.();
    });
  }
}

/** Of what is ended for a connection that is lost. */
const GONE = 'Reason: SIP;cause=503;text="Connection lost", Q.850;cause=41;text="Temporary failure"';
