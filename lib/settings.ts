/** What each part is given of the configuration. Pure: for the service, for its warm-up, and for tests. */
import type { ApiSettings } from './api/context.js';
import type { RingingSettings } from './call/settings.js';
import type { FeeRules } from './charges/fees.js';
import type { Config } from './config/load.js';
import type { EngineSettings } from './engine/api.js';
import type { ConfiguredLimits } from './engine/transport/options.js';
import type { MediaSettings } from './media/settings.js';

export const engineSettings = ({ sip, ringing }: Config): EngineSettings => ({
  timers: { ...sip.timers, timeout: 64 * sip.timers.t1 },
  natDetection: sip.natDetection,
  longestSession: sip.longestSessionSeconds,
  udpMtu: sip.udpMtu,
  connectMs: Math.min(sip.connect.attemptMs, ringing.noProvisionalMs / 2),
  failoverMs: ringing.noProvisionalMs,
  restMs: ringing.trunkRestMs,
  streamlessMs: sip.connect.rememberSeconds * 1000,
});

export const transportLimits = ({ sip: { limits } }: Config): ConfiguredLimits => ({
  maxMessageBytes: limits.messageBytes,
  maxConnections: limits.connections,
  maxConnectionsPerSource: limits.connectionsPerSource,
  idleMs: limits.idleSeconds * 1000,
  silentMs: limits.silentSeconds * 1000,
});

export const callSettings = ({ ringing, overload, sip, node, records, consent, media }: Config): RingingSettings => ({
  ...ringing,
  node,
  refusalHeader: (consent?.refusalHeader ?? '').toLowerCase(),
  refusedPerSecond: records.refusedPerSecond,
  maxCalls: overload.maxCalls,
  retryAfterSeconds: overload.retryAfterSeconds,
  watchMs: 64 * sip.timers.t1,
  longestSessionSeconds: sip.longestSessionSeconds,
  voices: {
    prompts: media.prompts,
    language: media.language,
    onFailure: media.onFailure,
    confirmMs: media.confirmSeconds * 1000,
    repeatMs: media.repeatMs,
    announcementMs: media.announcementSeconds * 1000,
    waitingMs: media.waitingSeconds * 1000,
  },
});

export const mediaSettings = ({ media }: Config): MediaSettings => ({
  servers: media.servers.map((server) => ({ ...server, profile: media.profile })),
  listenAddress: media.listenAddress,
  timeoutMs: media.timeoutMs,
  retryMs: media.retryMs,
  restMs: media.restMs,
  sweepMs: media.sweepSeconds * 1000,
});

export const chargeSettings = ({ prices, charges, operator }: Config): FeeRules & { readonly timeZone: string } => ({
  prices,
  minimumDays: charges.minimumDays,
  timeZone: operator.timeZone,
});

export const apiSettings = (config: Config): ApiSettings => ({
  timeZone: config.operator.timeZone,
  claimMembers: config.ringing.claimMembers,
  charges: chargeSettings(config),
});

const MINUTE = 60_000;

/** Undefined: there are no pages. */
export const pageSettings = ({ pages, ringing, operator }: Config) =>
  pages.baseUrl === undefined || pages.secret === undefined
    ? undefined
    : {
        baseUrl: pages.baseUrl,
        secret: pages.secret,
        life: { idle: pages.idleMinutes * MINUTE, longest: pages.longestMinutes * MINUTE },
        requestsPerMinute: pages.requestsPerMinute,
        triesPerMinute: pages.triesPerMinute,
        rings: ringing.ringTimes,
        maxMembers: ringing.maxMembers,
        timeZone: operator.timeZone,
      };
