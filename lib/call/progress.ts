/**
 * What the caller hears while phones ring: bare, and again each minute (RFC 3261 §13.3.1.1). 180 from the moment at which the first
 * phone rings; before that 183, which says that the call goes on and promises nothing (§21.1.5), and which every SBC knows.
 */
import type { Timer } from '../base/clock.js';
import type { IncomingRequest } from '../sip-server/sip-server.js';
import type { CallContext } from './call-context.js';

export interface ProgressUser {
  /** It is time to say it again. */
  onDue(): void;
  /** It cannot be said any more: his INVITE is over. */
  onGone(): void;
}

/** The caller waits no longer for the first 1xx, however seldom the others are: the engine gives up on silence after 64 s. */
const LONGEST_SILENCE_MS = 60_000;

export class Progress {
  readonly #context: Pick<CallContext, 'clock' | 'settings'>;
  readonly #reliable: boolean;
  readonly #user: ProgressUser;
  #timer: Timer | undefined;

  /** @param reliable the caller insists on it */
  constructor(context: Pick<CallContext, 'clock' | 'settings'>, reliable: boolean, user: ProgressUser) {
    this.#context = context;
    this.#reliable = reliable;
    this.#user = user;
  }

  begin(): void {
    this.#remind(Math.min(this.#context.settings.ringRefreshMs, LONGEST_SILENCE_MS));
  }

  tell(invite: IncomingRequest | undefined, status: 180 | 183): void {
    invite?.respond(status, this.#reliable ? { headers: { require: '100rel' } } : {}, (error) => {
      if (error !== undefined) this.#user.onGone();
    });
    this.#remind(this.#context.settings.ringRefreshMs);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #remind(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#context.clock.after(ms, () => this.#user.onDue());
  }
}
