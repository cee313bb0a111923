/** The session of a dialog: whose offer is open, what both sides have agreed on, and the session timer. */
import type { Clock } from '../../base/clock.js';
import type { Description } from '../../sip/description.js';
import { allows } from '../../sip/headers.js';
import type { Field, SipMessage } from '../../sip/message.js';
import { MOST_RETRY_AFTER, numberHeld } from '../../sip/number.js';
import {
  OFFER_ANSWER,
  OfferAnswer,
  type OfferAnswerInput,
  type OfferAnswerState,
  type OfferAnswerVerdict,
} from '../../sip/offer-answer.js';
import { type HeldRequest, HeldRequests } from './held-requests.js';
import { fieldsForRequest, minSe, type SessionInterval, SHORTEST_SESSION } from './session-expires.js';
import { SessionTimer, type SessionTimerUser } from './session-timer.js';
import type { SessionState } from './state.js';

/** A session refresh of ours (RFC 4028 §7.4). */
export interface Refresh {
  /** UPDATE without a body where the peer knows it, else a re-INVITE with the description in force. */
  readonly method: 'INVITE' | 'UPDATE';
  readonly fields: readonly Field[];
  readonly description: Description | undefined;
}

/** What a session can do to its dialog. */
export interface SessionUser {
  readonly clock: Clock;
  /** A programming error in what the timer does. */
  faulted(thrown: unknown): void;
  readonly choseCallId: boolean;
  /** Seconds. */
  readonly longestSession: number;
  /** @param done gets the final response, real or made up */
  refresh(refresh: Refresh, credentials: readonly Field[], done: (response: SipMessage) => void): void;
  /** @param challenge to the same refresh; undefined: it is new. @returns undefined: nothing answers that */
  credentialsFor(refresh: Refresh, challenge: SipMessage | undefined): readonly Field[] | undefined;
  /** Ends the dialog. @param status of the refresh that said that the peer is gone; undefined: the session has expired */
  end(status: number | undefined): void;
}

const isRefusal = (input: OfferAnswerInput): boolean => input === 'refusalReceived' || input === 'refusalSent';
const isAcceptance = (input: OfferAnswerInput): boolean => input === 'acceptanceReceived' || input === 'acceptanceSent';

/** Refreshes in a row for which there was a reason to try at once. */
const MAX_AGAIN = 4;

export class Session implements SessionTimerUser {
  /** The descriptions in force: what we sent, and what the peer did. */
  local: Description | undefined;
  remote: Description | undefined;
  /** Made by one side and not yet answered, where that is not with its request. */
  proposed: Description | undefined;
  /** The CSeq number of the peer's INVITE whose ACK is waited for. */
  awaitedAck = -1;
  /** Is told of each change of what {@link value} says. */
  changed: (() => void) | undefined;
  /** What was in force before a provisional response answered the INVITE that is open. */
  #former: { readonly local: Description | undefined; readonly remote: Description | undefined } | undefined;
  readonly #exchange: OfferAnswer;
  #user: SessionUser | undefined;
  #timer: SessionTimer | undefined;
  /** The largest Min-SE heard in this dialog (RFC 4028 §7.4). */
  #least = SHORTEST_SESSION;
  #peerKnowsUpdate = false;
  #isRefreshing = false;
  /** For the next refresh, where the last one was challenged. */
  #credentials: readonly Field[] | undefined;
  #again = 0;
  #held: HeldRequests | undefined;

  constructor(exchange: OfferAnswerState) {
    this.#exchange = new OfferAnswer(exchange);
  }

  /** Goes on with a session of an engine that is gone. Its transactions are gone, too: what was open is not in force. */
  static restored(state: SessionState, user: SessionUser): Session {
    const session = new Session('stable');
    const { local, remote } = state.former ?? state;
    session.local = local;
    session.remote = remote;
    session.awaitedAck = state.awaitedAck;
    session.#least = state.least;
    session.#peerKnowsUpdate = state.peerKnowsUpdate;
    if (state.interval !== undefined) session.#timerFor(user).resume(state.interval, state.deadline);
    return session;
  }

  get exchange(): OfferAnswerState {
    return this.#exchange.state;
  }

  get value(): SessionState {
    const { exchange, proposed, awaitedAck, interval } = this;
    const former = this.#former;
    return {
      exchange,
      ...inForce(this.local, this.remote),
      ...(proposed !== undefined && { proposed }),
      ...(former !== undefined && { former: inForce(former.local, former.remote) }),
      awaitedAck,
      ...(interval !== undefined && { interval }),
      deadline: interval === undefined ? 0 : (this.#timer?.deadline ?? 0),
      least: this.#least,
      peerKnowsUpdate: this.#peerKnowsUpdate,
    };
  }

  /** As settled; undefined: there is no session timer. */
  get interval(): SessionInterval | undefined {
    return this.#timer?.interval;
  }

  /** A refresh of ours has no final response yet. */
  get isRefreshing(): boolean {
    return this.#isRefreshing;
  }

  /** Requests wait: what comes after them has to, as CSeq numbers must not go backwards (RFC 3261 §12.2.2). */
  get isHolding(): boolean {
    return this.#held?.isEmpty === false;
  }

  /** What happens to offers and answers; what is returned says why it must not. */
  submit(input: OfferAnswerInput): OfferAnswerVerdict | undefined {
    // RFC 3261 §14.1, RFC 6141 §3.3: an INVITE that is refused has changed nothing.
    if (isRefusal(input)) this.agree(this.#former?.local, this.#former?.remote);
    if (this.#former !== undefined && (isRefusal(input) || isAcceptance(input))) this.#former = undefined;
    const former = this.#exchange.state;
    const verdict = this.#exchange.submit(input);
    if (former !== this.#exchange.state) this.changed?.();
    if (former !== 'stable' && this.#exchange.state === 'stable') this.#freed();
    return verdict;
  }

  /** Whether that would be refused now. */
  verdictOn(input: OfferAnswerInput): OfferAnswerVerdict | undefined {
    return OFFER_ANSWER[this.#exchange.state][input]?.[1];
  }

  /** An offer was answered; a side that is undefined said nothing new. */
  agree(local: Description | undefined, remote: Description | undefined): void {
    this.local = local ?? this.local;
    this.remote = remote ?? this.remote;
    this.proposed = undefined;
    if (local !== undefined || remote !== undefined) this.changed?.();
  }

  /** The same by a provisional response: the INVITE may be refused yet. */
  agreeEarly(local: Description | undefined, remote: Description | undefined): void {
    this.#former ??= { local: this.local, remote: this.remote };
    this.agree(local, remote);
  }

  /** Keeps it back until nothing is in its way; false: too many wait already. */
  hold(clock: Clock, request: HeldRequest): boolean {
    this.#held ??= new HeldRequests(clock);
    return this.#held.add(request);
  }

  /** What waits is not sent any more. */
  drop(): void {
    this.#held?.drop();
  }

  /** A 2xx to an INVITE or UPDATE has settled who refreshes, and how often. */
  settle(user: SessionUser, interval: SessionInterval): void {
    this.#again = 0;
    this.#timerFor(user).start(interval);
    this.changed?.();
  }

  #timerFor(user: SessionUser): SessionTimer {
    this.#user = user;
    this.#timer ??= new SessionTimer(this);
    return this.#timer;
  }

  /** It has settled that nobody does. */
  unsettle(): void {
    if (this.#timer?.interval === undefined) return;
    this.#timer.stop();
    this.changed?.();
  }

  /** What the peer says of itself in a request or response. */
  learnFrom(message: SipMessage, longest: number): void {
    const allow = message.first('allow');
    if (allow !== undefined) this.#peerKnowsUpdate = allows(allow, 'UPDATE');
    if (message.isRequest) this.#least = Math.max(this.#least, minSe(message, longest));
  }

  /** For an INVITE or UPDATE of the application: it refreshes the session, too (§7.2). */
  get requestFields(): readonly Field[] {
    const { interval } = this;
    return interval === undefined ? [] : fieldsForRequest(interval, this.#least);
  }

  /** The dialog is over. */
  stop(): void {
    this.#timer?.stop();
    this.drop();
  }

  // ── for the timer ──

  get clock(): Clock {
    return this.#known.clock;
  }

  faulted(thrown: unknown): void {
    this.#known.faulted(thrown);
  }

  get choseCallId(): boolean {
    return this.#known.choseCallId;
  }

  refresh(): boolean {
    const { interval } = this;
    if (interval === undefined || this.#exchange.state !== 'stable' || this.#isRefreshing) return false;
    // Without a description there is nothing that a re-INVITE could offer.
    const method = this.#peerKnowsUpdate || this.local === undefined ? 'UPDATE' : 'INVITE';
    const refresh: Refresh = {
      method,
      fields: fieldsForRequest(interval, this.#least),
      description: method === 'INVITE' ? this.local : undefined,
    };
    const credentials = this.#credentials ?? this.#known.credentialsFor(refresh, undefined) ?? [];
    this.#credentials = undefined;
    this.#isRefreshing = true;
    this.#known.refresh(refresh, credentials, (response) => this.#refreshed(refresh, response));
    return true;
  }

  end(status: number | undefined): void {
    this.#known.end(status);
  }

  /** A 2xx has gone through {@link settle} already. */
  #refreshed(refresh: Refresh, response: SipMessage): void {
    this.#isRefreshing = false;
    // What waited goes first: it has the lower CSeq number, and a refresh may come of it.
    this.#freed();
    if (response.status < 300) return;
    if (this.#takeAdvice(refresh, response) && ++this.#again <= MAX_AGAIN) {
      this.#timer?.again();
      return;
    }
    this.#again = 0;
    this.#timer?.failed(response.status, numberHeld(response.first('retry-after'), 0, MOST_RETRY_AFTER));
  }

  /** Whether the refresh may be sent again at once, otherwise than it was (§10). */
  #takeAdvice(refresh: Refresh, response: SipMessage): boolean {
    const { status } = response;
    switch (status) {
      case 401:
      case 407:
        this.#credentials = this.#known.credentialsFor(refresh, response);
        return this.#credentials !== undefined;
      case 422: {
        const least = minSe(response, this.#known.longestSession);
        if (least <= this.#least && least <= (this.interval?.seconds ?? 0)) return false;
        this.#least = Math.max(this.#least, least);
        return true;
      }
      case 405:
      case 501:
        if (refresh.method !== 'UPDATE' || this.local === undefined) return false;
        this.#peerKnowsUpdate = false;
        return true;
      default:
        // Whatever it has against the one, the next try is the other.
        if (status !== 491) this.#peerKnowsUpdate = false;
        return false;
    }
  }

  /** Nothing is open: what waited for that is sent. */
  #freed(): void {
    if (this.#isRefreshing) return;
    this.#held?.send();
    if (this.#exchange.state === 'stable') this.#timer?.free();
  }

  get #known(): SessionUser {
    if (this.#user === undefined) throw new Error('a session timer that nobody has started');
    return this.#user;
  }
}

const inForce = (
  local: Description | undefined,
  remote: Description | undefined,
): Pick<SessionState, 'local' | 'remote'> => ({
  ...(local !== undefined && { local }),
  ...(remote !== undefined && { remote }),
});
