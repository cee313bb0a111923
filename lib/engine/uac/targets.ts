import type { Timer } from '../../base/clock.js';
import type { SipMessage } from '../../sip/message.js';
import type { Context } from '../context.js';
import type { Destination } from '../destination.js';
import type { ListeningPoint } from '../network.js';
import { sized } from './sized.js';

/** Where one request is sent until somebody answers: in which order, and how long each is waited for (RFC 3263 §4.3). */
export class Targets {
  readonly #context: Context;
  readonly #targets: readonly Destination[];
  #tried = 0;
  /** The one that is tried now. */
  #target: Destination | undefined;
  /** Runs while that one has not said anything and there is another one. */
  #silence: Timer | undefined;

  constructor(context: Context, message: SipMessage, targets: readonly Destination[]) {
    this.#context = context;
    this.#targets = sized(
      context,
      message.text.length,
      isChoice(targets) ? inOrder(context, message, targets) : targets,
    );
  }

  get hasMore(): boolean {
    return this.#tried < this.#targets.length;
  }

  /** Goes on to the next one that we have a transport for; undefined: there is none. */
  next(): ListeningPoint | undefined {
    const { network } = this.#context;
    while (this.hasMore) {
      const target = this.#targets[this.#tried++] as Destination;
      const local = network.find(target.protocol, target.address);
      if (local === undefined || network.isOwn(target)) continue;
      this.#target = target;
      return local;
    }
    return undefined;
  }

  get target(): Destination | undefined {
    return this.#target;
  }

  /** Whether its name has another target that was not tried yet. */
  get hasOther(): boolean {
    return this.#target?.host !== undefined && this.#otherThan(this.#target) < this.#targets.length;
  }

  /** It has failed as a target, and would over another transport. */
  passOver(askedForSeconds?: number): void {
    const target = this.#target;
    if (target?.host === undefined) return;
    this.#context.failedTargets.add(target, askedForSeconds);
    this.#tried = this.#otherThan(target);
  }

  /** It could not be reached over this transport; that there is no TCP for a long request says nothing about UDP. */
  unreachable(): void {
    const target = this.#target;
    if (target?.host !== undefined && target.isForSize !== true) this.#context.failedTargets.add(target);
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
    const target = this.#target;
    if (target?.host === undefined) return;
    const { failedTargets, challenged } = this.#context;
    const { status } = message;
    if (status !== 503) failedTargets.works(target);
    if (status === 401 || status === 407) challenged.keep(message.callId, target);
  }

  /**
   * How long this one may keep silent; undefined: as long as it likes, because nothing else of its name is left. All of them
   * have a chance within the time after which whoever waits gives up.
   */
  get #patience(): number | undefined {
    if (!this.hasOther) return undefined;
    const { failoverMs, connectMs, timers } = this.#context;
    const all = new Set(this.#targets.map(({ address, port }) => `${address} ${port}`)).size;
    return Math.max(timers.t1, Math.min(connectMs, failoverMs / all));
  }

  #otherThan({ address, port }: Destination): number {
    let at = this.#tried;
    for (
      let target = this.#targets[at];
      target?.address === address && target.port === port;
      target = this.#targets[at]
    )
      at++;
    return at;
  }
}

/** They stand for a name, and it has several. */
const isChoice = (targets: readonly Destination[]): boolean => targets.length > 1 && targets[0]?.host !== undefined;

/** Those that we can send to; who has failed lately comes last, who has challenged us first. */
function inOrder(context: Context, message: SipMessage, targets: readonly Destination[]): readonly Destination[] {
  const { network, failedTargets, challenged } = context;
  const usable = targets.filter(
    (target) => network.find(target.protocol, target.address) !== undefined && !network.isOwn(target),
  );
  // It knows its own nonce (RFC 7616 §3.3); another target of the name may not.
  const challenger = challenged.size === 0 ? undefined : challenged.find(message.callId);
  const rank = (target: Destination): number =>
    failedTargets.has(target) ? 2 : challenger !== undefined && isSame(target, challenger) ? 0 : 1;
  return usable.toSorted((a, b) => rank(a) - rank(b));
}

const isSame = (one: Destination, other: Destination): boolean =>
  one.protocol === other.protocol && one.address === other.address && one.port === other.port;
