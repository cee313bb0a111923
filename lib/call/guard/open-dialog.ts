import { regardless } from '../../base/guard.js';
import type { DialogUser, IncomingRequest, Message, ReleaseReason } from '../../sip-server/sip-server.js';
import type { AnsweredInvite, Ends, OpenEnd } from './open-end.js';

/** A dialog of the call, from the 2xx that made it. */
export class OpenDialog implements DialogUser, OpenEnd {
  readonly id: string;
  /** Who is attached. */
  user: DialogUser | undefined;
  private readonly ends: Ends;
  private readonly invite: AnsweredInvite | undefined;
  /** A BYE has been sent or has come. */
  private isLeft: boolean;
  private awaitsAcknowledgement: boolean;

  constructor(ends: Ends, id: string, invite: AnsweredInvite | undefined) {
    this.ends = ends;
    this.id = id;
    this.invite = invite;
    this.awaitsAcknowledgement = invite === undefined;
    this.user = undefined;
    this.isLeft = false;
  }

  /** Our BYE has been sent. */
  left(): void {
    this.isLeft = true;
  }

  onRequest(request: IncomingRequest): void {
    const { guard } = this.ends;
    if (guard.isBroken) {
      this.refuse(request);
      return;
    }
    try {
      const received = this.ends.receive(request, false);
      if (received.method === 'BYE') this.isLeft = true;
      this.user?.onRequest(received);
    } catch (thrown) {
      guard.fault(thrown);
    }
  }

  onAcknowledge(ack: Message): void {
    const { guard } = this.ends;
    this.awaitsAcknowledgement = false;
    if (guard.isBroken) {
      this.close();
      return;
    }
    try {
      this.user?.onAcknowledge(ack);
    } catch (thrown) {
      guard.fault(thrown);
    }
  }

  onReleased(reason: ReleaseReason): void {
    const { guard } = this.ends;
    this.isLeft = true;
    if (guard.isBroken) {
      this.ends.detach(this.id);
      return;
    }
    try {
      this.user?.onReleased(reason);
    } catch (thrown) {
      guard.fault(thrown);
    }
  }

  /** While a fault's ending goes on. */
  private refuse(request: IncomingRequest): void {
    const isBye = request.method === 'BYE';
    request.respond(isBye ? 200 : 481);
    if (isBye) this.ends.detach(this.id);
  }

  close(): void {
    if (this.isLeft) {
      this.ends.detach(this.id);
      return;
    }
    // RFC 3261 §15: a callee sends no BYE before the ACK has come; the server says when it never will.
    if (this.awaitsAcknowledgement) {
      this.ends.listen(this);
      return;
    }
    // RFC 3261 §13.2.2.4: the ACK first.
    regardless(() => this.invite?.acknowledge());
    if (this.invite?.isServers) this.ends.detach(this.id);
    else this.ends.bye(this.id);
  }
}
