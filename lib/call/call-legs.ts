import { allows } from '../sip/headers.js';
import { OfferAnswer } from '../sip/offer-answer.js';
import type { Content, Headers, IncomingRequest, Message, Reply } from '../sip-server/sip-server.js';
import type { CallContext } from './call-context.js';
import { contentOf } from './descriptions.js';
import type { Anchor } from './voices/anchor.js';
import type { Origins } from './voices/origin.js';

export type Side = 'caller' | 'member';
export const OTHER = { caller: 'member', member: 'caller' } as const;

/** The call that they belong to. */
export interface CallLegsUser {
  readonly context: CallContext;
  readonly dialogs: Readonly<Record<Side, string>>;
  /** Body and headers of what comes from that side, for the other one. @param asked what it responds to */
  passed(side: Side, message: Message, asked?: IncomingRequest): Content;
  /** That side's request has a 2xx. */
  agreed(side: Side, request: IncomingRequest): void;
  /** That side no longer knows the dialog, by this status of its response. */
  onGone(side: Side, status: number): void;
}

/** How the sessions of the two legs of a call stand. */
export class CallLegs {
  readonly user: CallLegsUser;
  /** What each side has said of itself, and the other side has heard. */
  readonly inForce: Record<Side, Content | undefined> = { caller: undefined, member: undefined };
  /** What its Allow says of UPDATE; undefined: it has not said. */
  readonly knowsUpdate: Record<Side, boolean | undefined> = { caller: undefined, member: undefined };
  isOver = false;
  /** Speech passes through a media server. */
  anchor: Anchor | undefined;
  /** Who has heard a media server goes on in the session that he had with it. */
  origins: Origins | undefined;
  /** Made when there is something to say: in most calls there never is. */
  #exchanges: Partial<Record<Side, OfferAnswer>> | undefined;

  constructor(user: CallLegsUser) {
    this.user = user;
  }

  /** From the caller's INVITE and the member's answer, neither of which is kept. */
  begin(caller: Message, member: Message | undefined): void {
    this.inForce.caller = contentOf(caller);
    this.inForce.member = contentOf(member);
    this.noteAbilities('caller', caller.headers);
    if (member !== undefined) this.noteAbilities('member', member.headers);
  }

  /** Whose offer is open there. */
  exchange(side: Side): OfferAnswer {
    this.#exchanges ??= {};
    this.#exchanges[side] ??= new OfferAnswer();
    return this.#exchanges[side];
  }

  /** What that side has heard of the other one: of the media server, where it is between them. */
  heard(side: Side): Content | undefined {
    const said = this.anchor?.told[side] ?? this.inForce[OTHER[side]];
    return said && this.toward(side, said);
  }

  /** What that side is told by a description of the other one. */
  toward(side: Side, content: Content): Content {
    return this.origins?.[side]?.continue(content) ?? content;
  }

  /** A re-INVITE of our own, whose offer is open already. @param failed it could not be sent */
  offer(side: Side, description: Content, done: (reply: Reply) => void, failed: () => void = () => {}): void {
    const exchange = this.exchange(side);
    const invite = this.user.context.sip.reinvite(this.user.dialogs[side], this.toward(side, description), {
      onProvisional: () => {},
      onFinal: (reply) => {
        exchange.submit(reply.status < 300 ? 'acceptanceReceived' : 'refusalReceived');
        if (reply.status < 300) invite.acknowledge();
        if (this.isOver) return;
        done(reply);
        if (reply.status === 408 || reply.status === 481) this.user.onGone(side, reply.status);
      },
      onFailed: () => {
        exchange.submit('refusalReceived');
        failed();
      },
    });
  }

  /** Each has heard the other one. */
  wentDirect(): void {
    const { anchor } = this;
    this.anchor = undefined;
    anchor?.direct();
  }

  acknowledged(side: Side): void {
    this.#exchanges?.[side]?.submit('ackReceived');
  }

  noteAbilities(side: Side, { allow }: Headers): void {
    if (allow !== undefined) this.knowsUpdate[side] = allows(allow, 'UPDATE');
  }
}
