/** An answered call: two dialogs, and what passes between them. */
import { Machine } from '../base/machine.js';
import { BRIDGE_TABLE, type BridgeAction, type BridgeInput, type BridgeState } from './bridge-table.js';
import type { Surroundings, Trace } from './call-context.js';
import { eventOf } from './events.js';
import type { Trust } from './headers.js';
import { ABILITIES } from './identity.js';
import { answerAlone } from './in-dialog.js';
import type { Leg } from './leg.js';
import { NotSent } from './not-sent.js';
import { failureHeaders, leavingHeaders, releaseHeaders } from './reasons.js';
import type { Content, DialogUser, Headers, IncomingRequest, Message, Reply } from './sip-server.js';

export type Side = 'caller' | 'member';
export type Released = 'caller' | 'callee' | 'system';

const OTHER = { caller: 'member', member: 'caller' } as const;
const LEAVES = { caller: 'callerLeaves', member: 'memberLeaves' } as const;
const FAILS = { caller: 'callerFails', member: 'memberFails' } as const;

/** What may arrive before both dialogs stand, such as a re-INVITE right behind the answer. */
const WAITING_LIMIT = 8;
/** Responses that say that the dialog is lost. */
const FAILURES: Readonly<Record<number, string>> = { 408: 'Request timeout', 481: 'Dialog is unknown' };
const PASSED_ON = new Set(['INFO', 'UPDATE', 'OPTIONS', 'MESSAGE']);

export interface BridgeOptions {
  readonly around: Surroundings;
  readonly trace: Trace | undefined;
  /** The leg of the member who answered. */
  readonly leg: Leg;
  readonly trust: Trust;
  /** That both ends tell each other by NOTIFY. */
  readonly events: ReadonlySet<string>;
  /** The caller made no offer: the member's is in the 200, the answer to it in the ACK (RFC 3261 §13.2.1). */
  readonly delayedOffer: boolean;
  onOver(released: Released): void;
}

export class Bridge {
  readonly #options: BridgeOptions;
  readonly #machine: Machine<BridgeState, BridgeInput, BridgeAction>;
  readonly #dialogs: Record<Side, string>;
  readonly #waiting: [Side, IncomingRequest][] = [];
  /** ACKs to come that carry the answer to a delayed offer, by the side that sends them. */
  readonly #acknowledgements: Partial<Record<Side, (content: Content) => void>> = {};
  #released: Released | undefined;
  /** What our BYE says, from what has ended the call first: the other side's BYE, or our Reason (RFC 3326). */
  #farewell: Content | undefined;
  #byes = 0;
  /** The re-INVITE that is open; it may come from either side. */
  #reinvite: IncomingRequest | undefined;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#machine = new Machine<BridgeState, BridgeInput, BridgeAction>(
      BRIDGE_TABLE,
      'answering',
      (action) => this.#perform(action),
      options.trace?.of('bridge'),
    );
    this.#dialogs = { caller: '', member: options.leg.dialog };
    this.#attach('member');
    if (options.delayedOffer) this.#acknowledgements.caller = (content) => options.leg.acknowledge(content);
    else options.leg.acknowledge();
  }

  /** Our 200 has gone out. */
  callerUp(dialog: string): void {
    this.#dialogs.caller = dialog;
    this.#attach('caller');
    this.#machine.send('callerUp');
    if (this.#machine.state === 'held') this.#released ??= 'callee';
  }

  /** Our 200 could not be delivered: the caller has left. `cancel`: the headers of his CANCEL. */
  callerLost(cancel?: Headers): void {
    this.#farewell ??= { headers: leavingHeaders('caller-left', cancel) };
    this.#end('caller', 'callerLost');
  }

  hangUp(): void {
    this.#farewell ??= { headers: releaseHeaders('shut-down') };
    this.#end('system', 'hangUp');
  }

  serverLost(): void {
    this.#end('system', 'serverLost');
  }

  #attach(side: Side): void {
    this.#options.around.sip.attach(this.#dialogs[side], new End(this, side));
  }

  #perform(action: BridgeAction): void {
    if (action !== 'open') this.#endReinvite();
    switch (action) {
      case 'open':
        for (const [side, request] of this.#waiting.splice(0)) this.#passOn(side, request);
        return;
      case 'releaseMember':
        this.#bye('member');
        return;
      case 'releaseCaller':
        this.#bye('caller');
        return;
      case 'releaseBoth':
        this.#bye('caller');
        this.#bye('member');
        return;
      case 'close':
        this.#close();
        return;
    }
  }

  /** For the {@link End} of that side, as are the next two. */
  acknowledged(side: Side, ack: Message): void {
    const pending = this.#acknowledgements[side];
    delete this.#acknowledgements[side];
    pending?.(this.#passed(side, ack));
    if (side === 'caller') this.#machine.send('callerConfirms');
  }

  released(side: Side, reason: string): void {
    this.#farewell ??= { headers: failureHeaders(408, reason) };
    this.#end('system', FAILS[side]);
  }

  receive(side: Side, request: IncomingRequest): void {
    if (request.method === 'BYE') {
      request.respond(200);
      this.#farewell ??= this.#passed(side, request);
      this.#end(side === 'caller' ? 'caller' : 'callee', LEAVES[side]);
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
        this.#waiting.push([side, request]);
        return;
      default:
        request.respond(481);
        return;
    }
  }

  #passOn(side: Side, request: IncomingRequest): void {
    if (request.method === 'INVITE') {
      this.#passOnInvite(side, request);
      return;
    }
    if (PASSED_ON.has(request.method) || this.#isAgreed(request)) {
      const content = this.#passed(side, request);
      this.#options.around.sip.request(this.#dialogs[OTHER[side]], request.method, content, (result) =>
        this.#answer(side, request, result),
      );
      return;
    }
    // Of those events that there are, this is none.
    if (request.method === 'NOTIFY' && this.#options.events.size > 0) {
      request.respond(489, { headers: { 'allow-events': [...this.#options.events].join(', ') } });
      return;
    }
    answerAlone(request);
  }

  #isAgreed({ method, headers }: IncomingRequest): boolean {
    return method === 'NOTIFY' && this.#options.events.has(eventOf(headers));
  }

  /** Body and headers of what comes from that side, for the other one. */
  #passed(side: Side, message: Message): Content {
    const { around, trust } = this.#options;
    const { headers, body } = message;
    const isBye = 'method' in message && message.method === 'BYE';
    const picked = isBye
      ? around.rules.bye(headers, OTHER[side], trust)
      : around.rules.inDialog(headers, OTHER[side], trust);
    return { headers: picked, body };
  }

  /** RFC 3261 §14. */
  #passOnInvite(side: Side, request: IncomingRequest): void {
    // §14.2: both sides speak to us (edge case 70).
    if (this.#reinvite !== undefined) {
      request.respond(491);
      return;
    }
    this.#reinvite = request;
    const invite = this.#options.around.sip.reinvite(this.#dialogs[OTHER[side]], this.#passed(side, request), {
      onProvisional: () => {},
      onFinal: (reply) => {
        const isOpen = this.#closeReinvite(request);
        if (reply.status < 300) {
          if (isOpen && request.body === '') this.#acknowledgements[side] = (content) => invite.acknowledge(content);
          else invite.acknowledge();
        }
        if (isOpen) this.#answer(side, request, reply);
      },
      onFailed: (error) => {
        if (this.#closeReinvite(request)) this.#answer(side, request, error);
      },
    });
    request.onCancel = (cancel) => {
      const { reason } = cancel.headers;
      invite.cancel(reason === undefined ? {} : { reason }, 'release');
    };
  }

  /** False: the call ended first, and the re-INVITE with it. */
  #closeReinvite(request: IncomingRequest): boolean {
    if (this.#reinvite !== request) return false;
    this.#reinvite = undefined;
    return true;
  }

  /** The call is over: nobody waits for the other side any more (edge case 77). */
  #endReinvite(): void {
    this.#reinvite?.respond(487);
    this.#reinvite = undefined;
  }

  #answer(side: Side, request: IncomingRequest, result: Reply | NotSent): void {
    if (result instanceof NotSent) {
      const gone = result.code === 'dialog-gone';
      request.respond(gone ? 481 : 500);
      if (gone) this.#fail(OTHER[side], 481);
      return;
    }
    // We have no credentials, and the other side's are not for this realm.
    const status = result.status === 401 || result.status === 407 ? 403 : result.status;
    const content = this.#passed(OTHER[side], result);
    // RFC 3261 §11.2: what we support is ours to say, what bodies are taken the other side's.
    const able = request.method === 'OPTIONS' ? { ...content, headers: { ...ABILITIES, ...content.headers } } : content;
    request.respond(status, able);
    // RFC 3261 §12.2.1.2; edge case 72
    if (status === 481 || status === 408) this.#fail(OTHER[side], status);
  }

  /** The peer of that dialog has lost it: the server has to drop it, too. */
  #fail(side: Side, status: number): void {
    this.#farewell ??= { headers: failureHeaders(status, FAILURES[status] ?? '') };
    if (this.#released === undefined) {
      this.#options.around.sip.request(this.#dialogs[side], 'BYE', this.#farewell, () => {});
    }
    this.#end('system', FAILS[side]);
  }

  #end(by: Released, input: BridgeInput): void {
    this.#released ??= by;
    this.#machine.send(input);
  }

  #bye(side: Side): void {
    const { around, leg } = this.#options;
    // RFC 3261 §13.2.2.4: the ACK first, also when the caller's answer will never come.
    if (side === 'member') leg.acknowledge();
    this.#byes++;
    around.sip.request(this.#dialogs[side], 'BYE', this.#farewell ?? {}, () => {
      if (--this.#byes === 0) this.#machine.send('legGone');
    });
  }

  #close(): void {
    const { sip } = this.#options.around;
    this.#options.leg.acknowledge();
    for (const [, request] of this.#waiting.splice(0)) request.respond(481);
    for (const dialog of Object.values(this.#dialogs)) if (dialog !== '') sip.detach(dialog);
    this.#options.onOver(this.#released ?? 'system');
  }
}

/** What one side's dialog brings. */
class End implements DialogUser {
  readonly #bridge: Bridge;
  readonly #side: Side;

  constructor(bridge: Bridge, side: Side) {
    this.#bridge = bridge;
    this.#side = side;
  }

  onRequest(request: IncomingRequest): void {
    this.#bridge.receive(this.#side, request);
  }

  onAcknowledge(ack: Message): void {
    this.#bridge.acknowledged(this.#side, ack);
  }

  onReleased(reason: string): void {
    this.#bridge.released(this.#side, reason);
  }
}
