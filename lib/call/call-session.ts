/**
 * Offers and answers between the two legs of a call (RFC 3261 §14, RFC 3264, RFC 3311). Each leg has a table of its own that says
 * what is open there; an offer that one side makes is carried to the other, and both are told the same.
 */
import { NOT_SENT_STATUS, NotSent } from '../sip-server/not-sent.js';
import type { Content, IncomingRequest, Message, OutgoingInvite, Reply } from '../sip-server/sip-server.js';
import { type CallLegs, OTHER, type Side } from './call-legs.js';
import { contentOf, hasOffer, isSame } from './descriptions.js';
import { SessionRepair } from './session-repair.js';
import { ABILITIES, type Carried, carriedFrom, NONE, refuse } from './session-request.js';

/** An UPDATE has to be answered promptly (RFC 3311 §5.2): below the 32 s after which whoever sent it gives up. */
const UPDATE_LIMIT_MS = 20_000;

export class CallSession {
  // Most calls never need the rest, and all of them have it for as long as they last.
  readonly #legs: CallLegs;
  readonly #repair: SessionRepair;
  /** Carried when that side has sent the ACK that is owed, or has answered what was cancelled. */
  #waiting: Partial<Record<Side, () => void>> | undefined;
  /** The ACK to come that answers an offer in our 2xx, by the side that sends it. */
  #answers: Partial<Record<Side, (content: Content) => void>> | undefined;
  /** Nearly always none. */
  #open = NONE;

  constructor(legs: CallLegs) {
    this.#legs = legs;
    this.#repair = new SessionRepair(legs);
  }

  receive(side: Side, request: IncomingRequest): void {
    this.#legs.noteAbilities(side, request.headers);
    if (request.method === 'INVITE') this.#receiveInvite(side, request);
    else this.#receiveUpdate(side, request);
  }

  /** The other side has said that of itself. */
  tell(side: Side, said: Message): void {
    this.#repair.tell(side, said);
  }

  acknowledged(side: Side, ack: Message): void {
    const answer = this.#answers?.[side];
    delete this.#answers?.[side];
    answer?.(this.#legs.user.passed(side, ack));
    this.#legs.acknowledged(side);
    this.#free(side);
  }

  /** The call is over: nobody waits for the other side any more (RFC 3261 §15.1.2; edge case 77). */
  end(): void {
    this.#legs.isOver = true;
    this.#repair.stop();
    for (const carried of this.#open) {
      carried.limit?.cancel();
      if (!carried.isAnswered) carried.request.respond(487);
      carried.isAnswered = true;
    }
    this.#open = NONE;
  }

  #receiveInvite(side: Side, request: IncomingRequest): void {
    const offers = hasOffer(request);
    const exchange = this.#legs.exchange(side);
    if (refuse(request, exchange.submit(offers ? 'receiveInvite' : 'receiveBareInvite'))) return;
    if (offers && this.#answerAlone(side, request)) exchange.submit('acceptanceSent');
    else this.#carry(carriedFrom(side, request));
  }

  #receiveUpdate(side: Side, request: IncomingRequest): void {
    const exchange = this.#legs.exchange(side);
    if (!hasOffer(request)) {
      // RFC 4028 §7.4: a refresh. It concerns this leg alone, and the other side's phone may know no UPDATE.
      if (refuse(request, exchange.submit('receiveBareUpdate'))) return;
      this.#legs.user.agreed(side, request);
      request.respond(200, { headers: ABILITIES });
      return;
    }
    if (refuse(request, exchange.submit('receiveUpdate'))) return;
    if (this.#answerAlone(side, request)) exchange.submit('updatedOver');
    else this.#carry(carriedFrom(side, request));
  }

  /** RFC 3261 §14.2, RFC 3311 §5.2: nothing has changed, and nobody else need know. */
  #answerAlone(side: Side, request: IncomingRequest): boolean {
    const answer = this.#legs.heard(side);
    if (answer === undefined || !isSame(this.#legs.inForce[side], request)) return false;
    this.#legs.user.agreed(side, request);
    request.respond(200, { headers: { ...answer.headers, ...ABILITIES }, body: answer.body ?? '' });
    return true;
  }

  #carry(carried: Carried): void {
    if (this.#legs.isOver) return;
    const { side, request } = carried;
    const other = OTHER[side];
    const byUpdate = request.method === 'UPDATE' && this.#legs.knowsUpdate[other] !== false;
    const input = byUpdate ? 'sendUpdate' : hasOffer(request) ? 'sendInvite' : 'sendBareInvite';
    const verdict = this.#legs.exchange(other).submit(input);
    if (verdict === 'waitForAck' || (verdict === 'wait' && this.#isCancelling(other))) {
      this.#open = this.#open.concat(carried);
      this.#waiting ??= {};
      this.#waiting[other] = () => this.#carry(carried);
    } else if (verdict !== undefined) {
      // RFC 3261 §14.2: both sides speak to us (edge case 70).
      this.#open = this.#open.filter((other) => other !== carried);
      this.#finish(carried, 491, {});
    } else {
      this.#open = this.#open.concat(carried);
      if (byUpdate) this.#carryByUpdate(carried);
      else this.#carryByInvite(carried);
    }
  }

  #free(side: Side): void {
    const waiting = this.#waiting?.[side];
    delete this.#waiting?.[side];
    waiting?.();
  }

  /** What was carried there has been cancelled, and that side has not said yet what came of it. */
  #isCancelling(other: Side): boolean {
    for (const { side, isAnswered } of this.#open) if (isAnswered && OTHER[side] === other) return true;
    return false;
  }

  #carryByUpdate(carried: Carried): void {
    const { user } = this.#legs;
    const other = OTHER[carried.side];
    user.context.sip.request(user.dialogs[other], 'UPDATE', user.passed(carried.side, carried.request), (result) => {
      this.#legs.exchange(other).submit('updateOver');
      if (!(result instanceof NotSent)) this.#legs.noteAbilities(other, result.headers);
      if (this.#legs.isOver) return;
      if (!(result instanceof NotSent) && (result.status === 405 || result.status === 501)) {
        this.#legs.knowsUpdate[other] = false;
        this.#carry(carried);
        return;
      }
      if (!(result instanceof NotSent) && result.status < 300) this.#agree(carried, result);
      this.#conclude(carried, result);
    });
  }

  #carryByInvite(carried: Carried): void {
    const { user } = this.#legs;
    const { side, request } = carried;
    const other = OTHER[side];
    const invite = user.context.sip.reinvite(user.dialogs[other], user.passed(side, request), {
      onProvisional: (reply) => {
        carried.early.note(reply);
      },
      onFinal: (reply) => {
        this.#finalOfInvite(carried, invite, reply);
        this.#free(other);
      },
      onFailed: (error) => {
        this.#legs.exchange(other).submit('refusalReceived');
        this.#conclude(carried, error);
        this.#free(other);
      },
    });
    if (request.method === 'UPDATE') {
      carried.limit = user.context.clock.after(UPDATE_LIMIT_MS, () => {
        this.#finish(carried, 504, {});
        invite.cancel({}, 'deliver');
      });
      return;
    }
    request.onCancel = ({ headers }) => {
      // The server has answered it; what becomes of the other side's is still to come.
      carried.isAnswered = true;
      this.#legs.exchange(side).submit('refusalSent');
      const { reason } = headers;
      invite.cancel(reason === undefined ? {} : { reason }, 'deliver');
    };
  }

  #finalOfInvite(carried: Carried, invite: OutgoingInvite, reply: Reply): void {
    const { side, request } = carried;
    const other = OTHER[side];
    const exchange = this.#legs.exchange(other);
    this.#legs.noteAbilities(other, reply.headers);
    if (reply.status >= 300) {
      exchange.submit('refusalReceived');
      this.#conclude(carried, reply);
      return;
    }
    const described = carried.early.complete(reply);
    if (!hasOffer(request)) {
      this.#offered(carried, invite, described);
      return;
    }
    invite.acknowledge();
    exchange.submit('acceptanceReceived');
    if (carried.isAnswered) {
      this.#open = this.#open.filter((other) => other !== carried);
      this.#repair.restore(side);
      return;
    }
    const former = { ...this.#legs.inForce };
    this.#agree(carried, described);
    this.#conclude(carried, described, () => {
      Object.assign(this.#legs.inForce, former);
      this.#repair.restore(side);
    });
  }

  /** The INVITE had no offer: that of the 2xx is answered by the ACK of who asked (RFC 3261 §13.2.1). */
  #offered(carried: Carried, invite: OutgoingInvite, reply: Reply): void {
    const { side } = carried;
    const other = OTHER[side];
    const exchange = this.#legs.exchange(other);
    exchange.submit(reply.body === '' ? 'acceptanceReceived' : 'offerReceived');
    const answer = (content: Content): void => {
      invite.acknowledge(content);
      exchange.submit('ackSent');
    };
    if (this.#legs.isOver) {
      answer({});
      return;
    }
    /** Nobody will answer it: what is in force does, and what has changed by it is told. */
    const settle = (): void => {
      delete this.#answers?.[side];
      answer(this.#legs.toward(other, this.#legs.inForce[side] ?? {}));
      this.#repair.tell(side, reply);
    };
    if (carried.isAnswered) {
      this.#open = this.#open.filter((other) => other !== carried);
      settle();
      return;
    }
    this.#answers ??= {};
    this.#answers[side] = (content) => {
      answer(content);
      this.#legs.inForce[other] = contentOf(reply);
      if (content.body !== undefined && content.body !== '') this.#legs.inForce[side] = contentOf(content);
    };
    this.#conclude(carried, reply, settle);
  }

  /** What the other side said is the answer to who asked. @param undelivered it has been cancelled meanwhile */
  #conclude(carried: Carried, result: Reply | NotSent, undelivered?: () => void): void {
    if (this.#legs.isOver) return;
    this.#open = this.#open.filter((other) => other !== carried);
    const other = OTHER[carried.side];
    if (result instanceof NotSent) {
      const gone = result.code === 'dialog-gone';
      this.#finish(carried, NOT_SENT_STATUS[result.code], {});
      if (gone) this.#legs.user.onGone(other, 481);
      return;
    }
    // We have no credentials, and the other side's are not for this realm.
    const status = result.status === 401 || result.status === 407 ? 403 : result.status;
    const content = this.#legs.user.passed(other, result, carried.request);
    this.#finish(carried, status, content, undelivered);
    // RFC 3261 §12.2.1.2; edge case 72
    if (status === 481 || status === 408) this.#legs.user.onGone(other, status);
  }

  #finish(carried: Carried, status: number, content: Content, undelivered?: () => void): void {
    carried.limit?.cancel();
    if (carried.isAnswered) return;
    carried.isAnswered = true;
    const { side, request } = carried;
    const exchange = this.#legs.exchange(side);
    const withOffer = status < 300 && !hasOffer(request) && content.body !== undefined && content.body !== '';
    if (status < 300) this.#legs.user.agreed(side, request);
    if (request.method === 'UPDATE') exchange.submit('updatedOver');
    else exchange.submit(status >= 300 ? 'refusalSent' : withOffer ? 'offerSent' : 'acceptanceSent');
    if (undelivered === undefined) request.respond(status, content);
    else {
      request.respond(status, content, (error) => {
        if (error === undefined || this.#legs.isOver) return;
        // It was cancelled in the same instant (RFC 3261 §9.2): no ACK will come.
        exchange.submit('ackReceived');
        undelivered();
      });
    }
  }

  #agree({ side, request }: Carried, reply: Message): void {
    this.#legs.inForce[side] = contentOf(request);
    if (reply.body === '') return;
    this.#legs.inForce[OTHER[side]] = contentOf(reply);
    this.#legs.wentDirect();
  }
}
