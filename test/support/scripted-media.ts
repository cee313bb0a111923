/** Media servers as a call sees them, on the clock of a test: endpoints come after some milliseconds, files have lengths. */
import type { Clock, Timer } from '../../lib/base/clock.js';
import type { Endpoint, EndpointUser, MediaFailure, MediaPort, Played } from '../../lib/call/voices/media-port.js';

const sdp = (port: number): string =>
  ['v=0', 'o=media 1 1 IN IP4 10.0.0.9', 's=-', 'c=IN IP4 10.0.0.9', 't=0 0', `m=audio ${port} RTP/AVP 0 101`, ''].join(
    '\r\n',
  );

export class ScriptedEndpoint implements Endpoint {
  readonly sdp: string;
  readonly user: EndpointUser;
  readonly played: string[] = [];
  /** Whom it talks to. */
  described: string;
  bridged: ScriptedEndpoint | undefined;
  isOver = false;
  readonly #media: ScriptedMedia;
  #play: Timer | undefined;

  constructor(media: ScriptedMedia, port: number, offer: string, user: EndpointUser) {
    this.#media = media;
    this.sdp = sdp(port);
    this.described = offer;
    this.user = user;
  }

  modify(description: string, done: (failure: MediaFailure | undefined) => void): void {
    this.#note('modify');
    const isRefused = this.#media.unusable.test(description);
    if (!isRefused) this.described = description;
    this.#media.later(this, () => done(isRefused ? 'refused' : undefined));
  }

  play(files: readonly string[], limitMs: number, done: (played: Played) => void): void {
    this.#note('play');
    this.played.push(...files);
    const { playMs, missing } = this.#media;
    const isMissing = files.some((file) => missing.test(file));
    this.#play = this.#media.clock.after(isMissing ? 0 : Math.min(playMs, limitMs), () => {
      if (!this.isOver) done(isMissing ? 'missing' : 'played');
    });
  }

  silence(): void {
    this.#play?.cancel();
  }

  bridge(other: Endpoint, done: (failure: MediaFailure | undefined) => void): void {
    this.#note('bridge');
    this.silence();
    this.bridged = other as ScriptedEndpoint;
    this.#media.later(this, () => done(undefined));
  }

  destroy(): void {
    this.isOver = true;
    this.silence();
  }

  #note(command: string): void {
    if (this.isOver) this.#media.late.push(command);
  }

  /** The server has lost it. */
  vanish(): void {
    this.destroy();
    this.user.onGone();
  }
}

export class ScriptedMedia implements MediaPort {
  isUp = true;
  readonly made: ScriptedEndpoint[] = [];
  /** Every endpoint fails so. */
  failure: MediaFailure | undefined;
  playMs = 3000;
  /** Descriptions that no endpoint takes. */
  unusable = /never/;
  /** What was asked of endpoints that were over. */
  readonly late: string[] = [];
  /** Files that are not there. */
  missing = /never/;
  readonly clock: Clock;
  readonly #delayMs = 10;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get open(): number {
    return this.made.filter(({ isOver }) => !isOver).length;
  }

  create(
    offer: string | undefined,
    _near: Endpoint | undefined,
    user: EndpointUser,
    done: (made: Endpoint | MediaFailure) => void,
  ): void {
    this.clock.after(this.#delayMs, () => {
      if (this.failure !== undefined) return done(this.failure);
      const endpoint = new ScriptedEndpoint(this, 30_000 + 2 * this.made.length, offer ?? '', user);
      this.made.push(endpoint);
      done(endpoint);
    });
  }

  later(endpoint: ScriptedEndpoint, action: () => void): void {
    this.clock.after(this.#delayMs, () => {
      if (!endpoint.isOver) action();
    });
  }
}
