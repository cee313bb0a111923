/** One trunk and what is known of it: whether it is alive, rests, knows us, and how a member is reached over it. */
import type { Clock } from '../../base/clock.js';
import { Recent } from '../../base/recent.js';
import { octetsOf } from '../../base/text.js';
import { parseSipUri } from '../../sip/uri.js';
import type { Credentials } from '../../sip-server/sip-server.js';
import type { Arrival } from '../called.js';
import { nameOf, uriWithUser } from './account.js';
import { type Dialect, dialectOf } from './dialect.js';
import type { Health } from './health.js';
import type { KeepAlive } from './keep-alive.js';
import type { Registration } from './registration.js';
import type { TrunkSettings } from './trunk-settings.js';
import type { Candidate } from './trunks.js';

const LONGEST_REST_MS = 600_000;
/** Of members whose way over a trunk is remembered: the same ones are rung all day. */
const MEMBERS_KNOWN = 4096;

/** Whether an address is one of those that the name of a trunk stands for now. */
export type IsFrom = (trunk: string, address: string) => boolean;

export class Trunk {
  readonly settings: TrunkSettings;
  readonly credentials: Credentials | undefined;
  readonly dialect: Dialect | undefined;
  health: Health | undefined;
  keepAlive: KeepAlive | undefined;
  registration: Registration | undefined;
  isFrom: IsFrom | undefined;
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
    const { calledFrom, uri: own, earlyMedia, pEarlyMedia: isGated } = this.settings;
    const isDeaf = earlyMedia === '180';
    if (this.registration?.isContact(uri)) return { isToContact: true, calledFrom, credentials, isDeaf, isGated };
    if (calledFrom === undefined && credentials === undefined && !isDeaf && !isGated) return undefined;
    const isOurs = source === this.#host || this.isFrom?.(own, source);
    return isOurs ? { isToContact: false, calledFrom, credentials, isDeaf, isGated } : undefined;
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
