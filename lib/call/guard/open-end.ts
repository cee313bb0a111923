/** What a call has open at the SIP server, piece by piece. */

import type { Capabilities, DialogUser, IncomingRequest } from '../../sip-server/sip-server.js';
import type { CallGuard } from '../call-context.js';

/** Something that the other side waits to see ended. */
export interface OpenEnd {
  /** Ends it for the sake of a call that a fault has ended; it is dropped when nothing more is to come of it. */
  close(): void;
}

/** An INVITE of ours that has its 2xx. */
export interface AnsweredInvite {
  /** It was cancelled, and the server ends by itself what answers after that. */
  readonly isServers: boolean;
  acknowledge(): void;
}

/** Those of one call, as each of them sees the others. */
export interface Ends {
  readonly guard: CallGuard;
  readonly capabilities: Capabilities;
  /** The final status that the caller has; undefined: none. */
  callerStatus: number | undefined;
  /** A request as the call shall see it: the INVITE that begins it, or one within one of the dialogs. */
  receive(request: IncomingRequest, isInitial: boolean): IncomingRequest;
  /** A 2xx has made a dialog; without `invite` it was ours to the caller, whose ACK is to come. */
  begin(dialog: string, invite?: AnsweredInvite): OpenEnd;
  drop(end: OpenEnd): void;
  /** What comes in the dialog comes to this end, whoever was attached. */
  listen(dialog: DialogUser & { readonly id: string }): void;
  detach(dialog: string): void;
  /** Ends a dialog by BYE, and drops it when that is answered. */
  bye(dialog: string): void;
}
