/**
 * One call and the guard around it. A programming error anywhere in the call (a machine's action, a timer, what the SIP server or
 * the store calls back) comes out here: both legs are ended, the record is written, and no other call notices.
 */
import type { Account } from '../base/budget.js';
import type { Timer } from '../base/clock.js';
import { regardless } from '../base/guard.js';
import { maskNumber } from '../base/log.js';
import { detached } from '../base/text.js';
import { authenticated, type CallerAccount } from '../sip-server/auth/authenticated.js';
import type { IncomingRequest } from '../sip-server/sip-server.js';
import type { CallRecord, LiveCall } from '../store/types.js';
import type { CallGuard, Invariant, Trace } from './call-context.js';
import { bareRecord, type CallBegun } from './call-record.js';
import { GuardedContext, type SharedContext } from './guard/guarded-context.js';
import { OpenEnds } from './guard/open-ends.js';
import { Hunt } from './hunt.js';
import type { HuntUser } from './hunt-user.js';
import type { AdmittedCall } from './intake.js';
import { FAULT } from './outcome.js';
import { sessionIdOf } from './session-id.js';

export interface CallUser {
  /** Takes the record of a call that is over for the caller. Called once; again where it threw. */
  write(record: CallRecord): void;
  /** It is over for the caller. */
  onEnded(record: CallRecord): void;
  /** Nothing of it is left: no dialog, no watched leg, no timer. */
  onForgotten(call: Call): void;
}

export interface CallOptions {
  readonly at: SharedContext;
  readonly id: string;
  readonly invite: IncomingRequest;
  readonly admitted: AdmittedCall;
  readonly trace: Trace | undefined;
  readonly user: CallUser;
}

export class Call implements CallGuard, HuntUser, LiveCall {
  readonly id: string;
  readonly begun: CallBegun;
  readonly trace: Trace | undefined;
  /** Where it is counted among the calls of its source. */
  seat: Account | undefined;
  readonly #at: SharedContext;
  readonly #admitted: AdmittedCall;
  readonly #user: CallUser;
  readonly #ends: OpenEnds;
  #hunt: Hunt | undefined;
  #context: GuardedContext | undefined;
  #isBroken = false;
  #isRecorded = false;
  /** The SIP server went away meanwhile, and took what was open with it. */
  #isLost = false;
  #deadline: Timer | undefined;

  constructor({ at, id, invite, admitted, trace, user }: CallOptions) {
    this.#at = at;
    this.id = id;
    const { clock, settings } = at;
    const started = clock.now();
    this.begun = {
      call: id,
      node: settings.node,
      callId: detached(invite.headers['call-id'] ?? ''),
      admitted,
      started,
      utc: clock.wall() - started,
      session: settings.sessionIds ? sessionIdOf(id) : undefined,
    };
    this.trace = trace;
    this.#admitted = admitted;
    this.#user = user;
    this.#ends = new OpenEnds(at.sip, this);
  }

  get pilot(): string {
    return this.#admitted.pilot;
  }

  get caller(): string {
    return this.#admitted.caller;
  }

  get hidden(): boolean {
    return this.#admitted.hidden;
  }

  get started(): number {
    return this.begun.started + this.begun.utc;
  }

  get answered(): number | null {
    const answered = this.#hunt?.answered;
    return answered == null ? null : answered + this.begun.utc;
  }

  get member(): string | null {
    return this.#hunt?.member ?? null;
  }

  get isOver(): boolean {
    return this.#isRecorded;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  begin(invite: IncomingRequest): void {
    this.run(() => {
      const received = this.#ends.receive(invite, true);
      if (this.#at.trunks.haveAccounts) {
        this.#ends.outer = authenticated(this.#ends, this.#at.cnonce, accountOf(invite, this.#admitted));
      }
      const context = new GuardedContext(this.#at, this.#ends.outer, this, this.id);
      this.#context = context;
      const { begun, trace } = this;
      this.#hunt = new Hunt({ context, begun, admitted: this.#admitted, trace, user: this }, received);
    });
  }

  shutDown(): void {
    this.run(() => this.#hunt?.shutDown());
  }

  /** The SIP server is gone, and every leg with it. */
  serverLost(): void {
    this.#isLost = true;
    this.run(() => this.#hunt?.serverLost());
    if (this.#isBroken) this.#ends.forget();
  }

  run(action: () => void): void {
    if (this.#isBroken) return;
    try {
      action();
    } catch (thrown) {
      this.fault(thrown);
    }
  }

  fault(thrown: unknown): void {
    const { log, meter, clock, settings } = this.#at;
    const about = { call: this.id, sipCallId: this.begun.callId, pilot: maskNumber(this.pilot), err: thrown };
    regardless(() => log.error(about, 'an error of ours has ended a call'));
    if (this.#isBroken) return;
    this.#isBroken = true;
    regardless(() => meter.count('call_faults_total'));
    regardless(() => {
      this.#deadline = clock.after(settings.watchMs, () => this.#ends.forget());
    });
    regardless(() => this.#context?.closeMedia());
    // With the INVITE unanswered the caller gets this now.
    const status = this.#ends.callerStatus ?? FAULT.status;
    this.#ends.close(() => this.#forget());
    this.#record(status);
  }

  violated(invariant: Invariant): void {
    const { log, meter } = this.#at;
    regardless(() => meter.count('invariant_violations_total', { invariant }));
    regardless(() => log.error({ call: this.id, sipCallId: this.begun.callId, invariant }, 'an invariant is violated'));
  }

  onRecord(record: CallRecord): void {
    this.#user.write(record);
    this.#isRecorded = true;
    this.#user.onEnded(record);
  }

  onForgotten(): void {
    if (!this.#isLost) this.#ends.check();
    this.#user.onForgotten(this);
  }

  /** In as many words as can be had. */
  #record(status: number): void {
    let record: CallRecord | undefined;
    regardless(() => {
      record = this.#hunt?.breakOff(status);
    });
    const written = record ?? bareRecord(this.begun, this.#ended(), status, null, 'system');
    for (let tries = 0; tries < 2 && !this.#isRecorded; tries++) regardless(() => this.onRecord(written));
  }

  #ended(): number {
    let now = this.begun.started;
    regardless(() => {
      now = this.#at.clock.now();
    });
    return now;
  }

  #forget(): void {
    this.#deadline?.cancel();
    regardless(() => this.#user.onForgotten(this));
  }
}

/** The caller's trunk may challenge what we send within the call. */
function accountOf({ headers }: IncomingRequest, { credentials }: AdmittedCall): CallerAccount | undefined {
  if (credentials === undefined) return undefined;
  const { 'call-id': callId = '', contact = '' } = headers;
  return { callId: detached(callId), contact: detached(contact), credentials };
}
