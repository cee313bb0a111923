import { CodedError } from '../../base/errors.js';
import { isAddress, tagOf, withTag } from '../../sip/address.js';
import type { Field, Identity } from '../../sip/message.js';
import { numberWithin } from '../../sip/number.js';
import { isSipsUri } from '../../sip/uri.js';
import type { Draft, RequestDraft } from '../api.js';
import type { Context } from '../context.js';
import type { Dialog } from '../dialog/dialog.js';
import { contactOf, type ListeningPoint } from '../network.js';
import { requireContentType, type Sorted, sort } from '../outgoing-headers.js';

/** A request that lacks only its Via, which is written into `fields[0]` for each target anew. */
export interface Unsent extends Identity {
  readonly method: string;
  readonly uri: string;
  readonly fields: Field[];
  readonly body: string;
}

const VIA_PLACE: Field = ['Via', ''];
const MAX_FORWARDS = '70';

/** So that CSeq numbers of one Call-ID grow with time and stay below 2**31 (RFC 3261 §8.1.1.5) for the next decades. */
const CSEQ_EPOCH = 1_600_000_000;
const CSEQ_LIMIT = 2 ** 31;

const makesDialog = (method: string): boolean => method === 'INVITE' || method === 'SUBSCRIBE';

export interface UnsentOutside extends Unsent {
  readonly fromTag: string;
}

/**
 * A request outside a dialog: what the application left out is filled in (RFC 3261 §8.1.1).
 * @param uri the Request-URI, which is the application's unless a strict router wants another
 */
export function buildRequest(
  context: Context,
  draft: RequestDraft,
  local: ListeningPoint,
  uri: string,
  routes: readonly string[],
): UnsentOutside {
  const sorted = sort(draft, local);
  requireContentType(draft, sorted);
  const { method } = draft;
  const from = usable(sorted.from) ?? local.contact;
  const given = tagOf(from);
  const fromTag = given === '' ? context.ids.token() : given;
  const callId = sorted.callId ?? context.ids.uuid();
  const sequence = sequenceOf(sorted, context);
  const contact = sorted.contact ?? (makesDialog(method) ? contactOf(local, isSipsUri(uri)) : undefined);
  const fields = fieldsOf(
    routes,
    sorted,
    given === '' ? withTag(from, fromTag) : from,
    usable(sorted.to) ?? `<${draft.uri}>`,
    callId,
    `${sequence} ${method}`,
    contact,
  );
  return { method, uri, fields, body: draft.body, callId, cseq: { number: sequence, method }, fromTag };
}

/** Joined, not pushed one by one: an array that grows is copied each time, and has room for as many again in the end. */
function fieldsOf(
  routes: readonly string[],
  { maxForwards = MAX_FORWARDS, rest }: Sorted,
  from: string,
  to: string,
  callId: string,
  cseq: string,
  contact: string | undefined,
): Field[] {
  const identity: Field[] = [
    ['Max-Forwards', maxForwards],
    ['From', from],
    ['To', to],
    ['Call-ID', callId],
    ['CSeq', cseq],
  ];
  const ways = routes.map((route): Field => ['Route', route]);
  return contact === undefined
    ? [VIA_PLACE].concat(ways, identity, rest)
    : [VIA_PLACE].concat(ways, identity, [['Contact', contact]], rest);
}

/** Everything later reads tags out of it: what does not parse must not go out. */
function usable(address: string | undefined): string | undefined {
  if (address !== undefined && !isAddress(address)) {
    throw new CodedError('REQUEST_INVALID', `invalid address provided by client: ${address}`);
  }
  return address;
}

function sequenceOf(sorted: Sorted, context: Context): number {
  if (sorted.cseq !== undefined) {
    const given = numberWithin(sorted.cseq, 0, CSEQ_LIMIT - 1);
    if (given !== undefined) return given;
    throw new CodedError('REQUEST_INVALID', `invalid cseq value provided by client: ${sorted.cseq}`);
  }
  return Math.floor(context.clock.now() / 1000) - CSEQ_EPOCH;
}

/** Whether our Contact within a dialog is added to it. */
const hasContact = (method: string): boolean =>
  method === 'INVITE' || method === 'UPDATE' || method === 'SUBSCRIBE' || method === 'REFER';

/**
 * A request within a dialog (§12.2.1.1); identity, routes and CSeq are the dialog's.
 * @param sequence the INVITE's for an ACK, a new one for all else
 */
export function buildInDialog(
  dialog: Dialog,
  method: string,
  sequence: number,
  draft: Draft,
  local: ListeningPoint,
): Unsent {
  const sorted = sort(draft, local);
  requireContentType(draft, sorted, 'Server error: ');
  const { state } = dialog;
  const { uri, routes } = dialog.route;
  const contact = sorted.contact ?? (state.contact !== '' && hasContact(method) ? state.contact : undefined);
  const fields = fieldsOf(routes, sorted, state.local, state.remote, state.callId, `${sequence} ${method}`, contact);
  const { sessionId } = state;
  if (sorted.sessionId !== undefined) dialog.spokeAs(sorted.sessionId);
  else if (sessionId !== undefined) fields.push(['Session-ID', sessionId]);
  return { method, uri, fields, body: draft.body, callId: state.callId, cseq: { number: sequence, method } };
}
