import { Budget } from '../../../lib/base/budget.js';
import { createIds } from '../../../lib/base/ids.js';
import { createLog } from '../../../lib/base/log.js';
import { silentMeter } from '../../../lib/base/meter.js';
import type {
  Destination,
  Engine,
  EngineOptions,
  Owner,
  Protocol,
  RequestDraft,
  RequestEvent,
  Resolver,
  ResponseEvent,
  UnsolicitedEvent,
} from '../../../lib/engine/api.js';
import { createEngine } from '../../../lib/engine/engine.js';
import type { Field } from '../../../lib/sip/message.js';
import { parseSipUri } from '../../../lib/sip/uri.js';
import { ENGINE_SETTINGS } from '../../support/defaults.js';
import { FakeClock } from '../../support/fake-clock.js';
import { LoopNetwork } from '../../support/loop-network.js';
import { type PeerOptions, SDP, SipPeer } from '../../support/sip-peer.js';
import { expectEmpty } from '../../support/tables.js';

/** Numeric hosts at once; names from `names`, a promise later. */
export class StubResolver implements Resolver {
  readonly names = new Map<string, readonly Destination[]>();

  resolveNumeric(text: string): Destination | undefined {
    const uri = parseSipUri(text);
    if (uri === undefined || !/^[\d.]+$/.test(uri.host)) return undefined;
    const protocol = (uri.params.get('transport') ?? 'udp') as Protocol;
    return { protocol, address: uri.host, port: uri.port ?? 5060 };
  }

  resolve(text: string): Promise<readonly Destination[]> {
    return Promise.resolve(this.names.get(parseSipUri(text)?.host ?? '') ?? []);
  }
}

/** An application that writes down what it gets, and does what the test adds. */
export class TestOwner implements Owner {
  readonly requests: RequestEvent[] = [];
  readonly responses: ResponseEvent[] = [];
  readonly unsolicited: UnsolicitedEvent[] = [];
  onDialogChanged: Owner['onDialogChanged'];
  whenRequest: (event: RequestEvent) => void = () => {};
  whenResponse: (event: ResponseEvent) => void = () => {};

  onRequest(event: RequestEvent): void {
    this.requests.push(event);
    this.whenRequest(event);
  }

  onResponse(event: ResponseEvent): void {
    this.responses.push(event);
    this.whenResponse(event);
  }

  onUnsolicited(event: UnsolicitedEvent): void {
    this.unsolicited.push(event);
  }

  /** `['new INVITE', 'ack ACK', 'in-dialog BYE']` */
  get asked(): string[] {
    return this.requests.map(({ kind, message }) => `${kind} ${message.method}`);
  }

  get told(): number[] {
    return this.responses.map(({ message }) => message.status);
  }

  last(): RequestEvent {
    const event = this.requests.at(-1);
    if (event === undefined) throw new Error('The owner got no request');
    return event;
  }
}

export const TIMEOUT = 32_000;

/** One engine at 10.0.0.1 with one owner, and peers around it. */
export class EngineHarness {
  readonly clock = new FakeClock();
  readonly network = new LoopNetwork(this.clock);
  readonly resolver = new StubResolver();
  readonly owner = new TestOwner();
  readonly budget: Budget;
  readonly engine: Engine;
  readonly at = { address: '10.0.0.1', port: 5060 };

  constructor(options: Partial<EngineOptions> & { protocols?: Protocol[] } = {}) {
    const { protocols = ['udp', 'tcp'], budget = new Budget(), ...rest } = options;
    this.budget = budget;
    this.engine = createEngine({
      ...ENGINE_SETTINGS,
      transports: protocols.map((protocol) => this.network.transport({ protocol, ...this.at })),
      resolver: this.resolver,
      clock: this.clock,
      ids: createIds(),
      log: createLog('silent'),
      meter: silentMeter,
      budget,
      ...rest,
    });
    this.engine.dispatcher = { choose: () => this.owner };
  }

  async start(): Promise<this> {
    await this.engine.start();
    return this;
  }

  peer(options: Partial<PeerOptions> = {}): SipPeer {
    return new SipPeer(this.network, { address: '10.0.0.9', port: 5060, user: 'caller', ...options });
  }

  settle(ms = 1): void {
    this.clock.advance(ms);
  }

  respond(status: number, fields: Field[] = [], body = '', id = this.owner.last().transactionId) {
    return this.engine.respond(this.owner, id, { status, reason: `Status ${status}`, fields, body });
  }

  /** Answers the last INVITE with SDP. */
  answer(id = this.owner.last().transactionId) {
    return this.respond(200, [], SDP, id);
  }

  /** Our INVITE, which the member has answered with 180. */
  ring(member: SipPeer) {
    const sent = this.invite();
    this.settle();
    member.reply(member.request('INVITE'), 180);
    this.settle();
    return sent;
  }

  invite(uri = 'sip:member@10.0.0.2', draft: Partial<RequestDraft> = {}) {
    return this.engine.request(this.owner, { method: 'INVITE', uri, fields: [], body: SDP, ...draft });
  }

  inDialog(dialogId: string, method: string, draft: Partial<RequestDraft> = {}) {
    return this.engine.requestInDialog(this.owner, dialogId, {
      method,
      uri: 'sip:placeholder',
      fields: [],
      body: '',
      ...draft,
    });
  }

  acknowledge(dialogId: string) {
    return this.engine.acknowledge(this.owner, dialogId, { fields: [], body: '' });
  }

  cancel(id: string, late: 'deliver' | 'release' = 'release', fields: Field[] = []) {
    return this.engine.cancel(this.owner, id, { fields, body: '' }, late);
  }

  /** Nothing may be left once every transaction has had its time. */
  expectNoLeak(): void {
    this.clock.advance(2 * TIMEOUT + 1000);
    expectEmpty({ ...this.engine.tables, bytes: this.budget.used });
  }
}
