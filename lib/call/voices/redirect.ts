/** Takes the media server out from between two who have been joined in it: a re-INVITE to the member, then one to the caller (RFC 3725). */
import { type Machine, MachineKind, type Table } from '../../base/machine.js';
import type { Content, Message, Reply } from '../../sip-server/sip-server.js';
import type { Trace } from '../call-context.js';
import type { CallLegs, Side } from '../call-legs.js';
import { contentOf } from '../descriptions.js';
import type { Anchor } from './anchor.js';

export type RedirectState = 'idle' | 'member' | 'caller' | 'restoring' | 'over';
export type RedirectInput = 'begin' | 'beginWithCaller' | 'agreed' | 'refused' | 'end';
export type RedirectAction = 'askMember' | 'askCaller' | 'direct' | 'restore' | 'stay' | 'fail';

const ENDS = { end: ['over'] } as const;

export const REDIRECT_TABLE: Table<RedirectState, RedirectInput, RedirectAction> = {
  idle: { ...ENDS, begin: ['member', 'askMember'], beginWithCaller: ['caller', 'askCaller'] },
  member: { ...ENDS, agreed: ['caller', 'askCaller'], refused: ['over', 'stay'] },
  // The member speaks to him already.
  caller: { ...ENDS, agreed: ['over', 'direct'], refused: ['restoring', 'restore'] },
  restoring: { ...ENDS, agreed: ['over', 'stay'], refused: ['over', 'fail'] },
  over: {},
};

export interface RedirectUser {
  /** Nobody would hear anybody: the call has to end. */
  onSilence(): void;
  /** Both agreed. @param said by the caller: where his address is another one now, the member has to know */
  onDirect(said: Message): void;
}

export class Redirect {
  static readonly #PERFORM: Readonly<Record<RedirectAction, (redirect: Redirect) => void>> = {
    askMember: (redirect) => redirect.#offer('member', redirect.#legs.inForce.caller),
    askCaller: (redirect) => redirect.#offer('caller', redirect.#legs.inForce.member),
    direct: (redirect) => redirect.#direct(),
    restore: (redirect) => redirect.#restore(),
    stay: (redirect) => {
      if (!redirect.#anchor.isBridged) redirect.#user.onSilence();
    },
    fail: (redirect) => redirect.#user.onSilence(),
  };
  static readonly #MACHINE = new MachineKind(REDIRECT_TABLE, Redirect.#PERFORM);
  readonly #legs: CallLegs;
  readonly #anchor: Anchor;
  readonly #user: RedirectUser;
  readonly #machine: Machine<RedirectState, RedirectInput, RedirectAction>;
  /** What the last one said who was asked. */
  #said: Message | undefined;

  constructor(legs: CallLegs, anchor: Anchor, trace: Trace | undefined, user: RedirectUser) {
    this.#legs = legs;
    this.#anchor = anchor;
    this.#user = user;
    this.#machine = Redirect.#MACHINE.of(this, 'idle', trace?.of('redirect'));
  }

  get isOver(): boolean {
    return this.#machine.state === 'over';
  }

  begin(): void {
    // A member who was not invited to the media server has the caller's own offer.
    this.#machine.send(this.#anchor.told.member === undefined ? 'beginWithCaller' : 'begin');
  }

  end(): void {
    this.#machine.send('end');
  }

  #offer(side: Side, description: Content | undefined): void {
    const legs = this.#legs;
    if (description === undefined || legs.isOver || legs.exchange(side).submit('sendInvite') !== undefined) {
      this.#machine.send('refused');
      return;
    }
    legs.offer(
      side,
      description,
      (reply) => this.#answered(side, reply),
      () => this.#machine.send('refused'),
    );
  }

  #answered(side: Side, reply: Reply): void {
    this.#said = reply;
    const said = contentOf(reply);
    if (reply.status >= 300 || said === undefined) {
      this.#machine.send('refused');
      return;
    }
    if (side === 'member' && this.#machine.state === 'member') this.#legs.inForce.member = said;
    this.#machine.send('agreed');
  }

  #direct(): void {
    this.#legs.wentDirect();
    if (this.#said !== undefined) this.#user.onDirect(this.#said);
  }

  /** The caller stays with the media server: so must the member. */
  #restore(): void {
    const { told, isBridged } = this.#anchor;
    if (told.member === undefined || !isBridged) this.#machine.send('refused');
    else this.#offer('member', told.member);
  }
}
