import type { Timer } from '../../base/clock.js';
import { Machine, type Table } from '../../base/machine.js';
import { ackFor, cancelFor } from '../../sip/build.js';
import { type Field, SipMessage } from '../../sip/message.js';
import type { Flow, ProxyOrder } from '../api.js';
import type { Context } from '../context.js';
import { responseFields } from '../drafts.js';
import type { Local } from '../network.js';
import { InviteClientTransaction, type InviteClientUser } from '../transaction/invite-client.js';
import { NonInviteClientTransaction } from '../transaction/non-invite-client.js';
import type { Unsent } from '../uac/build.js';
import { ClientCancel } from '../uac/client-request.js';
import { type ClientTransaction, Outgoing } from '../uac/outgoing.js';

type State = 'calling' | 'proceeding' | 'cancelled' | 'left-mute' | 'left' | 'ended';
type Input = '1xx' | '2xx' | 'failure' | 'cancel' | 'mute' | 'overdue' | 'unended';
type Action = 'heard' | 'forward' | 'answer' | 'fail' | 'leave' | 'time out' | 'cancel' | 'cancel overdue' | 'abandon';

/**
 * One target of a proxied request. The response context gets one verdict of it, and every 2xx. A branch that is *left* has
 * had its verdict while its transaction still lives.
 */
export const BRANCH_TABLE: Table<State, Input, Action> = {
  calling: {
    '1xx': ['proceeding', 'heard'],
    '2xx': ['ended', 'answer'],
    failure: ['ended', 'fail'],
    mute: ['left-mute', 'time out'],
    overdue: ['left-mute', 'time out'],
    cancel: ['left-mute', 'leave'], // §9.1: no CANCEL before a 1xx; the caller does not wait for one
  },
  proceeding: {
    '1xx': ['proceeding', 'forward'],
    '2xx': ['ended', 'answer'],
    failure: ['ended', 'fail'],
    overdue: ['left', 'cancel overdue'], // also Timer C (§16.8)
    cancel: ['cancelled', 'cancel'], // §16.10
  },
  cancelled: {
    '2xx': ['ended', 'answer'], // §16.7, item 5: it crossed our CANCEL
    failure: ['ended', 'fail'],
    unended: ['ended', 'abandon'], // §9.1: 64·T1 after the CANCEL
  },
  'left-mute': {
    '1xx': ['left', 'cancel'], // §9.1: now it may be cancelled
    '2xx': ['ended', 'answer'],
    failure: ['ended', 'fail'], // told to nobody: one verdict is enough
  },
  left: {
    '2xx': ['ended', 'answer'],
    failure: ['ended', 'fail'],
    unended: ['ended', 'abandon'],
  },
  ended: {
    '2xx': ['ended', 'answer'], // repetitions, and other phones behind the target
  },
};

/** What a branch tells its response context. `flow` is undefined for what we made up. */
export interface BranchUser {
  provisional(response: SipMessage): void;
  answered(branch: Branch, response: SipMessage, flow: Flow): void;
  /** The verdict, at most one; none after `answered`. */
  failed(branch: Branch, response: SipMessage, flow: Flow | undefined): void;
}

interface Received {
  readonly message: SipMessage;
  readonly flow: Flow | undefined;
}

type Timeouts = Pick<ProxyOrder, 'provisionalTimeout' | 'finalTimeout'>;

export class Branch extends Outgoing implements InviteClientUser {
  readonly #user: BranchUser;
  readonly #machine: Machine<State, Input, Action>;
  readonly #mute: Timer | undefined;
  readonly #overdue: Timer | undefined;
  #reasons: readonly Field[] = [];
  /** The verdict has been given, or a 2xx came. */
  #isSettled = false;

  /** Begins with `start`. */
  constructor(context: Context, user: BranchUser, unsent: Unsent, local: Local, timeouts: Timeouts) {
    super(context, undefined, unsent, local, '');
    this.#user = user;
    this.#machine = new Machine(BRANCH_TABLE, 'calling', (action, event) => this.#perform(action, event as Received));
    this.#mute = this.#after(timeouts.provisionalTimeout, 'mute');
    this.#overdue = this.#after(timeouts.finalTimeout, 'overdue');
  }

  override get isProxied(): boolean {
    return true;
  }

  /** @param reasons Reason header fields of the CANCEL (RFC 3326) */
  cancel(reasons: readonly Field[]): void {
    this.#reasons = reasons;
    this.#machine.send('cancel');
  }

  response(message: SipMessage, flow: Flow): void {
    const { status } = message;
    this.#machine.send(status < 200 ? '1xx' : status < 300 ? '2xx' : 'failure', { message, flow });
  }

  acknowledgement(response: SipMessage): string {
    return ackFor(this.message, response).text;
  }

  /** Timer C. */
  silence(): void {
    this.#machine.send('overdue');
  }

  override stop(): void {
    super.stop();
    this.#stopTimers();
  }

  protected open(text: string, reliable: boolean): ClientTransaction {
    const Kind = this.message.method === 'INVITE' ? InviteClientTransaction : NonInviteClientTransaction;
    return new Kind(this.context.clock, this.context.timers, reliable, text, this);
  }

  /** Once it is given up, no further address of the target is tried. */
  protected override tryNext(): boolean {
    const { state } = this.#machine;
    return (state === 'calling' || state === 'proceeding') && super.tryNext();
  }

  protected override finished(response: SipMessage): void {
    this.#machine.send('failure', { message: response, flow: undefined });
  }

  #perform(action: Action, event: Received): void {
    switch (action) {
      case 'heard':
      case 'forward':
        this.#mute?.cancel();
        this.#user.provisional(event.message);
        break;
      case 'answer':
        this.#stopTimers();
        if (event.flow !== undefined) this.#user.answered(this, event.message, event.flow);
        break;
      case 'fail':
        this.#settle(event.message, event.flow);
        break;
      case 'leave':
        this.#settle(this.#madeUp(487, 'Request Terminated'), undefined);
        break;
      case 'time out':
        this.#settle(this.#madeUp(408, 'Request Timeout'), undefined);
        break;
      case 'cancel':
        this.#sendCancel();
        break;
      case 'cancel overdue':
        this.#sendCancel();
        this.#settle(this.#madeUp(408, 'Request Timeout'), undefined);
        break;
      case 'abandon':
        (this.transaction as InviteClientTransaction).abandon();
        this.#settle(this.#madeUp(487, 'Request Terminated'), undefined);
        break;
    }
  }

  #settle(response: SipMessage, flow: Flow | undefined): void {
    this.#stopTimers();
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#user.failed(this, response, flow);
  }

  #sendCancel(): void {
    const { way, context } = this;
    if (way === undefined || this.message.method !== 'INVITE') return; // §9.1: nothing else is cancelled
    const { method, uri, fields } = cancelFor(this.message, this.#reasons);
    const cancel = new ClientCancel(context, undefined, { method, uri, fields, body: '' }, way.local, '', this.branch);
    cancel.start([way.hop]);
    context.clock.after(context.timers.timeout, () => this.#machine.send('unended'));
  }

  #madeUp(status: number, reason: string): SipMessage {
    return SipMessage.response(
      status,
      reason,
      responseFields(this.message, { status, localTag: this.context.ids.token() }),
    );
  }

  #after(delay: number | undefined, input: Input): Timer | undefined {
    return delay === undefined ? undefined : this.context.clock.after(delay, () => this.#machine.send(input));
  }

  #stopTimers(): void {
    this.#mute?.cancel();
    this.#overdue?.cancel();
  }
}
