import { randomInt } from 'node:crypto';
import type { Timer } from '../base/clock.js';
import type { Message } from '../sip-server/sip-server.js';
import { type CallLegs, OTHER, type Side } from './call-legs.js';
import { contentOf, isSameBut } from './descriptions.js';

/** How often a refusal by 491 is waited out. */
const TRIES = 5;

/** Brings the two legs to one mind again after a CANCEL has crossed the answer to a re-INVITE (RFC 3261 §9.1, RFC 6141 §3.4). */
export class SessionRepair {
  readonly #legs: CallLegs;
  #backOff: Timer | undefined;

  constructor(legs: CallLegs) {
    this.#legs = legs;
  }

  stop(): void {
    this.#backOff?.cancel();
  }

  /** The other side has taken an offer of this one that was withdrawn: it is put back to what is in force here. */
  restore(side: Side, tries = TRIES): void {
    const legs = this.#legs;
    const other = OTHER[side];
    const description = legs.inForce[side];
    if (description === undefined || legs.isOver) return;
    if (tries === 0 || legs.exchange(other).submit('sendInvite') !== undefined) {
      this.#failed();
      return;
    }
    this.#legs.offer(other, description, (reply) => {
      if (reply.status === 491) this.#later(other, () => this.restore(side, tries - 1));
      else if (reply.status < 300) this.tell(side, reply);
      else this.#failed();
    });
  }

  /** The other side has said something of itself that this one may not have heard. */
  tell(side: Side, said: Message): void {
    const legs = this.#legs;
    const other = OTHER[side];
    const description = contentOf(said);
    if (legs.isOver || description === undefined || isSameBut(legs.inForce[other], description)) return;
    if (legs.exchange(side).submit('sendInvite') !== undefined) {
      this.#failed();
      return;
    }
    legs.offer(side, description, (reply) => {
      if (reply.status >= 300) {
        this.#failed();
        return;
      }
      legs.inForce[other] = description;
      legs.inForce[side] = contentOf(reply) ?? legs.inForce[side];
    });
  }

  /** RFC 3261 §14.1: we have chosen the Call-ID of a member's dialog, not of the caller's. */
  #later(side: Side, action: () => void): void {
    const ms = 10 * (side === 'member' ? randomInt(210, 401) : randomInt(0, 201));
    this.#backOff = this.#legs.user.context.clock.after(ms, action);
  }

  /** The next offer of either side settles it. */
  #failed(): void {
    this.#legs.user.context.meter.count('session_repair_failures_total');
  }
}
