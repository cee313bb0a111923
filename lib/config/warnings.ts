import type { AddressBlock } from '../base/address-block.js';
import { parseSipUri } from '../sip/uri.js';
import { type Layer, type Path, valueAt } from './layers.js';
import type { Checked } from './schema.js';
import { placeOf } from './trunk-checks.js';

/** Timer C of the proxies on the caller's side is more than three minutes (RFC 3261 §16.6 item 11). */
const TIMER_C_SECONDS = 180;

const isLoopback = ({ address }: AddressBlock): boolean => address.startsWith('127.') || address.startsWith('::1');

const isThisMachine = (url: string): boolean => /^http:\/\/(?:localhost|127\.[\d.]+|\[::1\])(?::\d+)?$/.test(url);

/** What is allowed but probably not meant. */
export function warningsFor(config: Checked): string[] {
  const { ringing, sip, trunks, drachtio, http } = config;
  const embedded = drachtio.url === undefined;
  const longest = Math.max(...ringing.ringTimes) * ringing.maxMembers;
  const warnings: string[] = [];
  const warn = (when: boolean, text: string) => when && warnings.push(text);

  warn(
    longest > TIMER_C_SECONDS,
    `ringing: ${ringing.maxMembers} members of ${Math.max(...ringing.ringTimes)} s are ${longest} s, more than Timer C of a proxy ` +
      `(${TIMER_C_SECONDS} s, RFC 3261 §16.6). The 180 is repeated to restart it; timers of a telephone network may still end the call`,
  );
  warn(
    ringing.ringRefreshMs >= TIMER_C_SECONDS * 1000,
    `ringing.ringRefreshMs: ${ringing.ringRefreshMs} ms is too seldom to keep Timer C (${TIMER_C_SECONDS} s) of a proxy from ending the call`,
  );
  warn(
    trunks.length === 0 && sip.peers.every(isLoopback),
    'trunks, sip.peers: no trunk and no peer beyond this machine, so calls are taken from this machine only',
  );
  warn(
    trunks.length === 0 && !ringing.sipUriMembers,
    'trunks: none, and SIP URIs are no members (ringing.sipUriMembers), so nobody can be rung',
  );
  warn(
    !embedded,
    'drachtio.url: the drachtio-server answers 100 to anybody before the service refuses whom sip.peers and the trunks do not name; ' +
      'a firewall keeps strangers from it altogether',
  );
  warn(
    sip.peers.some(({ bits }) => bits === 0),
    'sip.peers: everybody on the network may send calls',
  );
  warn(
    http.tokens.length > 0 && !isLoopback(http.listen) && http.trustedProxies.length === 0,
    'http.listen: tokens and numbers cross the network as they are; listen on 127.0.0.1 behind a proxy that speaks TLS, and name it in ' +
      'http.trustedProxies',
  );
  warn(
    http.trustedProxies.some(({ bits }) => bits === 0),
    'http.trustedProxies: everybody may say in X-Forwarded-For who he is, so no address has a limit of requests',
  );
  warn(
    config.pages.baseUrl?.startsWith('http:') === true && !isThisMachine(config.pages.baseUrl),
    'pages.baseUrl: without TLS whoever is on the way reads the links and the pages, and the cookie has no __Host- in its name',
  );
  for (const [index, trunk] of trunks.entries()) {
    const { uri, earlyMedia, pEarlyMedia, trusted } = { ...config.trunkDefaults, ...trunk };
    warn(
      pEarlyMedia && earlyMedia === '180',
      `trunks[${index}].pEarlyMedia: not used, because its earlyMedia is 180, and callers there hear nothing of us before the answer`,
    );
    warn(
      pEarlyMedia && !trusted,
      `trunks[${index}].pEarlyMedia: the header is for networks within our trust domain (RFC 5009 §2), and its trusted is false`,
    );
    const first = trunks.findIndex((other) => placeOf(other.uri) === placeOf(uri));
    warn(
      first < index,
      `trunks[${index}]: leads where trunks[${first}] does, whose username and password count for the calls of both`,
    );
    warn(
      parseSipUri(uri)?.user !== undefined,
      `trunks[${index}].uri: its user is not called, and is no username: the number stands there`,
    );
  }
  return warnings;
}

/** What an engine of ours does, and a drachtio-server in its own way. */
const ENGINE_ALONE = ['listen', 'tls', 'pools', 'routers', 'limits', 'udpMtu', 'connect', 'natDetection'].map(
  (name) => `sip.${name}`,
);

/** Settings that somebody made and that have no effect. */
export function unused({ drachtio, records, redis, sip }: Checked, layers: readonly Layer[]): string[] {
  const embedded = drachtio.url === undefined;
  const hasTls = sip.listen.some(({ protocol }) => protocol === 'tls');
  const external = 'drachtio.url attaches to a drachtio-server that listens itself';
  const rows: readonly (readonly [path: string, isUnused: boolean, because: string])[] = [
    ...ENGINE_ALONE.map((name) => [name, !embedded, external] as const),
    ['sip.tls', embedded && !hasTls, 'no entry of sip.listen has tls'],
    ['drachtio.listen', !embedded, external],
    ['drachtio.embedded', !embedded, 'drachtio.url attaches to a drachtio-server'],
    ['drachtio.silenceMs', embedded, 'there is no drachtio.url'],
    ['redis.password', redis.url === undefined, 'the private redis-server has one of its own'],
    ['records.maskAfterDays', records.maskAfterDays >= records.retentionDays, 'records.retentionDays ends them before'],
    ['redis.privatePort', redis.url !== undefined, 'redis.url names a Redis'],
  ];
  return rows.flatMap(([name, isUnused, because]) => {
    const origin = isUnused ? madeIn(layers, name.split('.')) : undefined;
    return origin === undefined ? [] : [`${name} (${origin}): not used, because ${because}`];
  });
}

/** Where somebody set it; undefined for what nobody but the defaults say. */
const madeIn = (layers: readonly Layer[], path: Path): string | undefined =>
  layers.slice(1).findLast(({ value }) => valueAt(value, path) !== undefined)?.origin;
