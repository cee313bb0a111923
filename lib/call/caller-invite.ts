/**
 * The caller's INVITE, and what he hears while phones ring: bare, and again each minute (RFC 3261 §13.3.1.1). 180 from the moment at
 * which the first phone rings; before that 183, which says that the call goes on and promises nothing (§21.1.5), and which every SBC
 * knows.
 */
import type { Timer } from '../base/clock.js';
import type { Content, Headers, IncomingRequest } from '../sip-server/sip-server.js';
import type { CallContext } from './call-context.js';
import type { AdmittedCall } from './intake.js';
import type { Outcome } from './outcome.js';
import { unanswered } from './session-id.js';

export interface CallerInviteUser {
  /** It is time to say it again. */
  onProgressDue(): void;
  /** It cannot be said any more: his INVITE is over. */
  onCallerGone(): void;
  /** He waits no longer (RFC 3261 §13.3.1, item 1). */
  onExpired(): void;
  onCallerCancels(headers: Headers): void;
}

/** The caller waits no longer for the first 1xx, however seldom the others are: the engine gives up on silence after 64 s. */
const LONGEST_SILENCE_MS = 60_000;

const NONE: Headers = {};

type Admitted = Pick<AdmittedCall, 'reliable' | 'expires' | 'pEarlyMedia'>;

export class CallerInvite {
  readonly #context: Pick<CallContext, 'clock' | 'settings'>;
  readonly #admitted: Admitted;
  readonly #user: CallerInviteUser;
  #sessionId: Headers;
  /** Until it has its final response: nothing of it is needed afterwards, and calls last for minutes. */
  #message: IncomingRequest | undefined;
  #reminder: Timer | undefined;
  #remindAt = 0;
  #expiry: Timer | undefined;
  /** He hears us: the description that every 18x has then. */
  #sdp: string | undefined;
  /** RFC 5009 §8: what his network was asked to let pass; it holds until the answer, or until it is asked for something else. */
  #passage: 'sendonly' | 'inactive' | undefined;

  /** @param session the call's own UUID; undefined: no Session-ID is made */
  constructor(
    context: Pick<CallContext, 'clock' | 'settings'>,
    admitted: Admitted,
    message: IncomingRequest,
    user: CallerInviteUser,
    session: string | undefined,
  ) {
    this.#context = context;
    this.#admitted = admitted;
    this.#message = message;
    this.#user = user;
    this.#sessionId = session === undefined ? NONE : unanswered(message.headers, session);
    // This is set at once, because a CANCEL may be the very next message.
    message.onCancel = (cancel) => user.onCallerCancels(cancel.headers);
  }

  get message(): IncomingRequest | undefined {
    return this.#message;
  }

  begin(): void {
    const { clock, settings } = this.#context;
    const { expires } = this.#admitted;
    if (expires !== undefined) this.#expiry = clock.after(expires, () => this.#user.onExpired());
    this.#remind(Math.min(settings.ringRefreshMs, LONGEST_SILENCE_MS));
  }

  tell(status: 180 | 183): void {
    // 100rel where he insists on it.
    this.#message?.respond(this.#sdp === undefined ? status : 183, this.#content(), (error) => {
      if (error !== undefined) this.#user.onCallerGone();
    });
    this.#remind(this.#context.settings.ringRefreshMs);
  }

  /** Undefined: he hears us no more, and may be told again that a phone rings. */
  sound(sdp: string | undefined): void {
    this.#sdp = sdp;
    // Otherwise he would hear the silence that we have left instead of his network's ringback.
    if (this.#admitted.pEarlyMedia) this.#passage = sdp === undefined ? 'inactive' : 'sendonly';
    this.tell(sdp === undefined ? 180 : 183);
  }

  #content(): Content {
    const required = this.#admitted.reliable ? { ...this.#sessionId, require: '100rel' } : this.#sessionId;
    const headers = this.#passage === undefined ? required : { ...required, 'p-early-media': this.#passage };
    if (this.#sdp === undefined) return { headers };
    return { headers: { ...headers, 'content-type': 'application/sdp' }, body: this.#sdp };
  }

  refuse({ status, headers }: Pick<Outcome, 'status' | 'headers'>): void {
    this.#message?.respond(status, { headers: { ...headers, ...this.#sessionId } });
  }

  /** For its final response. */
  take(): IncomingRequest | undefined {
    const message = this.#message;
    this.forget();
    return message;
  }

  forget(): void {
    this.#message = undefined;
    this.#sessionId = NONE;
    this.stop();
  }

  stop(): void {
    this.#expiry?.cancel();
    this.#reminder?.cancel();
    this.#reminder = undefined;
  }

  /** Each is later than the one before: the timer that runs is set on when it fires, because nearly no call waits for it. */
  #remind(ms: number): void {
    const { clock } = this.#context;
    this.#remindAt = clock.now() + ms;
    this.#reminder ??= clock.after(ms, () => this.#reminded());
  }

  #reminded(): void {
    this.#reminder = undefined;
    const { clock } = this.#context;
    const left = this.#remindAt - clock.now();
    if (left > 0) this.#reminder = clock.after(left, () => this.#reminded());
    else this.#user.onProgressDue();
  }
}
