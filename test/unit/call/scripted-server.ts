/** A SIP server that does what a test says, and the ringing service on top of it. */

import { pino } from 'pino';
import { createIds } from '../../../lib/base/ids.js';
import type { CallTraces } from '../../../lib/call/call-context.js';
import { createRingingService, type RingingService } from '../../../lib/call/service.js';
import type { RingingSettings } from '../../../lib/call/settings.js';
import { createTrunks } from '../../../lib/call/trunks/ordered-trunks.js';
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
import type { CallRecord, Group, HuntStore, Turn } from '../../../lib/store/types.js';
import { CALL_SETTINGS } from '../../support/defaults.js';
import { FakeClock, immediates } from '../../support/fake-clock.js';
import { ONE_METER } from '../../support/one-meter.js';

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

export class ScriptedStore implements HuntStore {
  turn: Turn | undefined;
  /** The turn is given when this is called; undefined: at once. */
  hold: Promise<void> | undefined;
  readonly onCall = new Set<string>();
  readonly claimed: string[] = [];
  readonly released: string[] = [];
  failing = false;

  constructor(members: readonly string[], group: Partial<Group> = {}) {
    this.turn = {
      group: {
        pilot: PILOT,
        policy: 'linear',
        ring: 20,
        plan: 'BIZNESS',
        enabled: true,
        version: 3,
        members,
        ...group,
      },
      number: 7,
      order: members,
    };
  }

  async takeTurn(): Promise<Turn | undefined> {
    await this.hold;
    if (this.failing) throw new Error('no store');
    return this.turn;
  }

  async claim(member: string): Promise<boolean> {
    this.claimed.push(member);
    return !this.onCall.has(member);
  }

  release(member: string): void {
    this.released.push(member);
  }
}

export interface OfficeOptions {
  readonly members?: readonly string[];
  readonly group?: Partial<Group>;
  readonly trunks?: readonly string[];
  readonly settings?: Partial<RingingSettings>;
  readonly traces?: CallTraces;
  readonly clock?: FakeClock;
}

/** A service with one group, and its calls. */
export class ServiceHarness {
  readonly clock: FakeClock;
  readonly server = new ScriptedServer();
  readonly store: ScriptedStore;
  readonly records: CallRecord[] = [];
  readonly service: RingingService;
  /** Where calls come from. */
  source = '192.0.2.1';

  constructor({
    members = [A, B, C],
    group,
    trunks = ['sip:10.1.0.1:5060'],
    settings,
    traces,
    clock = new FakeClock(),
  }: OfficeOptions = {}) {
    this.clock = clock;
    this.store = new ScriptedStore(members, group);
    this.service = createRingingService({
      sip: this.server,
      store: this.store,
      records: { write: async (record) => void this.records.push(record) },
      trunks: createTrunks(trunks, CALL_SETTINGS.trunkRestMs, this.clock),
      settings: { ...CALL_SETTINGS, ...settings },
      traces,
      clock: this.clock,
      log: pino({ level: 'silent' }),
      ids: createIds(),
      meter: ONE_METER,
    });
  }

  /** An INVITE to the pilot, admitted and with the store's answer already there. */
  async call(headers: Headers = {}, body = OFFER, uri = `sip:${PILOT}@10.0.0.1`): Promise<ScriptedRequest> {
    const invite = this.offer(headers, body, uri);
    await immediates();
    return invite;
  }

  offer(headers: Headers = {}, body = OFFER, uri = `sip:${PILOT}@10.0.0.1`): ScriptedRequest {
    const invite = new ScriptedRequest(
      'INVITE',
      uri,
      {
        from: `"Alice" <sip:${CALLER}@192.0.2.1>;tag=a1`,
        to: `<sip:${PILOT}@10.0.0.1>`,
        'call-id': 'c1',
        'max-forwards': '70',
        ...(body === '' ? {} : { 'content-type': 'application/sdp' }),
        ...headers,
      },
      body,
    );
    invite.source = { ...invite.source, address: this.source };
    this.server.user?.onInvite(invite);
    return invite;
  }

  /** The nth INVITE sent, from 1. */
  leg(n: number): ScriptedLeg {
    const leg = this.server.legs[n - 1];
    if (leg === undefined) throw new Error(`only ${this.server.legs.length} INVITEs were sent`);
    return leg;
  }

  async pass(ms: number): Promise<void> {
    await this.clock.run(ms);
  }

  get record(): CallRecord {
    const [record, ...more] = this.records;
    if (record === undefined || more.length > 0) throw new Error(`${this.records.length} records were written`);
    return record;
  }

  get whys(): string[] {
    return this.record.attempts.map(({ why }) => why);
  }

  /** Rings and answers the nth INVITE, and lets the caller acknowledge. */
  async answered(n = 1, body = 'v=0\r\nanswer'): Promise<void> {
    this.leg(n).reply(180);
    this.leg(n).reply(200, {}, body);
    await immediates();
    this.server.dialogs.get('caller-dialog')?.onAcknowledge({ headers: {}, body: '' });
    await immediates();
  }
}

export { immediates };
