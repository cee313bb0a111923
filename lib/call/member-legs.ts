/** The INVITEs to one member: over one trunk after another, and which of them may still bring something. */
import type { Timer } from '../base/clock.js';
import { added, removed } from '../base/short-list.js';
import { numberWithin } from '../sip/number.js';
import type { InviteToSend, Reply } from '../sip-server/sip-server.js';
import type { CallContext, Trace } from './call-context.js';
import { Leg, type LegUser } from './leg.js';
import { cancelHeaders } from './reasons.js';
import { noteFailure } from './trunk-failover.js';
import type { Candidate } from './trunks/trunks.js';

export interface MemberLegsUser extends LegUser {
  /**
   * Undefined: the caller waits no more.
   * @param least the Min-SE that the member asked for (RFC 4028 §7.3)
   */
  inviteOver(candidate: Candidate, least: number | undefined): InviteToSend | undefined;
  /** The trunk says nothing at all. */
  onSilence(): void;
}

/** Nearly every member has one leg, so that a list of it costs less than a set. */
const NO_LEGS: readonly Leg[] = [];
const NO_CANDIDATES: readonly Candidate[] = [];

export class MemberLegs {
  readonly #context: CallContext;
  readonly #trace: Trace | undefined;
  readonly #user: MemberLegsUser;
  /** Those that may still bring something. */
  #open = NO_LEGS;
  /** The one that counts. */
  #current: Leg | undefined;
  /** The ways to him, tried in order (RFC 3263 §4.3). */
  #candidates = NO_CANDIDATES;
  #next = 0;
  #least: number | undefined;
  #silenceTimer: Timer | undefined;

  constructor(context: CallContext, trace: Trace | undefined, user: MemberLegsUser) {
    this.#context = context;
    this.#trace = trace;
    this.#user = user;
  }

  get current(): Leg | undefined {
    return this.#current;
  }

  /** The trunk that is tried now, or was last; undefined before the first one, and when the member has answered. */
  get candidate(): Candidate | undefined {
    return this.#candidates[Math.max(0, this.#next - 1)];
  }

  get areSettled(): boolean {
    return this.#open.length === 0;
  }

  begin(member: string): void {
    this.#candidates = this.#context.trunks.candidates(member);
    this.#next = 0;
  }

  /**
   * RFC 3263 §4.3: the next trunk for the same member; false: there is none.
   * @param reply the response that said so, where there was one
   */
  callNext(reply: Reply | undefined): boolean {
    const abandoned = this.#current;
    if (abandoned !== undefined) {
      abandoned.cancel(cancelHeaders('unreachable'), 'deliver');
      noteFailure(this.#context, abandoned, reply);
    }
    const candidate = this.#candidates[this.#next];
    if (candidate === undefined) return false;
    this.#next++;
    this.#call(candidate);
    return true;
  }

  /** RFC 4028 §7.3: the same trunk once more, with the Min-SE that the member asked for; false: it has had one already. */
  callAgain({ headers }: Reply): boolean {
    const { candidate } = this;
    const least = numberWithin(headers['min-se'], 1, this.#context.settings.longestSessionSeconds);
    if (least === undefined || this.#least !== undefined || candidate === undefined) return false;
    this.#least = least;
    this.#call(candidate);
    return true;
  }

  heard(): void {
    this.#silenceTimer?.cancel();
    const trunk = this.#current?.candidate.trunk;
    if (trunk !== undefined) this.#context.trunks.works(trunk);
  }

  /** Nothing more will come of that one. */
  forget(leg: Leg): void {
    this.#open = removed(this.#open, leg);
  }

  /** None counts any more; one that is still watched names itself in what it reports. */
  drop(): void {
    this.#current = undefined;
  }

  /** That one goes to the bridge, and nothing of how it was reached is needed any more. */
  keep(leg: Leg): Reply | undefined {
    this.forget(leg);
    this.drop();
    this.#candidates = NO_CANDIDATES;
    return leg.keep();
  }

  stopWaiting(): void {
    this.#silenceTimer?.cancel();
    this.#silenceTimer = undefined;
  }

  #call(candidate: Candidate): void {
    const { sip, clock, settings } = this.#context;
    const invite = this.#user.inviteOver(candidate, this.#least);
    if (invite === undefined) return;
    this.#silenceTimer?.cancel();
    if (sip.capabilities.reportsTrying) {
      this.#silenceTimer = clock.after(settings.noProvisionalMs, () => this.#user.onSilence());
    }
    this.#current = new Leg(this.#context, this.#trace, candidate, invite, this.#user);
    this.#open = added(this.#open, this.#current);
  }
}
