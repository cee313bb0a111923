/** The composition root: reads the configuration, builds the parts, wires them, and takes them down in order. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Admission } from './base/admission.js';
import { systemClock } from './base/clock.js';
import { CodedError, messageOf } from './base/errors.js';
import { createIds } from './base/ids.js';
import { createOccupancy, LoopDelay } from './base/load.js';
import { batchedOutput, createLog, type Log } from './base/log.js';
import { detachEnvironment } from './config/environment.js';
import { type Config, loadConfig } from './config/load.js';
import { createDrachtioServer } from './drachtio/server.js';
import { attachEmbedded } from './embedded/attach.js';
import { createEngine } from './engine/engine.js';
import { SipResolver } from './engine/resolver.js';
import { createTransport } from './engine/transport/create.js';
import { createDns } from './engine/transport/dns.js';
import type { SocketTransport, TlsSettings } from './engine/transport/options.js';
import { createPeerFilter } from './engine/transport/peers.js';
import { createMeter, type RenderedMeter } from './http/metrics.js';
import { createHttpServer } from './http/server.js';
import { rehearse } from './rehearsal/rehearse.js';
import { createRingingService, type RingingService } from './ringing/service.js';
import type { SipServer } from './ringing/sip-server.js';
import { attachToServer } from './ringing/srf.js';
import { createTrunkGroup } from './ringing/trunks.js';
import { openStore, type Store } from './store/open-store.js';
import { startPrivateRedis } from './store/private-redis.js';
import { PLANS } from './store/types.js';
import { parseRedisUrl, type Target } from './store/url.js';

/** What every part gets. */
const clock = systemClock;
const ids = createIds();

interface Surroundings {
  readonly config: Config;
  readonly log: Log;
  readonly meter: RenderedMeter;
  readonly loop: LoopDelay;
  /** How to end what was begun, the last first. */
  readonly endings: (() => Promise<void> | void)[];
}

/** Where calls come from: the `sip` of the line printed at start, and the server that the ringing service has. */
interface SipSide {
  readonly where: readonly string[];
  readonly sip: SipServer;
  reloadTls(): void;
}

async function serve(around: Surroundings): Promise<RingingService> {
  const { config, log, meter, endings } = around;
  for (const warning of config.warnings) log.warn(warning);

  let store: Store | undefined;
  let ringing: RingingService | undefined;
  const http = createHttpServer({
    listen: config.http.listen,
    health: () => ({ missing: missingParts(store, ringing), degraded: store?.degraded ?? [] }),
    meter,
    log,
  });
  const httpUrl = await http.start();
  endings.push(() => http.close());

  const { target, shown } = await redis(around);
  store = await openStore({
    target,
    directory: join(config.redis.dataDirectory, 'spool'),
    clock,
    log,
    meter,
    ids,
    catalogue: {
      rings: config.ringing.ringTimes,
      plans: PLANS,
      maxMembers: config.ringing.maxMembers,
      sipUriMembers: config.ringing.sipUriMembers,
      turnsKept: config.turns.keep,
    },
    commandTimeout: config.redis.commandTimeoutMs,
    retentionDays: config.records.retentionDays,
  });
  const opened = store;
  endings.push(() => opened.close());

  if (config.rehearsal.calls > 0) {
    const link = config.drachtio.url === undefined ? config.drachtio.embedded : 'protocol';
    const milliseconds = await rehearse(config.rehearsal.calls, clock, link);
    log.debug({ calls: config.rehearsal.calls, milliseconds }, 'rehearsed');
  }
  const side =
    config.drachtio.url === undefined
      ? await embedded(around, () => ringing?.active ?? 0)
      : external(config.drachtio.url, log);
  const { sip } = side;
  endings.push(() => sip.close());
  const trunks = createTrunkGroup({
    trunks: config.trunks,
    restMs: config.ringing.trunkRestMs,
    pings: config.pings,
    sip,
    clock,
    ids,
    log,
    meter,
    random: Math.random,
  });
  endings.push(() => trunks.stop());
  ringing = createRingingService({
    sip,
    store,
    records: store,
    trunks,
    settings: {
      ...config.ringing,
      maxCalls: config.overload.maxCalls,
      retryAfterSeconds: config.overload.retryAfterSeconds,
      watchMs: 64 * config.sip.timers.t1,
    },
    clock,
    log,
    ids,
    meter,
    isOverloaded: () => around.loop.current > config.overload.maxEventLoopDelayMs,
    onDrain: () => void trunks.stop(),
  });
  trunks.start();
  process.on('SIGHUP', () => side.reloadTls());
  log.info({ sip: side.where, redis: shown, http: httpUrl.replace('http://', '') }, 'serving');
  return ringing;
}

/** What keeps a call from being served, for /readyz. */
function missingParts(store: Store | undefined, ringing: RingingService | undefined): string[] {
  const missing: string[] = [];
  if (!store?.ready) missing.push('redis: not connected, and no group is known from before');
  if (ringing?.draining) missing.push('service: draining, takes no new calls');
  else if (!ringing?.ready) missing.push('sip: not attached to the SIP server, or overloaded');
  return missing;
}

/** `shown` is for the line printed at start: a private server is shown over TCP, as redis-cli reaches it. */
async function redis({ config, log, endings }: Surroundings): Promise<{ target: Target; shown: string }> {
  const { url: target, dataDirectory } = config.redis;
  if (target !== undefined) return { target, shown: target.shown };
  const server = await startPrivateRedis({ directory: dataDirectory, log, clock });
  endings.push(() => server.stop());
  return { target: parseRedisUrl(server.ownUrl), shown: server.url };
}

function external(server: { host: string; port: number; secret: string }, log: Log): SipSide {
  return {
    where: [`drachtio-server ${server.host}:${server.port}`],
    sip: attachToServer(server, log),
    reloadTls: () => {},
  };
}

/** The engine in this process; the service attaches without a socket, other applications through the loopback port. */
async function embedded(around: Surroundings, calls: () => number): Promise<SipSide> {
  const { config, log, meter, endings } = around;
  const { sip, trunks, drachtio, overload, ringing } = config;
  const resolver = new SipResolver({ dns: createDns(), clock, random: Math.random });
  const trunkHosts = await Promise.all(trunks.map(({ uri }) => resolver.resolve(uri).catch(() => [])));
  const admit = createPeerFilter([...sip.peers, ...trunkHosts.flat().map(({ address }) => address)]);
  const readTls = (): TlsSettings | undefined => tlsSettings(sip.tls);
  const tls = sip.listen.some(({ protocol }) => protocol === 'tls') ? readTls() : undefined;
  const limits = {
    maxMessageBytes: sip.limits.messageBytes,
    maxConnections: sip.limits.connections,
    maxConnectionsPerSource: sip.limits.connectionsPerSource,
    idleMs: sip.limits.idleSeconds * 1000,
  };
  const options = { clock, log, meter, limits, admit, ...(tls && { tls }) };
  const transports: SocketTransport[] = sip.listen.map((listen) => createTransport(listen, options));
  const admission = new Admission({ clock, occupancy: createOccupancy() });
  endings.push(() => admission.stop());
  meter.gauge('admission_share', 'Share of new calls that is let in, 0 to 1', () => admission.share);
  const isOverloaded = (): boolean =>
    calls() >= overload.maxCalls || around.loop.current > overload.maxEventLoopDelayMs;
  const engine = createEngine({
    transports,
    resolver,
    clock,
    ids,
    log,
    meter,
    timers: { ...sip.timers, timeout: 64 * sip.timers.t1 },
    natDetection: sip.natDetection,
    udpMtu: sip.udpMtu,
    connectMs: Math.min(sip.connect.attemptMs, ringing.noProvisionalMs / 2),
    streamlessMs: sip.connect.rememberSeconds * 1000,
    overload: () => (isOverloaded() || !admission.admit() ? overload.retryAfterSeconds : undefined),
  });
  const server = createDrachtioServer({ engine, secret: drachtio.secret, clock, ids, log, meter });
  await engine.start();
  endings.push(() => engine.close());
  endings.push(() => server.close());
  if (drachtio.listen !== undefined) {
    const { address, port } = await server.listen(drachtio.listen.address, drachtio.listen.port);
    log.info({ address, port }, 'drachtio applications may attach');
  }

  return {
    where: engine.bound.map((bound) => bound.replace('/', ':')),
    sip: attachEmbedded({ link: drachtio.embedded, engine, server, secret: drachtio.secret, clock, log }),
    reloadTls: () => {
      try {
        const settings = readTls();
        if (settings !== undefined) for (const transport of transports) transport.reload(settings);
        log.info('TLS certificates read again');
      } catch (thrown) {
        log.error({ reason: messageOf(thrown) }, 'TLS certificates not changed: the new ones cannot be used');
      }
    },
  };
}

function tlsSettings(tls: Config['sip']['tls']): TlsSettings | undefined {
  if (tls.certificate === undefined || tls.key === undefined) return undefined;
  return {
    certificate: readFileSync(tls.certificate, 'utf8'),
    key: readFileSync(tls.key, 'utf8'),
    ...(tls.authority !== undefined && { authority: readFileSync(tls.authority, 'utf8') }),
    requestClientCertificate: tls.requestClientCertificate,
  };
}

async function end({ endings, loop }: Surroundings): Promise<void> {
  loop.stop();
  for (let ending = endings.pop(); ending !== undefined; ending = endings.pop()) await ending();
}

async function main(): Promise<void> {
  detachEnvironment();
  const config = loadConfig();
  const output = batchedOutput(clock);
  const log = createLog(config.log.level, output);
  const endings = [() => output.close()];
  const around: Surroundings = { config, log, meter: createMeter(), loop: new LoopDelay(clock), endings };
  process.on('unhandledRejection', (thrown) => log.error({ err: thrown }, 'a promise was rejected and nobody looked'));

  let stopping: NodeJS.Signals | undefined;
  let service: RingingService | undefined;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping !== undefined) {
      log.warn({ signal }, 'second signal: leaving at once');
      process.exit(1);
    }
    stopping = signal;
    log.info({ signal, calls: service?.active ?? 0 }, 'draining: new calls get 503');
    await service?.drain(config.drain.deadlineSeconds * 1000);
    await end(around);
    log.info('stopped');
    process.exit(0);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    stop(signal).catch((thrown) => {
      log.error({ err: thrown }, 'could not stop in order');
      process.exit(1);
    });
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);

  try {
    service = await serve(around);
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown;
    log.fatal({ code: thrown.code }, thrown.message);
    await end(around);
    process.exitCode = 1;
  }
}

try {
  await main();
} catch (thrown) {
  if (!(thrown instanceof CodedError)) throw thrown;
  process.stderr.write(`${thrown.code} ${thrown.message}\n`);
  process.exitCode = 1;
}
