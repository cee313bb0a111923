import { SipMessage } from '../../sip/message.js';
import type { Flow } from '../api.js';
import type { Destination } from '../destination.js';
import type { Lingering } from '../lingering.js';
import type { ListeningPoint } from '../network.js';

/** In place of a request that is not needed any more. */
export const FORGOTTEN = SipMessage.request('', '', []);

/** What a response finds by the branch of its request. */
export interface Respondent {
  readonly method: string;
  /** The request as last sent; without fields once there was a final response. */
  readonly message: SipMessage;
  receive(message: SipMessage, flow: Flow): void;
}

/** From where to where a request went (RFC 5626 §2): its CANCEL and its ACK for a refusal go the same way. */
export interface OutboundFlow {
  readonly target: Destination;
  readonly local: ListeningPoint;
}

/**
 * What is left of a client transaction that has had its final response and only waits for its timer K, D or M. This one, of
 * another request than INVITE, absorbs repeated responses (RFC 3261 §17.1.2.2).
 */
export class LingeringClientTransaction implements Respondent, Lingering {
  readonly branch: string;
  readonly method: string;
  until = 0;

  constructor(branch: string, method: string) {
    this.branch = branch;
    this.method = method;
  }

  get message(): SipMessage {
    return FORGOTTEN;
  }

  receive(_message: SipMessage, _flow: Flow): void {}
}

/** Of an INVITE that was rejected: the ACK goes out again with each repeated response (§17.1.1.2). */
export class LingeringRejectedInvite extends LingeringClientTransaction {
  readonly #acknowledgement: string;
  readonly #flow: OutboundFlow;

  constructor(branch: string, acknowledgement: string, flow: OutboundFlow) {
    super(branch, 'INVITE');
    this.#acknowledgement = acknowledgement;
    this.#flow = flow;
  }

  override receive({ status }: SipMessage): void {
    const { target, local } = this.#flow;
    if (status >= 300) local.transport.send(this.#acknowledgement, target);
  }
}
