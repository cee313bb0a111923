import type { DialogUser, IncomingRequest, Message, ReleaseReason } from '../sip-server/sip-server.js';
import type { Side } from './call-legs.js';

export interface BridgeEndUser {
  acknowledged(side: Side, ack: Message): void;
  released(side: Side, reason: ReleaseReason): void;
  receive(side: Side, request: IncomingRequest): void;
}

/** What one side's dialog brings. */
export class BridgeEnd implements DialogUser {
  readonly #user: BridgeEndUser;
  readonly #side: Side;

  constructor(user: BridgeEndUser, side: Side) {
    this.#user = user;
    this.#side = side;
  }

  onRequest(request: IncomingRequest): void {
    this.#user.receive(this.#side, request);
  }

  onAcknowledge(ack: Message): void {
    this.#user.acknowledged(this.#side, ack);
  }

  onReleased(reason: ReleaseReason): void {
    this.#user.released(this.#side, reason);
  }
}
