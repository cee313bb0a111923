/**
 * One endpoint. Calls of drachtio-fsmrf may never settle (the server was killed, the play was cut off), so each is raced with the
 * end of the endpoint and a timer. It is ended by our BYE in its dialog: after a bridge the library's own `destroy` may hang.
 */
import type { FsEndpoint } from 'drachtio-fsmrf';
import type { Clock, Timer } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { regardless } from '../base/guard.js';
import type { Endpoint, EndpointUser, MediaFailure, Played } from '../call/voices/media-port.js';

interface EndpointOwner {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** It is over, and its channel should be; again where that could not be told from the server. */
  onOver(endpoint: MediaEndpoint): void;
}

/** Somebody who waits for what the server does. */
interface Waiting {
  readonly limit: Timer;
  /** The endpoint is gone: it will not be done. */
  readonly tellGone: () => void;
}

export class MediaEndpoint implements Endpoint {
  readonly library: FsEndpoint;
  readonly #owner: EndpointOwner;
  readonly #user: EndpointUser;
  readonly #waiting = new Set<Waiting>();
  #sdp: string;
  #isOver = false;

  constructor(library: FsEndpoint, owner: EndpointOwner, user: EndpointUser) {
    this.library = library;
    this.#owner = owner;
    this.#user = user;
    this.#sdp = library.dialog.remote.sdp;
    // Each command is several small writes: Nagle's algorithm would make each wait for an ACK.
    library.conn?.socket?.setNoDelay(true);
    // What it would print of a connection that breaks is nothing for the log.
    library.conn?.removeAllListeners('error');
    library.on('dtmf', ({ dtmf }) => {
      if (!this.#isOver && dtmf !== undefined) user.onDigit(dtmf);
    });
    library.on('destroy', () => this.lost());
  }

  get uuid(): string {
    return this.library.uuid;
  }

  get sdp(): string {
    return this.#sdp;
  }

  modify(sdp: string, done: (failure: MediaFailure | undefined) => void): void {
    this.#race<MediaFailure | undefined>(
      this.library.dialog.modify(sdp).then(
        () => {
          // The library's own `local` may still be the old one.
          this.#sdp = this.library.dialog.remote.sdp;
          return undefined;
        },
        (thrown) => failureOf(thrown),
      ),
      this.#owner.timeoutMs,
      'timeout',
      'gone',
      done,
    );
  }

  play(files: readonly string[], limitMs: number, done: (played: Played) => void): void {
    const ended = this.library.play([...files]).then(
      (): Played => 'played',
      (thrown): Played => (/not found/i.test(messageOf(thrown)) ? 'missing' : 'failed'),
    );
    this.#race<Played>(ended, limitMs, 'played', 'failed', done);
  }

  silence(): void {
    if (this.#isOver || this.library.conn === null) return;
    this.library.api('uuid_break', [this.uuid, 'all']).catch(() => {});
  }

  bridge(other: Endpoint, done: (failure: MediaFailure | undefined) => void): void {
    if (!(other instanceof MediaEndpoint)) {
      this.#owner.clock.after(0, () => done('refused'));
      return;
    }
    const bridged = this.library.bridge(other.library).then(
      () => undefined,
      (): MediaFailure => 'refused',
    );
    this.#race<MediaFailure | undefined>(bridged, this.#owner.timeoutMs, 'timeout', 'gone', done);
  }

  destroy(): void {
    this.#end(false);
  }

  /** The server has ended it. */
  lost(): void {
    this.#end(true);
  }

  #end(isLost: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { limit } of waiting) limit.cancel();
    // The SIP server's dialog goes by this too, where nobody answers the BYE.
    regardless(() => void this.library.dialog.destroy().catch(() => {}));
    this.#owner.onOver(this);
    if (!isLost) return;
    for (const { tellGone } of waiting) tellGone();
    this.#user.onGone();
  }

  /** The first of three decides; where we end it ourselves, nobody waits any more. */
  #race<Result>(
    call: Promise<Result>,
    limitMs: number,
    late: Result,
    gone: Result,
    done: (result: Result) => void,
  ): void {
    if (this.#isOver) {
      this.#owner.clock.after(0, () => done(gone));
      call.catch(() => {});
      return;
    }
    const settle = (result: Result): void => {
      if (!this.#waiting.delete(waiting)) return;
      waiting.limit.cancel();
      done(result);
    };
    const limit = this.#owner.clock.after(limitMs, () => settle(late));
    const waiting: Waiting = { limit, tellGone: () => done(gone) };
    this.#waiting.add(waiting);
    call.then(settle, () => settle(gone));
  }
}

/** What the media server's final response means. */
export function failureOf(thrown: unknown): MediaFailure {
  const status = (thrown as { status?: unknown } | null)?.status;
  if (status === 488 || status === 415 || status === 606) return 'refused';
  if (status === 503 || status === 480 || status === 486) return 'busy';
  return status === 408 ? 'timeout' : 'gone';
}
