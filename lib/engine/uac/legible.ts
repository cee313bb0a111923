import { LIMITS } from '../../sip/defect.js';
import { crowdedLists } from '../../sip/lists.js';
import { type Field, SipMessage } from '../../sip/message.js';
import { CALL_ID, CONTACT, CSEQ, FROM, RECORD_ROUTE, TO, VIA } from '../../sip/names.js';
import { isSound } from '../../sip/validate.js';

/** Stands where neither request nor response has an address that can be read. */
const NOBODY = '<sip:anonymous.invalid>';
const IDENTIFYING = new Set([VIA, FROM, TO, CALL_ID, CSEQ]);
const LAST_STATUS = 699;

/**
 * What can be used of a malformed response. By branch and method it answers our request all the same (RFC 3261 §17.1.3): what
 * cannot be read is left out, and what identifies the dialog is as in our request. Where the way to the peer is not whole, there
 * is no Contact: a 2xx is then acknowledged and ended.
 * @param request without fields once there was a final response
 */
export function legible(message: SipMessage, request: SipMessage): SipMessage {
  const { head } = message;
  const kept: Field[] = [];
  const seen = new Set<number>();
  const crowded = crowdedLists(head, LIMITS.values);
  let isWhole = message.fault === undefined && message.tryToTag() !== undefined;
  for (let at = 0; at < head.count; at++) {
    const name = head.number(at);
    if (IDENTIFYING.has(name)) continue;
    if (!crowded.has(name) && isSound(message, at, seen)) kept.push(head.field(at));
    else if (name === CONTACT || name === RECORD_ROUTE) isWhole = false;
  }
  const status = message.status > LAST_STATUS ? 500 : message.status;
  const opensDialog = isWhole || status >= 200;
  const to = opensDialog && message.tryToTag() !== undefined ? message.first('to') : request.first('to');
  const from = request.first('from') ?? (message.tryFromTag() === undefined ? undefined : message.first('from'));
  const cseq = request.first('cseq') ?? (message.tryCSeq() === undefined ? undefined : message.first('cseq'));
  const fields: Field[] = [
    ['Via', message.via.text],
    ['From', from ?? NOBODY],
    ['To', to ?? NOBODY],
    ['Call-ID', request.first('call-id') ?? message.callId],
    ['CSeq', cseq ?? '0 UNKNOWN'],
    ...(isWhole ? kept : kept.filter(([name]) => !OF_A_WHOLE.has(name.toLowerCase()))),
  ];
  return SipMessage.response(status, message.reason, fields, message.fault === undefined ? message.body : '');
}

/** Of no use where the dialog cannot be kept. */
const OF_A_WHOLE = new Set(['contact', 'm', 'record-route', 'require', 'rseq']);
