/** The ringing service on the embedded engine, over drachtio-srf and the in-process link, between peers on a loop network. */

import { createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { pino } from 'pino';
import { Budget } from '../../../lib/base/budget.js';
import { encodeFrame } from '../../../lib/base/frames.js';
import { createIds } from '../../../lib/base/ids.js';
import { createRingingService, type RingingOptions, type RingingService } from '../../../lib/call/service.js';
import type { RingingSettings } from '../../../lib/call/settings.js';
import { createTrunks } from '../../../lib/call/trunks/ordered-trunks.js';
import { createTrunkGroup, type TrunkGroup, type TrunkSettings } from '../../../lib/call/trunks/trunk-group.js';
import type { ByteStream } from '../../../lib/drachtio/byte-stream.js';
import { createInProcessLink, type InProcessLink } from '../../../lib/drachtio/in-process.js';
import { createDrachtioServer, type DrachtioServer } from '../../../lib/drachtio/server.js';
import type { Engine, EngineOptions } from '../../../lib/engine/api.js';
import { createEngine } from '../../../lib/engine/engine.js';
import { SipResolver } from '../../../lib/engine/resolver.js';
import type { Dns } from '../../../lib/engine/transport/dns.js';
import type { Field, SipMessage } from '../../../lib/sip/message.js';
import { attachToServer } from '../../../lib/sip-server/drachtio/server.js';
import { headersOf } from '../../../lib/sip-server/embedded/messages.js';
import { attachToEngine } from '../../../lib/sip-server/embedded/server.js';
import type { EmbeddedLink } from '../../../lib/sip-server/embedded/start.js';
import type { SipServer } from '../../../lib/sip-server/sip-server.js';
import type { CallRecord } from '../../../lib/store/types.js';
import { CALL_SETTINGS, ENGINE_SETTINGS, PINGS, TRUNK } from '../../support/defaults.js';
import { FakeClock } from '../../support/fake-clock.js';
import { LoopNetwork } from '../../support/loop-network.js';
import { NO_DNS } from '../../support/no-dns.js';
import { ONE_METER } from '../../support/one-meter.js';
import { type PeerOptions, type RequestParts, SipPeer } from '../../support/sip-peer.js';
import { expectEmpty } from '../../support/tables.js';
import { A, B, PILOT } from '../../unit/call/scripted-server.js';
import { ScriptedStore } from '../../unit/call/service-harness.js';

export const ENGINE = { address: '10.0.0.1', port: 5060 };
const SECRET = 'cymru';
/** Timer C, and what follows it. */
const LONGEST_ENDING_MS = 300_000;
/** How service and engine are linked, unless a test says; each test that does not is run over both. */
const LINK = (process.env.WIRE_LINK ?? 'direct') as EmbeddedLink;

const OWN_VERSION = 'v0.9.5-virkne';

export interface CallHarnessOptions {
  readonly link?: EmbeddedLink;
  readonly members?: readonly string[];
  readonly settings?: Partial<RingingSettings>;
  /** The version token of the server, to play another one. */
  readonly version?: string;
  /** Addresses of trunks. */
  readonly trunks?: readonly string[];
  readonly dns?: Dns;
  /** Milliseconds that each message takes. */
  readonly delay?: number;
  /** Trunks that are watched, instead of those. */
  readonly group?: readonly Partial<TrunkSettings>[];
  /** What the service is given instead. */
  around?(options: RingingOptions): RingingOptions;
  /** What the engine is given instead. */
  aroundEngine?(options: EngineOptions): EngineOptions;
}

/** What the server writes names another version than its own. */
function playVersion(stream: ByteStream, version: string): void {
  const write = stream.write.bind(stream);
  stream.write = (bytes) => {
    const content = bytes.slice(bytes.indexOf('#') + 1);
    write(content.includes(OWN_VERSION) ? encodeFrame(content.replace(OWN_VERSION, version)) : bytes);
  };
}

export class CallHarness {
  readonly clock = new FakeClock();
  /** For all that waits and rests in the engine. */
  readonly budget = new Budget();
  readonly network: LoopNetwork;
  readonly records: CallRecord[] = [];
  readonly store: ScriptedStore;
  readonly engine: Engine;
  readonly sip: SipServer;
  readonly trunks: TrunkGroup;
  readonly service: RingingService;
  readonly caller: SipPeer;
  /** The first trunk: both members are reached over it. */
  readonly trunk: SipPeer;
  /** With `protocol` alone. */
  readonly #server: DrachtioServer | undefined;
  readonly #door: Server = createServer();
  /** With `protocol` alone. */
  #link: InProcessLink | undefined;

  constructor(options: CallHarnessOptions = {}) {
    const { members = [A, B], settings, version, trunks = ['10.1.0.1'], group = [], delay } = options;
    // Another version is another server: that one is not in our process.
    const link = version === undefined ? (options.link ?? LINK) : 'protocol';
    this.network = new LoopNetwork(this.clock, delay);
    const common = {
      clock: this.clock,
      ids: createIds(),
      log: pino({ level: process.env.WIRE_LOG ?? 'silent' }),
      meter: ONE_METER,
    };
    const resolver = new SipResolver({ dns: options.dns ?? NO_DNS, clock: this.clock, random: () => 0 });
    const transports = [this.network.transport({ protocol: 'udp', ...ENGINE })];
    const engine: EngineOptions = {
      ...common,
      ...ENGINE_SETTINGS,
      transports,
      resolver,
      refused: (status, { uri, head }) => this.service.refused(status, () => ({ uri, headers: headersOf({ head }) })),
      udpMtu: 65_535,
      budget: this.budget,
    };
    this.engine = createEngine(options.aroundEngine?.(engine) ?? engine);
    this.store = new ScriptedStore(members);
    if (link === 'protocol') {
      this.#server = createDrachtioServer({ ...common, engine: this.engine, secret: SECRET });
      this.sip = attachToServer({ ...common, attachment: { server: this.#door, secret: SECRET } });
      this.#link = createInProcessLink();
      if (version !== undefined) playVersion(this.#link.server, version);
    } else {
      this.sip = attachToEngine({ ...common, engine: this.engine });
    }
    this.trunks = createTrunkGroup({
      ...common,
      trunks: group.map((trunk) => ({ ...TRUNK, ...trunk })),
      restMs: CALL_SETTINGS.trunkRestMs,
      defaultCountry: CALL_SETTINGS.defaultCountry,
      pings: PINGS,
      sip: this.sip,
      random: () => 0.5,
    });
    const uris = trunks.map((address) => `sip:${address}:5060`);
    const service: RingingOptions = {
      ...common,
      sip: this.sip,
      store: this.store,
      records: { write: async (record) => void this.records.push(record) },
      trunks: group.length > 0 ? this.trunks : createTrunks(uris, CALL_SETTINGS.trunkRestMs, this.clock),
      settings: { ...CALL_SETTINGS, ...settings },
    };
    this.service = createRingingService(options.around?.(service) ?? service);
    this.caller = this.peer('10.0.0.9', { user: '+37126000009' });
    this.trunk = this.peer(trunks[0] ?? '10.1.0.1');
  }

  peer(address: string, options: Partial<PeerOptions> = {}): SipPeer {
    return new SipPeer(this.network, { address, port: 5060, ...options });
  }

  async start(): Promise<this> {
    running.push(this);
    await this.engine.start();
    if (this.#link !== undefined) {
      this.#server?.attach(this.#link.server, { routes: 'all' });
      this.#door.emit('connection', this.#link.application);
    }
    await this.pass(0);
    return this;
  }

  /** Cuts the link between the service and its SIP server; a direct one cannot break. */
  async cut(): Promise<void> {
    if (this.#link === undefined) throw new Error('a direct link cannot be cut');
    this.#link.application.destroy();
    await this.pass(0);
  }

  async stop(): Promise<void> {
    if (running.includes(this)) running.splice(running.indexOf(this), 1);
    this.sip.close();
    await this.#server?.close();
    await this.engine.close();
  }

  async pass(ms: number): Promise<void> {
    await this.clock.run(ms, settle);
  }

  /** The caller's INVITE, delivered. */
  async call(parts: RequestParts = {}): Promise<SipMessage> {
    const invite = this.caller.invite(ENGINE, { uri: `sip:${PILOT}@10.0.0.1`, ...parts });
    await this.pass(0);
    return invite;
  }

  /** The latest INVITE at a peer. */
  invite(peer = this.trunk): SipMessage {
    return peer.request('INVITE');
  }

  async reply(status: number, peer = this.trunk, method = 'INVITE', fields: Field[] = []): Promise<SipMessage> {
    const reply = peer.reply(peer.request(method), status, { fields });
    await this.pass(0);
    return reply;
  }

  /** As {@link expectNothingLeft}, after the calls that are still under way have been ended. */
  async expectNothingStays(): Promise<void> {
    const drained = this.service.drain(0);
    await this.pass(1);
    await this.pass(LONGEST_ENDING_MS);
    await drained;
    await this.expectNothingLeft();
    await this.trunks.stop();
    expect(this.clock.pending, 'timers left behind').to.equal(0);
  }

  /** Nothing of any call is left, here or in the engine, once every transaction has had its time. */
  async expectNothingLeft(): Promise<void> {
    await this.pass(70_000);
    expectEmpty({ ...this.service.tables, ...this.engine.tables, bytes: this.budget.used });
  }

  get whys(): string[] | undefined {
    return this.records[0]?.attempts.map(({ why }) => why);
  }
}

/** For use inside `describe`: the function that is returned starts a wire for a test. */
export const useCallHarness =
  () =>
  (options?: CallHarnessOptions): Promise<CallHarness> =>
    new CallHarness(options).start();

/** Those that the test has started. */
const running: CallHarness[] = [];

// Behind each test, of whichever file: what it left under way is ended, and then no table has an entry.
afterEach(async function () {
  this.timeout(20_000);
  const harnesses = running.splice(0);
  try {
    if (this.currentTest?.state === 'passed') for (const harness of harnesses) await harness.expectNothingStays();
  } finally {
    for (const harness of harnesses) await harness.stop();
  }
});

async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
