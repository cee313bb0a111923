/** The ACK for a 2xx, which is the UAC core's (RFC 3261 §13.2.2.4). */
import { SipMessage } from '../../sip/message.js';
import type { Draft, Flow } from '../api.js';
import type { Context } from '../context.js';
import { type Dialog, routeOf } from '../dialog/dialog.js';
import { flowTo, type Hop, type Local, MAGIC_COOKIE } from '../network.js';
import { buildInDialog } from './build.js';
import { follow, type Lookup, lookUpDialog } from './lookup.js';

/** Kept once it was sent: it goes out again for each repetition of the 2xx. */
export interface Acknowledgement {
  readonly text: string;
  readonly lookup: Lookup;
  readonly local: Local;
}

/** Of a dialog, the ACK that its 2xx had: all that may be wanted once it is over. */
export interface Acknowledged {
  readonly tag: string;
  readonly acknowledgement: Acknowledgement;
}

export interface SentAcknowledgement {
  readonly acknowledgement: Acknowledgement;
  readonly message: SipMessage;
  /** Where it went, where that is known at once. */
  readonly flow: Flow | undefined;
}

/** @param sequence the CSeq number of the INVITE */
export function acknowledge(context: Context, dialog: Dialog, sequence: number, draft: Draft): SentAcknowledgement {
  const local = context.network.of(dialog.source);
  const unsent = buildInDialog(dialog, 'ACK', sequence, draft, local);
  const via = `${local.viaStart}${MAGIC_COOKIE}${context.ids.token()}${local.viaEnd}`;
  const message = SipMessage.request('ACK', unsent.uri, [['Via', via], ...unsent.fields.slice(1)], unsent.body);
  const lookup = lookUpDialog(context, dialog, routeOf(dialog).next);
  const acknowledgement = { text: message.text, lookup, local };
  return { acknowledgement, message, flow: sendAcknowledgement(context, acknowledgement) };
}

/** @returns where it went, where that is known at once */
export function sendAcknowledgement(context: Context, { text, lookup, local }: Acknowledgement): Flow | undefined {
  let flow: Flow | undefined;
  const sendTo = (hops: readonly Hop[], index: number): void => {
    const hop = hops[index];
    if (hop === undefined) return;
    const way = context.network.find(hop.protocol, hop.address) ?? local;
    way.transport.send(text, hop, () => sendTo(hops, index + 1));
    flow = flowTo(hop, way.transport);
  };
  follow(lookup, (hops) => sendTo(hops, 0));
  return flow;
}
