/** One call: from the admitted INVITE to the end of the last thing that belongs to it. */
import type { Timer } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { regardless } from '../base/guard.js';
import { Machine } from '../base/machine.js';
import {
  finalStatusOf,
  type Headers,
  type IncomingRequest,
  type InviteToSend,
  type Reply,
} from '../sip-server/sip-server.js';
import type { CallRecord, Turn } from '../store/types.js';
import { answerFor, fits } from './answer.js';
import { Attempt, type AttemptUser } from './attempt.js';
import { Bridge, type Released } from './bridge.js';
import type { CallContext, Trace } from './call-context.js';
import { tellAnswered, tellBegun, tellTried } from './call-log.js';
import { attempted, type CallBegun, type Ending, recordOf } from './call-record.js';
import { agreedEvents } from './events.js';
import { type HuntListEntry, huntList } from './hunt-list.js';
import { HUNT_TABLE, type HuntAction, type HuntInput, type HuntState } from './hunt-table.js';
import { trustIn } from './identity.js';
import type { AdmittedCall } from './intake.js';
import type { Leg } from './leg.js';
import { memberInvite } from './member-invite.js';
import { EXPIRED, FAULT, type Outcome, outcomeOf, retryLater, SHUT_DOWN } from './outcome.js';
import { Progress } from './progress.js';
import { causeOfCancel } from './reasons.js';
import type { RefusedWord } from './refusals.js';
import { type CancelReason, rowOf } from './results.js';
import { sessionIdsOf } from './session-id.js';
import type { Candidate } from './trunks/trunk-group.js';

export interface HuntUser {
  /** The call is over for the caller. */
  onRecord(record: CallRecord): void;
  /** Nothing of it is left: no dialog, no watched leg, no timer. */
  onForgotten(): void;
}

/** An answer that the call has, or could still take. */
interface Answered {
  readonly attempt: Attempt;
  readonly leg: Leg;
  readonly answer?: Reply | undefined;
}

/** How the call of a member who had answered ended. */
interface Over {
  readonly released: Released;
  readonly cause: number | null;
}

export interface HuntOptions {
  readonly context: CallContext;
  readonly begun: CallBegun;
  readonly invite: IncomingRequest;
  readonly admitted: AdmittedCall;
  /** Where the steps of its machines go, if anybody wants to see them. */
  readonly trace: Trace | undefined;
  readonly user: HuntUser;
}

export class Hunt implements AttemptUser {
  static readonly #PERFORM: Readonly<Record<HuntAction, (hunt: Hunt, event: unknown) => void>> = {
    begin: (hunt) => hunt.#begin(),
    next: (hunt) => hunt.#next(),
    progress: (hunt) => hunt.#progress.tell(hunt.#invite, 183),
    ring: (hunt) => hunt.#progress.tell(hunt.#invite, 180),
    answer: (hunt, answered) => hunt.#answer(answered as Answered),
    answerLate: (hunt, answered) => hunt.#answerLate(answered as Answered),
    dismissLate: (hunt, answered) => hunt.#dismissLate(answered as Answered),
    bridge: (hunt, dialog) => hunt.#bridge?.callerUp(dialog as string),
    refuse: (hunt) => hunt.#refuse(outcomeOf(attempted(hunt.#huntList, hunt.#attempts))),
    refuseNobody: (hunt) => hunt.#refuseNobody(),
    refuseUnknown: (hunt) => hunt.#refuseUnknown(),
    refuseFailed: (hunt) => hunt.#refuse(retryLater(hunt.#context.settings.retryAfterSeconds), 'no-store'),
    expire: (hunt) => hunt.#stopAndRefuse('expired', EXPIRED),
    shutDown: (hunt) => hunt.#stopAndRefuse('shut-down', SHUT_DOWN),
    hangUp: (hunt) => hunt.#bridge?.hangUp(),
    callerCancelled: (hunt, cancelHeaders) => hunt.#callerCancelled(cancelHeaders as Headers),
    loseCaller: (hunt) => hunt.#callerCancelled({}),
    loseWinner: (hunt, cancelHeaders) => hunt.#loseWinner(cancelHeaders as Headers | undefined),
    abandon: (hunt) => hunt.#abandon(),
    finish: (hunt, over) => hunt.#finish(over as Over),
  };
  readonly #begun: CallBegun;
  readonly #trace: Trace | undefined;
  readonly #context: CallContext;
  readonly #admitted: AdmittedCall;
  readonly #user: HuntUser;
  readonly #machine: Machine<HuntState, HuntInput, HuntAction>;
  readonly #attempts: Attempt[] = [];
  /** Until it has its final response: nothing of the message is needed afterwards, and calls last for minutes. */
  #invite: IncomingRequest | undefined;
  #turn: Turn | undefined;
  #huntList: HuntListEntry[] = [];
  #position = 0;
  /** INVITEs to members so far: their Call-IDs are the call's id and this. */
  #sent = 0;
  #current: Attempt | undefined;
  #winner: Attempt | undefined;
  #bridge: Bridge | undefined;
  #answeredAt: number | null = null;
  #expiry: Timer | undefined;
  readonly #progress: Progress;
  #ended = false;
  #forgotten = false;

  constructor({ context, begun, invite, admitted, trace, user }: HuntOptions) {
    this.#context = context;
    this.#begun = begun;
    this.#invite = invite;
    this.#admitted = admitted;
    this.#user = user;
    this.#trace = trace;
    this.#machine = new Machine<HuntState, HuntInput, HuntAction>(
      HUNT_TABLE,
      'asking',
      (action, event) => Hunt.#PERFORM[action](this, event),
      trace?.of('hunt'),
    );
    this.#progress = new Progress(context, admitted.reliable, {
      onDue: () => this.#machine.send('progressDue'),
      onGone: () => this.#machine.send('callerGone'),
    });
    // This is set at once, because a CANCEL may be the very next message.
    invite.onCancel = (cancel) => this.#machine.send('callerCancels', cancel.headers);
    this.#ask();
  }

  shutDown(): void {
    this.#machine.send('shutDown');
  }

  serverLost(): void {
    this.#machine.send('serverLost');
  }

  /** Who has the call or rings now; null while it is nobody. */
  get member(): string | null {
    return (this.#winner ?? this.#current)?.member ?? null;
  }

  get answered(): number | null {
    return this.#answeredAt;
  }

  /** For a call that a fault has ended, with that status: stops what still runs, and tells what is known. */
  breakOff(status: number): CallRecord {
    const isUp = status < 300;
    this.#stopTimers();
    if (!isUp) this.#answeredAt = null;
    for (const attempt of this.#attempts) regardless(() => attempt.breakOff(isUp));
    return this.#record(status, { released: 'system', cause: FAULT.cause });
  }

  #ask(): void {
    const { store, log } = this.#context;
    tellBegun(log, this.#begun, this.#admitted.pilot, this.#admitted);
    store.takeTurn(
      this.#admitted.pilot,
      (turn) => {
        this.#turn = turn;
        if (turn === undefined) return this.#machine.send('unknown');
        this.#machine.send(turn.order.length === 0 || !turn.group.enabled ? 'nobody' : 'turn');
      },
      (thrown) => {
        const { call, callId } = this.#begun;
        log.error({ error: messageOf(thrown), call, sipCallId: callId }, 'the store did not say whose turn it is');
        this.#machine.send('storeFailed');
      },
    );
  }

  #begin(): void {
    const { clock, numbers } = this.#context;
    const { pilot, callerNumbers, expires } = this.#admitted;
    const { order = [], away } = this.#turn ?? {};
    const numberOf = (member: string): string | undefined =>
      member.startsWith('+') ? member : numbers.fromUri(member);
    this.#huntList = huntList({ order, away, pilot, callerNumbers, numberOf });
    if (expires !== undefined) this.#expiry = clock.after(expires, () => this.#machine.send('expired'));
    this.#progress.begin();
    this.#next();
  }

  #next(): void {
    const ended = this.#attempts.at(-1)?.result;
    const mayGoOn = this.#context.settings.huntOnDecline || ended === undefined || !rowOf(ended).endsHunt;
    while (mayGoOn && this.#position < this.#huntList.length) {
      const step = this.#huntList[this.#position++];
      if (step !== undefined && step.skip === undefined) {
        this.#try(step.member);
        return;
      }
    }
    this.#current = undefined;
    this.#machine.send('exhausted');
  }

  #try(member: string): void {
    const attempt = new Attempt({
      context: this.#context,
      trace: this.#trace,
      ids: this.#begun,
      member,
      position: this.#position,
      ringMs: (this.#turn?.group.ring ?? 0) * 1000,
      user: this,
    });
    this.#attempts.push(attempt);
    this.#current = attempt;
    attempt.start();
  }

  inviteFor(attempt: Attempt, candidate: Candidate, least: number | undefined): InviteToSend | undefined {
    const received = this.#invite;
    if (received === undefined) return undefined;
    const admitted = this.#admitted;
    const { position } = attempt;
    const previous = this.#attempts[this.#attempts.indexOf(attempt) - 1]?.asPrevious;
    const { numbers, rules, settings } = this.#context;
    const numberOf = (uri: string): string | undefined => numbers.fromUri(uri);
    return memberInvite({
      received,
      admitted,
      candidate,
      position,
      previous,
      least,
      settings,
      rules,
      numberOf,
      call: this.#begun.call,
      sent: ++this.#sent,
    });
  }

  isDeliverable(leg: Leg, answer: Reply): boolean {
    return fits(this.#invite?.headers ?? {}, leg.candidate, answer, this.#context);
  }

  onRinging(): void {
    this.#machine.send('memberRings');
  }

  onAnswered(attempt: Attempt, leg: Leg, answer: Reply | undefined): void {
    this.#machine.send('memberAnswers', { attempt, leg, answer });
  }

  onSettled(): void {
    this.#forgetIfDone();
  }

  onOver(attempt: Attempt): void {
    tellTried(this.#context.log, this.#begun, attempt);
    if (attempt === this.#current) this.#machine.send('memberOver');
    this.#forgetIfDone();
  }

  onLateAnswer(attempt: Attempt, leg: Leg): void {
    if (this.#context.sip.capabilities.deliversLateAnswers) this.#machine.send('lateAnswer', { attempt, leg });
    else leg.release();
  }

  /** The old leg has the call, and the phone that rings now stops. */
  #answerLate(answered: Answered): void {
    const { attempt, leg } = answered;
    const answer = attempt.take(leg);
    this.#context.meter.count('late_answers_total');
    if (this.#current !== attempt) this.#current?.stop('answered-elsewhere');
    this.#answer({ attempt, leg, answer });
  }

  #answer({ attempt, leg, answer }: Answered): void {
    const invite = this.#invite;
    if (invite === undefined) return;
    this.#invite = undefined;
    this.#stopTimers();
    this.#winner = attempt;
    tellAnswered(this.#context.log, this.#begun, attempt);
    this.#answeredAt = this.#context.clock.now();
    const ids = sessionIdsOf(this.#begun.call, invite, answer, this.#context);
    const options = {
      context: this.#context,
      trace: this.#trace,
      leg,
      trust: trustIn(leg.candidate.trusted, invite.headers, leg.candidate.dialect),
      ids,
      events: agreedEvents(invite.headers, answer?.headers ?? {}),
      onOver: (released: Released, cause: number | null) => this.#bridgeOver({ released, cause }),
    };
    this.#bridge = new Bridge(options, invite, answer);
    invite.respond(200, answerFor(invite.headers, leg.candidate, answer, ids, this.#context), (error, dialog) =>
      error === undefined ? this.#machine.send('callerReady', dialog) : this.#machine.send('callerGone'),
    );
  }

  /** If nobody has the call, the BYE says what the CANCEL has said. */
  #dismissLate({ leg }: Answered): void {
    leg.release(this.#answeredAt === null ? undefined : 'answered-elsewhere');
  }

  #bridgeOver(over: Over): void {
    this.#winner?.end();
    this.#bridge = undefined;
    this.#machine.send('bridgeOver', over);
    this.#forgetIfDone();
  }

  #refuse({ status, headers, cause }: Outcome, refused: RefusedWord | null = null): void {
    this.#invite?.respond(status, { headers });
    this.#end(status, { cause, refused });
  }

  /** Edge case 68. */
  #refuseNobody(): void {
    this.#refuse(outcomeOf([]), this.#turn?.group.enabled === false ? 'disabled' : 'no-members');
  }

  #stopAndRefuse(cancelReason: CancelReason, outcome: Outcome): void {
    this.#current?.stop(cancelReason);
    this.#refuse(outcome);
  }

  #refuseUnknown(): void {
    this.#invite?.respond(404);
    this.#end(404, { refused: 'no-such-number' });
  }

  /** The server has answered both, the CANCEL and the INVITE. */
  #callerCancelled(cancelHeaders: Headers): void {
    this.#current?.stop('caller-left', cancelHeaders);
    this.#end(finalStatusOf(cancelHeaders), { cause: causeOfCancel(cancelHeaders) });
  }

  #loseWinner(cancelHeaders: Headers = {}): void {
    this.#winner?.lose();
    this.#answeredAt = null;
    this.#bridge?.callerLost(cancelHeaders);
    this.#end(finalStatusOf(cancelHeaders), { cause: causeOfCancel(cancelHeaders) });
  }

  #finish({ released, cause }: Over): void {
    this.#end(200, { released, cause });
  }

  /** The SIP server is gone, and every leg with it. */
  #abandon(): void {
    this.#current?.stop('shut-down');
    const answered = this.#bridge !== undefined;
    this.#bridge?.serverLost();
    this.#end(answered ? 200 : 503, { released: answered ? 'system' : null, cause: SHUT_DOWN.cause });
  }

  #end(status: number, how: Partial<Ending> = {}): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopTimers();
    this.#user.onRecord(this.#record(status, how));
    // Legs may be watched for half a minute longer, and need none of this.
    this.#invite = undefined;
    this.#turn = undefined;
    this.#huntList = [];
    this.#forgetIfDone();
  }

  #record(status: number, { released = null, cause = null, refused = null }: Partial<Ending>): CallRecord {
    return recordOf({
      begun: this.#begun,
      answered: this.#answeredAt,
      ended: this.#context.clock.now(),
      status,
      winner: this.#winner,
      released,
      cause,
      refused,
      turn: this.#turn,
      huntList: this.#huntList,
      attempts: this.#attempts,
    });
  }

  #forgetIfDone(): void {
    if (this.#forgotten || !this.#ended || this.#bridge !== undefined) return;
    if (!this.#attempts.every((attempt) => attempt.isSettled && attempt.result !== undefined)) return;
    this.#forgotten = true;
    this.#user.onForgotten();
  }

  #stopTimers(): void {
    this.#expiry?.cancel();
    this.#progress.stop();
  }
}
