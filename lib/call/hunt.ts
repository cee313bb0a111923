/** One call: from the admitted INVITE to the end of the last thing that belongs to it. */
import { type Machine, MachineKind } from '../base/machine.js';
import {
  finalStatusOf,
  type Headers,
  type IncomingRequest,
  type InviteToSend,
  type Reply,
} from '../sip-server/sip-server.js';
import type { CallRecord } from '../store/types.js';
import { fits } from './answer.js';
import { type Answered, bridgeTo } from './answered.js';
import type { AttemptUser, MemberAttempt } from './attempt-user.js';
import type { Bridge } from './bridge.js';
import type { BridgeUser, Released } from './bridge-user.js';
import type { CallContext } from './call-context.js';
import { tellAnswered, tellBegun, tellTried } from './call-log.js';
import { type Ending, recordOf } from './call-record.js';
import { CallerInvite, type CallerInviteUser } from './caller-invite.js';
import type { EndReason } from './end-reasons.js';
import { HUNT_TABLE, type HuntAction, type HuntInput, type HuntState } from './hunt-table.js';
import type { HuntOptions } from './hunt-user.js';
import { HuntWalk } from './hunt-walk.js';
import type { Leg } from './leg.js';
import { EXPIRED, FAULT, type Outcome, outcomeOf, retryLater, SHUT_DOWN, UNKNOWN } from './outcome.js';
import { causeOfCancel } from './reasons.js';
import type { CancelReason } from './results.js';
import type { Candidate } from './trunks/trunks.js';
import type { CallerVoiceUser } from './voices/caller-voice.js';
import type { Joined } from './voices/joining.js';

/** How the call of a member who had answered ended. */
type Over = Pick<Ending, 'released' | 'cause' | 'endReason'>;

export class Hunt implements AttemptUser, BridgeUser, CallerInviteUser, CallerVoiceUser {
  static readonly #PERFORM: Readonly<Record<HuntAction, (hunt: Hunt, event: unknown) => void>> = {
    begin: (hunt) => hunt.#begin(),
    next: (hunt) => hunt.#next(),
    progress: (hunt) => hunt.#caller.tell(183),
    ring: (hunt) => hunt.#caller.tell(180),
    answer: (hunt, answered) => hunt.#answer(answered as Answered),
    answerLate: (hunt, answered) => hunt.#answerLate(answered as Answered),
    dismissLate: (hunt, answered) => hunt.#dismissLate(answered as Answered),
    bridge: (hunt, dialog) => hunt.#bridge?.callerUp(dialog as string),
    refuse: (hunt) => hunt.#refuse(outcomeOf(hunt.#walk.attempted)),
    refuseInWords: (hunt) => hunt.#refuseInWords(),
    refuseNobody: (hunt) => hunt.#refuseNobody(),
    refuseUnknown: (hunt) => hunt.#refuse(UNKNOWN, { refused: 'no-such-number' }),
    refuseFailed: (hunt) => hunt.#refuse(retryLater(hunt.#context.settings.retryAfterSeconds), { refused: 'no-store' }),
    expire: (hunt) => hunt.#stopAndRefuse('expired', EXPIRED),
    shutDown: (hunt) => hunt.#stopAndRefuse('shut-down', SHUT_DOWN),
    hangUp: (hunt) => hunt.#bridge?.hangUp(),
    callerCancelled: (hunt, cancelHeaders) => hunt.#callerCancelled(cancelHeaders as Headers),
    loseCaller: (hunt) => hunt.#callerCancelled({}),
    loseWinner: (hunt, cancelHeaders) => hunt.#loseWinner(cancelHeaders as Headers | undefined),
    abandon: (hunt) => hunt.#abandon(),
    finish: (hunt, over) => hunt.#end(200, over as Over),
  };
  static readonly #MACHINE = new MachineKind(HUNT_TABLE, Hunt.#PERFORM);
  readonly #options: HuntOptions;
  readonly #context: CallContext;
  readonly #walk: HuntWalk;
  readonly #machine: Machine<HuntState, HuntInput, HuntAction>;
  readonly #caller: CallerInvite;
  #winner: MemberAttempt | undefined;
  #bridge: Bridge | undefined;
  #answeredAt: number | null = null;
  #ended = false;
  #forgotten = false;

  constructor(options: HuntOptions, invite: IncomingRequest) {
    const { context, admitted, trace } = options;
    this.#options = options;
    this.#context = context;
    this.#walk = new HuntWalk(options, this);
    this.#machine = Hunt.#MACHINE.of(this, 'asking', trace?.of('hunt'));
    this.#caller = new CallerInvite(context, admitted, invite, this, options.begun.session);
    tellBegun(context.log, options.begun, admitted.pilot, admitted);
    this.#walk.ask(invite, (input) => {
      const speaks = input === 'nobody' && this.#walk.voices?.parts(outcomeOf([]), this);
      this.#machine.send(speaks ? 'nobodyInWords' : input);
    });
  }

  shutDown(): void {
    this.#machine.send('shutDown');
  }

  serverLost(): void {
    this.#machine.send('serverLost');
  }

  /** Who has the call or rings now; null while it is nobody. */
  get member(): string | null {
    return (this.#winner ?? this.#walk.current)?.member ?? null;
  }

  get answered(): number | null {
    return this.#answeredAt;
  }

  /** For a call that a fault has ended, with that status: stops what still runs, and tells what is known. */
  breakOff(status: number): CallRecord {
    const isUp = status < 300;
    this.#caller.stop();
    if (!isUp) this.#answeredAt = null;
    this.#walk.breakOff(isUp);
    return this.#record(status, { released: 'system', cause: FAULT.cause, endReason: 'fault' });
  }

  onProgressDue(): void {
    this.#machine.send('progressDue');
  }

  onCallerGone(): void {
    this.#machine.send('callerGone');
  }

  onExpired(): void {
    this.#machine.send('expired');
  }

  onCallerCancels(headers: Headers): void {
    this.#machine.send('callerCancels', headers);
  }

  #begin(): void {
    this.#walk.begin();
    this.#caller.begin();
    this.#walk.voices?.begin(this);
    this.#next();
  }

  #next(): void {
    if (this.#walk.next()) return;
    const speaks = this.#walk.voices?.parts(outcomeOf(this.#walk.attempted), this);
    this.#machine.send(speaks ? 'exhaustedInWords' : 'exhausted');
  }

  onSound(sdp: string | undefined): void {
    this.#caller.sound(sdp);
  }

  onParted(): void {
    this.#machine.send('parted');
  }

  inviteFor(attempt: MemberAttempt, candidate: Candidate, least: number | undefined): InviteToSend | undefined {
    return this.#caller.message && this.#walk.inviteFor(this.#caller.message, attempt, candidate, least);
  }

  isDeliverable(leg: Leg, answer: Reply): boolean {
    return fits(this.#caller.message?.headers ?? {}, leg.candidate, answer, this.#context);
  }

  onRinging(): void {
    this.#machine.send('memberRings');
  }

  onAnswered(attempt: MemberAttempt, leg: Leg, answer: Reply | undefined, joined?: Joined): void {
    this.#machine.send('memberAnswers', { attempt, leg, answer, joined });
  }

  onSettled(): void {
    this.#forgetIfDone();
  }

  onOver(attempt: MemberAttempt): void {
    tellTried(this.#context.log, this.#options.begun, attempt);
    if (attempt === this.#walk.current) this.#machine.send('memberOver');
    this.#forgetIfDone();
  }

  onLateAnswer(attempt: MemberAttempt, leg: Leg): void {
    if (this.#context.sip.capabilities.deliversLateAnswers) this.#machine.send('lateAnswer', { attempt, leg });
    else leg.release();
  }

  /** The old leg has the call, and the phone that rings now stops. */
  #answerLate(answered: Answered): void {
    const { attempt, leg } = answered;
    const answer = attempt.take(leg);
    this.#context.meter.count('late_answers_total');
    if (this.#walk.current !== attempt) this.#walk.current?.stop('answered-elsewhere');
    this.#answer({ attempt, leg, answer });
  }

  #answer(answered: Answered): void {
    const { attempt } = answered;
    const invite = this.#caller.take();
    if (invite === undefined) return;
    this.#winner = attempt;
    tellAnswered(this.#context.log, this.#options.begun, attempt);
    this.#answeredAt = this.#context.clock.now();
    const { bridge, content } = bridgeTo(answered, invite, this.#walk.voices, this.#options, this);
    this.#bridge = bridge;
    invite.respond(200, content, (error, dialog) =>
      error === undefined ? this.#machine.send('callerReady', dialog) : this.#machine.send('callerGone'),
    );
  }

  /** If nobody has the call, the BYE says what the CANCEL has said. */
  #dismissLate({ leg }: Answered): void {
    leg.release(this.#answeredAt === null ? undefined : 'answered-elsewhere');
  }

  onBridgeOver(released: Released, cause: number | null, endReason: EndReason | null): void {
    this.#winner?.end();
    this.#bridge = undefined;
    this.#machine.send('bridgeOver', { released, cause, endReason });
    this.#forgetIfDone();
  }

  #refuse(outcome: Outcome, how: Pick<Partial<Ending>, 'refused' | 'endReason'> = {}): void {
    this.#caller.refuse(outcome);
    this.#end(outcome.status, { cause: outcome.cause, ...how });
  }

  #refuseInWords(): void {
    if (this.#walk.list.length === 0) this.#refuseNobody();
    else this.#refuse(outcomeOf(this.#walk.attempted));
  }

  /** Edge case 68. */
  #refuseNobody(): void {
    const refused = this.#walk.turn?.group.enabled === false ? 'disabled' : 'no-members';
    this.#refuse(outcomeOf([]), { refused });
  }

  #stopAndRefuse(endReason: CancelReason & EndReason, outcome: Outcome): void {
    this.#walk.current?.stop(endReason);
    this.#refuse(outcome, { endReason });
  }

  /** The server has answered both, the CANCEL and the INVITE. */
  #callerCancelled(cancelHeaders: Headers): void {
    this.#walk.current?.stop('caller-left', cancelHeaders);
    this.#end(finalStatusOf(cancelHeaders), { cause: causeOfCancel(cancelHeaders) });
  }

  #loseWinner(cancelHeaders: Headers = {}): void {
    this.#winner?.lose();
    this.#answeredAt = null;
    this.#bridge?.callerLost(cancelHeaders);
    this.#end(finalStatusOf(cancelHeaders), { cause: causeOfCancel(cancelHeaders) });
  }

  /** The SIP server is gone, and every leg with it. */
  #abandon(): void {
    this.#walk.current?.stop('shut-down');
    const answered = this.#bridge !== undefined;
    this.#bridge?.serverLost();
    const how: Over = { released: answered ? 'system' : null, cause: SHUT_DOWN.cause, endReason: 'server-lost' };
    this.#end(answered ? 200 : 503, how);
  }

  #end(status: number, how: Partial<Ending> = {}): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#caller.stop();
    this.#walk.voices?.end();
    this.#options.user.onRecord(this.#record(status, how));
    this.#caller.forget();
    this.#walk.forgetList();
    this.#forgetIfDone();
  }

  #record(status: number, how: Partial<Ending>): CallRecord {
    return recordOf({
      begun: this.#options.begun,
      answered: this.#answeredAt,
      ended: this.#context.clock.now(),
      status,
      winner: this.#winner,
      how,
      turn: this.#walk.turn,
      huntList: this.#walk.list,
      attempts: this.#walk.attempts,
      media: this.#walk.voices?.word ?? null,
    });
  }

  #forgetIfDone(): void {
    if (this.#forgotten || !this.#ended || this.#bridge !== undefined || !this.#walk.isSettled) return;
    this.#forgotten = true;
    this.#options.user.onForgotten();
  }
}
