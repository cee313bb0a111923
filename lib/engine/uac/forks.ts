import { regardless } from '../../base/guard.js';
import type { SipMessage } from '../../sip/message.js';
import { isSameToken } from '../../sip/tokens.js';
import type { Authorize, Draft, Flow, Owner, Sent } from '../api.js';
import type { Context } from '../context.js';
import { type Dialog, dialogAsClient } from '../dialog/dialog.js';
import { ackSent } from '../dialog/exchange.js';
import type { OriginOf } from '../dialog/invites.js';
import { isOfCall } from '../dialog/state.js';
import { EMPTY_DRAFT } from '../outgoing-headers.js';
import { type Acknowledged, type Acknowledgement, acknowledge } from './acknowledgement.js';
import { endDialog, INTERNAL } from './bye.js';
import { inviteOf } from './late-answer.js';

/** Early dialogs of one INVITE, so that no peer fills the memory. */
const MAX_FORKS = 32;

/** One of the peers that answer an INVITE, told apart by To tag. */
export interface Fork {
  readonly tag: string;
  readonly dialog: Dialog;
  /** The CSeq number of the INVITE. */
  readonly sequence: number;
  answered: boolean;
  acknowledgement: Acknowledgement | undefined;
}

/** What the dialogs of an INVITE are made from. */
export interface ForkedInvite extends OriginOf<Dialog> {
  readonly owner: Owner | undefined;
  /** For each of the dialogs that it makes. */
  readonly authorizer: (() => Authorize) | undefined;
  /** As it went out; undefined once there was a final response. */
  readonly asSent: SipMessage | undefined;
}

/**
 * Who answers one INVITE of ours: each peer in a dialog of its own (RFC 3261 §12.1.2, §13.2.2.4). A re-INVITE makes none: whoever
 * answers it does so in the dialog that there is.
 */
export class Forks {
  /** The first that has answered. */
  winner: Fork | undefined;
  readonly #context: Context;
  readonly #invite: ForkedInvite;
  readonly #dialogId: string;
  readonly #within: Dialog | undefined;
  readonly #forks: Fork[] = [];
  /** Of forks whose dialog is over. */
  #past: Acknowledged[] | undefined;

  /** @param within the dialog of a re-INVITE */
  constructor(context: Context, invite: ForkedInvite, dialogId: string, within: Dialog | undefined) {
    this.#context = context;
    this.#invite = invite;
    this.#dialogId = dialogId;
    this.#within = within;
  }

  get all(): readonly Fork[] {
    return this.#forks;
  }

  /** Of forks whose dialog is over, what each repeated 2xx of theirs is answered with. */
  get past(): Acknowledged[] {
    return this.#past ?? [];
  }

  /** The ACK that a 2xx of this peer has had. */
  acknowledgementFor(tag: string): Acknowledgement | undefined {
    return (this.#pastOf(tag) ?? this.#find(tag))?.acknowledgement;
  }

  /** The winner, as long as its 2xx has had no ACK. */
  get unacknowledged(): Fork | undefined {
    return this.winner?.acknowledgement === undefined ? this.winner : undefined;
  }

  /** Who sends that response. Undefined: one too many, one whose dialog is over, or none of this call. */
  of(message: SipMessage, flow: Flow): Fork | undefined {
    const tag = message.toTag;
    const known = this.#find(tag);
    if (known !== undefined || this.#pastOf(tag) !== undefined) return known;
    if (this.#forks.length >= MAX_FORKS && message.status < 200) return undefined;
    const dialog = this.#within ?? this.#begin(message, flow);
    if (dialog === undefined) return undefined;
    const fork: Fork = { tag, dialog, sequence: message.cseq.number, answered: false, acknowledgement: undefined };
    this.#forks.push(fork);
    return fork;
  }

  /** §13.2.2.4: the 2xx fixes remote target and route set anew; within a dialog it refreshes the target (§12.2.1.2). */
  takeRoute({ dialog }: Fork, message: SipMessage, flow: Flow): void {
    if (this.#within === undefined) dialog.state.routeSet = [...message.values('record-route')].reverse();
    dialog.refreshTarget(message, flow, this.#context.natDetection);
    dialog.heard(message);
  }

  acknowledge(fork: Fork, draft: Draft): Sent {
    const { dialog, sequence } = fork;
    const { acknowledgement, message, flow } = acknowledge(this.#context, dialog, sequence, draft);
    if (dialog.session !== undefined) ackSent(dialog.session, message);
    fork.acknowledgement = acknowledgement;
    return { message, flow, transactionId: this.#context.ids.uuid(), dialogId: dialog.id };
  }

  /** ACK, then BYE, without a word to the owner. */
  release(fork: Fork): void {
    const { dialog } = fork;
    this.acknowledge(fork, EMPTY_DRAFT);
    if (this.#within !== undefined) return;
    if (dialog.state.phase === 'terminated') {
      // Forgotten as a loser, and answers after all.
      dialog.state.phase = 'early';
      this.#context.dialogs.add(dialog);
    }
    endDialog(this.#context, dialog, undefined, undefined);
  }

  /** After a fault: who has answered is acknowledged and released. */
  breakOff(): void {
    for (const fork of [...this.#forks]) {
      const { dialog } = fork;
      regardless(() => {
        if (fork.acknowledgement === undefined) this.acknowledge(fork, EMPTY_DRAFT);
      });
      regardless(() => endDialog(this.#context, dialog, INTERNAL, this.#invite.owner ?? dialog.owner));
    }
  }

  /** Somebody else has answered, or nobody will: their early dialogs are over. */
  forgetLosers(): void {
    if (this.#within !== undefined) return;
    for (const fork of this.#forks) {
      if (fork !== this.winner && !fork.answered) this.#context.dialogs.remove(fork.dialog);
    }
  }

  /** That dialog is over: of it, only the ACK may be wanted again. @returns whether this was the last one that has answered */
  ended(dialog: Dialog): boolean {
    const fork = this.#forks.find((one) => one.dialog === dialog);
    if (fork?.acknowledgement === undefined) return false;
    this.#forks.splice(this.#forks.indexOf(fork), 1);
    this.#past ??= [];
    this.#past.push({ tag: fork.tag, acknowledgement: fork.acknowledgement });
    if (fork === this.winner) this.winner = undefined;
    return !this.#forks.some(({ answered }) => answered);
  }

  #find(tag: string): Fork | undefined {
    for (const fork of this.#forks) if (isSameToken(fork.tag, tag)) return fork;
    return undefined;
  }

  #pastOf(tag: string): Acknowledged | undefined {
    return this.#past?.find((fork) => isSameToken(fork.tag, tag));
  }

  #begin(message: SipMessage, flow: Flow): Dialog | undefined {
    const context = this.#context;
    const { asSent, owner, authorizer } = this.#invite;
    if (asSent === undefined && !isOfCall(message, this.#dialogId)) return undefined;
    const dialog = dialogAsClient(asSent ?? inviteOf(message), message, flow, context.natDetection);
    dialog.owner = owner;
    dialog.origin = this.#invite;
    dialog.authorize = authorizer?.();
    const first = context.dialogs.add(dialog);
    if (first !== undefined) dialog.forks = [first, ...(first.forks ?? [])];
    return dialog;
  }
}
