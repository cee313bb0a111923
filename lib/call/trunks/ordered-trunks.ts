/** The trunks in the order in which they are tried for one call. */
import type { Clock } from '../../base/clock.js';
import { Recent } from '../../base/recent.js';
import { octetsOf } from '../../base/text.js';
import { schemeOf } from '../../sip/uri.js';
import type { Arrival } from '../called.js';
import { nameOf } from './account.js';
import { inOrder } from './choice.js';
import { Trunk } from './trunk.js';
import type { Candidate, Trunks } from './trunks.js';

const ELSEWHERE: Arrival = { isToContact: false, calledFrom: undefined };

/** Whose way is remembered: the same ones are rung all day. */
const MEMBERS_KNOWN = 4096;

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

/** A member that is a SIP URI. */
const ofItsOwn = (member: string): readonly Candidate[] => [
  { uri: octetsOf(member), trunk: undefined, name: nameOf(member), correlates: true, trusted: false },
];

export class OrderedTrunks implements Trunks {
  readonly haveAccounts: boolean;
  protected readonly trunks: readonly Trunk[];
  readonly #random: () => number;
  readonly #members = new Recent<readonly Candidate[]>(MEMBERS_KNOWN);

  constructor(trunks: readonly Trunk[], random: () => number) {
    this.haveAccounts = trunks.some(({ credentials }) => credentials !== undefined);
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
