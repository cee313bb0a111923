/** One walk along the hunt list: who is rung next, who has been, and what each of them is sent. */
import { messageOf } from '../base/errors.js';
import { regardless } from '../base/guard.js';
import type { IncomingRequest, InviteToSend } from '../sip-server/sip-server.js';
import type { Turn } from '../store/types.js';
import { Attempt } from './attempt.js';
import type { AttemptUser, MemberAttempt } from './attempt-user.js';
import type { CallContext, Trace } from './call-context.js';
import { attempted, type CallBegun } from './call-record.js';
import { type HuntListEntry, huntList } from './hunt-list.js';
import type { AdmittedCall } from './intake.js';
import { memberInvite } from './member-invite.js';
import type { Attempted } from './outcome.js';
import { rowOf } from './results.js';
import type { Candidate } from './trunks/trunks.js';
import { CallVoices } from './voices/call-voices.js';

export interface HuntWalkOptions {
  readonly context: CallContext;
  readonly begun: CallBegun;
  readonly admitted: AdmittedCall;
  /** Where the steps of its machines go, if anybody wants to see them. */
  readonly trace: Trace | undefined;
}

export class HuntWalk {
  readonly #options: HuntWalkOptions;
  readonly #user: AttemptUser;
  readonly #attempts: Attempt[] = [];
  #turn: Turn | undefined;
  #list: readonly HuntListEntry[] = [];
  #position = 0;
  /** INVITEs to members so far: their Call-IDs are the call's id and this. */
  #sent = 0;
  #current: Attempt | undefined;
  /** Undefined, as nearly always: the group wishes for none. */
  voices: CallVoices | undefined;

  constructor(options: HuntWalkOptions, user: AttemptUser) {
    this.#options = options;
    this.#user = user;
  }

  /** Undefined until the store has said it, and when the call is over. */
  get turn(): Turn | undefined {
    return this.#turn;
  }

  /** The members to ring, and those who are not, in their order. */
  get list(): readonly HuntListEntry[] {
    return this.#list;
  }

  get attempts(): readonly MemberAttempt[] {
    return this.#attempts;
  }

  /** The member who is tried now. */
  get current(): MemberAttempt | undefined {
    return this.#current;
  }

  /** From which follows what the caller is told. */
  get attempted(): Attempted[] {
    return attempted(this.#list, this.#attempts);
  }

  /** Every attempt is over, and none has a leg that can bring anything. */
  get isSettled(): boolean {
    for (const attempt of this.#attempts) if (!attempt.isSettled || attempt.notes.result === undefined) return false;
    return true;
  }

  /** Whose turn it is: in the group as it stands now. */
  ask(caller: IncomingRequest, done: (input: 'turn' | 'nobody' | 'unknown' | 'storeFailed') => void): void {
    const { context, begun, admitted } = this.#options;
    const { store, log } = context;
    store.takeTurn(
      admitted.pilot,
      (turn) => {
        this.#turn = turn;
        this.voices = this.#voicesFor(caller);
        if (turn === undefined) done('unknown');
        else done(turn.order.length === 0 || !turn.group.enabled ? 'nobody' : 'turn');
      },
      (thrown) => {
        const { call, callId } = begun;
        log.error({ error: messageOf(thrown), call, sipCallId: callId }, 'the store did not say whose turn it is');
        done('storeFailed');
      },
    );
  }

  begin(): void {
    if (this.#turn === undefined) return;
    const { fromUri: numberOf } = this.#options.context.numbers;
    const { pilot, callerNumbers } = this.#options.admitted;
    const { order, away } = this.#turn;
    this.#list = huntList({ order, away, pilot, callerNumbers, numberOf });
  }

  /** Rings the next one; false: nobody is left. */
  next(): boolean {
    const ended = this.#attempts.at(-1)?.notes.result;
    const mayGoOn = this.#options.context.settings.huntOnDecline || ended === undefined || !rowOf(ended).endsHunt;
    while (mayGoOn && this.#position < this.#list.length) {
      const step = this.#list[this.#position++];
      if (step !== undefined && step.skip === undefined) {
        this.#try(step.member);
        return true;
      }
    }
    this.#current = undefined;
    return false;
  }

  #try(member: string): void {
    const { context, trace, begun } = this.#options;
    const attempt = new Attempt({
      context,
      trace,
      ids: begun,
      member,
      position: this.#position,
      ringMs: (this.#turn?.group.ring ?? 0) * 1000,
      user: this.#user,
      voiceFor: this.voices && ((user) => this.voices?.forMember(trace, user)),
    });
    this.#attempts.push(attempt);
    this.#current = attempt;
    attempt.start();
  }

  #voicesFor(caller: IncomingRequest): CallVoices | undefined {
    const { context, begun, trace, admitted } = this.#options;
    const { earlyMedia } = admitted;
    const group = this.#turn?.group;
    // Nearly always there are none.
    if (group?.voices === undefined) return undefined;
    return new CallVoices({ context, ids: begun, trace, caller, earlyMedia }, group, group.voices);
  }

  inviteFor(
    received: IncomingRequest,
    attempt: MemberAttempt,
    candidate: Candidate,
    least: number | undefined,
  ): InviteToSend {
    const { position } = attempt;
    const previous = this.attempts[this.attempts.indexOf(attempt) - 1]?.asPrevious;
    return memberInvite(this.#options, received, { candidate, position, previous, least, sent: ++this.#sent });
  }

  /** A fault has ended the call. `isUp`: the caller has the answer. */
  breakOff(isUp: boolean): void {
    for (const attempt of this.#attempts) regardless(() => attempt.breakOff(isUp));
  }

  /** The call has its record. Legs may be watched for half a minute longer, and need none of this. */
  forgetList(): void {
    this.#turn = undefined;
    this.#list = [];
  }
}
