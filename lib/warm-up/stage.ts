/** Everything a call goes through, without sockets and without Redis: for the warm-up and for the benchmark of a whole call. */
import { pino } from 'pino';
import type { Clock } from '../base/clock.js';
import { createIds } from '../base/ids.js';
import { silentMeter } from '../base/meter.js';
import { createRingingService } from '../call/service.js';
import type { RingingSettings } from '../call/settings.js';
import { createTrunks } from '../call/trunks/ordered-trunks.js';
import type { EngineSettings } from '../engine/api.js';
import { createEngine } from '../engine/engine.js';
import { SipResolver } from '../engine/resolver.js';
import { createDns } from '../engine/transport/dns.js';
import { tapped } from '../engine/transport/tapped.js';
import { type EmbeddedLink, startEmbedded } from '../sip-server/embedded/start.js';
import type { HuntStore, Turn } from '../store/types.js';
import { type TraceSettings, Traces } from '../trace/traces.js';
import { type Address, LoopTransport } from './loop-transport.js';
import { Phones } from './phones.js';

const ENGINE: Address = { address: '10.0.0.1', port: 5060 };
const SECRET = 'stage';
/** Transactions that are over linger for a second only. */
const TIMEOUT_MS = 1000;

interface Stage {
  readonly phones: Phones;
  /** Records written so far. */
  readonly records: number;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly clock: Clock;
  /** Between engine and service. */
  readonly link: EmbeddedLink;
  /** As configured. */
  readonly engine: EngineSettings;
  readonly call: RingingSettings;
  /** Undefined: none are made. */
  readonly traces: TraceSettings | undefined;
}

/** Resolves when calls can be made. */
export async function openStage({
  clock,
  link,
  engine: chosen,
  call: settings,
  traces: share,
}: StageOptions): Promise<Stage> {
  const common = { clock, ids: createIds(), log: pino({ level: 'silent' }), meter: silentMeter };
  const peers = new Map<string, (text: string) => void>();
  const transport = new LoopTransport(ENGINE, peers);
  const phones = new Phones(transport, ENGINE, peers);
  const resolver = new SipResolver({ dns: createDns(), clock, random: Math.random });
  const timers = { ...chosen.timers, timeout: TIMEOUT_MS };
  const traces = share && new Traces({ ...share, clock, meter: silentMeter, keep: () => {} });
  const engine = createEngine({
    ...common,
    transports: [traces === undefined ? transport : tapped(transport, [traces])],
    resolver,
    ...chosen,
    timers,
  });
  const { sip, server } = await startEmbedded({ ...common, link, isOpen: false, engine, secret: SECRET });
  let records = 0;
  const service = createRingingService({
    ...common,
    sip,
    store: storeOf(phones.memberUri),
    records: {
      write: async () => {
        records++;
      },
    },
    traces,
    trunks: createTrunks([], settings.trunkRestMs, common.clock),
    settings: { ...settings, maxCalls: Number.POSITIVE_INFINITY },
  });
  while (!service.ready) await new Promise<void>((resolve) => setImmediate(resolve));
  return {
    phones,
    get records() {
      return records;
    },
    close: async () => {
      sip.close();
      await server?.close();
      await engine.close();
      traces?.flush();
    },
  };
}

function storeOf(member: string): HuntStore {
  const group = {
    pilot: '+37167000000',
    policy: 'linear',
    ring: 20,
    plan: 'BIZNESS',
    enabled: true,
    version: 1,
  } as const;
  const turn: Turn = { group: { ...group, members: [member] }, number: 1, order: [member] };
  return { takeTurn: async () => turn, claim: async () => true, release: () => {} };
}
