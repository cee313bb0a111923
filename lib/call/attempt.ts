/** One member: claimed, called over one trunk after another, rung, answered or left. */
import type { Timer } from '../base/clock.js';
import { regardless } from '../base/guard.js';
import { type Machine, MachineKind } from '../base/machine.js';
import { NotSent } from '../sip-server/not-sent.js';
import type { Headers, HeadersToSend, InviteToSend, Reply } from '../sip-server/sip-server.js';
import { AttemptNotes } from './attempt-notes.js';
import {
  ATTEMPT_TABLE,
  type AttemptAction,
  type AttemptInput,
  type AttemptState,
  meaningAlone,
} from './attempt-table.js';
import type { AttemptOptions, MemberAttempt } from './attempt-user.js';
import { type Claim, claimOf } from './claim.js';
import type { PreviousMember } from './history.js';
import type { Leg } from './leg.js';
import { MemberLegs, type MemberLegsUser } from './member-legs.js';
import { cancelHeaders, type Releasing } from './reasons.js';
import { readReply, replyMeaning } from './reply-reader.js';
import { ALL_RESULTS, type CancelReason, type Result, type ResultRecord } from './results.js';
import type { Candidate } from './trunks/trunks.js';
import type { Joined } from './voices/joining.js';
import { MemberQuestion, type MemberQuestionUser } from './voices/member-question.js';

type Perform = (attempt: Attempt, event: unknown) => void;

export class Attempt implements MemberAttempt, MemberLegsUser, MemberQuestionUser {
  static readonly #FINISH = Object.fromEntries(
    ALL_RESULTS.map((result): [Result, Perform] => [
      result,
      (attempt, reply) => attempt.#finish(result, reply as Reply | undefined),
    ]),
  ) as Readonly<Record<Result, Perform>>;
  static readonly #PERFORM: Readonly<Record<AttemptAction, Perform>> = {
    claim: (attempt) => {
      if (attempt.#claim === undefined) attempt.#claimed(true);
      else attempt.#claim.take((granted) => attempt.#claimed(granted));
    },
    prepare: (attempt) => attempt.#question?.voice?.prepare(),
    ask: (attempt) => attempt.#ask(),
    accept: (attempt, joined) => attempt.#accept(joined as Joined),
    stopAsking: (attempt) => attempt.#stopAsking(),
    callFirst: (attempt) => attempt.#callFirst(),
    callNext: (attempt, reply) => attempt.#callNext(reply as Reply | undefined),
    refuse: (attempt, reply) => attempt.#machine.send(meaningAlone(reply as Reply | undefined), reply),
    callAgain: (attempt, reply) => attempt.#callAgain(reply as Reply),
    noteSignOfLife: (attempt) => attempt.#legs.heard(),
    ring: (attempt) => attempt.#ring(),
    answer: (attempt) => attempt.#answer(attempt.#legs.current),
    answerLate: (attempt, leg) => attempt.#answer(leg as Leg),
    dismissForwarded: (attempt, reply) => attempt.#dismiss('forwarded', reply as Reply, 'forwarded'),
    dismissUnusable: (attempt, reply) => attempt.#dismiss('failed', reply as Reply, 'no-contact'),
    dismissStray: (attempt, reply) => attempt.#dismiss('unacknowledged', reply as Reply, 'no-contact'),
    dismissLong: (attempt, reply) => attempt.#dismiss('too-large', reply as Reply, 'too-large'),
    dismissLate: (_attempt, leg) => (leg as Leg).release('answered-elsewhere'),
    cancelNoAnswer: (attempt) => attempt.#cancel('no-answer'),
    cancelUnreachable: (attempt) => attempt.#cancel('unreachable'),
    cancelForwarded: (attempt) => attempt.#cancel('forwarded'),
    cancelStopped: (attempt) => attempt.#cancel(attempt.#cancelReason, attempt.#stop?.headers),
    stopped: (attempt) => attempt.#finish(attempt.notes.resultOf(attempt.#cancelReason)),
    end: (attempt) => attempt.#finish(attempt.notes.result ?? 'failed'),
    offerLate: (attempt, leg) => attempt.#offerLate(leg as Leg),
    offerLateAndEnd: (attempt, leg) => attempt.#offerLateAndEnd(leg as Leg),
    release: (attempt) => attempt.#release(),
    ...Attempt.#FINISH,
  };
  static readonly #MACHINE = new MachineKind(ATTEMPT_TABLE, Attempt.#PERFORM);
  readonly member: string;
  readonly position: number;
  readonly #options: AttemptOptions;
  readonly #machine: Machine<AttemptState, AttemptInput, AttemptAction>;
  readonly #claim: Claim | undefined;
  readonly #legs: MemberLegs;
  /** Where he is asked, or told something, before he is joined. */
  readonly #question: MemberQuestion | undefined;
  #stop: { readonly cancelReason: CancelReason; readonly headers: HeadersToSend } | undefined;
  /** While it rings: of the ring time; then of the wait for the response to our CANCEL. */
  #timer: Timer | undefined;
  readonly notes = new AttemptNotes();

  constructor(options: AttemptOptions) {
    this.#options = options;
    this.member = options.member;
    this.position = options.position;
    this.#claim = claimOf(options.context, options.member);
    this.#legs = new MemberLegs(options.context, options.trace, this);
    this.#question = options.voiceFor && new MemberQuestion(options.voiceFor, this);
    this.#machine = Attempt.#MACHINE.of(this, 'idle', options.trace?.of(`attempt ${options.position}`));
  }

  get isSettled(): boolean {
    return this.#legs.areSettled && (this.#question?.voice?.isSettled ?? true);
  }

  #claimed(granted: boolean): void {
    const claimed = this.#question?.voice === undefined ? 'claimed' : 'claimedToAsk';
    this.#machine.send(granted ? claimed : 'refused');
  }

  get asPrevious(): PreviousMember | undefined {
    return this.notes.asPrevious(this.#legs.candidate);
  }

  record(utc: number): ResultRecord {
    return this.notes.record(this.member, utc);
  }

  get #cancelReason(): CancelReason {
    return this.#stop?.cancelReason ?? 'caller-left';
  }

  start(): void {
    this.#machine.send('start');
  }

  stop(cancelReason: CancelReason, callers?: Headers): void {
    this.#stop = { cancelReason, headers: cancelHeaders(cancelReason, callers) };
    this.#machine.send('stop');
  }

  take(leg: Leg): Reply | undefined {
    this.notes.ended = null;
    this.#claim?.takeBack();
    return this.#noted(leg, this.#legs.keep(leg));
  }

  lose(): void {
    this.notes.result = 'caller-left';
  }

  breakOff(isUp: boolean): void {
    regardless(() => this.#claim?.release());
    this.#stopTimers();
    this.notes.broken(isUp, this.#now());
  }

  end(): void {
    this.#machine.send('callOver');
  }

  #callFirst(): void {
    const { context, ringMs } = this.#options;
    this.#legs.begin(this.member);
    // Started once, when the first INVITE leaves, so that a group's ring time is what the customer chose (edge case 30).
    this.#timer = context.clock.after(ringMs, () => this.#machine.send('ringTimeout'));
    this.#callNext(undefined);
  }

  #callNext(reply: Reply | undefined): void {
    if (reply !== undefined) this.notes.status = reply.status;
    if (this.#legs.current !== undefined) this.notes.abandoned();
    if (!this.#legs.callNext(reply)) this.#machine.send(meaningAlone(reply), reply);
  }

  #callAgain(reply: Reply): void {
    if (!this.#legs.callAgain(reply)) this.#machine.send('failed', reply);
  }

  inviteOver(candidate: Candidate, least: number | undefined): InviteToSend | undefined {
    const wanted = this.#options.user.inviteFor(this, candidate, least);
    const invite = wanted && (this.#question?.voice?.offer(wanted) ?? wanted);
    if (invite !== undefined) {
      this.notes.called(candidate.name, String(invite.headers?.['call-id'] ?? ''), this.#now());
    }
    return invite;
  }

  onSilence(): void {
    this.#machine.send('silence');
  }

  onReport(leg: Leg, report: Reply | NotSent): void {
    if (leg.isOver) this.#legs.forget(leg);
    const meaning = readReply(this.#options, this.notes, leg, report, leg === this.#legs.current);
    const input = meaning === 'answer' && this.#question?.voice?.isReady === true ? 'answerToAsk' : meaning;
    this.#machine.send(input, report instanceof NotSent || report.status < 200 ? undefined : report);
  }

  /** An answer that would not have counted in time counts no more when it is late. */
  onLateAnswer(leg: Leg): void {
    const { answer } = leg;
    // He was invited to a media server, and nobody has asked him anything.
    const isStranded = this.#question?.voice?.hasOffered === true;
    const isUsable = (reply: Reply): boolean => replyMeaning(this.#options, this.notes, leg, reply) === 'answer';
    if (isStranded || (answer !== undefined && !isUsable(answer))) leg.release();
    else this.#machine.send('lateAnswer', leg);
  }

  onVoiceSettled(): void {
    this.#options.user.onSettled();
  }

  onSettled(leg: Leg): void {
    this.#legs.forget(leg);
    if (leg === this.#legs.current) this.#machine.send('settled');
    this.#options.user.onSettled();
  }

  #ring(): void {
    this.#legs.heard();
    this.notes.rang = this.#now();
    this.#options.user.onRinging();
  }

  #answer(leg: Leg | undefined): void {
    this.#stopTimers();
    if (leg === undefined) return;
    if (leg !== this.#legs.current) this.#legs.current?.cancel(cancelHeaders('answered-elsewhere'), 'release');
    this.#options.user.onAnswered(this, leg, this.#noted(leg, this.#legs.keep(leg)));
  }

  #ask(): void {
    this.#stopTimers();
    const leg = this.#legs.current;
    if (leg === undefined) return;
    this.#legs.forget(leg);
    const answer = leg.keep();
    if (answer !== undefined) this.notes.heard(answer);
    this.#question?.ask(leg, answer);
  }

  #accept(joined: Joined): void {
    const leg = this.#question?.leg;
    if (leg === undefined) return;
    this.#legs.keep(leg);
    // His own answer was handed over when he was asked.
    this.#options.user.onAnswered(this, leg, this.#noted(leg, joined.answer), joined);
  }

  #stopAsking(): void {
    this.#question?.stop(this.#stop?.headers ?? cancelHeaders(this.#cancelReason));
    this.#finish(this.notes.resultOf(this.#cancelReason));
  }

  onQuestion(input: AttemptInput, joined?: Joined): void {
    this.#machine.send(input, joined);
  }

  #noted(leg: Leg, answer: Reply | undefined): Reply | undefined {
    this.notes.answered(leg.candidate.name, answer, this.#options.context.settings.refusalHeader);
    return answer;
  }

  #dismiss(result: Result, reply: Reply, releasing: Releasing): void {
    this.#legs.current?.release(releasing);
    this.#finish(result, reply);
  }

  #cancel(cancelReason: CancelReason, headers = cancelHeaders(cancelReason)): void {
    const { clock, settings } = this.#options.context;
    this.#stopTimers();
    this.notes.result = this.notes.resultOf(cancelReason);
    this.notes.ended = this.#now();
    // After a stop no caller waits for a late answer.
    const wanted = this.#stop === undefined && this.notes.mayStillAnswer;
    this.#timer = clock.after(settings.cancelWaitMs, () => this.#machine.send('waited'));
    this.#legs.current?.cancel(headers, wanted ? 'deliver' : 'release');
  }

  #offerLate(leg: Leg): void {
    if (this.notes.mayStillAnswer) this.#options.user.onLateAnswer(this, leg);
    else leg.release();
  }

  #offerLateAndEnd(leg: Leg): void {
    this.#offerLate(leg);
    this.#finish(this.notes.result ?? 'failed');
  }

  #release(): void {
    this.notes.ended ??= this.#now();
    this.#claim?.release();
  }

  #finish(result: Result, reply?: Reply): void {
    this.#stopTimers();
    this.#legs.drop();
    this.#question?.voice?.end();
    if (this.notes.isAnswered) return;
    this.notes.over(result, reply, this.#now());
    this.#claim?.release();
    this.#options.user.onOver(this);
  }

  /** A call that goes on for minutes keeps none of them. */
  #stopTimers(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#legs.stopWaiting();
  }

  #now(): number {
    return this.#options.context.clock.now();
  }
}
