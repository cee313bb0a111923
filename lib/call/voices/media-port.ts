/** What calls need of media servers. `lib/media` provides it; without media there is none, and calls go on as if it had never been. */

/** Why the media server did not do it: what the log and the counters say. */
export type MediaFailure =
  /** No media server is up. */
  | 'none-up'
  /** It takes no such description. */
  | 'refused'
  /** It is full, paused or starting. */
  | 'busy'
  /** It did not answer in time. */
  | 'timeout'
  /** It is gone, or the endpoint is. */
  | 'gone';

export type Played =
  | 'played'
  /** There is no such file. */
  | 'missing'
  | 'failed';

/** What comes of an endpoint by itself. Nothing comes after `destroy`. */
export interface EndpointUser {
  /** A key was pressed: RFC 4733, or INFO to the media server. */
  onDigit(digit: string): void;
  /** The media server has ended it, or is gone. */
  onGone(): void;
}

/** A media server's end of one leg. Each call is answered once, whatever becomes of the server; never before the call returns. */
export interface Endpoint {
  /** What it says of itself: for whoever shall talk to it. */
  readonly sdp: string;
  /** It talks to whom that description names from now on. */
  modify(sdp: string, done: (failure: MediaFailure | undefined) => void): void;
  /** One file after another. @param limitMs it is broken off then, which counts as played */
  play(files: readonly string[], limitMs: number, done: (played: Played) => void): void;
  /** Ends what it plays. */
  silence(): void;
  /** What each of both hears goes to the other; ends what they play. */
  bridge(other: Endpoint, done: (failure: MediaFailure | undefined) => void): void;
  /** Without an answer: what is left of it is the port's to clear up. Again has no effect. */
  destroy(): void;
}

export interface MediaPort {
  /** A server is up. */
  readonly isUp: boolean;
  /**
   * Makes an endpoint: for an offer, or, where there is none, one that offers itself and hears nobody until `modify`.
   * @param near shall be bridged with that one, so both are of one server
   */
  create(
    offer: string | undefined,
    near: Endpoint | undefined,
    user: EndpointUser,
    done: (made: Endpoint | MediaFailure) => void,
  ): void;
}

export const isEndpoint = (made: Endpoint | MediaFailure): made is Endpoint => typeof made === 'object';
