/** The ACK for a 2xx, which is the UAC core's (RFC 3261 §13.2.2.4). */

import { SipMessage } from '../../sip/message.js';
import type { Draft, Flow } from '../api.js';
import type { Context } from '../context.js';
import type { Destination } from '../destination.js';
import type { Dialog } from '../dialog/dialog.js';
import { routeOf } from '../dialog/state.js';
import { flowTo, type ListeningPoint, MAGIC_COOKIE } from '../network.js';
import { buildInDialog } from './build.js';
import { isSearch, type Lookup, lookUpDialog, type Search } from './lookup.js';
import { learnFrom, sized, withPatience } from './sized.js';

/** Kept once it was sent: it goes out again for each repetition of the 2xx. */
export interface Acknowledgement {
  readonly text: string;
  readonly branch: string;
  readonly lookup: Lookup;
  readonly local: ListeningPoint;
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
  const local = context.network.of(dialog.state.source);
  const unsent = buildInDialog(dialog, 'ACK', sequence, draft, local);
  const branch = MAGIC_COOKIE + context.ids.token();
  const via = `${local.viaStart}${branch}${local.viaEnd}`;
  const message = SipMessage.request('ACK', unsent.uri, [['Via', via], ...unsent.fields.slice(1)], unsent.body);
  const lookup = lookUpDialog(context, dialog, routeOf(dialog.state).next);
  const acknowledgement = { text: message.text, branch, lookup, local };
  return { acknowledgement, message, flow: sendAcknowledgement(context, acknowledgement) };
}

/** @returns where it went, where that is known at once */
export function sendAcknowledgement(context: Context, acknowledgement: Acknowledgement): Flow | undefined {
  const { lookup } = acknowledgement;
  if (isSearch(lookup))
    return sendTo(context, acknowledgement, sized(context, acknowledgement.text.length, lookup.first), 0, lookup);
  return sendTo(context, acknowledgement, sized(context, acknowledgement.text.length, lookup), 0, undefined);
}

/** @param search for when these have been tried */
function sendTo(
  context: Context,
  acknowledgement: Acknowledgement,
  hops: readonly Destination[],
  index: number,
  search: Search | undefined,
): Flow | undefined {
  const { text, local } = acknowledgement;
  const next = hops[index];
  if (next === undefined) {
    search?.search((found) => sendTo(context, acknowledgement, sized(context, text.length, found), 0, undefined));
    return undefined;
  }
  const hop = index + 1 < hops.length || search !== undefined ? withPatience(context, next) : next;
  const way = context.network.find(hop.protocol, hop.address) ?? local;
  way.transport.send(stampedFor(way, acknowledgement), hop, () => {
    learnFrom(context, hop);
    sendTo(context, acknowledgement, hops, index + 1, search);
  });
  return flowTo(hop, way.transport);
}

/** RFC 3261 §18.1.1: the topmost Via names the transport that is really taken. It is the first field, as we wrote it. */
function stampedFor(way: ListeningPoint, { text, branch, local }: Acknowledgement): string {
  if (way === local) return text;
  const from = text.indexOf('\r\n') + 2;
  return `${text.slice(0, from)}Via: ${way.viaStart}${branch}${way.viaEnd}${text.slice(text.indexOf('\r\n', from))}`;
}
