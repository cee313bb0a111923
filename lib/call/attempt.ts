/** One member: claimed, called over one trunk after another, rung, answered or left. */
import type { Timer } from '../base/clock.js';
import { regardless } from '../base/guard.js';
import { Machine } from '../base/machine.js';
import { added, removed } from '../base/short-list.js';
import { numberWithin } from '../sip/number.js';
import { NotSent } from '../sip-server/not-sent.js';
import type { Headers, HeadersToSend, InviteToSend, Reply } from '../sip-server/sip-server.js';
import { AttemptNotes } from './attempt-notes.js';
import {
  ATTEMPT_TABLE,
  type AttemptAction,
  type AttemptInput,
  type AttemptState,
  LOCALLY,
  meaningAlone,
  NOT_SENT,
} from './attempt-table.js';
import type { CallContext, CallIds, Trace } from './call-context.js';
import { tellNotSent, tellUnusable } from './call-log.js';
import { Claim } from './claim.js';
import type { PreviousMember } from './history.js';
import { Leg, type LegUser } from './leg.js';
import { cancelHeaders, type Releasing } from './reasons.js';
import { ReplyReader } from './reply-reader.js';
import {
  ALL_RESULTS,
  type CancelReason,
  isAnswer,
  type Result,
  type ResultRecord,
  resultOfCancel,
  rowOf,
} from './results.js';
import { TrunkFailover } from './trunk-failover.js';
import type { Candidate } from './trunks/trunk-group.js';

export interface AttemptUser {
  /**
   * Builds the INVITE that goes to the member over this trunk; undefined: the caller waits no more.
   * @param least the Min-SE that the member asked for (RFC 4028 §7.3)
   */
  inviteFor(attempt: Attempt, candidate: Candidate, least: number | undefined): InviteToSend | undefined;
  /** Whether that answer can be given to the caller. */
  isDeliverable(leg: Leg, answer: Reply): boolean;
  onRinging(): void;
  /** The member has answered on this leg, with this 2xx. */
  onAnswered(attempt: Attempt, leg: Leg, answer: Reply | undefined): void;
  /** The attempt is over, and the member has not answered. */
  onOver(attempt: Attempt): void;
  /** An answer has come after the member was left: take it through {@link Attempt.take}, or release the leg. */
  onLateAnswer(attempt: Attempt, leg: Leg): void;
  /** A leg that was still watched is gone. */
  onSettled(): void;
}

export interface AttemptOptions {
  readonly context: CallContext;
  readonly trace: Trace | undefined;
  readonly ids: CallIds;
  readonly member: string;
  /** Its place in the hunt list, from 1. */
  readonly position: number;
  readonly ringMs: number;
  readonly user: AttemptUser;
}

type Perform = (attempt: Attempt, event: unknown) => void;

/** Nearly every attempt has one leg, so that a list of it costs less than a set. */
const NO_LEGS: readonly Leg[] = [];

export class Attempt implements LegUser {
  static readonly #FINISH = Object.fromEntries(
    ALL_RESULTS.map((result): [Result, Perform] => [
      result,
      (attempt, reply) => attempt.#finish(result, reply as Reply | undefined),
    ]),
  ) as Readonly<Record<Result, Perform>>;
  static readonly #PERFORM: Readonly<Record<AttemptAction, Perform>> = {
    claim: (attempt) => attempt.#askForClaim(),
    callFirst: (attempt) => attempt.#callFirst(),
    callNext: (attempt, reply) => attempt.#callNext(reply as Reply | undefined),
    refuse: (attempt, reply) => attempt.#machine.send(meaningAlone(reply as Reply | undefined), reply),
    callAgain: (attempt, reply) => attempt.#callAgain(reply as Reply),
    noteSignOfLife: (attempt) => attempt.#noteSignOfLife(),
    ring: (attempt) => attempt.#ring(),
    answer: (attempt) => attempt.#answer(attempt.#leg),
    answerLate: (attempt, leg) => attempt.#answer(leg as Leg),
    dismissForwarded: (attempt, reply) => attempt.#dismiss('forwarded', reply as Reply, 'forwarded'),
    dismissUnusable: (attempt, reply) => attempt.#dismissUnusable(reply as Reply),
    dismissStray: (attempt, reply) => attempt.#dismiss('unacknowledged', reply as Reply, 'no-contact'),
    dismissLong: (attempt, reply) => attempt.#dismiss('too-large', reply as Reply, 'too-large'),
    dismissLate: (_attempt, leg) => (leg as Leg).release('answered-elsewhere'),
    cancelNoAnswer: (attempt) => attempt.#cancel('no-answer'),
    cancelUnreachable: (attempt) => attempt.#cancel('unreachable'),
    cancelForwarded: (attempt) => attempt.#cancel('forwarded'),
    cancelStopped: (attempt) => attempt.#cancel(attempt.#cancelReason, attempt.#stop?.headers),
    stopped: (attempt) => attempt.#finish(resultOfCancel(attempt.#cancelReason, attempt.notes.rang !== null)),
    end: (attempt) => attempt.#finish(attempt.#result ?? 'failed'),
    offerLate: (attempt, leg) => attempt.#offerLate(leg as Leg),
    offerLateAndEnd: (attempt, leg) => attempt.#offerLateAndEnd(leg as Leg),
    release: (attempt) => attempt.#release(),
    ...Attempt.#FINISH,
  };
  readonly member: string;
  readonly position: number;
  readonly #options: AttemptOptions;
  readonly #machine: Machine<AttemptState, AttemptInput, AttemptAction>;
  readonly #claim: Claim;
  readonly #reader: ReplyReader;
  /** The legs that may still bring something. */
  #legs = NO_LEGS;
  #failover: TrunkFailover | undefined;
  #leg: Leg | undefined;
  #least: number | undefined;
  #stop: { readonly cancelReason: CancelReason; readonly headers: HeadersToSend } | undefined;
  #ringTimer: Timer | undefined;
  #silenceTimer: Timer | undefined;
  #waitTimer: Timer | undefined;
  readonly notes = new AttemptNotes();
  #result: Result | undefined;
  #status: number | null = null;

  constructor(options: AttemptOptions) {
    this.#options = options;
    this.member = options.member;
    this.position = options.position;
    this.#claim = new Claim(options.context, options.member);
    this.#reader = new ReplyReader(options.context, options.member, options.user);
    this.#machine = new Machine<AttemptState, AttemptInput, AttemptAction>(
      ATTEMPT_TABLE,
      'idle',
      (action, event) => Attempt.#PERFORM[action](this, event),
      options.trace?.of(`attempt ${options.position}`),
    );
  }

  /** Undefined while it goes on. */
  get result(): Result | undefined {
    return this.#result;
  }

  /** What counts as the response that ended it, though nobody may have sent it. */
  get status(): number | null {
    return this.#status;
  }

  /** No leg can bring anything any more. */
  get isSettled(): boolean {
    return this.#legs.length === 0;
  }

  /** What the next member's History-Info says of this one. */
  get asPrevious(): PreviousMember | undefined {
    const candidate = this.#failover?.current;
    if (candidate === undefined || this.#result === undefined) return undefined;
    return { uri: candidate.uri, result: this.#result, status: this.#status };
  }

  /** @param utc what our clock lacks of the time of day */
  record(utc: number): ResultRecord {
    return this.notes.record(this.member, this.#result ?? 'not-needed', this.#reader.hint, utc);
  }

  get #cancelReason(): CancelReason {
    return this.#stop?.cancelReason ?? 'caller-left';
  }

  start(): void {
    this.#machine.send('start');
  }

  /** Nobody waits for this member any more. `callers`: the headers of the caller's CANCEL. */
  stop(cancelReason: CancelReason, callers?: Headers): void {
    this.#stop = { cancelReason, headers: cancelHeaders(cancelReason, callers) };
    this.#machine.send('stop');
  }

  /** Makes a late answer the answer, and hands it over. */
  take(leg: Leg): Reply | undefined {
    this.notes.ended = null;
    this.#claim.takeBack();
    return this.#keep(leg);
  }

  /** The member did answer, but the caller was gone. */
  lose(): void {
    this.#result = 'caller-left';
  }

  /** A fault has ended the call. `isUp`: the caller has the answer. */
  breakOff(isUp: boolean): void {
    regardless(() => this.#claim.release());
    this.#stopTimers();
    if (this.#result !== undefined && (isUp || !isAnswer(this.#result))) return;
    this.#result = 'fault';
    this.notes.ended ??= this.#now();
  }

  /** The member's call is over. */
  end(): void {
    this.#machine.send('callOver');
  }

  #askForClaim(): void {
    this.#claim.take((granted) => {
      // The caller has left meanwhile.
      if (this.#machine.state === 'over') this.#claim.release();
      this.#machine.send(granted ? 'claimed' : 'refused');
    });
  }

  #callFirst(): void {
    const { context, ringMs } = this.#options;
    this.#failover = new TrunkFailover(context, this.member);
    // Started once, when the first INVITE leaves, so that a group's ring time is what the customer chose (edge case 30).
    this.#ringTimer = context.clock.after(ringMs, () => this.#machine.send('ringTimeout'));
    this.#callNext(undefined);
  }

  /** RFC 3263 §4.3: the next trunk for the same member. `reply` is the response that said so, where there was one. */
  #callNext(reply: Reply | undefined): void {
    if (reply !== undefined) this.#status = reply.status;
    const abandoned = this.#leg;
    if (abandoned !== undefined) this.notes.abandoned();
    abandoned?.cancel(cancelHeaders('unreachable'), 'deliver');
    if (abandoned !== undefined) this.#failover?.failed(abandoned, reply);
    const candidate = this.#failover?.next();
    if (candidate === undefined) this.#machine.send(meaningAlone(reply), reply);
    else this.#call(candidate);
  }

  #callAgain(reply: Reply): void {
    const { longestSessionSeconds } = this.#options.context.settings;
    const least = numberWithin(reply.headers['min-se'], 1, longestSessionSeconds);
    const candidate = this.#failover?.current;
    if (this.#least !== undefined || least === undefined || candidate === undefined) {
      this.#machine.send('failed', reply);
      return;
    }
    this.#least = least;
    this.#call(candidate);
  }

  #call(candidate: Candidate): void {
    const { context, trace, user } = this.#options;
    const invite = user.inviteFor(this, candidate, this.#least);
    if (invite === undefined) return;
    this.#silenceTimer?.cancel();
    if (context.sip.capabilities.reportsTrying) {
      this.#silenceTimer = context.clock.after(context.settings.noProvisionalMs, () => this.#machine.send('silence'));
    }
    this.notes.called(candidate.name, String(invite.headers?.['call-id'] ?? ''), this.#now());
    this.#leg = new Leg(context, trace, candidate, invite, this);
    this.#legs = added(this.#legs, this.#leg);
  }

  onReport(leg: Leg, report: Reply | NotSent): void {
    const { context, ids } = this.#options;
    if (leg.isOver) this.#forget(leg);
    if (report instanceof NotSent) {
      const { code } = report;
      tellNotSent(context.log, ids, this.notes, report);
      if (leg === this.#leg) this.notes.failed(LOCALLY[code]);
      this.#machine.send(NOT_SENT[code]);
      return;
    }
    const meaning = this.#reader.meaningOf(leg, report);
    if (leg === this.#leg && (report.status >= 200 || meaning === 'forwarding')) this.notes.heard(report);
    this.#machine.send(meaning, report.status < 200 ? undefined : report);
  }

  /** An answer that would not have counted in time counts no more when it is late. */
  onLateAnswer(leg: Leg): void {
    const { answer } = leg;
    if (answer !== undefined && this.#reader.meaningOf(leg, answer) !== 'answer') leg.release();
    else this.#machine.send('lateAnswer', leg);
  }

  onSettled(leg: Leg): void {
    this.#forget(leg);
    if (leg === this.#leg) this.#machine.send('settled');
    this.#options.user.onSettled();
  }

  #forget(leg: Leg): void {
    this.#legs = removed(this.#legs, leg);
  }

  #ring(): void {
    this.#noteSignOfLife();
    this.notes.rang = this.#now();
    this.#options.user.onRinging();
  }

  #noteSignOfLife(): void {
    this.#silenceTimer?.cancel();
    const trunk = this.#leg?.candidate.trunk;
    if (trunk !== undefined) this.#options.context.trunks.works(trunk);
  }

  #answer(leg: Leg | undefined): void {
    this.#stopTimers();
    if (leg === undefined) return;
    if (leg !== this.#leg) this.#leg?.cancel(cancelHeaders('answered-elsewhere'), 'release');
    this.#options.user.onAnswered(this, leg, this.#keep(leg));
  }

  /** The leg goes to the bridge, and nothing of how it was reached is needed any more. */
  #keep(leg: Leg): Reply | undefined {
    this.#forget(leg);
    this.#leg = undefined;
    this.#failover = undefined;
    const answer = leg.keep();
    this.#result = 'answered';
    this.notes.trunk = leg.candidate.name;
    this.#status = answer?.status ?? 200;
    if (answer !== undefined) this.notes.heard(answer);
    return answer;
  }

  #dismiss(result: Result, reply: Reply, releasing: Releasing): void {
    this.#leg?.release(releasing);
    this.#finish(result, reply);
  }

  #dismissUnusable(reply: Reply): void {
    tellUnusable(this.#options.context.log, this.#options.ids, this);
    this.#options.context.meter.count('answers_without_contact_total');
    this.#dismiss('failed', reply, 'no-contact');
  }

  #cancel(cancelReason: CancelReason, headers = cancelHeaders(cancelReason)): void {
    const { clock, settings } = this.#options.context;
    this.#stopTimers();
    this.#result = resultOfCancel(cancelReason, this.notes.rang !== null);
    this.notes.ended = this.#now();
    // After a stop no caller waits for a late answer.
    const wanted = this.#stop === undefined && rowOf(this.#result).mayStillAnswer === true;
    this.#waitTimer = clock.after(settings.cancelWaitMs, () => this.#machine.send('waited'));
    this.#leg?.cancel(headers, wanted ? 'deliver' : 'release');
  }

  #offerLate(leg: Leg): void {
    if (this.#result !== undefined && rowOf(this.#result).mayStillAnswer) this.#options.user.onLateAnswer(this, leg);
    else leg.release();
  }

  #offerLateAndEnd(leg: Leg): void {
    this.#offerLate(leg);
    this.#finish(this.#result ?? 'failed');
  }

  #release(): void {
    this.notes.ended ??= this.#now();
    this.#claim.release();
  }

  #finish(result: Result, reply?: Reply): void {
    this.#stopTimers();
    // A leg that is still watched names itself in what it reports.
    this.#leg = undefined;
    if (isAnswer(this.#result)) return;
    this.#result = result;
    this.#status = reply?.status ?? this.#status;
    this.notes.ended ??= this.notes.started === null ? null : this.#now();
    this.#claim.release();
    this.#options.user.onOver(this);
  }

  /** A call that goes on for minutes keeps none of them. */
  #stopTimers(): void {
    this.#ringTimer?.cancel();
    this.#silenceTimer?.cancel();
    this.#waitTimer?.cancel();
    this.#ringTimer = this.#silenceTimer = this.#waitTimer = undefined;
  }

  #now(): number {
    return this.#options.context.clock.now();
  }
}
