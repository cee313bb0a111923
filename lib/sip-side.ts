/** Where calls come from: the engine in this process, or a drachtio-server beside it. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { Budget } from './base/budget.js';
import type { Clock } from './base/clock.js';
import { messageOf } from './base/errors.js';
import type { Ids } from './base/ids.js';
import { createOccupancy } from './base/load.js';
import type { Log } from './base/log.js';
import type { Meter } from './base/meter.js';
import { OverloadControl } from './base/overload-control.js';
import type { Config } from './config/load.js';
import type { Protocol } from './engine/api.js';
import { createEngine } from './engine/engine.js';
import { FollowedHosts } from './engine/followed-hosts.js';
import { type ResolverOptions, SipResolver } from './engine/resolver.js';
import { createTransport } from './engine/transport/create.js';
import { createDns, type Dns } from './engine/transport/dns.js';
import { MessageCounts } from './engine/transport/message-counts.js';
import type { SocketTransport, TlsSettings } from './engine/transport/options.js';
import { createAllowedPeers, createBlocks, createPools } from './engine/transport/peers.js';
import { type Tap, tapped } from './engine/transport/tapped.js';
import { engineSettings, transportLimits } from './settings.js';
import type { Endings } from './shutdown.js';
import type { Guest } from './sip-server/drachtio/guest.js';
import { headersOf } from './sip-server/embedded/messages.js';
import { startEmbedded } from './sip-server/embedded/start.js';
import type { Headers, SipServer } from './sip-server/sip-server.js';

export interface SipSideOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
  readonly endings: Endings;
  /** Whether new requests of that method are refused for now. */
  readonly isOverloaded: (method: string) => boolean;
  /** Told of each INVITE that the engine refuses by itself. */
  readonly onRefused?: (status: number, invite: () => { readonly uri: string; readonly headers: Headers }) => void;
  /** See each message. */
  readonly taps?: readonly Tap[];
  /** Default: that of the system. */
  readonly dns?: Dns;
}

export interface SipSide {
  /** For the line that is logged at start. */
  readonly where: readonly string[];
  readonly sip: SipServer;
  /** Whether the name of a trunk stands for this address now. */
  isFrom(trunk: string, address: string): boolean;
  /** Reads TLS certificates again. Never throws. */
  reload(): void;
  /** For media servers: drachtio-srf on a connection that takes no calls. Only where the configuration names some. */
  attachGuest(): Promise<Guest>;
}

export function openSipSide(options: SipSideOptions): Promise<SipSide> {
  const { url } = options.config.drachtio;
  return url === undefined ? embedded(options) : external(url, options);
}

/** A drachtio-server takes requests from anybody, and as many as come: what the engine does about both is done here. */
async function external(url: NonNullable<Config['drachtio']['url']>, options: SipSideOptions): Promise<SipSide> {
  const { config, clock, log, meter, endings } = options;
  // drachtio-srf is of no use to the others.
  const { attachToServer } = await import('./sip-server/drachtio/server.js');
  const { Gate } = await import('./sip-server/drachtio/gate.js');
  const { isAllowedPeer, trunkHosts } = followPeers(options, resolverFor(options));
  const occupied = createOccupancy();
  let serverDelay = (): number => 0;
  const occupancy = (): number => (serverDelay() > config.overload.maxEventLoopDelayMs ? BUSY : occupied());
  const overload = overloadWith(options, occupancy);
  const gate = new Gate({ isAllowed: isAllowedPeer, overload, clock, meter });
  const attachment = { ...url, silenceMs: config.drachtio.silenceMs };
  const sip = attachToServer({ attachment, clock, log, gate });
  serverDelay = () => sip.delay;
  endings.add(() => sip.close());
  return {
    where: [`drachtio-server ${url.host}:${url.port}`],
    sip,
    isFrom: (trunk, address) => trunkHosts.isOf(trunk, address),
    reload: () => log.info('nothing was read again: TLS is up to the drachtio-server'),
    attachGuest: async () => {
      const { attachGuest } = await import('./sip-server/drachtio/guest.js');
      return attachGuest({ attachment, clock, log });
    },
  };
}

/** Nothing of the loop is left. */
const BUSY = 1;

/** The service attaches to the engine without a socket, other applications through the loopback port. */
async function embedded(options: SipSideOptions): Promise<SipSide> {
  const { config, clock, ids, log, meter, endings, taps = [] } = options;
  const { sip, drachtio } = config;
  const isOnePool = createPools(sip.pools);
  const resolver = resolverFor(options, spokenAt(sip.listen));
  const { isAllowedPeer, trunkHosts } = followPeers(options, resolver);
  const tls = sip.listen.some(({ protocol }) => protocol === 'tls') ? readTls(sip.tls) : undefined;
  const limits = transportLimits(config);
  const budget = new Budget(sip.limits.waitingBytes);
  meter.gauge('sip_waiting_bytes', 'Bytes that wait or rest for SIP peers', () => budget.used);
  meter.gauge('sip_waiting_bytes_limit', 'What sip.limits.waitingBytes allows', () => budget.limit);
  meter.gauge('sip_waiting_sources', 'SIP peers for whom something waits or rests', () => budget.accounts);
  const transportOptions = { clock, log, meter, budget, limits, isAllowedPeer, ...(tls && { tls }) };
  const transports = sip.listen.map((listen) => createTransport(listen, transportOptions));
  const watchers = [new MessageCounts(meter), ...taps];
  const engine = createEngine({
    transports: transports.map((transport) => tapped(transport, watchers)),
    resolver,
    clock,
    ids,
    log,
    meter,
    ...engineSettings(config),
    budget,
    peers: {
      areOne: (one, other) => isOnePool(one, other) || trunkHosts.areOne(one, other),
      mayRoute: createBlocks(sip.routers),
    },
    refused: (status, invite) => options.onRefused?.(status, () => ({ uri: invite.uri, headers: headersOf(invite) })),
    overload: overloadWith(options, createOccupancy()),
  });
  endings.add(() => engine.close());
  const { embedded: link, listen, secret } = drachtio;
  const isOpen = listen !== undefined;
  const { sip: attached, server } = await startEmbedded({
    link,
    isOpen,
    hasGuest: config.media.servers.length > 0,
    engine,
    secret,
    clock,
    ids,
    log,
    meter,
  });
  endings.add(() => server?.close());
  endings.add(() => attached.close());
  if (listen !== undefined) {
    const bound = await server?.listen(listen.address, listen.port);
    log.info(bound, 'drachtio applications may attach');
  }
  return {
    where: engine.bound.map((bound) => bound.replace('/', ':')),
    sip: attached,
    isFrom: (trunk, address) => trunkHosts.isOf(trunk, address),
    reload: () => reloadTls(transports, sip, log),
    attachGuest: async () => {
      if (server === undefined) throw new Error('no media server is configured');
      const { attachGuestToEngine } = await import('./sip-server/embedded/guest.js');
      return attachGuestToEngine({ server, secret, clock, log });
    },
  };
}

const resolverFor = ({ dns, config, clock }: SipSideOptions, spoken?: Spoken): SipResolver =>
  new SipResolver({ dns: dns ?? createDns(config.sip.nameServers), clock, random: Math.random, ...spoken });

/** Who may send requests: the peers, and the hosts of the trunks as DNS moves them. */
function followPeers(
  { config: { sip, trunks }, clock, log, endings }: SipSideOptions,
  resolver: SipResolver,
): { isAllowedPeer(address: string): boolean; readonly trunkHosts: FollowedHosts } {
  const allowed = (hosts: readonly string[]): ((address: string) => boolean) =>
    createAllowedPeers([...sip.peers, ...hosts.map((address) => ({ address }))]);
  const trunkHosts = new FollowedHosts({
    uris: trunks.map(({ uri }) => uri),
    resolver,
    clock,
    log,
    onChange: (addresses) => {
      isAllowed = allowed(addresses);
    },
  });
  let isAllowed = allowed(trunkHosts.addresses);
  endings.add(() => trunkHosts.stop());
  trunkHosts.start();
  return { isAllowedPeer: (address) => isAllowed(address), trunkHosts };
}

type Overload = (method: string, source: string) => number | undefined;

/** For each new request of that method from there: after how many seconds it may come again, where it cannot be served now. */
function overloadWith(
  { config: { overload }, clock, meter, endings, isOverloaded }: SipSideOptions,
  occupancy: () => number,
): Overload {
  const control = new OverloadControl({ clock, occupancy });
  endings.add(() => control.stop());
  meter.gauge('admission_share', 'Share of new calls that is let in, 0 to 1', () => control.share);
  return (method, source) => (isOverloaded(method) || !control.admit(source) ? overload.retryAfterSeconds : undefined);
}

type Spoken = Pick<ResolverOptions, 'protocols' | 'families'>;

/** What we can send over, so that DNS is asked for nothing else. */
function spokenAt(listen: Config['sip']['listen']): Spoken {
  const speaks = (wanted: Protocol): boolean => listen.some(({ protocol }) => protocol === wanted);
  const has = (family: 4 | 6): boolean => listen.some(({ address }) => isIP(address) === family);
  const open = (['udp', 'tcp'] as const).filter(speaks);
  return { protocols: open.length > 0 ? open : ['tls'], families: ([4, 6] as const).filter(has) };
}

function reloadTls(transports: readonly SocketTransport[], { tls }: Config['sip'], log: Log): void {
  const own = transports.filter(({ protocol }) => protocol === 'tls');
  if (own.length === 0) {
    log.info('nothing was read again: no listener has TLS');
    return;
  }
  try {
    const settings = readTls(tls);
    if (settings !== undefined) for (const transport of own) transport.reload(settings);
    log.info('TLS certificates read again');
  } catch (thrown) {
    log.error({ reason: messageOf(thrown) }, 'TLS certificates not changed: the new ones cannot be used');
  }
}

function readTls(tls: Config['sip']['tls']): TlsSettings | undefined {
  if (tls.certificate === undefined || tls.key === undefined) return undefined;
  return {
    certificate: readFileSync(tls.certificate, 'utf8'),
    key: readFileSync(tls.key, 'utf8'),
    ...(tls.authority !== undefined && { authority: readFileSync(tls.authority, 'utf8') }),
    requestClientCertificate: tls.requestClientCertificate,
    minVersion: tls.minVersion,
    ciphers: tls.ciphers,
  };
}
