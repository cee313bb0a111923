/** Builds the parts and wires them: the only place that does. */
import { join } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
import { createMeter } from './api/metrics.js';
import type { MyPagesOptions } from './api/pages/my/kit.js';
import { myPages, unreadable } from './api/pages/my/my-pages.js';
import { createApi } from './api/part.js';
import { createHttpServer } from './api/server.js';
import { blockText } from './base/address-block.js';
import type { Clock } from './base/clock.js';
import { createIds, type Ids } from './base/ids.js';
import { LoopDelay } from './base/load.js';
import type { Log } from './base/log.js';
import type { Meter } from './base/meter.js';
import { programVersion } from './base/version.js';
import { Numbers } from './call/numbers.js';
import { createRingingService, type RingingService } from './call/service.js';
import { createTrunkGroup } from './call/trunks/trunk-group.js';
import { detachEnvironment } from './config/environment.js';
import type { Config } from './config/load.js';
import { filePartner } from './consent/files.js';
import { type Consent, openConsent } from './consent/open.js';
import { Outbox } from './consent/outbox.js';
import { Rounds } from './consent/rounds.js';
import type { MediaPool } from './media/pool.js';
import { buildInfo, knownValues } from './metric-values.js';
import { announce, missingParts } from './readiness.js';
import { adviserOf } from './secondary-use/advice/adviser.js';
import { apiSettings, callSettings, engineSettings, mediaSettings, pageSettings } from './settings.js';
import type { Endings, Running } from './shutdown.js';
import { openSipSide, type SipSide, type SipSideOptions } from './sip-side.js';
import { openDataDirectory } from './store/data-directory.js';
import { LiveCalls } from './store/live-calls.js';
import { openStore, type Store } from './store/open-store.js';
import { startPrivateRedis } from './store/private-redis.js';
import { andThen } from './store/records/and-then.js';
import { parseRedisUrl, type Target } from './store/url.js';
import { warmUpCalls } from './warm-up/warm-up.js';
import { openWatchers } from './watchers.js';

interface ComposeOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  /** Gets how to close each part before that can fail half open. */
  readonly endings: Endings;
}

/** Resolves when calls are taken. Rejects, with CodedError where it is no fault of the program, and leaves closing to `endings`. */
export async function compose({ config, clock, log, endings }: ComposeOptions): Promise<Running> {
  for (const warning of config.warnings) log.warn(warning);
  if (usesLibrary(config)) detachEnvironment();
  const data = openDataDirectory(config.redis.dataDirectory);
  endings.add(() => data.close());
  const ids = createIds();
  const meter = createMeter(knownValues(config));
  meter.gauge('build_info', 'Always 1: the labels say what runs', () => 1, buildInfo());
  const loop = new LoopDelay(clock);
  endings.add(() => loop.stop());
  const isLate = (): boolean => loop.current > config.overload.maxEventLoopDelayMs;

  let store: Store | undefined;
  let consent: Consent | undefined;
  let ringing: RingingService | undefined;
  let outage = (): boolean => false;
  let mediaDegraded = (): readonly string[] => [];
  const http = createHttpServer({
    listen: config.http.listen,
    health: () => ({
      missing: missingParts(store, ringing, outage()),
      degraded: [...(store?.degraded ?? []), ...mediaDegraded()],
    }),
    meter,
    clock,
    log,
    trustedProxies: config.http.trustedProxies.map(blockText),
    unreadable,
    parts: [
      createApi({
        store: () => store,
        consent: () => consent,
        settings: apiSettings(config),
        tokens: config.http.tokens,
        limits: config.http.requestsPerMinute,
        ids,
        log,
        version: programVersion(),
      }),
      ...pagesOf(
        config,
        () => store,
        () => consent,
        { clock, log },
      ),
    ],
  });
  endings.add(() => http.close());
  const httpUrl = await http.start();

  const { target, shown } = await openRedis({ config, clock, log, endings });
  // It is closed behind the store, whose last records are written when it is closed: their metadata are still to be kept.
  const register = await openRegister({ config, clock, log, endings }, target, meter, ids);
  consent = register;
  const node = `${config.node}:${ids.token()}`;
  const opened = await openStore({
    target,
    node,
    directory: join(config.redis.dataDirectory, 'spool'),
    clock,
    log,
    meter,
    ids,
    catalogue: config.catalogue,
    commandTimeout: config.redis.commandTimeoutMs,
    retentionDays: config.records.retentionDays,
    maskAfterDays: config.records.maskAfterDays,
    billingMonths: config.charges.retentionMonths,
    traces: config.traces,
  });
  store = opened;
  endings.add(() => opened.close());

  if (config.rehearsal.calls > 0) {
    const link = config.drachtio.url === undefined ? config.drachtio.embedded : 'protocol';
    const milliseconds = await warmUpCalls(config.rehearsal.calls, {
      clock,
      link,
      engine: engineSettings(config),
      call: callSettings(config),
      traces: config.traces,
    });
    log.debug({ calls: config.rehearsal.calls, milliseconds }, 'warmed up');
  }
  const isOverloaded = (method: string): boolean =>
    isLate() || (method === 'INVITE' && (ringing?.active ?? 0) >= config.overload.maxCalls);
  const onRefused: SipSideOptions['onRefused'] = (status, invite) => ringing?.refused(status, invite);
  const { taps, traces } = await openWatchers({ config, clock, log, endings, store: opened, meter });
  const side = await openSipSide({ config, clock, ids, log, meter, endings, isOverloaded, onRefused, taps });
  const { sip } = side;
  const media = await openMediaServers({ config, clock, log, endings }, side, meter);
  mediaDegraded = () => media?.degraded ?? [];
  const random = Math.random;
  const { trunks: list, pings } = config;
  const { trunkRestMs: restMs, defaultCountry } = config.ringing;
  const { isFrom } = side;
  const about = { trunks: list, defaultCountry, restMs, pings, isFrom };
  const trunks = createTrunkGroup({ ...about, sip, clock, ids, log, meter, random });
  outage = () => trunks.isOut;
  endings.add(() => trunks.stop());
  const service = createRingingService({
    sip,
    store: opened,
    records: register === undefined ? opened : andThen(opened, (record) => register.metadata.ended(record)),
    trunks,
    settings: callSettings(config),
    clock,
    log,
    ids,
    meter,
    isOverloaded: isLate,
    media,
    traces,
    onDrain: () => void trunks.stop(),
  });
  ringing = service;
  const live = new LiveCalls({ link: opened.link, clock, log, node, calls: () => service.calls });
  endings.add(() => live.close());
  trunks.start();
  const where = { sip: side.where, ...shown, http: httpUrl.replace('http://', '') };
  announce(where, () => missingParts(store, ringing, outage()), { clock, log, endings });
  return {
    get calls() {
      return service.active;
    },
    drain: (deadlineMs) => service.drain(deadlineMs),
    reload: () => side.reload(),
    faulted: () => meter.count('process_faults_total'),
  };
}

/** Undefined: there is no register, and nothing that needs a consent is done. Calls have no part in it. */
async function openRegister(
  { config, clock, log, endings }: ComposeOptions,
  shared: Target,
  meter: Meter,
  ids: Ids,
): Promise<Consent | undefined> {
  if (config.consent === undefined) return undefined;
  const { settings, target = shared } = config.consent;
  const { outboxFile, headsFile, verifyHours } = config.consent;
  const consent = await openConsent({ settings, target, clock, log, meter, ids, headsFile });
  endings.add(() => consent.close());
  endings.add(() => consent.finish());
  const { link, register, signer } = consent;
  if (outboxFile !== undefined) {
    const outbox = new Outbox({ link, partner: filePartner(outboxFile), clock, log, meter });
    endings.add(() => outbox.close());
    outbox.start();
  }
  if (verifyHours > 0) {
    const everyMs = verifyHours * HOUR_MS;
    const rounds = new Rounds({ link, register, signer, clock, log, meter, headsFile, everyMs });
    endings.add(() => rounds.close());
    rounds.start();
  }
  return consent;
}

const HOUR_MS = 3_600_000;

/** The customers' pages, where they are configured. */
function pagesOf(
  config: Config,
  store: () => Store | undefined,
  consent: () => Consent | undefined,
  parts: Pick<MyPagesOptions, 'clock' | 'log'>,
): FastifyPluginAsync[] {
  const settings = pageSettings(config);
  if (settings === undefined) return [];
  const numbers = new Numbers(config.ringing.defaultCountry);
  const { timeZone, rings: ringTimes } = settings;
  const withConsents = config.consent && {
    register: () => consent()?.register,
    advise: adviserOf({ uses: consent, redis: () => store()?.link, timeZone, ringTimes }),
  };
  const numberIn: MyPagesOptions['numberIn'] = (written) => numbers.fromUserPart(written);
  return [myPages({ ...settings, ...parts, store, ...withConsents, numberIn })];
}

/** Undefined: none are configured, and nothing of what they need is loaded. */
async function openMediaServers(
  { config, clock, log, endings }: ComposeOptions,
  side: SipSide,
  meter: Meter,
): Promise<MediaPool | undefined> {
  if (config.media.servers.length === 0) return undefined;
  const { openMedia } = await import('./media/open.js');
  const guest = await side.attachGuest();
  endings.add(() => guest.close());
  const media = await openMedia({ signalling: guest.srf, settings: mediaSettings(config), clock, log, meter });
  endings.add(() => media.close());
  return media;
}

/** Whether drachtio-srf is used: for calls, or for media servers. */
const usesLibrary = ({ drachtio, media }: Config): boolean =>
  drachtio.url !== undefined || drachtio.embedded === 'protocol' || media.servers.length > 0;

interface OpenedRedis {
  readonly target: Target;
  /** For the line that is logged at start: where it is, and for a private one how redis-cli reaches it. */
  readonly shown: { readonly redis: string; readonly redisCli?: string };
}

async function openRedis({ config, clock, log, endings }: ComposeOptions): Promise<OpenedRedis> {
  const { url: target, dataDirectory: directory, privatePort: port } = config.redis;
  if (target !== undefined) return { target, shown: { redis: target.shown } };
  const server = await startPrivateRedis({ directory, port, log, clock });
  endings.add(() => server.stop());
  return { target: parseRedisUrl(server.ownUrl), shown: { redis: server.shown, redisCli: server.command } };
}
