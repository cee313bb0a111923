/** What the parts of the engine see of a transaction that somebody else drives. */
import type { Draft, Flow, LateAnswer, Owner, ResponseDraft, ResponseSent, Sent } from './api.js';
import type { Destination } from './destination.js';

interface Owned {
  readonly id: string;
  /** Undefined: the engine itself asked, or the application is gone. */
  owner: Owner | undefined;
  /** A programming error in what belongs to it: nothing of it is left. */
  faulted(thrown: unknown): void;
  stop(): void;
}

/** A request from the network. */
export interface ServerRequestUnderWay extends Owned {
  readonly flow: Flow;
  respond(draft: ResponseDraft, sent?: ResponseSent): Sent;
  /** The request came again. */
  repeated(): void;
  /** The application is gone. */
  abandon(): void;
}

/** A request of ours. */
export interface ClientRequestUnderWay extends Owned {
  /** Undefined while names are being resolved. */
  readonly target: Destination | undefined;
  transportFailed(error: Error): void;
}

/** An INVITE of ours, until its answer is acknowledged. */
export interface ClientInviteUnderWay extends ClientRequestUnderWay {
  /** Whether a 2xx came that the owner has not acknowledged. */
  readonly owesAcknowledgement: boolean;
  acknowledge(draft: Draft): Sent;
  cancel(draft: Draft, late: LateAnswer): Sent;
  abandon(): void;
}
