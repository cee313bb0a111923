import { parseNameAddress } from './address.js';
import { trim, trimEnd } from './chars.js';
import { valueEnd } from './headers.js';
import { type Field, SipMessage } from './message.js';
import { setParam } from './params.js';
import type { Via } from './via.js';

export interface ResponseParts {
  /** Given to To unless it has a tag. */
  readonly toTag?: string;
  /** Added behind the copied ones. */
  readonly fields?: readonly Field[];
  readonly body?: string;
}

/**
 * A response to `request` (RFC 3261 §8.2.6.2): Via, From, To, Call-ID and CSeq as they stand in it, Timestamp on a 100
 * (§8.2.6.1). Works for malformed requests, too: copies what there is.
 */
export function responseTo(request: SipMessage, status: number, reason: string, parts: ResponseParts = {}): SipMessage {
  const fields: Field[] = [];
  const { fieldNames } = request;
  for (let i = 0; i < fieldNames.length; i++) {
    const field = request.fields[i] as Field;
    switch (fieldNames[i]) {
      case 'via':
      case 'from':
      case 'call-id':
      case 'cseq':
        fields.push(field);
        break;
      case 'to':
        fields.push(parts.toTag === undefined ? field : tagged(field, parts.toTag));
        break;
      case 'timestamp':
        if (status === 100) fields.push(field);
        break;
    }
  }
  if (parts.fields !== undefined) fields.push(...parts.fields);
  return SipMessage.response(status, reason, fields, parts.body ?? '');
}

function tagged(field: Field, tag: string): Field {
  const [name, value] = field;
  // Malformed values do not parse: for them the text decides.
  const hasTag = parseNameAddress(value)?.params.has('tag') ?? /;\s*tag\s*=/i.test(value);
  return hasTag ? field : [name, `${value};tag=${tag}`];
}

/** Hop count of requests that begin here (RFC 3261 §8.1.1.6). */
const MAX_FORWARDS: Field = ['Max-Forwards', '70'];

/** The ACK for a final response other than 2xx (RFC 3261 §17.1.1.3). */
export const ackFor = (invite: SipMessage, response: SipMessage): SipMessage =>
  sibling('ACK', invite, response.first('to') ?? invite.first('to') ?? '', []);

/** The CANCEL of a pending INVITE (RFC 3261 §9.1); `fields` are added, Reason for instance. */
export const cancelFor = (invite: SipMessage, fields: readonly Field[] = []): SipMessage =>
  sibling('CANCEL', invite, invite.first('to') ?? '', fields);

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
 * @param address source address, IPv6 without brackets
 */
export function stampReceived(message: SipMessage, address: string, port: number): SipMessage {
  const via = message.tryVia();
  if (via === undefined) return message;
  const wantsPort = via.params.has('rport');
  const wantsAddress = wantsPort || via.params.has('received') || !isSameHost(via, address);
  if (!wantsAddress) return message;
  const stamp = (values: string): string => {
    const end = trimEnd(values, 0, valueEnd(values, 0));
    const first = values.slice(0, end);
    const stamped = wantsPort ? setParam(first, 0, 'rport', String(port)) : first;
    return setParam(stamped, 0, 'received', address) + values.slice(end);
  };
  const value = message.first('via') ?? '';
  // A folded value is written otherwise than it reads.
  const written = message.viaFrom < 0 ? value : message.text.slice(message.viaFrom, message.viaTo);
  const stamped = stamp(value);
  return message.withFirstVia(stamped, written === value ? stamped : stamp(written));
}

const isSameHost = (via: Via, address: string): boolean => via.host.toLowerCase() === address.toLowerCase();

/** The message with exactly one field of that name: in place of the first, at the end where there was none. */
export function withHeader(message: SipMessage, name: string, value: string): SipMessage {
  const canonical = name.toLowerCase();
  const names = message.fieldNames;
  const at = names.indexOf(canonical);
  const field: Field = [name, value];
  const fields =
    at < 0
      ? [...message.fields, field]
      : message.fields.flatMap((old, i) => (i === at ? [field] : names[i] === canonical ? [] : [old]));
  return withFields(message, fields);
}

/** The message without any field of that name. */
export function withoutHeader(message: SipMessage, name: string): SipMessage {
  const canonical = name.toLowerCase();
  return withFields(
    message,
    message.fields.filter((_, i) => message.fieldNames[i] !== canonical),
  );
}

function withFields({ method, uri, status, reason, body, fault }: SipMessage, fields: readonly Field[]): SipMessage {
  return SipMessage.parsed({ method, uri, status, reason, body, fault, fields });
}
