import { guarded } from '../../base/guard.js';
import type { LocalFailure } from '../../sip/local-failure.js';
import type { SipMessage } from '../../sip/message.js';
import { MOST_RETRY_AFTER, numberHeld } from '../../sip/number.js';
import type { Flow } from '../api.js';
import type { Destination } from '../destination.js';
import { isSearch, type Lookup, type Search } from './lookup.js';
import { OutgoingRequest } from './outgoing-request.js';
import { withPatience } from './sized.js';
import { Targets } from './targets.js';

export type FinalStatus = readonly [status: number, reason: string];

const DNS_ERROR: FinalStatus = [503, 'DNS Error'];

/** Takes a request of ours to its targets, one after another until one of them answers (RFC 3263 §4.3). */
export abstract class ClientTransactionUser extends OutgoingRequest {
  #targets: Targets | undefined;
  /** Tells further targets when these have been tried. */
  #search: Search | undefined;

  /** Sends to the first target, at once if that needs no DNS. Whoever asks for it then learns of a fault by the exception. */
  start(lookup: Lookup): void {
    try {
      if (!isSearch(lookup)) this.#begin(lookup);
      else if (lookup.first.length === 0) this.#await(lookup);
      else {
        this.#search = lookup;
        this.#begin(lookup.first);
      }
    } catch (thrown) {
      this.abort();
      throw thrown;
    }
  }

  /** What is found at once is begun at once, and its fault is the caller's to hear. */
  #await(lookup: Search): void {
    let isUnderWay = false;
    this.#searchIn(lookup, (targets, failure) => {
      try {
        this.failure = failure;
        this.#begin(targets);
      } catch (thrown) {
        if (!isUnderWay) throw thrown;
        this.faulted(thrown);
      }
    });
    isUnderWay = true;
  }

  /** @param use is not called when the request has been given up meanwhile */
  #searchIn(search: Search, use: (targets: readonly Destination[], failure?: LocalFailure) => void): void {
    this.context.outgoing.set(this.id, this);
    search.search((targets, failure) => {
      if (this.context.outgoing.has(this.id)) use(targets, failure);
    });
  }

  #begin(targets: readonly Destination[]): void {
    if (this.#tryAll(targets)) return;
    if (targets.length > 0) this.failure = 'no such transport';
    this.#unresolved();
  }

  /** False: none of them can be tried. */
  #tryAll(targets: readonly Destination[]): boolean {
    this.#targets = new Targets(this.context, this.message, targets);
    return this.tryNext();
  }

  override receive(message: SipMessage, flow: Flow): void {
    this.#targets?.heard(message);
    super.receive(message, flow);
  }

  timedOut(): void {
    this.failure = 'no response';
    this.#targets?.passOver();
    this.#tryFurther([408, 'Request Timeout']);
  }

  unreachable(): void {
    this.#targets?.unreachable();
    this.#tryFurther([503, 'Service Unavailable']);
  }

  /** RFC 3263 §4.3: a 503 is the target's own, and another target of its name may do better. False: there is none. */
  protected triesAnother(response: SipMessage): boolean {
    if (response.status !== 503) return false;
    return this.#moveOn(response, numberHeld(response.first('retry-after'), 0, MOST_RETRY_AFTER));
  }

  #moveOn(response: SipMessage | undefined, askedForSeconds?: number): boolean {
    const targets = this.#targets;
    if (this.isCancelled || targets?.hasOther !== true) return false;
    targets.passOver(askedForSeconds);
    this.leaveTarget(response);
    return this.tryNext();
  }

  /** Its 2xx may be late, and would have to be left unanswered: to end that dialog would end the call. */
  get #isReinvite(): boolean {
    return this.method === 'INVITE' && this.message.toTag !== '';
  }

  #fellSilent(): void {
    guarded(
      () => void this.#moveOn(undefined),
      (thrown) => this.faulted(thrown),
    );
  }

  /** Nobody wants another target to be tried. */
  protected get isCancelled(): boolean {
    return false;
  }

  /** What is left of its transaction with a target that has refused with this response, or kept silent. */
  protected abstract leaveTarget(response: SipMessage | undefined): void;

  /** RFC 3263 §4.3. The status is what the owner gets when there is nothing left to try. */
  #tryFurther(status: FinalStatus): void {
    if (this.tryNext()) return;
    const search = this.#search;
    this.#search = undefined;
    if (search === undefined) {
      this.fail(...status);
      return;
    }
    this.#searchIn(search, (targets) => {
      try {
        if (this.#tryAll(targets)) return;
        this.context.outgoing.delete(this.id);
        this.fail(...status);
      } catch (thrown) {
        this.faulted(thrown);
      }
    });
  }

  /** No target at all. */
  #unresolved(): void {
    this.context.outgoing.delete(this.id);
    this.fail(...this.unresolvedStatus);
  }

  protected get unresolvedStatus(): FinalStatus {
    return DNS_ERROR;
  }

  override ended(): void {
    this.#targets?.unwatch();
    super.ended();
  }

  override stop(): void {
    this.#targets?.unwatch();
    super.stop();
  }

  protected override shed(): void {
    super.shed();
    this.#targets = undefined;
    this.#search = undefined;
  }

  get #hasMore(): boolean {
    return this.#targets?.hasMore === true || this.#search !== undefined;
  }

  /** Takes the request to its next target; false: there is none. */
  protected tryNext(): boolean {
    const targets = this.#targets;
    if (targets === undefined || !this.isOpen || this.isCancelled) return false;
    const local = targets.next();
    const { target } = targets;
    if (target === undefined || local === undefined) return false;
    this.address(this.#hasMore ? withPatience(this.context, target) : target, local);
    if (targets.hasOther && !this.#isReinvite) targets.watch(() => this.#fellSilent());
    this.transaction = this.open(this.message.text, target.protocol !== 'udp');
    return true;
  }
}
