/** Where a member is sent: the trunks, which of them are alive, and whether they know us. */
import type { Clock } from '../../base/clock.js';
import { type Guard, guardedClock, guardWith, regardless } from '../../base/guard.js';
import type { Ids } from '../../base/ids.js';
import type { Log } from '../../base/log.js';
import type { Meter } from '../../base/meter.js';
import { Recent } from '../../base/recent.js';
import { octetsOf } from '../../base/text.js';
import { parseSipUri, schemeOf } from '../../sip/uri.js';
import type { Credentials, SipServer } from '../../sip-server/sip-server.js';
import type { Arrival } from '../called.js';
import { nameOf, uriWithUser } from './account.js';
import { inOrder } from './choice.js';
import { type Dialect, dialectOf } from './dialect.js';
import { Health, type HealthOptions, type PingSettings } from './health.js';
import { KeepAlive } from './keep-alive.js';
import { Registration } from './registration.js';
import type { TrunkSettings } from './trunk-settings.js';

export type { TrunkSettings } from './trunk-settings.js';

/** One way to reach a member. */
export interface Candidate {
  /** The Request-URI. */
  readonly uri: string;
  /** The trunk's URI; undefined when the member is a SIP URI of its own. */
  readonly trunk: string | undefined;
  /** For people: the trunk, or the host of that member, without user and password. */
  readonly name: string;
  /** Whether its INVITE names the caller's leg. */
  readonly correlates: boolean;
  /** Whether it belongs to our trust domain (RFC 3325): asserted identities may be sent there. */
  readonly trusted: boolean;
  /** What the trunk's challenges are answered with. */
  readonly credentials?: Credentials;
  /** How it wants numbers and identities written, where that is not as usual. */
  readonly dialect?: Dialect;
  /** The Service-Route of its registrar (RFC 3608 §6.1). */
  readonly route?: readonly string[];
}

export interface Trunks {
  /** The ways to try, in order. Empty: the member cannot be reached at all. */
  candidates(member: string): readonly Candidate[];
  /** The trunk refused, failed or kept silent. `restMs`: as it asked for in Retry-After. */
  failed(trunk: string, restMs?: number): void;
  /** The trunk gave a sign of life. */
  works(trunk: string): void;
  /** What is known of an INVITE by its Request-URI and the address from which it came. */
  arrival(uri: string, source: string): Arrival;
}

/** Trunks that are watched. */
export interface TrunkGroup extends Trunks {
  /** All of them are known to be down: no number can be called. */
  readonly isOut: boolean;
  /** Begins to ping and to register; what the SIP server cannot send yet is sent when it is there. */
  start(): void;
  /** Ends both; resolves when the registrations are removed, or after two seconds. */
  stop(): Promise<void>;
}

export interface TrunkGroupOptions {
  readonly trunks: readonly TrunkSettings[];
  /** ISO 3166 code: of numbers in national form. */
  readonly defaultCountry: string;
  /** How long a trunk that failed comes behind the others (RFC 3263 §4.3). */
  readonly restMs: number;
  readonly pings: PingSettings;
  readonly sip: Pick<SipServer, 'connected' | 'send'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
  /** Whether an address is one of those that the name of a trunk stands for now. */
  isFrom?(trunk: string, address: string): boolean;
  /** From 0 to below 1. */
  random(): number;
}

const ELSEWHERE: Arrival = { isToContact: false, calledFrom: undefined };

const LONGEST_REST_MS = 600_000;
/** Of members whose way over a trunk is remembered: the same ones are rung all day. */
const MEMBERS_KNOWN = 4096;

export const createTrunkGroup = (options: TrunkGroupOptions): TrunkGroup => new WatchedTrunks(options);

const UNWATCHED = {
  correlate: true,
  weight: 0,
  register: false,
  registerSeconds: 0,
  trusted: true,
  keepAliveSeconds: 0,
};

/**
 * Trunks that are tried in this order and never watched.
 * @param uris trunk URIs in order of preference, such as `sip:10.1.0.1:5060;transport=tcp`
 * @param restMs how long a trunk that failed comes behind the others (RFC 3263 §4.3)
 */
export function createTrunks(uris: readonly string[], restMs: number, clock: Clock): Trunks {
  const trunks = uris.map((uri, at) => new Trunk({ uri, ...UNWATCHED, priority: at }, undefined, clock, restMs));
  return new OrderedTrunks(trunks, () => 0);
}

/** One trunk and what is known of it. */
class Trunk {
  readonly settings: TrunkSettings;
  readonly credentials: Credentials | undefined;
  readonly dialect: Dialect | undefined;
  health: Health | undefined;
  keepAlive: KeepAlive | undefined;
  registration: Registration | undefined;
  isFrom: TrunkGroupOptions['isFrom'];
  readonly #name: string;
  readonly #clock: Clock;
  readonly #restMs: number;
  /** Where its requests come from, unless it is named by a name. */
  readonly #host: string | undefined;
  #candidates = new Recent<Candidate>(MEMBERS_KNOWN);
  /** Of those candidates. */
  #route: readonly string[] | undefined;
  #restsUntil = 0;
  /** It asked for the rest itself: a sign of life does not end it (RFC 3261 §21.5.4). */
  #restIsAskedFor = false;

  /** @param country of numbers in national form; undefined: it wants none */
  constructor(settings: TrunkSettings, country: string | undefined, clock: Clock, restMs: number) {
    const { username, password } = settings;
    this.settings = settings;
    this.#name = nameOf(settings.uri);
    this.#host = parseSipUri(settings.uri)?.host;
    this.credentials = username === undefined || password === undefined ? undefined : { username, password };
    this.dialect = country === undefined ? undefined : dialectOf(settings, this.credentials, country);
    this.#clock = clock;
    this.#restMs = restMs;
  }

  get priority(): number {
    return this.settings.priority;
  }

  get weight(): number {
    return this.settings.weight;
  }

  get isDown(): boolean {
    return this.health?.isDown ?? false;
  }

  /**
   * It is not tried at all. What has never answered a ping may be up all the same: it is tried again when the last call that
   * failed on it is some time ago.
   */
  get isKnownDown(): boolean {
    const { health } = this;
    return health?.isDown === true && (health.hasAnswered || this.isResting);
  }

  get isResting(): boolean {
    return this.#restsUntil > 0 && this.#restsUntil > this.#clock.now();
  }

  rest(askedForMs: number | undefined): void {
    this.#restsUntil = this.#clock.now() + Math.min(askedForMs ?? this.#restMs, LONGEST_REST_MS);
    this.#restIsAskedFor = askedForMs !== undefined;
  }

  works(): void {
    if (!this.#restIsAskedFor || !this.isResting) this.#restsUntil = 0;
    this.health?.alive();
  }

  candidate(member: string): Candidate {
    const route = this.registration?.serviceRoute;
    if (route !== this.#route) {
      this.#route = route;
      this.#candidates = new Recent<Candidate>(MEMBERS_KNOWN);
    }
    return this.#candidates.get(member, this.#candidate);
  }

  /** Undefined: it does not come from there. */
  arrival(uri: string, source: string): Arrival | undefined {
    const { credentials } = this;
    const { calledFrom, uri: own } = this.settings;
    if (this.registration?.isContact(uri)) return { isToContact: true, calledFrom, credentials };
    if (calledFrom === undefined && credentials === undefined) return undefined;
    const isOurs = source === this.#host || this.isFrom?.(own, source);
    return isOurs ? { isToContact: false, calledFrom, credentials } : undefined;
  }

  /** `sip:10.1.0.1:5060;transport=tcp` and `+371…` make `sip:+371…@10.1.0.1:5060;transport=tcp;user=phone` (RFC 3261 §19.1.6). */
  readonly #candidate = (member: string): Candidate => {
    const { dialect } = this;
    const { uri, trusted } = this.settings;
    return {
      uri: octetsOf(`${uriWithUser(uri, dialect?.userFor(member) ?? member)}${dialect?.phone ?? ';user=phone'}`),
      trunk: uri,
      name: this.#name,
      correlates: this.settings.correlate,
      trusted,
      ...(dialect && { dialect }),
      ...(this.credentials && { credentials: this.credentials }),
      ...(this.#route && { route: this.#route }),
    };
  };
}

/** A member that is a SIP URI. */
const ofItsOwn = (member: string): readonly Candidate[] => [
  { uri: octetsOf(member), trunk: undefined, name: nameOf(member), correlates: true, trusted: false },
];

class OrderedTrunks implements Trunks {
  protected readonly trunks: readonly Trunk[];
  readonly #random: () => number;
  readonly #members = new Recent<readonly Candidate[]>(MEMBERS_KNOWN);

  constructor(trunks: readonly Trunk[], random: () => number) {
    this.trunks = trunks;
    this.#random = random;
  }

  candidates(member: string): readonly Candidate[] {
    const scheme = schemeOf(member);
    if (scheme === 'sip' || scheme === 'sips') return this.#members.get(member, ofItsOwn);
    return inOrder(this.trunks, this.#random).map((trunk) => trunk.candidate(member));
  }

  failed(uri: string, restMs?: number): void {
    const trunk = this.#find(uri);
    trunk?.rest(restMs);
    trunk?.health?.doubt();
  }

  works(uri: string): void {
    this.#find(uri)?.works();
  }

  arrival(uri: string, source: string): Arrival {
    let found: Arrival | undefined;
    for (const trunk of this.trunks) {
      const arrival = trunk.arrival(uri, source);
      if (arrival?.isToContact) return arrival;
      found ??= arrival;
    }
    return found ?? ELSEWHERE;
  }

  #find(uri: string): Trunk | undefined {
    return this.trunks.find(({ settings }) => settings.uri === uri);
  }
}

class WatchedTrunks extends OrderedTrunks implements TrunkGroup {
  readonly #log: Log;
  /** As it was told last. */
  #isToldOut = false;

  constructor(options: TrunkGroupOptions) {
    const { clock, restMs, meter, random } = options;
    super(
      options.trunks.map((settings) => new Trunk(settings, options.defaultCountry, clock, restMs)),
      random,
    );
    this.#log = options.log;
    for (const trunk of this.trunks) {
      trunk.isFrom = options.isFrom;
      watch(trunk, options, () => this.#tellOutage());
    }
    const count = (matches: (trunk: Trunk) => boolean) => () => this.trunks.filter(matches).length;
    meter.gauge(
      'trunks_up',
      'Trunks that answer',
      count(({ isDown }) => !isDown),
    );
    meter.gauge(
      'trunks_down',
      'Trunks that do not answer',
      count(({ isDown }) => isDown),
    );
    meter.gauge('trunks_registered', 'Trunks at which we are registered', count(isRegistered));
    for (const trunk of this.trunks) {
      const labels = { trunk: nameOf(trunk.settings.uri) };
      meter.gauge('trunk_up', 'Whether a trunk answers', () => (trunk.isDown ? 0 : 1), labels);
      if (trunk.registration === undefined) continue;
      const help = 'Whether we are registered at a trunk that wants it';
      meter.gauge('trunk_registered', help, () => (isRegistered(trunk) ? 1 : 0), labels);
    }
  }

  get isOut(): boolean {
    return this.trunks.length > 0 && this.trunks.every(({ isKnownDown }) => isKnownDown);
  }

  override failed(uri: string, restMs?: number): void {
    super.failed(uri, restMs);
    this.#tellOutage();
  }

  /** When the last one has gone, and when the first one is back. */
  #tellOutage(): void {
    const { isOut } = this;
    if (isOut === this.#isToldOut) return;
    this.#isToldOut = isOut;
    if (isOut) this.#log.error({ trunks: this.trunks.length }, 'all trunks are down: calls to numbers fail at once');
    else this.#log.info('there is a trunk again');
  }

  start(): void {
    for (const { health, keepAlive, registration } of this.trunks) {
      health?.start();
      keepAlive?.start();
      registration?.start();
    }
  }

  async stop(): Promise<void> {
    for (const { health, keepAlive } of this.trunks) {
      health?.stop();
      keepAlive?.stop();
    }
    await Promise.all(this.trunks.map(({ registration }) => registration?.stop()));
  }
}

function watch(trunk: Trunk, options: TrunkGroupOptions, onHealth: () => void): void {
  const { sip, clock, ids, log, meter, random } = options;
  const { uri, register, registerSeconds, keepAliveSeconds, fromDomain: domain } = trunk.settings;
  const name = nameOf(uri);
  const guardFor = (recover: () => void): Pick<HealthOptions, 'clock' | 'sip'> => {
    const guard = guardWith((thrown) => {
      regardless(() => meter.count('trunk_faults_total', { trunk: name }));
      regardless(() => log.error({ err: thrown, trunk: name }, 'an error of ours at a trunk'));
      regardless(recover);
    });
    return { clock: guardedClock(clock, guard), sip: guardedSender(sip, guard) };
  };
  trunk.health = new Health({
    ...options.pings,
    uri: octetsOf(uri),
    route: () => trunk.registration?.serviceRoute,
    ...guardFor(() => trunk.health?.recover()),
    random,
    onChange: (isUp) => {
      log[isUp ? 'info' : 'error']({ trunk: name }, isUp ? 'trunk is up again' : 'trunk is down: it answers no ping');
      meter.count('trunk_changes_total', { trunk: name, state: isUp ? 'up' : 'down' });
      onHealth();
    },
    onRetryAfter: (seconds) => trunk.rest(seconds * 1000),
  });
  if (keepAliveSeconds > 0) {
    const guarded = guardFor(() => trunk.keepAlive?.recover());
    trunk.keepAlive = new KeepAlive({ uri: octetsOf(uri), seconds: keepAliveSeconds, ...guarded, random });
  }
  if (!register || trunk.credentials === undefined) return;
  trunk.registration = new Registration({
    uri,
    credentials: trunk.credentials,
    seconds: registerSeconds,
    domain,
    ...guardFor(() => trunk.registration?.recover()),
    ids,
    random,
    onChange: (isIn, status) => {
      log[isIn ? 'info' : 'error'](
        { trunk: name, status },
        isIn ? 'registered at the trunk' : 'not registered at the trunk',
      );
      meter.count('trunk_registrations_total', { trunk: name, state: isIn ? 'registered' : 'refused' });
    },
  });
}

/** Whoever sends over it hears the responses guarded. */
const guardedSender = (sip: TrunkGroupOptions['sip'], guard: Guard): TrunkGroupOptions['sip'] => ({
  get connected() {
    return sip.connected;
  },
  send: (request, done) => sip.send(request, (result) => guard.run(() => done(result))),
});

function isRegistered({ registration }: Trunk): boolean {
  return registration?.state === 'registered' || registration?.state === 'refreshing';
}
