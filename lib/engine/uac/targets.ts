import type { Timer } from '../../base/clock.js';
import type { SipMessage } from '../../sip/message.js';
import type { Context } from '../context.js';
import type { Destination } from '../destination.js';
import { sized } from './sized.js';

/** Where one request is sent until somebody answers: in which order, and how long each is waited for (RFC 3263 §4.3). */
export class Targets {
  readonly #context: Context;
  readonly #hops: readonly Destination[];
  #tried = 0;
  /** The one that is tried now. */
  #hop: Destination | undefined;
  /** Runs while that one has not said anything and there is another one. */
  #silence: Timer | undefined;

  constructor(context: Context, message: SipMessage, hops: readonly Destination[]) {
    this.#context = context;
    this.#hops = sized(context, message.text.length, isChoice(hops) ? inOrder(context, message, hops) : hops);
  }

  get hasMore(): boolean {
    return this.#tried < this.#hops.length;
  }

  /** The next one that we have a transport for. */
  next(): Destination | undefined {
    const { network } = this.#context;
    while (this.hasMore) {
      const hop = this.#hops[this.#tried++];
      if (hop !== undefined && network.find(hop.protocol, hop.address) !== undefined && !network.isOwn(hop)) {
        this.#hop = hop;
        return hop;
      }
    }
    return undefined;
  }

  /** Whether its name has another target that was not tried yet. */
  get hasOther(): boolean {
    return this.#hop?.host !== undefined && this.#otherThan(this.#hop) < this.#hops.length;
  }

  /** It has failed as a target, and would over another transport. */
  passOver(askedForSeconds?: number): void {
    const hop = this.#hop;
    if (hop?.host === undefined) return;
    this.#context.resting.add(hop, askedForSeconds);
    this.#tried = this.#otherThan(hop);
  }

  /** It could not be reached over this transport; that there is no TCP for a long request says nothing about UDP. */
  unreachable(): void {
    const hop = this.#hop;
    if (hop?.host !== undefined && hop.isForSize !== true) this.#context.resting.add(hop);
  }

  /** Calls `moveOn` when this one has kept silent for too long. */
  watch(moveOn: () => void): void {
    this.unwatch();
    const patience = this.#patience;
    if (patience !== undefined) this.#silence = this.#context.clock.after(patience, moveOn);
  }

  unwatch(): void {
    this.#silence?.cancel();
  }

  /** What a response says of the one that sent it. */
  heard(message: SipMessage): void {
    this.unwatch();
    const hop = this.#hop;
    if (hop?.host === undefined) return;
    const { resting, challenged } = this.#context;
    const { status } = message;
    if (status !== 503) resting.works(hop);
    if (status === 401 || status === 407) challenged.keep(message.callId, hop);
  }

  /**
   * How long this one may keep silent; undefined: as long as it likes, because nothing else of its name is left. All of them
   * have a chance within the time after which whoever waits gives up.
   */
  get #patience(): number | undefined {
    if (!this.hasOther) return undefined;
    const { failoverMs, connectMs, timers } = this.#context;
    const all = new Set(this.#hops.map(({ address, port }) => `${address} ${port}`)).size;
    return Math.max(timers.t1, Math.min(connectMs, failoverMs / all));
  }

  #otherThan({ address, port }: Destination): number {
    let at = this.#tried;
    for (let hop = this.#hops[at]; hop?.address === address && hop.port === port; hop = this.#hops[at]) at++;
    return at;
  }
}

/** They stand for a name, and it has several. */
const isChoice = (hops: readonly Destination[]): boolean => hops.length > 1 && hops[0]?.host !== undefined;

/** Those that we can send to; who has failed lately comes last, who has challenged us first. */
function inOrder(context: Context, message: SipMessage, hops: readonly Destination[]): readonly Destination[] {
  const { network, resting, challenged } = context;
  const usable = hops.filter((hop) => network.find(hop.protocol, hop.address) !== undefined && !network.isOwn(hop));
  // It knows its own nonce (RFC 7616 §3.3); another target of the name may not.
  const challenger = challenged.size === 0 ? undefined : challenged.find(message.callId);
  const rank = (hop: Destination): number =>
    resting.has(hop) ? 2 : challenger !== undefined && isSame(hop, challenger) ? 0 : 1;
  return usable.toSorted((a, b) => rank(a) - rank(b));
}

const isSame = (one: Destination, other: Destination): boolean =>
  one.protocol === other.protocol && one.address === other.address && one.port === other.port;
