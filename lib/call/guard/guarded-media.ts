/** The media servers for one call: what they call back runs guarded, and when a fault has ended the call its endpoints are ended. */
import type { CallGuard } from '../call-context.js';
import {
  type Endpoint,
  type EndpointUser,
  isEndpoint,
  type MediaFailure,
  type MediaPort,
  type Played,
} from '../voices/media-port.js';

export class GuardedMedia implements MediaPort {
  readonly #media: MediaPort;
  readonly #guard: CallGuard;
  readonly #open = new Set<GuardedEndpoint>();

  constructor(media: MediaPort, guard: CallGuard) {
    this.#media = media;
    this.#guard = guard;
  }

  get isUp(): boolean {
    return this.#media.isUp;
  }

  create(
    offer: string | undefined,
    near: Endpoint | undefined,
    user: EndpointUser,
    done: (made: Endpoint | MediaFailure) => void,
  ): void {
    const guard = this.#guard;
    const inner = near instanceof GuardedEndpoint ? near.inner : undefined;
    const guarded: EndpointUser = {
      onDigit: (digit) => guard.run(() => user.onDigit(digit)),
      onGone: () => guard.run(() => user.onGone()),
    };
    this.#media.create(offer, inner, guarded, (made) => {
      if (!isEndpoint(made)) guard.run(() => done(made));
      else if (guard.isBroken) made.destroy();
      else {
        const endpoint = new GuardedEndpoint(made, guard, this.#open);
        guard.run(() => done(endpoint));
      }
    });
  }

  close(): void {
    for (const endpoint of [...this.#open]) endpoint.destroy();
  }
}

class GuardedEndpoint implements Endpoint {
  readonly inner: Endpoint;
  readonly #guard: CallGuard;
  readonly #open: Set<GuardedEndpoint>;

  constructor(inner: Endpoint, guard: CallGuard, open: Set<GuardedEndpoint>) {
    this.inner = inner;
    this.#guard = guard;
    this.#open = open;
    open.add(this);
  }

  get sdp(): string {
    return this.inner.sdp;
  }

  modify(sdp: string, done: (failure: MediaFailure | undefined) => void): void {
    this.inner.modify(sdp, (failure) => this.#guard.run(() => done(failure)));
  }

  play(files: readonly string[], limitMs: number, done: (played: Played) => void): void {
    this.inner.play(files, limitMs, (played) => this.#guard.run(() => done(played)));
  }

  silence(): void {
    this.inner.silence();
  }

  bridge(other: Endpoint, done: (failure: MediaFailure | undefined) => void): void {
    const inner = other instanceof GuardedEndpoint ? other.inner : other;
    this.inner.bridge(inner, (failure) => this.#guard.run(() => done(failure)));
  }

  destroy(): void {
    this.#open.delete(this);
    this.inner.destroy();
  }
}
