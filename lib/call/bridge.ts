/** An answered call: two dialogs, and what passes between them. */
import { type Machine, MachineKind } from '../base/machine.js';
import { added } from '../base/short-list.js';
import { unsupportedValue } from '../sip/unsupported.js';
import { unknownOptions } from '../sip-server/abilities.js';
import type { Content, Headers, IncomingRequest, Message, ReleaseReason } from '../sip-server/sip-server.js';
import { BridgeEnd, type BridgeEndUser } from './bridge-end.js';
import { BRIDGE_TABLE, type BridgeAction, type BridgeInput, type BridgeState } from './bridge-table.js';
import type { BridgeOptions, Released } from './bridge-user.js';
import type { CallContext } from './call-context.js';
import { CallLegs, type CallLegsUser, OTHER, type Side } from './call-legs.js';
import { CallSession } from './call-session.js';
import { endReasonOf } from './end-reasons.js';
import { type Farewell, ourFarewell, theirFarewell } from './farewell.js';
import { passOn } from './passed-request.js';
import { cancelHeaders, failureHeaders, releasedHeaders, releaseHeaders } from './reasons.js';
import type { SessionIdentity } from './session-id.js';
import { concernsSession } from './session-request.js';
import type { Anchor } from './voices/anchor.js';
import { originsIn } from './voices/origin.js';
import { Redirect, type RedirectUser } from './voices/redirect.js';

const LEAVES = { caller: 'callerLeaves', member: 'memberLeaves' } as const;
const FAILS = { caller: 'callerFails', member: 'memberFails' } as const;

/** What may arrive before both dialogs stand, such as a re-INVITE right behind the answer. */
const WAITING_LIMIT = 8;
const NONE: readonly (readonly [Side, IncomingRequest])[] = [];
const NOTHING: Content = {};
/** Responses that say that the dialog is lost. */
const FAILURES: Readonly<Record<number, string>> = { 408: 'Request timeout', 481: 'Dialog is unknown' };

export class Bridge implements BridgeEndUser, CallLegsUser, RedirectUser {
  static readonly #PERFORM: Readonly<Record<BridgeAction, (bridge: Bridge) => void>> = {
    open: (bridge) => bridge.#open(),
    releaseMember: (bridge) => bridge.#bye('member'),
    releaseCaller: (bridge) => bridge.#bye('caller'),
    releaseBoth: (bridge) => {
      bridge.#bye('caller');
      bridge.#bye('member');
    },
    close: (bridge) => bridge.#close(),
  };
  static readonly #MACHINE = new MachineKind(BRIDGE_TABLE, Bridge.#PERFORM);
  readonly #options: BridgeOptions;
  readonly #machine: Machine<BridgeState, BridgeInput, BridgeAction>;
  readonly dialogs: Record<Side, string>;
  #waiting = NONE;
  readonly #legs: CallLegs;
  /** Made when one side wants to change something: in most calls neither does. */
  #made: CallSession | undefined;
  #redirect: Redirect | undefined;
  /** The caller's ACK carries the answer to a delayed offer. */
  #owesAnswer: boolean;
  #isAcknowledged = false;
  #released: Released | undefined;
  /** Undefined while nobody has ended it. */
  #farewell: Farewell | undefined;
  readonly #identity: SessionIdentity | undefined;
  #byes = 0;

  /**
   * @param invite the caller's; without an offer, the member's is in the 200, the answer to it in the ACK (RFC 3261 §13.2.1)
   * @param answer the member's 2xx
   * @param caller his dialog, where the call stands already
   */
  constructor(options: BridgeOptions, invite: Message, answer: Message | undefined, caller = '') {
    this.#options = options;
    this.#identity = options.ids;
    this.#machine = Bridge.#MACHINE.of(this, caller === '' ? 'answering' : 'talking', options.trace?.of('bridge'));
    this.dialogs = { caller, member: options.leg.dialog };
    this.#legs = new CallLegs(this);
    this.#legs.begin(invite, answer);
    this.#legs.anchor = options.anchor;
    this.#legs.origins = options.origins;
    this.#attach('member');
    if (caller !== '') this.#attach('caller');
    this.#owesAnswer = caller === '' && invite.body === '';
    if (!this.#owesAnswer) this.#acknowledge();
  }

  /**
   * Between two dialogs that stand already, as those of a call that another process has begun.
   * @param described what each side has said of itself last
   * @param told what a side was told last by a media server, in whose session it is still
   */
  static between(
    options: Omit<BridgeOptions, 'leg' | 'origins'>,
    { caller, member }: Readonly<Record<Side, string>>,
    described: Readonly<Record<Side, Message>>,
    told: Readonly<Partial<Record<Side, string>>> = {},
  ): Bridge {
    const leg = { dialog: member, acknowledge: () => {} };
    return new Bridge({ ...options, leg, origins: originsIn(told) }, described.caller, described.member, caller);
  }

  /** Our 200 has gone out. */
  callerUp(dialog: string): void {
    this.dialogs.caller = dialog;
    this.#attach('caller');
    this.#machine.send('callerUp');
    if (this.#machine.state === 'held') this.#released ??= 'callee';
  }

  /** Our 200 could not be delivered: the caller has left. `cancel`: the headers of his CANCEL. */
  callerLost(cancel?: Headers): void {
    this.#farewell ??= ourFarewell(cancelHeaders('caller-left', cancel), null);
    this.#end('caller', 'callerLost');
  }

  hangUp(): void {
    this.#farewell ??= ourFarewell(releaseHeaders('shut-down'), 'shut-down');
    this.#end('system', 'hangUp');
  }

  serverLost(): void {
    this.#farewell ??= ourFarewell({}, 'server-lost');
    this.#end('system', 'serverLost');
  }

  onSilence(): void {
    this.#farewell ??= ourFarewell(releaseHeaders('failed'), 'other');
    this.#end('system', 'hangUp');
  }

  onDirect(said: Message): void {
    this.#session.tell('member', said);
  }

  get context(): CallContext {
    return this.#options.context;
  }

  get #session(): CallSession {
    this.#made ??= new CallSession(this.#legs);
    return this.#made;
  }

  #open(): void {
    const waiting = this.#waiting;
    this.#waiting = NONE;
    for (const [side, request] of waiting) this.#passOn(side, request);
    const { anchor } = this.#legs;
    if (anchor === undefined) return;
    anchor.onGone = () => this.#goDirect(anchor);
    if (anchor.mayGoDirect || !anchor.isBridged) this.#goDirect(anchor);
  }

  /** Once. Without effect where both speak directly already. */
  #goDirect(anchor: Anchor): void {
    if (this.#machine.state !== 'talking' || this.#legs.anchor !== anchor) return;
    if (this.#redirect !== undefined) {
      if (!anchor.isBridged && this.#redirect.isOver) this.onSilence();
      return;
    }
    this.#redirect = new Redirect(this.#legs, anchor, this.#options.trace, this);
    this.#redirect.begin();
  }

  #attach(side: Side): void {
    this.#options.context.sip.attach(this.dialogs[side], new BridgeEnd(this, side));
  }

  acknowledged(side: Side, ack: Message): void {
    this.#identity?.accept(side, ack);
    if (side === 'caller' && this.#owesAnswer) {
      this.#owesAnswer = false;
      const answer = this.passed(side, ack);
      this.#legs.inForce.caller = answer;
      this.#acknowledge(answer);
    } else this.#made?.acknowledged(side, ack);
    if (side === 'caller') this.#machine.send('callerConfirms');
  }

  released(side: Side, reason: ReleaseReason): void {
    this.#farewell ??= ourFarewell(releasedHeaders(reason), reason);
    this.#end('system', FAILS[side]);
  }

  receive(side: Side, request: IncomingRequest): void {
    if (request.method === 'BYE') {
      this.#identity?.accept(side, request);
      request.respond(200, this.#own(NOTHING, OTHER[side]));
      this.#farewell ??= theirFarewell(request, this.passed(side, request));
      this.#end(side === 'caller' ? 'caller' : 'callee', LEAVES[side]);
      return;
    }
    const unknown = unknownOptions(request.headers.require);
    if (unknown.length > 0) {
      request.respond(420, { headers: { unsupported: unsupportedValue(unknown) } }); // RFC 3261 §8.2.2.3
      return;
    }
    switch (this.#machine.state) {
      case 'talking':
        this.#passOn(side, request);
        return;
      case 'answering':
      case 'unconfirmed':
        if (this.#waiting.length >= WAITING_LIMIT) {
          request.respond(500, { headers: { 'retry-after': '1' } });
          return;
        }
        this.#waiting = added(this.#waiting, [side, request]);
        return;
      default:
        request.respond(481);
        return;
    }
  }

  #passOn(side: Side, request: IncomingRequest): void {
    if (concernsSession(request)) {
      this.#session.receive(side, request);
      return;
    }
    passOn(this, side, request, this.#options.events);
  }

  /** Body and headers of what comes from that side, for the other one. */
  passed(side: Side, message: Message, asked?: IncomingRequest): Content {
    const { context, trust } = this.#options;
    const { headers, body } = message;
    const isBye = 'method' in message && message.method === 'BYE';
    const picked = isBye
      ? context.rules.bye(headers, OTHER[side], trust)
      : context.rules.inDialog(headers, OTHER[side], trust);
    if (asked === undefined) this.#identity?.identify(picked, side);
    else {
      this.#identity?.accept(side, message);
      this.#identity?.identifyResponse(picked, side, asked);
    }
    return this.#legs.toward(OTHER[side], { headers: picked, body });
  }

  agreed(side: Side, request: IncomingRequest): void {
    this.#identity?.accept(side, request);
  }

  /** The server has to drop it, too. */
  onGone(side: Side, status: number): void {
    this.#farewell ??= ourFarewell(failureHeaders(status, FAILURES[status] ?? ''), endReasonOf(status));
    if (this.#released === undefined) {
      const content = this.#own(this.#farewell.content, OTHER[side]);
      this.#options.context.sip.request(this.dialogs[side], 'BYE', content, () => {});
    }
    this.#end('system', FAILS[side]);
  }

  #end(by: Released, input: BridgeInput): void {
    this.#released ??= by;
    this.#machine.send(input);
  }

  /** RFC 7989 §7: what we say by ourselves has both ends, too. */
  #own(content: Content, from: Side): Content {
    return this.#identity === undefined ? content : this.#identity.own(content, from);
  }

  #endSession(): void {
    this.#legs.isOver = true;
    this.#redirect?.end();
    this.#legs.anchor?.release();
    this.#made?.end();
  }

  #bye(side: Side): void {
    this.#endSession();
    // RFC 3261 §13.2.2.4: the ACK first, also when the caller's answer will never come.
    if (side === 'member') this.#acknowledge();
    this.#byes++;
    const content = this.#own(this.#farewell?.content ?? NOTHING, OTHER[side]);
    this.context.sip.request(this.dialogs[side], 'BYE', content, () => {
      if (--this.#byes === 0) this.#machine.send('legGone');
    });
  }

  #close(): void {
    this.#endSession();
    this.#acknowledge();
    for (const [, request] of this.#waiting) request.respond(481);
    this.#waiting = NONE;
    this.#detach('caller');
    this.#detach('member');
    const { cause = null, reason = null } = this.#farewell ?? {};
    this.#options.user.onBridgeOver(this.#released ?? 'system', cause, reason);
  }

  #detach(side: Side): void {
    const dialog = this.dialogs[side];
    if (dialog !== '') this.context.sip.detach(dialog);
  }

  /** The member's 2xx, once. */
  #acknowledge(content?: Content): void {
    if (this.#isAcknowledged) return;
    this.#isAcknowledged = true;
    this.#options.leg.acknowledge(content ?? this.#own(NOTHING, 'caller'));
  }
}
