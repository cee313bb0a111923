/**
 * The addresses behind names that somebody else may change at any time: those of trunks, whose requests are taken in. A carrier
 * that moves is known under its new address as soon as the TTL of the old one is over, and one whose name could not be looked up at
 * start as soon as DNS is there.
 */
import type { Clock, Timer } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { parseSipUri } from '../sip/uri.js';
import { Validity } from './dns-cache.js';
import { hostOf, type SipResolver } from './resolver.js';
import { canonicalAddress } from './transport/addresses.js';

export interface FollowedHostsOptions {
  /** SIP URIs of hosts. Those with an address never change. */
  readonly uris: readonly string[];
  readonly resolver: Pick<SipResolver, 'resolve' | 'resolveNumeric'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Another address has come up, or one that was left long ago has been dropped. */
  onChange(addresses: readonly string[]): void;
}

/** An answer with a shorter TTL holds that long, too. */
const LEAST_MS = 1000;
const MOST_MS = 300_000;
/** After a look-up that brought nothing. */
const RETRY_MS = 2000;
/**
 * An address that DNS does not give any more stays for so long: calls that were begun there go on, and an answer is often but a
 * part of the addresses.
 */
export const LEFT_MS = 3_600_000;
/** Addresses kept of one host, the newest. */
const MOST_ADDRESSES = 256;

export class FollowedHosts {
  readonly #numeric: readonly string[];
  readonly #hosts: readonly FollowedHost[];

  constructor(options: FollowedHostsOptions) {
    const { uris, resolver } = options;
    const targets = uris.map((uri) => resolver.resolveNumeric(uri));
    this.#numeric = targets.flatMap((target) => (target === undefined ? [] : [target.address]));
    const names = new Set(uris.filter((_uri, at) => targets[at] === undefined));
    this.#hosts = [...names].map((uri) => new FollowedHost(uri, options, () => options.onChange(this.addresses)));
  }

  /** Of all hosts, as far as they are known by now. */
  get addresses(): readonly string[] {
    return [...this.#numeric, ...this.#hosts.flatMap(({ addresses }) => addresses)];
  }

  /** Whether both are addresses of one name: its servers stand in for one another. */
  areOne(one: string, other: string): boolean {
    const names = this.#hosts.filter((host) => host.has(one)).map(({ name }) => name);
    return names.length > 0 && this.#hosts.some((host) => host.has(other) && names.includes(host.name));
  }

  /** Whether that is an address of the host of this URI, as far as they are known by now. */
  isOf(uri: string, address: string): boolean {
    return this.#hosts.some((host) => host.uri === uri && host.addresses.includes(canonicalAddress(address)));
  }

  /** Returns at once: what the names stand for is told by `onChange`. */
  start(): void {
    for (const host of this.#hosts) host.look();
  }

  stop(): void {
    for (const host of this.#hosts) host.stop();
  }
}

class FollowedHost {
  readonly uri: string;
  readonly #options: FollowedHostsOptions;
  readonly #changed: () => void;
  /** Addresses with the time at which DNS gave them last, the latest behind. */
  readonly #seen = new Map<string, number>();
  #timer: Timer | undefined;
  #isStopped = false;
  /** Told in the log, so that it is told once. */
  #isFailing = false;

  constructor(uri: string, options: FollowedHostsOptions, changed: () => void) {
    this.uri = uri;
    this.#options = options;
    this.#changed = changed;
  }

  get addresses(): readonly string[] {
    return [...this.#seen.keys()];
  }

  has(address: string): boolean {
    return this.#seen.has(address);
  }

  look(): void {
    const used = new Validity();
    const { resolver, clock } = this.#options;
    resolver
      .resolve(this.uri, used)
      .then((targets) => {
        if (this.#isStopped) return;
        this.#tell(used.failure);
        this.#take(targets.map(({ address }) => canonicalAddress(address)).filter((address) => !address.includes('%')));
        this.#again(used.expires - clock.now());
      })
      .catch((thrown) => {
        if (this.#isStopped) return;
        this.#tell(thrown);
        this.#again(RETRY_MS);
      });
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #again(ms: number): void {
    const delay = Math.min(Math.max(ms, LEAST_MS), MOST_MS);
    this.#timer = this.#options.clock.after(delay, () => this.look());
  }

  #take(addresses: readonly string[]): void {
    const { clock, log } = this.#options;
    const now = clock.now();
    const before = new Set(this.#seen.keys());
    for (const address of addresses) {
      // Behind the others, as the latest.
      this.#seen.delete(address);
      this.#seen.set(address, now);
    }
    for (const [address, seen] of this.#seen) {
      if (now - seen >= LEFT_MS || this.#seen.size > MOST_ADDRESSES) this.#seen.delete(address);
    }
    const come = addresses.filter((address) => !before.has(address));
    if (come.length === 0 && this.#seen.size === before.size) return;
    if (come.length > 0) log.info({ host: this.name, addresses: come }, 'addresses of a trunk');
    this.#changed();
  }

  /** @param failure undefined: there is none */
  #tell(failure: unknown): void {
    const { log } = this.#options;
    const isFailing = failure !== undefined;
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    if (!isFailing) log.info({ host: this.name }, 'the name of a trunk is resolved again');
    else {
      const known = this.addresses;
      log.warn(
        { host: this.name, reason: messageOf(failure), known },
        known.length > 0
          ? 'the name of a trunk cannot be looked up: its last known addresses stay'
          : 'the name of a trunk cannot be looked up: until it can, requests from there are dropped',
      );
    }
  }

  /** The host of the URI. */
  get name(): string {
    const uri = parseSipUri(this.uri);
    return uri === undefined ? '' : hostOf(uri);
  }
}
