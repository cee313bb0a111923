/** One INVITE to a member, from sending to its last possible answer. */
import type { Timer } from '../base/clock.js';
import { type Machine, MachineKind, type Table } from '../base/machine.js';
import type { NotSent } from '../sip-server/not-sent.js';
import type {
  Content,
  HeadersToSend,
  InviteToSend,
  InviteUser,
  OutgoingInvite,
  Reply,
} from '../sip-server/sip-server.js';
import type { CallContext, Trace } from './call-context.js';
import { EarlyAnswers } from './early-answer.js';
import { type Releasing, releaseHeaders } from './reasons.js';
import { dismissal } from './session-id.js';
import type { Candidate } from './trunks/trunks.js';

export type LegState = 'open' | 'cancelled' | 'answered' | 'dismissing' | 'over';
export type LegInput =
  | 'provisional'
  | 'failure'
  | 'lost'
  | 'answer'
  | 'cancel'
  | 'expired'
  | 'keep'
  | 'release'
  | 'done';
export type LegAction = 'report' | 'cancel' | 'settle' | 'forget' | 'reportLate' | 'dismiss';

export const LEG_TABLE: Table<LegState, LegInput, LegAction> = {
  open: {
    provisional: ['open', 'report'],
    failure: ['over', 'report'],
    lost: ['over', 'report'],
    // RFC 3261 §13.2.2.4: every 2xx
    answer: ['answered', 'report'],
    // RFC 3261 §9.1
    cancel: ['cancelled', 'cancel'],
  },
  // A provisional response means nothing any more (edge case 25), and neither does a repeated failure (56).
  cancelled: {
    failure: ['over', 'settle'],
    lost: ['over', 'settle'],
    // The 2xx crossed our CANCEL: edge cases 47 and 48
    answer: ['answered', 'reportLate'],
    // RFC 3261 §9.1: 64*T1 after the CANCEL; edge cases 49 and 50
    expired: ['over', 'forget'],
  },
  answered: {
    keep: ['over'],
    // RFC 3261 §13.2.2.4: ACK, then BYE; edge case 53
    release: ['dismissing', 'dismiss'],
  },
  dismissing: { done: ['over', 'settle'] },
  over: {},
};

export interface LegUser {
  /** What came while the leg was wanted; an error when the INVITE could not be sent. */
  onReport(leg: Leg, report: Reply | NotSent): void;
  /** A 2xx on a leg that was left: it must be kept or released. */
  onLateAnswer(leg: Leg): void;
  /** Nothing more will come of a leg that was left or released. */
  onSettled(leg: Leg): void;
}

const NO_HEADERS: HeadersToSend = {};

export class Leg implements InviteUser {
  static readonly #PERFORM: Readonly<Record<LegAction, (leg: Leg, event: unknown) => void>> = {
    report: (leg, event) => leg.#user.onReport(leg, event as Reply | NotSent),
    cancel: (leg, event) => leg.#cancel(event as { reason: HeadersToSend; late: 'deliver' | 'release' }),
    reportLate: (leg) => {
      leg.#watch?.cancel();
      leg.#user.onLateAnswer(leg);
    },
    forget: (leg) => {
      leg.#invite.forget();
      leg.#user.onSettled(leg);
    },
    settle: (leg) => {
      leg.#watch?.cancel();
      leg.#user.onSettled(leg);
    },
    dismiss: (leg) => leg.#dismiss(),
  };
  static readonly #MACHINE = new MachineKind(LEG_TABLE, Leg.#PERFORM);
  readonly candidate: Candidate;
  /** The Diversion and History-Info that were sent, until the leg is kept. */
  diversion: string;
  history: string;
  /** The dialog that the 2xx has made; empty before. */
  dialog = '';
  readonly #context: CallContext;
  readonly #user: LegUser;
  readonly #machine: Machine<LegState, LegInput, LegAction>;
  readonly #invite: OutgoingInvite;
  #watch: Timer | undefined;
  /** The 2xx is held here until the leg is kept. */
  #answer: Reply | undefined;
  /** Nearly no INVITE has any. */
  #early: EarlyAnswers | undefined;
  /** The server ends the dialog by itself. */
  #serverReleases = false;
  /** The Session-ID of the INVITE, until the leg is kept. */
  #sessionId: string;
  /** What the CANCEL or BYE says of why the leg is given up. */
  #reason = NO_HEADERS;

  constructor(
    context: CallContext,
    trace: Trace | undefined,
    candidate: Candidate,
    invite: InviteToSend,
    user: LegUser,
  ) {
    this.#context = context;
    this.#user = user;
    this.candidate = candidate;
    const { diversion = '', 'history-info': history = '', 'session-id': sessionId = '' } = invite.headers ?? NO_HEADERS;
    this.#sessionId = String(sessionId);
    this.diversion = String(diversion);
    this.history = String(history);
    this.#machine = Leg.#MACHINE.of(this, 'open', trace?.of('leg'));
    const { credentials } = candidate;
    this.#invite = context.sip.invite(credentials === undefined ? invite : { ...invite, credentials }, this);
  }

  get isOver(): boolean {
    return this.#machine.state === 'over';
  }

  /**
   * Cancels the INVITE, and watches for what still comes.
   * @param late whether a 2xx that crosses the CANCEL could be of use
   */
  cancel(reason: HeadersToSend, late: 'deliver' | 'release'): void {
    this.#machine.send('cancel', { reason, late });
  }

  /** The call is this member's: the bridge has it from here. Hands the answer over, which nobody needs for a whole call. */
  keep(): Reply | undefined {
    this.#machine.send('keep');
    const answer = this.#answer;
    this.#answer = undefined;
    this.#early = undefined;
    this.diversion = '';
    this.history = '';
    this.#sessionId = '';
    return answer;
  }

  /** The 2xx that waits for what becomes of it. */
  get answer(): Reply | undefined {
    return this.#answer;
  }

  acknowledge(content?: Content): void {
    this.#invite.acknowledge(content);
  }

  /** Sends ACK and BYE for an answer that nobody wants. Where no reason is given, the BYE has that of the CANCEL. */
  release(releasing?: Releasing): void {
    if (releasing !== undefined) this.#reason = releaseHeaders(releasing);
    this.#machine.send('release');
  }

  onProvisional(reply: Reply): void {
    // Headers are read only where there may be something.
    if (reply.body !== '') {
      this.#early ??= new EarlyAnswers();
      this.#early.note(reply);
    }
    this.#machine.send('provisional', reply);
  }

  onFinal(reply: Reply, dialog: string): void {
    if (reply.status >= 300) {
      this.#machine.send('failure', reply);
      return;
    }
    this.#answer = this.#early?.complete(reply) ?? reply;
    this.dialog = dialog;
    this.#machine.send('answer', reply);
  }

  onFailed(error: NotSent): void {
    this.#machine.send('lost', error);
  }

  #cancel({ reason, late }: { reason: HeadersToSend; late: 'deliver' | 'release' }): void {
    const { sip, clock, settings } = this.#context;
    this.#reason = reason;
    this.#serverReleases = late === 'release' || !sip.capabilities.deliversLateAnswers;
    this.#watch = clock.after(settings.watchMs, () => this.#machine.send('expired'));
    // RFC 7989 §7: identical to that of the INVITE.
    this.#invite.cancel(this.#sessionId === '' ? reason : { ...reason, 'session-id': this.#sessionId }, late);
  }

  #dismiss(): void {
    const headers = dismissal(this.#sessionId, this.#answer);
    this.#invite.acknowledge({ headers });
    // Where the server knows no dialog there is none to end.
    if (this.#serverReleases || this.dialog === '') {
      this.#machine.send('done');
      return;
    }
    this.#context.sip.request(this.dialog, 'BYE', { headers: { ...this.#reason, ...headers } }, () =>
      this.#machine.send('done'),
    );
  }
}
