/** A SIP server that does what a test says. */
import { NotSent } from '../../../lib/sip-server/not-sent.js';
import {
  ALL_CAPABILITIES,
  type Content,
  type DialogUser,
  type Headers,
  type HeadersToSend,
  type IncomingRequest,
  type InviteToSend,
  type InviteUser,
  type Message,
  type OutgoingInvite,
  type Reply,
  type RequestToSend,
  type Responded,
  type ServerUser,
  type SipServer,
} from '../../../lib/sip-server/sip-server.js';

export const PILOT = '+37167000000';
export const A = '+37120000001';
export const B = '+37120000002';
export const C = '+37120000003';
export const CALLER = '+37126000009';
export const OFFER = 'v=0\r\noffer';

export class ScriptedRequest implements IncomingRequest {
  onCancel: ((cancel: Message) => void) | undefined;
  readonly responses: { status: number; headers: HeadersToSend; body: string }[] = [];
  source = { address: '192.0.2.1', port: 5060, protocol: 'udp' };
  /** What sending the next final response comes to. */
  fails = false;

  constructor(
    readonly method: string,
    readonly uri: string,
    readonly headers: Headers,
    readonly body: string,
    readonly dialog = '',
  ) {}

  respond(status: number, content: Content = {}, responded?: Responded): void {
    this.responses.push({ status, headers: content.headers ?? {}, body: content.body ?? '' });
    queueMicrotask(() =>
      responded?.(this.fails ? new NotSent('local', 'gone') : undefined, this.fails ? '' : 'caller-dialog'),
    );
  }

  cancel(headers: Headers = {}): void {
    this.onCancel?.({ headers, body: '' });
  }

  get statuses(): number[] {
    return this.responses.map(({ status }) => status);
  }

  header(name: string): string {
    return String(this.responses.at(-1)?.headers[name] ?? '');
  }
}

export class ScriptedLeg implements OutgoingInvite {
  cancelled: HeadersToSend | undefined;
  late: string | undefined;
  readonly acks: Content[] = [];
  forgotten = false;

  constructor(
    public sent: InviteToSend,
    readonly user: InviteUser,
    readonly dialog: string,
  ) {}

  reply(status: number, headers: Headers = {}, body = ''): void {
    const full = status >= 200 && status < 300 ? { contact: '<sip:m@192.0.2.2>', ...headers } : headers;
    const reply: Reply = { status, reason: '', headers: full, body };
    if (status < 200) this.user.onProvisional(reply);
    else this.user.onFinal(reply, status < 300 ? this.dialog : '');
  }

  header(name: string): string {
    return String(this.sent.headers?.[name] ?? '');
  }

  get reason(): string {
    return String(this.cancelled?.reason ?? '');
  }

  cancel(headers: HeadersToSend, late: 'deliver' | 'release'): void {
    this.cancelled = headers;
    this.late = late;
  }

  acknowledge(content: Content = {}): void {
    this.acks.push(content);
  }

  forget(): void {
    this.forgotten = true;
  }
}

interface SentRequest {
  readonly dialog: string;
  readonly method: string;
  readonly content: Content;
  done(result: Reply | NotSent): void;
}

export class ScriptedServer implements SipServer {
  user: ServerUser | undefined;
  connected = true;
  capabilities = ALL_CAPABILITIES;
  readonly legs: ScriptedLeg[] = [];
  readonly reinvites: ScriptedLeg[] = [];
  readonly requests: SentRequest[] = [];
  /** Requests outside any dialog. */
  readonly sent: (RequestToSend & { done(result: Reply | NotSent): void })[] = [];
  readonly dialogs = new Map<string, DialogUser>();
  /** Whether a BYE is answered at once. */
  answersBye = true;

  invite(invite: InviteToSend, user: InviteUser): OutgoingInvite {
    const leg = new ScriptedLeg(invite, user, `member-dialog-${this.legs.length + 1}`);
    this.legs.push(leg);
    return leg;
  }

  reinvite(dialog: string, content: Content, user: InviteUser): OutgoingInvite {
    const leg = new ScriptedLeg({ uri: dialog, ...content }, user, dialog);
    this.reinvites.push(leg);
    return leg;
  }

  request(dialog: string, method: string, content: Content, done: (result: Reply | NotSent) => void): void {
    this.requests.push({ dialog, method, content, done });
    if (method === 'BYE' && this.answersBye)
      queueMicrotask(() => done({ status: 200, reason: '', headers: {}, body: '' }));
  }

  send(request: RequestToSend, done: (result: Reply | NotSent) => void): void {
    this.sent.push({ ...request, done });
  }

  targetOf(): string | undefined {
    return undefined;
  }

  attach(dialog: string, user: DialogUser): void {
    this.dialogs.set(dialog, user);
  }

  detach(dialog: string): void {
    this.dialogs.delete(dialog);
  }

  snapshot(): undefined {
    return undefined;
  }

  restore(): undefined {
    return undefined;
  }

  close(): void {}

  get tables(): Readonly<Record<string, number>> {
    return { attached: this.dialogs.size };
  }

  /** The dialogs to which a BYE went. */
  get byes(): string[] {
    return this.requests.filter(({ method }) => method === 'BYE').map(({ dialog }) => dialog);
  }

  inDialog(dialog: string, method: string, headers: Headers = {}, body = ''): ScriptedRequest {
    const request = new ScriptedRequest(method, 'sip:us', headers, body, dialog);
    this.dialogs.get(dialog)?.onRequest(request);
    return request;
  }
}
