/** What a dialog sees of the INVITEs that concern it. */
import type { SipMessage } from '../../sip/message.js';
import type { Flow } from '../api.js';

/** The peer's, until our final response. */
export interface ServerInviteInDialog {
  /** A 2xx is decided but waits for a PRACK. */
  readonly holdsAnswer: boolean;
  /** What a PRACK acknowledges, and who is to answer it. */
  prack(request: SipMessage): 'asked' | 'automatic' | 'unknown';
  /** Goes on behind a PRACK that has been dealt with. */
  proceed(): void;
  endedByBye(bye: SipMessage, flow: Flow): void;
  faulted(thrown: unknown): void;
}

/** The peer's, whose 2xx we repeat until its ACK. */
export interface UnacknowledgedInvite {
  acknowledged(ack: SipMessage, flow: Flow): void;
  /** The dialog is over, or the ACK will never come. */
  stopRepeating(): void;
  faulted(thrown: unknown): void;
}

/** Ours, until its final response. */
export interface ClientInviteInDialog {
  /** The dialog is being ended by BYE. */
  cancelForBye(): void;
}

/** Ours that made the dialog, while its transaction lives. */
export interface OriginOf<D> {
  dialogEnded(dialog: D): void;
}
