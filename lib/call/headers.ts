/**
 * Which headers pass from one leg to the other. What an operator may choose is in `ringing.headers` of the configuration; what
 * belongs to a leg itself (`sip/own-headers.ts`) never passes, what describes the body always does. Pure.
 */
import { CANONICAL } from '../sip/names.js';
import { ownerOfHeader } from '../sip/own-headers.js';
import type { Headers } from '../sip-server/sip-server.js';
import { Correlation } from './correlation.js';

/** Names in any case; `X-*` stands for every header whose name begins so. */
export interface HeaderLists {
  /** From the caller's INVITE to each member. */
  readonly toMember: readonly string[];
  /** From the 2xx of the member who answered to the caller. */
  readonly toCaller: readonly string[];
  /** Of requests within the call, BYE apart, and of their responses; either way. */
  readonly inDialog: readonly string[];
  /** Of BYE, either way (RFC 3326, RFC 7433 §4.1). */
  readonly bye: readonly string[];
}

/** A body without them is another body. */
const OF_BODY = ['Content-Disposition', 'Content-Encoding', 'Content-Language', 'Content-Type', 'MIME-Version'];
/** The ends agree by it which INFO they take (RFC 6086 §5.2.3); INFO passes. */
const NEGOTIATED = ['Recv-Info'];
/** Without them the method that is passed on, or its response, says something else. */
const OF_METHOD = [
  'Accept',
  'Event',
  'Info-Package',
  'Reason',
  'Retry-After',
  'Subscription-State',
  'Unsupported',
  'Warning',
];

/** Never to or from a member outside the trust domain: what a network tells itself, and assertions that nothing signs. */
const FOR_TRUSTED_ONLY = namesOf(
  'P-Access-Network-Info P-Asserted-Service P-Charging-Function-Addresses P-Charging-Vector P-Private-Network-Indication ' +
    'P-Profile-Key P-Served-User P-User-Database P-Visited-Network-ID Remote-Party-ID',
);
/** Not taken from a member outside it, either (RFC 3325 §5). */
const ASSERTED = namesOf('P-Asserted-Identity');
/** What a network tells of its callers to one that believes it. */
const ASSERTIONS = namesOf('P-Asserted-Identity P-Asserted-Service Remote-Party-ID');
/**
 * What an anonymous caller's INVITE does not tell a member outside the trust domain (RFC 3325 §7; RFC 3323 §5.3). What nobody
 * knows the meaning of, X-…, may name him, too.
 */
const REVEALING = namesOf(
  'P-Asserted-Identity Subject Call-Info Organization User-Agent Reply-To In-Reply-To Geolocation Geolocation-Routing ' +
    'User-to-User Alert-Info Error-Info Server Warning',
);
const UNKNOWN = 'x-';

/** Whom a message comes from or goes to. */
export interface Trust {
  /** The member is within our trust domain. */
  readonly trusted: boolean;
  /** The caller has asked for privacy, and it is the member's not to know him. */
  readonly isWithheld: boolean;
  /** The member's network asserts identities by itself, and takes none of ours (RFC 3325 §9.2). */
  readonly takesPreferred?: boolean | undefined;
}

export type Picked = Record<string, string | readonly string[]>;

class Names {
  /** Whether those names pass that are known at all: nearly all that come. */
  readonly #known: ReadonlyMap<string, boolean>;
  readonly #prefixes: readonly string[];
  readonly #isBarred: (name: string) => boolean;

  /** @param isBarred what does not pass whatever the list says */
  constructor(list: readonly string[], isBarred: (name: string) => boolean) {
    const names = list.map((name) => name.toLowerCase());
    this.#prefixes = names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
    this.#isBarred = isBarred;
    const known = new Map(CANONICAL.map((name) => [name, this.#matches(name)]));
    for (const name of names) if (!name.endsWith('*') && !isBarred(name)) known.set(name, true);
    this.#known = known;
  }

  pick(headers: Headers): Picked {
    const picked: Picked = {};
    for (const name in headers) {
      if (this.#known.get(name) ?? this.#matches(name)) picked[name] = headers[name] as string;
    }
    return picked;
  }

  #matches(name: string): boolean {
    for (const prefix of this.#prefixes) {
      if (name.startsWith(prefix)) return ownerOfHeader(name) === undefined && !this.#isBarred(name);
    }
    return false;
  }
}

/** One list as it holds for each peer. */
class Passage {
  readonly #whole: Names;
  readonly #fromOutside: Names;
  readonly #toOutside: Names;
  readonly #withheld: Names;
  readonly #unasserted: Names;

  constructor(list: readonly string[]) {
    this.#whole = new Names(list, () => false);
    this.#fromOutside = new Names(list, (name) => FOR_TRUSTED_ONLY.has(name) || ASSERTED.has(name));
    this.#toOutside = new Names(list, (name) => FOR_TRUSTED_ONLY.has(name));
    this.#unasserted = new Names(list, (name) => ASSERTIONS.has(name));
    this.#withheld = new Names(
      list,
      (name) => FOR_TRUSTED_ONLY.has(name) || REVEALING.has(name) || name.startsWith(UNKNOWN),
    );
  }

  pick(received: Headers, towards: 'caller' | 'member', { trusted, isWithheld, takesPreferred }: Trust): Picked {
    if (trusted) return (takesPreferred && towards === 'member' ? this.#unasserted : this.#whole).pick(received);
    if (towards === 'caller') return this.#fromOutside.pick(received);
    return (isWithheld ? this.#withheld : this.#toOutside).pick(received);
  }
}

export class HeaderRules {
  readonly correlation: Correlation;
  readonly #toMember: Passage;
  readonly #toCaller: Passage;
  readonly #inDialog: Passage;
  readonly #bye: Passage;

  /** @param correlationHeader empty: none is sent */
  constructor({ toMember, toCaller, inDialog, bye }: HeaderLists, correlationHeader = '') {
    this.correlation = new Correlation(correlationHeader);
    this.#toMember = new Passage([...OF_BODY, ...NEGOTIATED, ...toMember]);
    this.#toCaller = new Passage([...OF_BODY, ...NEGOTIATED, ...toCaller]);
    this.#inDialog = new Passage([...OF_BODY, ...NEGOTIATED, ...OF_METHOD, ...inDialog]);
    this.#bye = new Passage([...OF_BODY, ...bye]);
  }

  toMember(received: Headers, trust: Trust): Picked {
    return this.#toMember.pick(received, 'member', trust);
  }

  toCaller(received: Headers, trust: Trust): Picked {
    return this.#toCaller.pick(received, 'caller', trust);
  }

  inDialog(received: Headers, towards: 'caller' | 'member', trust: Trust): Picked {
    return this.#inDialog.pick(received, towards, trust);
  }

  bye(received: Headers, towards: 'caller' | 'member', trust: Trust): Picked {
    return this.#bye.pick(received, towards, trust);
  }
}

function namesOf(names: string): ReadonlySet<string> {
  return new Set(names.toLowerCase().split(' '));
}
