import { address, scanAddress } from './address.js';
import { trim } from './chars.js';
import { valueCodes } from './codes.js';
import { valueEnd } from './headers.js';
import { type Field, SipMessage } from './message.js';
import { CALL_ID, CSEQ, FROM, SESSION_ID, TIMESTAMP, TO, VIA } from './names.js';
import { trimmedEnd, valueEndIn } from './runs.js';
import { answeringSessionId } from './session-id.js';
import { TopVia, type Via } from './via.js';

interface ResponseParts {
  /** Given to To unless it has a tag. */
  readonly toTag?: string;
  /** Added behind the copied ones. */
  readonly fields?: readonly Field[];
  readonly body?: string;
}

/**
 * A response to `request` (RFC 3261 §8.2.6.2): Via, From, To, Call-ID and CSeq as they stand in it, Timestamp on a 100
 * (§8.2.6.1), and Session-ID with its ends exchanged (RFC 7989 §7). Works for malformed requests, too: copies what there is.
 */
export function responseTo(request: SipMessage, status: number, reason: string, parts: ResponseParts = {}): SipMessage {
  const fields: Field[] = [];
  const { head } = request;
  for (let at = 0; at < head.count; at++) {
    switch (head.number(at)) {
      case VIA:
      case FROM:
      case CALL_ID:
      case CSEQ:
        fields.push(head.field(at));
        break;
      case TO:
        fields.push(parts.toTag === undefined ? head.field(at) : tagged(head.field(at), parts.toTag));
        break;
      case TIMESTAMP:
        if (status === 100) fields.push(head.field(at));
        break;
      case SESSION_ID: {
        const answer = answeringSessionId(head.value(at), undefined);
        if (answer !== undefined) fields.push(['Session-ID', answer]);
        break;
      }
    }
  }
  if (parts.fields !== undefined) fields.push(...parts.fields);
  return SipMessage.response(status, reason, fields, parts.body ?? '');
}

function tagged(field: Field, tag: string): Field {
  const [name, value] = field;
  // Malformed values do not parse: for them the text decides.
  const isWellFormed = scanAddress(valueCodes.of(value), 0, value.length);
  const hasTag = isWellFormed ? address.tagTo > 0 : /;\s*tag\s*=/i.test(value);
  return hasTag ? field : [name, `${value};tag=${tag}`];
}

/** Hop count of requests that begin here (RFC 3261 §8.1.1.6). */
const MAX_FORWARDS: Field = ['Max-Forwards', '70'];

/** The ACK for a final response other than 2xx (RFC 3261 §17.1.1.3). */
export function ackFor(invite: SipMessage, response: SipMessage): SipMessage {
  const said = answeringSessionId(response.first('session-id'), invite.first('session-id'));
  const added: readonly Field[] = said === undefined ? [] : [['Session-ID', said]];
  return sibling('ACK', invite, response.first('to') ?? invite.first('to') ?? '', added);
}

/**
 * The CANCEL of a pending INVITE (RFC 3261 §9.1); `fields` are added, Reason for instance. Its Session-ID is that of the INVITE
 * (RFC 7989 §7).
 */
export function cancelFor(invite: SipMessage, fields: readonly Field[] = []): SipMessage {
  const said = invite.first('session-id');
  const others = fields.filter(([name]) => name !== 'Session-ID');
  return sibling(
    'CANCEL',
    invite,
    invite.first('to') ?? '',
    said === undefined ? others : [...others, ['Session-ID', said]],
  );
}

/** A request that travels with `invite`: same Request-URI, top Via, Route, From, Call-ID and CSeq number. */
function sibling(method: string, invite: SipMessage, to: string, added: readonly Field[]): SipMessage {
  const via = invite.first('via') ?? '';
  const fields: Field[] = [['Via', trim(via.slice(0, valueEnd(via, 0)))]];
  for (const route of invite.all('route')) fields.push(['Route', route]);
  fields.push(
    MAX_FORWARDS,
    ['From', invite.first('from') ?? ''],
    ['To', to],
    ['Call-ID', invite.callId],
    ['CSeq', `${invite.cseq.number} ${method}`],
    ...added,
  );
  return SipMessage.request(method, invite.uri, fields);
}

/**
 * The request with `received` and `rport` in its topmost Via (RFC 3261 §18.2.1, RFC 3581 §4); nothing else changes by a byte.
 * What the peer itself wrote there is overwritten: responses go where these say.
 * @param source address, IPv6 without brackets
 */
export function stampReceived(message: SipMessage, source: string, port: number): SipMessage {
  const via = message.tryVia();
  if (via === undefined) return message;
  if (!via.hasRport && !via.hasReceived && isSameHost(via, source)) return message;
  const { head } = message;
  const at = head.findNumber(VIA);
  const stamped = via.stamped(source, port);
  if (via.text.length === head.length(at) && !head.isFolded(at)) {
    return message.withFirstVia(stamped.text, stamped.text, stamped);
  }
  // Behind the first value there are others. A folded one is written otherwise than it reads.
  const value = stamp(head.value(at), source, port);
  return message.withFirstVia(value, stamp(head.written(at), source, port), stamped);
}

const isSameHost = (via: Via, source: string): boolean =>
  via.host === source || via.host.toLowerCase() === source.toLowerCase();

/** Stamps the first of these Via values, which is well formed. */
function stamp(values: string, source: string, port: number): string {
  const codes = valueCodes.of(values);
  const to = trimmedEnd(codes, 0, valueEndIn(codes, 0, values.length));
  const first = TopVia.read({ text: values, codes, from: 0, to }) as TopVia;
  return first.stamped(source, port).text + values.slice(to);
}
