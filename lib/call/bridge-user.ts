/** What a bridge needs of its hunt, and is given. */
import type { Content } from '../sip-server/sip-server.js';
import type { CallContext, Trace } from './call-context.js';
import type { EndReason } from './end-reasons.js';
import type { Trust } from './headers.js';
import type { SessionIdentity } from './session-id.js';
import type { Anchor } from './voices/anchor.js';
import type { Origins } from './voices/origin.js';

export type Released = 'caller' | 'callee' | 'system';

/** What the bridge needs of the member's leg. */
export interface AnsweredLeg {
  readonly dialog: string;
  /** The ACK of its 2xx; without effect once it was sent. */
  acknowledge(content?: Content): void;
}

export interface BridgeOptions {
  readonly context: CallContext;
  readonly trace: Trace | undefined;
  /** The leg of the member who answered. */
  readonly leg: AnsweredLeg;
  readonly trust: Trust;
  /** Undefined: none are made. */
  readonly ids?: SessionIdentity | undefined;
  /** That both ends tell each other by NOTIFY. */
  readonly events: ReadonlySet<string>;
  /** Speech passes through a media server. */
  readonly anchor?: Anchor | undefined;
  /** Of those who have heard it. */
  readonly origins?: Origins | undefined;
  readonly user: BridgeUser;
}

export interface BridgeUser {
  /** @param cause of Q.850, with which it ended, and `reason`, for which we have */
  onBridgeOver(released: Released, cause: number | null, reason: EndReason | null): void;
}
