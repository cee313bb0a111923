/** A whole answered call through engine, protocol, drachtio-srf and the ringing service, without sockets and without Redis. */
import { createServer } from 'node:net';
import { pino } from 'pino';
import { systemClock } from '../../../lib/base/clock.js';
import { createIds } from '../../../lib/base/ids.js';
import { silentMeter } from '../../../lib/base/meter.js';
import { detachEnvironment } from '../../../lib/config.js';
import { createInProcessLink } from '../../../lib/drachtio/in-process.js';
import { createDrachtioServer } from '../../../lib/drachtio/server.js';
import { createEngine } from '../../../lib/engine/engine.js';
import { SipResolver } from '../../../lib/engine/resolver.js';
import { createDns } from '../../../lib/engine/transport/dns.js';
import { createRingingService } from '../../../lib/ringing/service.js';
import { attachToServer } from '../../../lib/ringing/srf.js';
import type { HuntStore, Turn } from '../../../lib/store/types.js';
import { until } from '../../support/sipp.js';
import { spread } from '../statistics.js';
import { type Address, LoopTransport } from './loop.js';
import { Phones } from './phones.js';
import type { Timed } from './timing.js';

const ENGINE: Address = { address: '10.0.0.1', port: 5060 };
const SECRET = 'bench';
const ROUNDS = 7;
const CALLS = 1_000;
/** Calls that go on together. */
const TOGETHER = 50;
const READY_WITHIN_MS = 5_000;
const RECORDS_WITHIN_MS = 5_000;

export async function wholeCall(): Promise<Timed[]> {
  detachEnvironment();
  const log = pino({ level: 'silent' });
  const common = { clock: systemClock, ids: createIds(), log, meter: silentMeter };
  const peers = new Map<string, (text: string) => void>();
  const transport = new LoopTransport(ENGINE, peers);
  const phones = new Phones(transport, ENGINE, peers);
  const resolver = new SipResolver({ dns: createDns(), clock: systemClock, random: Math.random });
  // Transactions that are over linger for a second only: a round must not carry those of all rounds before it.
  const engine = createEngine({ ...common, transports: [transport], resolver, timers: { timeout: 1000 } });
  const server = createDrachtioServer({ ...common, engine, secret: SECRET });
  const door = createServer();
  const sip = attachToServer({ server: door, secret: SECRET }, log);
  let records = 0;
  const service = createRingingService({
    ...common,
    sip,
    store: storeOf(phones.memberUri),
    records: { write: async () => void records++ },
    trunks: [],
    settings: { maxCalls: CALLS },
  });
  await engine.start();
  const link = createInProcessLink();
  server.attach(link.server, { routes: 'all' });
  door.emit('connection', link.application);
  await until(
    () => service.ready || undefined,
    READY_WITHIN_MS,
    () => 'the service is not ready',
  );

  const all: number[] = [];
  const ours: number[] = [];
  for (let round = -2; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    phones.spentMs = 0;
    await phones.calls(CALLS, TOGETHER);
    const { user, system } = process.cpuUsage(before);
    if (round < 0) continue;
    all.push(((user + system) * 1000) / CALLS);
    ours.push(((user + system) * 1000 - phones.spentMs * 1e6) / CALLS);
  }
  const expected = (ROUNDS + 2) * CALLS;
  const complaint = (): string => `${records} of ${expected} calls left a record`;
  await until(() => (records >= expected ? true : undefined), RECORDS_WITHIN_MS, complaint);
  sip.close();
  await server.close();
  await engine.close();
  return [
    { name: 'whole answered call in process', ns: spread(ours), of: 'CPU' },
    { name: 'the same with the two phones', ns: spread(all), of: 'CPU' },
  ];
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
