/**
 * Brings a member who has accepted and the caller together. Where the caller has no description of ours yet, the member is asked to
 * speak with him directly: one re-INVITE, and the caller's 200 has the member's answer. A member who refuses that, and a caller who
 * hears a waiting sound, are joined in the media server first.
 */
import type { Timer } from '../../base/clock.js';
import type { OutgoingInvite, Reply } from '../../sip-server/sip-server.js';
import { contentOf, hasOffer } from '../descriptions.js';
import { Anchor, withDescription } from './anchor.js';
import type { CallerVoice } from './caller-voice.js';
import { type Endpoint, isEndpoint } from './media-port.js';
import type { Origin } from './origin.js';
import type { VoiceContext } from './voice-context.js';

export interface Joined {
  /** The member's 2xx, with what he says of himself now. */
  readonly answer: Reply;
  /** Undefined: they speak directly, and the caller is told just that. */
  readonly anchor: Anchor | undefined;
  /** Of what the member has heard so far. */
  readonly origin: Origin | undefined;
}

/** How long the member may take to answer our re-INVITE; the caller hears ringing meanwhile. */
const DIRECT_MS = 4000;

export interface JoiningOptions {
  readonly context: VoiceContext;
  readonly caller: CallerVoice | undefined;
  readonly dialog: string;
  /** Of the member; undefined: the media server is gone from there. */
  readonly endpoint: Endpoint | undefined;
  /** What he was invited with. */
  readonly offered: string | undefined;
  /** Of what he has heard of the media server. */
  readonly origin: Origin | undefined;
  /** The member's 2xx. */
  readonly answer: Reply;
  /** Undefined: it could not be done. Called once. */
  done(joined: Joined | undefined): void;
}

export class Joining {
  readonly #options: JoiningOptions;
  #invite: OutgoingInvite | undefined;
  #limit: Timer | undefined;
  #isOver = false;

  constructor(options: JoiningOptions) {
    this.#options = options;
    const { caller } = options;
    if (caller?.sdp === undefined) this.#direct();
    else this.#bridge(caller.endpoint, caller.sdp, true);
  }

  /** Nobody waits for it any more. */
  stop(): void {
    this.#isOver = true;
    this.#limit?.cancel();
  }

  #direct(): void {
    const { context, dialog, origin } = this.#options;
    const offer = contentOf(context.caller);
    if (offer === undefined) {
      this.#through();
      return;
    }
    this.#limit = context.clock.after(DIRECT_MS, () => {
      this.#invite?.cancel({}, 'deliver');
      this.#through();
    });
    this.#invite = context.sip.reinvite(dialog, origin?.continue(offer) ?? offer, {
      onProvisional: () => {},
      onFinal: (reply) => {
        if (reply.status < 300) this.#invite?.acknowledge();
        if (this.#isOver || this.#limit === undefined) return;
        if (reply.status < 300 && hasOffer(reply)) this.#spoken(reply);
        else this.#through();
      },
      onFailed: () => {
        if (!this.#isOver && this.#limit !== undefined) this.#through();
      },
    });
  }

  /** Headers of the answer to the INVITE, which say who has answered, with the description of this one. */
  #spoken(reply: Reply): void {
    const { answer, endpoint } = this.#options;
    const content = contentOf(reply) ?? {};
    endpoint?.destroy();
    this.#finish({ answer: withDescription(answer, content), anchor: undefined, origin: this.#options.origin });
  }

  /** The member stays with the media server, and the caller goes there. */
  #through(): void {
    this.#limit?.cancel();
    this.#limit = undefined;
    const { context, endpoint } = this.#options;
    if (endpoint === undefined) {
      this.#finish(undefined);
      return;
    }
    let anchor: Anchor | undefined;
    const user = { onDigit: () => {}, onGone: () => anchor?.lose() };
    context.media.create(context.caller.body, endpoint, user, (made) => {
      if (!isEndpoint(made)) {
        context.without(made);
        this.#finish(undefined);
      } else if (this.#isOver) made.destroy();
      else anchor = this.#bridge(made, made.sdp, false);
    });
  }

  #bridge(callers: Endpoint | undefined, callerSdp: string, mayGoDirect: boolean): Anchor {
    const { endpoint, offered, answer } = this.#options;
    const members = endpoint?.sdp ?? offered;
    const told = { caller: callerSdp, ...(members !== undefined && { member: members }) };
    const endpoints = [callers, endpoint].filter((one) => one !== undefined);
    const anchor = new Anchor(told, endpoints, mayGoDirect);
    if (callers === undefined || endpoint === undefined) {
      // Only going direct can help now, as soon as the caller has his 200.
      this.#finish({ answer, anchor, origin: this.#options.origin });
      return anchor;
    }
    callers.bridge(endpoint, (failure) => {
      if (failure !== undefined) {
        this.#options.context.without(failure);
        anchor.isBridged = false;
      }
      if (this.#isOver) anchor.release();
      else this.#finish({ answer, anchor, origin: this.#options.origin });
    });
    return anchor;
  }

  #finish(joined: Joined | undefined): void {
    if (this.#isOver) return;
    this.stop();
    this.#options.done(joined);
  }
}
