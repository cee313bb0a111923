import { randomInt } from 'node:crypto';
import type { Timer } from '../../base/clock.js';
import type { SipMessage } from '../../sip/message.js';
import { parseParams } from '../../sip/params.js';
import type { Context } from '../context.js';
import { EMPTY_DRAFT } from '../drafts.js';
import { buildInDialog } from '../uac/build.js';
import { endDialog } from '../uac/bye.js';
import { ClientInvite } from '../uac/client-invite.js';
import { lookUpDialog } from '../uac/lookup.js';
import { type Dialog, routeOf } from './dialog.js';

/** Seconds; RFC 4028 §4. */
export const SHORTEST_SESSION = 90;
const MAX_SECONDS = 2 ** 31 / 1000;

export interface SessionExpires {
  readonly seconds: number;
  readonly refresher: 'uac' | 'uas' | undefined;
}

/** The Session-Expires of a message; undefined when it has none or it is malformed. */
export function sessionExpires(message: SipMessage): SessionExpires | undefined {
  const value = message.first('session-expires');
  if (value === undefined) return undefined;
  const match = /^(\d{1,9})\s*(;.*)?$/.exec(value);
  if (match === null) return undefined;
  const refresher = parseParams(match[2] ?? '')
    .get('refresher')
    ?.toLowerCase();
  return {
    seconds: Math.min(Number(match[1]), MAX_SECONDS),
    refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined,
  };
}

/** Keeps one session alive, or notices that the peer does not (RFC 4028 §7.2, §10). */
export class SessionTimer {
  readonly #context: Context;
  readonly #dialog: Dialog;
  #timer: Timer | undefined;
  #seconds = 0;

  constructor(context: Context, dialog: Dialog) {
    this.#context = context;
    this.#dialog = dialog;
  }

  /** @param weRefresh we send the refreshes, at half of the interval; else the session ends with the interval */
  start(seconds: number, weRefresh: boolean): void {
    this.stop();
    this.#seconds = seconds;
    const { clock } = this.#context;
    if (weRefresh) this.#timer = clock.after(seconds * 500, () => this.#refresh());
    else this.#timer = clock.after(seconds * 1000, () => this.#expire());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #expire(): void {
    endDialog(this.#context, this.#dialog, 'Session timer expired', this.#dialog.owner);
  }

  /** RFC 3261 §14.1: who chose the Call-ID waits from 2.1 to 4 s, the other up to 2 s, in steps of 10 ms. */
  #retry(): void {
    const steps = this.#dialog.role === 'uac' ? randomInt(210, 401) : randomInt(0, 201);
    this.#timer = this.#context.clock.after(steps * 10, () => this.#refresh());
  }

  #refresh(): void {
    const dialog = this.#dialog;
    const context = this.#context;
    if (dialog.clientInvite !== undefined || dialog.serverInvite !== undefined) {
      this.#retry();
      return;
    }
    const fields = [
      ['Supported', 'timer'],
      ['Session-Expires', `${this.#seconds};refresher=uac`],
      ['Min-SE', String(SHORTEST_SESSION)],
    ] as const;
    const local = context.network.of(dialog.source);
    const draft = { fields, body: dialog.localBody };
    const unsent = buildInDialog(dialog, 'INVITE', ++dialog.localSequence, draft, local);
    const invite = new ClientInvite(context, undefined, unsent, local, dialog.id, dialog);
    invite.whenFinished = (response) => this.#refreshed(invite, response);
    invite.start(lookUpDialog(context, dialog, routeOf(dialog).next));
  }

  #refreshed(invite: ClientInvite, response: SipMessage): void {
    if (this.#dialog.state === 'terminated') return;
    if (response.status < 300) invite.acknowledge(EMPTY_DRAFT);
    else if (response.status === 491) this.#retry();
    else this.#expire();
  }
}

/**
 * A 2xx to an INVITE or UPDATE has settled who refreshes, and how often; without Session-Expires nobody does.
 * @param role ours in that transaction
 */
export function settleSession(context: Context, dialog: Dialog, response: SipMessage, role: 'uac' | 'uas'): void {
  const settled = sessionExpires(response);
  // An UPDATE in an early dialog settles nothing yet: the 2xx to the INVITE does, and nobody may BYE for it (RFC 3261 §15).
  if (settled === undefined || dialog.state !== 'confirmed') {
    dialog.session?.stop();
    return;
  }
  dialog.session ??= new SessionTimer(context, dialog);
  const refresher = settled.refresher ?? 'uac';
  const seconds = role === 'uas' ? Math.max(SHORTEST_SESSION, settled.seconds) : Math.max(1, settled.seconds);
  dialog.session.start(seconds, refresher === role);
}
