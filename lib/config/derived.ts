import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createIds } from '../base/ids.js';
import { planSpansOf } from '../charges/eligible.js';
import { type PriceList, plansOf } from '../charges/prices.js';
import type { ConsentCatalogue } from '../consent/catalogue.js';
import type { ConsentSettings } from '../consent/open.js';
import type { Catalogue } from '../store/functions/library.js';
import type { Target } from '../store/url.js';
import type { Checked } from './schema.js';
import type { DrachtioServer } from './values.js';

/** Between pings where there are several trunks; a single one is pinged in doubt only, as calls have no choice. */
const PING_SECONDS = 30;

/** Before most NATs forget a port, and before most proxies close a connection (RFC 5626 §4.4). */
const KEEP_ALIVE_SECONDS = { datagrams: 29, connection: 120 };

/** The recordings that come with the program. */
const PROMPTS = fileURLToPath(new URL('../../../config/prompts', import.meta.url));

type Given = Checked['trunkDefaults'] & Checked['trunks'][number];
type Trunk = Given & { readonly keepAliveSeconds: number };

/** Calls to a contact that we registered come through whatever stands between. */
function withKeepAlive(trunk: Given): Trunk {
  const { uri, register, keepAliveSeconds } = trunk;
  const isConnection = /^sips:|;transport=(?:tcp|tls)\b/i.test(uri);
  const usual = isConnection ? KEEP_ALIVE_SECONDS.connection : KEEP_ALIVE_SECONDS.datagrams;
  return { ...trunk, keepAliveSeconds: keepAliveSeconds ?? (register ? usual : 0) };
}

/** The configuration with what follows from other values, where nobody said otherwise. */
export type Complete = Readonly<
  Omit<Checked, 'node' | 'drachtio' | 'redis' | 'pings' | 'trunks' | 'trunkDefaults' | 'consent' | 'media'> & {
    node: string;
    drachtio: Omit<Checked['drachtio'], 'secret' | 'url'> & {
      secret: string;
      url: (Omit<DrachtioServer, 'secret'> & { readonly secret: string }) | undefined;
    };
    redis: Omit<Checked['redis'], 'password'>;
    pings: Omit<Checked['pings'], 'pingSeconds'> & { pingSeconds: number; inDoubt: boolean };
    trunks: readonly Trunk[];
    catalogue: Catalogue;
    prices: PriceList;
    /** Absent: there is no register. */
    consent: ConsentConfig | undefined;
    media: Omit<Checked['media'], 'prompts'> & { prompts: string };
  }
>;

interface ConsentConfig {
  readonly settings: ConsentSettings;
  /** Absent: where the calls have theirs. */
  readonly target: Target | undefined;
  /** Empty: none. */
  readonly refusalHeader: string;
  readonly outboxFile: string | undefined;
  readonly headsFile: string | undefined;
  /** 0: none. */
  readonly verifyHours: number;
}

function consentOf({ consent, ringing, records }: Checked, catalogue: ConsentCatalogue): ConsentConfig | undefined {
  const { secret, signingKey, controller, redis, refusalHeader, formerKeys, commandTimeoutMs, gateMs, askedDays } =
    consent;
  if (secret === undefined || signingKey === undefined || controller === undefined) return undefined;
  const country = ringing.defaultCountry as ConsentSettings['country'];
  const recordDays = records.retentionDays;
  const limits = { commandTimeoutMs, gateMs, askedDays, recordDays };
  return {
    settings: { catalogue, controller, secret, signingKey, formerKeys, country, ...limits },
    target: redis.url && { ...redis.url, password: redis.url.password ?? redis.password },
    refusalHeader,
    outboxFile: consent.outboxFile,
    headsFile: consent.headsFile,
    verifyHours: consent.verifyHours,
  };
}

export function complete(checked: Checked, prices: PriceList, consents: ConsentCatalogue): Complete {
  const { node, drachtio, redis, pings, trunks, trunkDefaults, consent: _, media, ...rest } = checked;
  const secret = drachtio.secret ?? createIds().token();
  const { password, ...store } = redis;
  return {
    ...rest,
    node: node ?? hostname(),
    drachtio: {
      ...drachtio,
      secret,
      url: drachtio.url && { ...drachtio.url, secret: drachtio.url.secret ?? secret },
    },
    redis: { ...store, url: store.url && { ...store.url, password: store.url.password ?? password } },
    pings: {
      ...pings,
      pingSeconds: pings.pingSeconds ?? (trunks.length > 1 ? PING_SECONDS : 0),
      inDoubt: pings.pingSeconds === undefined,
    },
    trunks: trunks.map((trunk) => withKeepAlive({ ...trunkDefaults, ...trunk })),
    prices,
    consent: consentOf(checked, consents),
    media: { ...media, prompts: media.prompts ?? PROMPTS },
    catalogue: {
      rings: rest.ringing.ringTimes,
      plans: plansOf(prices),
      planSpans: planSpansOf(prices, rest.operator.timeZone),
      maxMembers: rest.ringing.maxMembers,
      sipUriMembers: rest.ringing.sipUriMembers,
      turnsKept: rest.turns.keep,
      ownNumbers: media.servers.length > 0 ? media.ownNumbers : undefined,
    },
  };
}
