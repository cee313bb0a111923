import { isIP } from 'node:net';
import type { Clock } from '../base/clock.js';
import { CodedError, messageOf } from '../base/errors.js';
import { Recent } from '../base/recent.js';
import { parseSipUri, type SipUri } from '../sip/uri.js';
import type { Protocol, Resolver } from './api.js';
import type { Destination } from './destination.js';
import { DnsCache, STALE_S, type Validity } from './dns-cache.js';
import type { Dns, SrvRecord } from './transport/dns.js';

export interface ResolverOptions {
  readonly dns: Dns;
  readonly clock: Clock;
  /** A number in [0, 1): the draw among SRV records of one priority. */
  readonly random: () => number;
  /** What we can send over, the most wanted first. Default UDP, then TCP. */
  readonly protocols?: readonly Protocol[];
  /** The address families that we can send over, the most wanted first. Default 4, then 6. */
  readonly families?: readonly (4 | 6)[];
}

const SERVICES: Readonly<Record<Protocol, string>> = { udp: '_sip._udp', tcp: '_sip._tcp', tls: '_sips._tcp' };
const MAX_TARGETS = 16;
/** URIs of peers and members. */
const REMEMBERED = 1024;

/** From a SIP URI to addresses (RFC 3263 §4), by SRV and A or AAAA records; NAPTR is not asked for. */
export class SipResolver implements Resolver {
  readonly #options: ResolverOptions;
  readonly #protocols: readonly Protocol[];
  readonly #services: DnsCache<SrvRecord>;
  readonly #addresses: DnsCache<string>;
  /** By URI; null: none. */
  readonly #numeric = new Recent<Destination | null>(REMEMBERED);
  readonly #readNumeric = (text: string): Destination | null => {
    const uri = parseSipUri(text);
    if (uri === undefined) return null;
    const address = hostOf(uri);
    if (isIP(address) === 0) return null;
    const protocol = this.#demanded(uri);
    return protocol === null ? null : this.#target(uri, protocol ?? this.#usual, address);
  };

  constructor(options: ResolverOptions) {
    this.#options = options;
    this.#protocols = options.protocols ?? ['udp', 'tcp'];
    this.#services = new DnsCache(options.clock);
    this.#addresses = new DnsCache(options.clock);
  }

  /** The target of a URI whose host is an IP address; undefined for names and for what {@link resolve} rejects. */
  resolveNumeric(text: string): Destination | undefined {
    return this.#numeric.get(text, this.#readNumeric) ?? undefined;
  }

  /**
   * @param used learns how long the answer holds; it has nothing to learn of a numeric one
   * @throws CodedError RESOLUTION_FAILED: no such name, DNS not reachable, or a transport that we do not speak
   */
  async resolve(text: string, used?: Validity): Promise<readonly Destination[]> {
    const uri = parseSipUri(text);
    if (uri === undefined) throw failure('The next hop is no SIP URI');
    const protocol = this.#demanded(uri);
    if (protocol === null) throw unspoken(`Transport ${uri.params.get('transport')} is not supported`);
    const host = hostOf(uri);
    if (isIP(host) !== 0) return [this.#target(uri, protocol ?? this.#usual, host)];
    // RFC 3263 §4.2: a port in the URI rules SRV out. A name without a dot is a host of this network.
    if (uri.port === undefined && host.includes('.')) {
      const targets = await this.#byService(host, protocol === undefined ? this.#protocols : [protocol], used);
      if (targets !== undefined) return targets;
    }
    const addresses = await this.#addressesOf(host, used);
    return addresses.map((address) => ({ ...this.#target(uri, protocol ?? this.#usual, address), host }));
  }

  /** What a SIP URI that demands nothing is sent over (RFC 3263 §4.1). */
  get #usual(): Protocol {
    return this.#protocols.includes('udp') ? 'udp' : (this.#protocols[0] ?? 'udp');
  }

  /** The protocol that the URI prescribes; undefined when it leaves us the choice, null when we do not speak it. */
  #demanded(uri: SipUri): Protocol | undefined | null {
    const transport = uri.params.get('transport')?.toLowerCase();
    if (uri.scheme === 'sips')
      return transport === undefined || transport === 'tcp' || transport === 'tls' ? 'tls' : null;
    if (transport === undefined) return undefined;
    return transport === 'udp' || transport === 'tcp' || transport === 'tls' ? transport : null;
  }

  #target(uri: SipUri, protocol: Protocol, address: string): Destination {
    return { protocol, address, port: uri.port ?? (protocol === 'tls' ? 5061 : 5060) };
  }

  /** Undefined: there are no SRV records, so that the host's own addresses count (RFC 3263 §4.2). */
  async #byService(
    host: string,
    protocols: readonly Protocol[],
    used: Validity | undefined,
  ): Promise<Destination[] | undefined> {
    let offered = false;
    // All at once: whoever waits for it has no time for one after another.
    const asked = protocols.map((protocol) => this.#recordsOf(`${SERVICES[protocol]}.${host}`, used));
    for (const [at, protocol] of protocols.entries()) {
      const records = (await asked[at]) ?? [];
      offered ||= records.length > 0;
      const targets = await this.#targetsOf(orderSrv(records, this.#options.random), protocol, host, used);
      if (targets.length > 0) return targets;
    }
    if (offered) throw failure(`The SRV records of ${host} lead to no address`);
    return undefined;
  }

  /** Servers that do not answer SRV queries are common enough: the A record is tried then. */
  async #recordsOf(service: string, used: Validity | undefined): Promise<readonly SrvRecord[]> {
    try {
      return await this.#services.get(service, () => this.#options.dns.srv(service), used);
    } catch {
      used?.add(this.#options.clock.now() + STALE_S * 1000);
      return [];
    }
  }

  async #targetsOf(
    records: readonly SrvRecord[],
    protocol: Protocol,
    host: string,
    used: Validity | undefined,
  ): Promise<Destination[]> {
    // RFC 2782: the target "." says that the service is decidedly not there.
    const present = records.filter(({ name }) => name !== '' && name !== '.').slice(0, MAX_TARGETS);
    const found = await Promise.all(
      present.map(({ name }) =>
        this.#addressesOf(name, used).catch((): readonly string[] => {
          used?.add(this.#options.clock.now() + STALE_S * 1000);
          return [];
        }),
      ),
    );
    const targets = present.flatMap(({ port }, at) =>
      (found[at] ?? []).map((address) => ({ protocol, address, port, host })),
    );
    return targets.slice(0, MAX_TARGETS);
  }

  async #addressesOf(name: string, used: Validity | undefined): Promise<readonly string[]> {
    if (isIP(name) !== 0) return [name];
    const { dns, families = [4, 6] } = this.#options;
    const questions = name.includes('.') ? families : [];
    const answers = await Promise.allSettled(
      questions.map((family) => this.#addresses.get(`${name} ${family}`, () => dns.addresses(name, family), used)),
    );
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (found.length > 0) return found.slice(0, MAX_TARGETS);
    return this.#fromHosts(name, families, answers.find((answer) => answer.status === 'rejected')?.reason, used);
  }

  /** The system's own lookup, for /etc/hosts and where DNS knows nothing. */
  async #fromHosts(
    name: string,
    families: readonly (4 | 6)[],
    cause: unknown,
    used: Validity | undefined,
  ): Promise<readonly string[]> {
    let all: readonly string[];
    try {
      all = await this.#addresses.get(`${name} hosts`, () => this.#options.dns.hosts(name), used);
    } catch (error) {
      throw failure(`${name} cannot be resolved: ${messageOf(cause ?? error)}`, error);
    }
    const found = families.flatMap((family) => all.filter((address) => isIP(address) === family));
    if (found.length === 0)
      throw failure(`${name} has no address${cause === undefined ? '' : `: ${messageOf(cause)}`}`, cause);
    return found.slice(0, MAX_TARGETS);
  }
}

/** RFC 2782: by priority; among equals a draw weighted by weight, in which a weight of 0 has a small chance. */
export function orderSrv(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const left = [...records].sort((a, b) => a.priority - b.priority || a.weight - b.weight);
  const ordered: SrvRecord[] = [];
  while (left.length > 0) {
    const equals = left.filter(({ priority }) => priority === left[0]?.priority);
    const total = equals.reduce((sum, { weight }) => sum + weight, 0);
    let draw = Math.floor(random() * (total + 1));
    const drawn = equals.findIndex(({ weight }) => {
      draw -= weight;
      return draw <= 0;
    });
    ordered.push(...left.splice(drawn, 1));
  }
  return ordered;
}

/** RFC 3263 §4: `maddr`, where there is one, stands for the host. */
export function hostOf(uri: SipUri): string {
  const host = uri.params.get('maddr')?.toLowerCase() ?? uri.host;
  return host.startsWith('[') ? host.slice(1, -1) : host;
}

const unspoken = (message: string): CodedError => failure(message, new CodedError('TRANSPORT_UNAVAILABLE', message));

const failure = (message: string, cause?: unknown): CodedError =>
  new CodedError('RESOLUTION_FAILED', message, { cause });
