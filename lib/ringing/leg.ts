/** One INVITE to a member, from sending to its last possible answer. */
import type { Timer } from '../base/clock.js';
import { Machine, type Table } from '../base/machine.js';
import type { Surroundings, Trace } from './call-context.js';
import type { Content, HeadersToSend, InviteToSend, OutgoingInvite, Reply } from './sip-server.js';
import type { Candidate } from './trunks.js';

export type LegState = 'open' | 'left' | 'answered' | 'dismissing' | 'over';
export type LegInput =
  | 'provisional'
  | 'failure'
  | 'lost'
  | 'answer'
  | 'leave'
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
    leave: ['left', 'cancel'],
  },
  // A provisional response means nothing any more (edge case 25), and neither does a repeated failure (56).
  left: {
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

export type LegReport =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'lost'; readonly error: Error };

export interface LegUser {
  /** What came while the leg was wanted. */
  onReport(leg: Leg, report: LegReport): void;
  /** A 2xx on a leg that was left: it must be kept or released. */
  onLateAnswer(leg: Leg): void;
  /** Nothing more will come of a leg that was left or released. */
  onSettled(leg: Leg): void;
}

export class Leg {
  readonly candidate: Candidate;
  /** The History-Info that was sent. */
  readonly history: string;
  /** The 2xx and its dialog, once there. */
  reply: Reply | undefined;
  dialog = '';
  readonly #around: Surroundings;
  readonly #user: LegUser;
  readonly #machine: Machine<LegState, LegInput, LegAction>;
  readonly #invite: OutgoingInvite;
  #watch: Timer | undefined;
  /** The last reliable 18x with a session description. */
  #described: Reply | undefined;
  /** The server ends the dialog by itself (drachtio fact 4). */
  #serverReleases = false;

  constructor(around: Surroundings, trace: Trace, candidate: Candidate, invite: InviteToSend, user: LegUser) {
    this.#around = around;
    this.#user = user;
    this.candidate = candidate;
    this.history = String(invite.headers?.['history-info'] ?? '');
    this.#machine = new Machine<LegState, LegInput, LegAction>(
      LEG_TABLE,
      'open',
      (action, event) => this.#perform(action, event),
      trace.of('leg'),
    );
    const { credentials } = candidate;
    this.#invite = around.sip.invite(credentials === undefined ? invite : { ...invite, credentials }, {
      onProvisional: (reply) => this.#provisional(reply),
      onFinal: (reply, dialog) => this.#final(reply, dialog),
      onFailed: (error) => this.#machine.send('lost', { kind: 'lost', error }),
    });
  }

  get isOver(): boolean {
    return this.#machine.state === 'over';
  }

  /**
   * Cancels, and watches for what still comes.
   * @param late whether a 2xx that crosses the CANCEL could be of use
   */
  leave(reason: HeadersToSend, late: 'deliver' | 'release'): void {
    this.#machine.send('leave', { reason, late });
  }

  /** The call is this member's: the bridge has it from here. */
  keep(): void {
    this.#machine.send('keep');
  }

  acknowledge(content?: Content): void {
    this.#invite.acknowledge(content);
  }

  /** ACK and BYE, for an answer that nobody wants. */
  release(): void {
    this.#machine.send('release');
  }

  #provisional(reply: Reply): void {
    if (reply.body !== '' && reply.headers.rseq !== undefined) this.#described = reply;
    this.#machine.send('provisional', { kind: 'reply', reply });
  }

  #final(reply: Reply, dialog: string): void {
    if (reply.status >= 300) {
      this.#machine.send('failure', { kind: 'reply', reply });
      return;
    }
    this.reply = this.#withDescription(reply);
    this.dialog = dialog;
    this.#machine.send('answer', { kind: 'reply', reply });
  }

  /** RFC 3262 §5: the answer may have been in a reliable 18x of that dialog, and is not repeated in the 2xx. */
  #withDescription(reply: Reply): Reply {
    const described = this.#described;
    if (reply.body !== '' || described === undefined || described.headers.to !== reply.headers.to) return reply;
    const type = described.headers['content-type'] ?? 'application/sdp';
    const { status, reason, headers } = reply;
    return { status, reason, headers: { ...headers, 'content-type': type }, body: described.body };
  }

  #perform(action: LegAction, event: unknown): void {
    switch (action) {
      case 'report':
        this.#user.onReport(this, event as LegReport);
        return;
      case 'cancel':
        this.#cancel(event as { reason: HeadersToSend; late: 'deliver' | 'release' });
        return;
      case 'reportLate':
        this.#watch?.cancel();
        this.#user.onLateAnswer(this);
        return;
      case 'forget':
        this.#invite.forget();
        this.#user.onSettled(this);
        return;
      case 'settle':
        this.#watch?.cancel();
        this.#user.onSettled(this);
        return;
      case 'dismiss':
        this.#dismiss();
        return;
    }
  }

  #cancel({ reason, late }: { reason: HeadersToSend; late: 'deliver' | 'release' }): void {
    const { sip, clock, settings } = this.#around;
    this.#serverReleases = late === 'release' || !sip.deliversLateAnswers;
    this.#watch = clock.after(settings.watchMs, () => this.#machine.send('expired'));
    this.#invite.cancel(reason, late);
  }

  #dismiss(): void {
    this.#invite.acknowledge();
    if (this.#serverReleases) {
      this.#machine.send('done');
      return;
    }
    this.#around.sip.request(this.dialog, 'BYE', {}, () => this.#machine.send('done'));
  }
}
