/**
 * A scripted SIP endpoint on a {@link LoopNetwork}: a phone, a trunk or a caller. It keeps no transactions and retransmits
 * nothing; what it sends is what the test says, except for the three courtesies that can be switched off.
 *
 *     const caller = new SipPeer(network, { address: '10.0.0.9', user: '+37120000009' });
 *     const invite = caller.invite(engine.local, { uri: 'sip:+37167000000@10.0.0.1' });
 *     clock.advance(0);
 *     caller.reply(caller.request('BYE'), 481);
 */
import type { Flow } from '../../lib/engine/api.js';
import { type Field, SipMessage } from '../../lib/sip/message.js';
import { parseMessage } from '../../lib/sip/parse.js';
import { parseSipUri } from '../../lib/sip/uri.js';
import type { LoopAddress, LoopNetwork, LoopTransport } from './loop-network.js';

export interface End {
  readonly address: string;
  readonly port: number;
}

export interface PeerOptions extends LoopAddress {
  readonly user?: string;
  /** ACK every final response to an INVITE of ours. Default true. */
  readonly autoAck?: boolean;
  /** Answer CANCEL with 200, and its INVITE with 487 unless it has a final response. Default true. */
  readonly autoCancel?: boolean;
  /** Answer BYE with 200. Default true. */
  readonly autoBye?: boolean;
}

export interface RequestParts {
  /** The Request-URI; `sip:service@<address of the target>` by default. */
  readonly uri?: string;
  readonly from?: string;
  readonly to?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly branch?: string;
  readonly contact?: string;
  readonly body?: string;
  readonly fields?: readonly Field[];
}

export interface ReplyParts {
  readonly reason?: string;
  readonly toTag?: string;
  readonly contact?: string;
  readonly body?: string;
  readonly fields?: readonly Field[];
}

export const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 40000 RTP/AVP 8',
  '',
].join('\r\n');

const REASONS: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  183: 'Session Progress',
  200: 'OK',
  302: 'Moved Temporarily',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  486: 'Busy Here',
  487: 'Request Terminated',
  503: 'Service Unavailable',
  603: 'Decline',
};

export class SipPeer {
  /** Everything that arrived, in order, retransmissions included. */
  readonly received: SipMessage[] = [];
  readonly local: End;
  readonly transport: LoopTransport;
  readonly #options: PeerOptions;
  readonly #flows = new WeakMap<SipMessage, Flow>();
  readonly #invites = new Map<string, SipMessage>();
  readonly #answered = new Set<string>();
  readonly #handlers = new Map<string, (message: SipMessage) => void>();
  #sequence = 0;
  #branches = 0;

  constructor(network: LoopNetwork, options: PeerOptions) {
    this.#options = options;
    this.transport = network.transport(options);
    this.local = this.transport.local;
    void this.transport.start({
      received: (text, flow) => this.#receive(text, flow),
      failed: () => {},
      inUse: () => false,
    });
  }

  get contact(): string {
    return `<sip:${this.#options.user ?? 'peer'}@${hostPort(this.local)}>`;
  }

  /** Calls `handler` for each request of that method or response of that status (`'INVITE'`, `'180'`), behind the courtesies. */
  on(what: string, handler: (message: SipMessage) => void): this {
    this.#handlers.set(what, handler);
    return this;
  }

  /** The latest request received with that method; throws when there is none, or the test would go on in the dark. */
  request(method: string): SipMessage {
    return this.#latest((message) => message.method === method, method);
  }

  /** The latest response received with that status, to any request or to that method only. */
  response(status: number, method?: string): SipMessage {
    const matches = (message: SipMessage) =>
      message.status === status && (method === undefined || message.cseq.method === method);
    return this.#latest(matches, String(status));
  }

  /** What arrived, in short: `['100 INVITE', '180 INVITE', 'BYE']`. */
  get summary(): string[] {
    return this.received.map((message) =>
      message.isRequest ? message.method : `${message.status} ${message.cseq.method}`,
    );
  }

  send(message: SipMessage | string, to: End): void {
    const { protocol } = this.transport;
    this.transport.send(typeof message === 'string' ? message : message.text, { protocol, ...to }, () => {});
  }

  /** An out-of-dialog request, sent. */
  start(method: string, to: End, parts: RequestParts = {}): SipMessage {
    const number = ++this.#sequence;
    const name = this.#options.user ?? 'peer';
    const uri = parts.uri ?? `sip:service@${hostPort(to)}`;
    const request = this.#build(method, uri, {
      from: `<sip:${name}@${host(this.local.address)}>;tag=from-${name}-${number}`,
      to: `<${uri}>`,
      callId: `call-${number}@${host(this.local.address)}`,
      contact: this.contact,
      ...parts,
    });
    if (method === 'INVITE') this.#invites.set(request.via.params.get('branch') ?? '', request);
    this.send(request, to);
    return request;
  }

  /** An initial INVITE with an SDP offer, sent. `body: ''` leaves the offer out. */
  invite(to: End, parts: RequestParts = {}): SipMessage {
    return this.start('INVITE', to, { body: SDP, ...parts });
  }

  /** The CANCEL of that INVITE of ours (RFC 3261 §9.1), sent. */
  cancel(invite: SipMessage, to: End, fields: readonly Field[] = []): SipMessage {
    const copied = fieldsOf(invite, ['from', 'to', 'call-id']);
    const top: Field[] = [['Via', invite.first('via') ?? ''], MAX_FORWARDS, ...copied];
    const cseq: Field = ['CSeq', `${invite.cseq.number} CANCEL`];
    const cancel = SipMessage.request('CANCEL', invite.uri, [...top, cseq, ...fields]);
    this.send(cancel, to);
    return cancel;
  }

  /** The ACK of a final response: in its own transaction for a 2xx (§13.2.2.4), in the INVITE's for the rest (§17.1.1.3). */
  acknowledge(response: SipMessage, parts: RequestParts = {}): SipMessage {
    const invite = this.#invites.get(response.via.params.get('branch') ?? '');
    const success = response.status < 300;
    const uri = (success ? response.contactUri : undefined) ?? invite?.uri ?? 'sip:service@invalid';
    const ack = this.#build('ACK', uri, {
      from: response.first('from') ?? '',
      to: response.first('to') ?? '',
      callId: response.callId,
      cseq: response.cseq.number,
      ...(success ? {} : { branch: response.via.params.get('branch') ?? '' }),
      ...parts,
    });
    this.send(ack, this.#flowOf(response));
    return ack;
  }

  /** A request within the dialog that `answer` made: a response that arrived here, or one that {@link reply} sent. */
  inDialog(method: string, answer: SipMessage, parts: RequestParts = {}): SipMessage {
    const caller = this.received.includes(answer);
    const invite = caller
      ? undefined
      : this.#latest((message) => message.method === 'INVITE' && message.callId === answer.callId, 'INVITE');
    const remote = (caller ? answer : invite)?.contactUri ?? 'sip:service@invalid';
    const request = this.#build(method, remote, {
      from: answer.first(caller ? 'from' : 'to') ?? '',
      to: answer.first(caller ? 'to' : 'from') ?? '',
      callId: answer.callId,
      cseq: answer.cseq.number + ++this.#sequence,
      contact: this.contact,
      ...parts,
    });
    if (method === 'INVITE') this.#invites.set(request.via.params.get('branch') ?? '', request);
    this.send(request, endOf(remote) ?? this.#flowOf(invite ?? answer));
    return request;
  }

  bye(answer: SipMessage, fields: readonly Field[] = []): SipMessage {
    return this.inDialog('BYE', answer, { fields });
  }

  /** Answers a request that arrived, on the way on which it came. A To-tag is added to all but 100. */
  reply(request: SipMessage, status: number, parts: ReplyParts = {}): SipMessage {
    const tag = parts.toTag ?? `to-${this.#options.user ?? 'peer'}-${this.local.port}`;
    const to = request.first('to') ?? '';
    const { method } = request.cseq;
    const fields: Field[] = [
      ...fieldsOf(request, status < 300 ? ['via', 'record-route', 'from'] : ['via', 'from']),
      ['To', request.toTag !== '' || status === 100 ? to : `${to};tag=${tag}`],
      ...fieldsOf(request, ['call-id', 'cseq']),
    ];
    if (method === 'INVITE' && status > 100 && status < 300) fields.push(['Contact', parts.contact ?? this.contact]);
    const body = parts.body ?? (method === 'INVITE' && status === 200 ? SDP : '');
    if (body !== '' && !hasType(parts.fields)) fields.push(['Content-Type', 'application/sdp']);
    const reason = parts.reason ?? REASONS[status] ?? 'Whatever';
    const response = SipMessage.response(status, reason, [...fields, ...(parts.fields ?? [])], body);
    if (method === 'INVITE' && status >= 200) this.#answered.add(keyOf(request));
    this.transport.send(response.text, this.#flowOf(request), () => {});
    return response;
  }

  #build(method: string, uri: string, parts: RequestParts): SipMessage {
    const protocol = this.transport.protocol.toUpperCase();
    const branch = parts.branch ?? `z9hG4bK-${this.local.address}-${this.local.port}-${++this.#branches}`;
    const fields: Field[] = [
      ['Via', `SIP/2.0/${protocol} ${hostPort(this.local)};branch=${branch};rport`],
      MAX_FORWARDS,
      ['From', parts.from ?? ''],
      ['To', parts.to ?? ''],
      ['Call-ID', parts.callId ?? ''],
      ['CSeq', `${parts.cseq ?? 1} ${method}`],
    ];
    if (parts.contact !== undefined) fields.push(['Contact', parts.contact]);
    const body = parts.body ?? '';
    if (body !== '' && !hasType(parts.fields)) fields.push(['Content-Type', 'application/sdp']);
    return SipMessage.request(method, uri, [...fields, ...(parts.fields ?? [])], body);
  }

  #receive(text: string, flow: Flow): void {
    const message = parseMessage(text);
    if (message === undefined) throw new Error(`The peer received what is no SIP message:\n${text}`);
    this.received.push(message);
    this.#flows.set(message, flow);
    this.#beCourteous(message);
    this.#handlers.get(message.isRequest ? message.method : String(message.status))?.(message);
  }

  #beCourteous(message: SipMessage): void {
    const { autoAck = true, autoCancel = true, autoBye = true } = this.#options;
    if (message.method === 'BYE' && autoBye) this.reply(message, 200);
    if (message.method === 'CANCEL' && autoCancel) {
      this.reply(message, 200);
      const invite = this.received.find((other) => other.method === 'INVITE' && keyOf(other) === keyOf(message));
      if (invite !== undefined && !this.#answered.has(keyOf(invite))) this.reply(invite, 487);
    }
    if (message.status >= 200 && message.cseq.method === 'INVITE' && autoAck) this.acknowledge(message);
  }

  #flowOf(message: SipMessage): Flow {
    const flow = this.#flows.get(message);
    if (flow === undefined) throw new Error('This message did not arrive at this peer');
    return flow;
  }

  #latest(matches: (message: SipMessage) => boolean, what: string): SipMessage {
    const found = this.received.findLast(matches);
    if (found === undefined) throw new Error(`No ${what} arrived at the peer, only: ${this.summary.join(', ')}`);
    return found;
  }
}

/** A body is SDP unless a test says otherwise. */
const hasType = (fields: readonly Field[] = []): boolean => fields.some(([name]) => /^(content-type|c)$/i.test(name));

const MAX_FORWARDS: Field = ['Max-Forwards', '70'];

/** The fields of those names, as they stand in the message, in its order. */
function fieldsOf(message: SipMessage, names: readonly string[]): Field[] {
  return names.flatMap((name) => message.all(name).map((value): Field => [titleOf(name), value]));
}

const TITLES: Readonly<Record<string, string>> = { 'call-id': 'Call-ID', cseq: 'CSeq', 'record-route': 'Record-Route' };
const titleOf = (name: string): string => TITLES[name] ?? name.charAt(0).toUpperCase() + name.slice(1);

/** Joins a CANCEL with its INVITE (RFC 3261 §9.2). */
const keyOf = (request: SipMessage): string => `${request.callId} ${request.via.params.get('branch')}`;

const host = (address: string): string => (address.includes(':') ? `[${address}]` : address);
const hostPort = ({ address, port }: End): string => `${host(address)}:${port}`;

function endOf(uri: string): End | undefined {
  const parsed = parseSipUri(uri);
  return parsed === undefined ? undefined : { address: parsed.host, port: parsed.port ?? 5060 };
}
