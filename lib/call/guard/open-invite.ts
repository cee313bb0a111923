import type { NotSent } from '../../sip-server/not-sent.js';
import type { Content, HeadersToSend, InviteUser, OutgoingInvite, Reply } from '../../sip-server/sip-server.js';
import { cancelHeaders } from '../reasons.js';
import type { AnsweredInvite, Ends, OpenEnd } from './open-end.js';

/** An INVITE or re-INVITE of ours that has no final response. */
export class OpenInvite implements OutgoingInvite, InviteUser, OpenEnd, AnsweredInvite {
  /** Set as soon as it was sent. */
  sent: OutgoingInvite | undefined;
  isServers: boolean;
  /** Its CANCEL has been asked for. */
  private isCancelled: boolean;
  private readonly ends: Ends;
  private readonly user: InviteUser;
  /** A re-INVITE. */
  private readonly isWithin: boolean;
  /** Of a 2xx that the server will end once it has its ACK. */
  private servers: OpenEnd | undefined;

  constructor(ends: Ends, user: InviteUser, isWithin: boolean) {
    this.ends = ends;
    this.user = user;
    this.isWithin = isWithin;
    this.sent = undefined;
    this.isServers = false;
    this.isCancelled = false;
    this.servers = undefined;
  }

  /** A phone may be ringing for it. */
  get isWanted(): boolean {
    return this.isLeg && !this.isCancelled;
  }

  /** A change of a session that has ended meanwhile belongs to no leg any more. */
  get isLeg(): boolean {
    return !this.isWithin;
  }

  onProvisional(reply: Reply): void {
    const { guard } = this.ends;
    if (guard.isBroken) return;
    try {
      this.user.onProvisional(reply);
    } catch (thrown) {
      guard.fault(thrown);
    }
  }

  onFinal(reply: Reply, dialog: string): void {
    const { guard } = this.ends;
    if (reply.status < 300) this.answered(dialog);
    this.ends.drop(this);
    if (guard.isBroken) return;
    try {
      this.user.onFinal(reply, dialog);
    } catch (thrown) {
      guard.fault(thrown);
    }
  }

  onFailed(error: NotSent): void {
    const { guard } = this.ends;
    this.ends.drop(this);
    if (guard.isBroken) return;
    try {
      this.user.onFailed(error);
    } catch (thrown) {
      guard.fault(thrown);
    }
  }

  cancel(headers: HeadersToSend, late: 'deliver' | 'release'): void {
    this.isCancelled = true;
    this.sent?.cancel(headers, late);
    this.isServers ||= late === 'release' || !this.ends.capabilities.deliversLateAnswers;
  }

  acknowledge(content?: Content): void {
    this.sent?.acknowledge(content);
    if (this.servers !== undefined) this.ends.drop(this.servers);
  }

  forget(): void {
    this.sent?.forget();
    this.ends.drop(this);
  }

  close(): void {
    this.cancel(cancelHeaders('fault'), 'deliver');
  }

  private answered(dialog: string): void {
    if (this.isWithin) {
      // Its dialog is being ended; but a 2xx is acknowledged whatever happens (RFC 3261 §13.2.2.4).
      if (this.ends.guard.isBroken) this.sent?.acknowledge();
      return;
    }
    // The server knows no dialog of it, and there is none to end: a 2xx other than 200 on a drachtio-server.
    if (dialog === '') return;
    const open = this.ends.begin(dialog, this);
    if (this.isServers) this.servers = open;
  }
}
