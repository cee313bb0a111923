/** From an application's draft to the fields that go over the wire: the header rules of the application protocol. */
import { CodedError } from '../base/errors.js';
import { Recent } from '../base/recent.js';
import { withTag, withUri } from '../sip/address.js';
import type { Field, SipMessage } from '../sip/message.js';
import {
  CALL_ID,
  CONTACT,
  CONTENT_LENGTH,
  CONTENT_TYPE,
  CSEQ,
  FROM,
  MAX_FORWARDS,
  numberOf,
  numberWritten,
  RECORD_ROUTE,
  ROUTE,
  RSEQ,
  SESSION_ID,
  spellingOf,
  TIMESTAMP,
  TO,
  VIA,
} from '../sip/names.js';
import { answeringSessionId } from '../sip/session-id.js';
import { isToken } from '../sip/tokens.js';
import { parseSipUri } from '../sip/uri.js';
import type { Draft } from './api.js';
import type { ListeningPoint } from './network.js';

export const EMPTY_DRAFT: Draft = { fields: [], body: '' };

/** Names that `sip/names.ts` does not know, and whose usual spelling is not "each word with a capital". */
const SPELLINGS: Readonly<Record<string, string>> = {
  'content-id': 'Content-ID',
  'sip-etag': 'SIP-ETag',
  'sip-if-match': 'SIP-If-Match',
};

/** Of names that are not known. */
const spellings = new Recent<string>(512);

/** The name as it goes out; empty when it is no token. Names that start with `X-` stay as they are. */
export function spelling(name: string): string {
  const number = numberWritten(name);
  return number === 0 ? spellings.get(name, spell) : spellingOf(number);
}

function spell(name: string): string {
  if (!isToken(name)) return '';
  if (/^x-/i.test(name)) return name;
  const lower = name.toLowerCase();
  return SPELLINGS[lower] ?? lower.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

const ASSERTED_IDENTITY = numberOf('p-asserted-identity');

/** `@localhost` stands for the transport's own address; the result is always in angle brackets. */
export function substituteLocalhost(value: string, local: ListeningPoint): string {
  if (!value.includes('@localhost')) return value;
  return withUri(value, (text) => {
    const uri = parseSipUri(text);
    if (uri?.user === undefined || uri.host !== 'localhost') return text;
    const password = uri.password === undefined ? '' : `:${uri.password}`;
    const headers = uri.headers === '' ? '' : `?${uri.headers}`;
    return `${uri.scheme}:${uri.user}${password}@${local.hostPort}${uri.paramText}${headers}`;
  });
}

const asGiven = (value: string): string => value;

/** The headers that decide, taken out of a draft, and all others as they go out. */
export interface Sorted {
  from: string | undefined;
  to: string | undefined;
  callId: string | undefined;
  cseq: string | undefined;
  contact: string | undefined;
  maxForwards: string | undefined;
  /** It is among the rest, too. */
  sessionId: string | undefined;
  /** With Content-Type, where there is a body and its type is known. */
  readonly rest: Field[];
  hasContentType: boolean;
}

const SDP_TYPE: Field = ['Content-Type', 'application/sdp'];

/** One pass over the draft: drops what is the engine's, spells names, puts our address in place of `localhost`. */
export function sort(draft: Draft, local: ListeningPoint): Sorted {
  const sorted: Sorted = {
    from: undefined,
    to: undefined,
    callId: undefined,
    cseq: undefined,
    contact: undefined,
    maxForwards: undefined,
    sessionId: undefined,
    rest: [],
    hasContentType: false,
  };
  const place = draft.keepsLocalhost === true ? asGiven : substituteLocalhost;
  const { rest } = sorted;
  for (const given of draft.fields) {
    const raw = given[1];
    const value = raw.includes('\n') || raw.includes('\r') ? raw.replace(/[\r\n]+/g, ' ') : raw;
    const number = numberWritten(given[0]);
    const usual = number === 0 ? spellings.get(given[0], spell) : spellingOf(number);
    // Nearly all are written as they go out.
    const field: Field = usual === given[0] && value === raw ? given : [usual, value];
    switch (number) {
      case VIA:
      case ROUTE:
      case RECORD_ROUTE:
      case RSEQ:
      case CONTENT_LENGTH:
        break;
      case FROM:
        sorted.from = place(value, local);
        break;
      case TO:
        sorted.to = place(value, local);
        break;
      case CALL_ID:
        sorted.callId = value;
        break;
      case CSEQ:
        sorted.cseq = value;
        break;
      case CONTACT:
        sorted.contact =
          sorted.contact === undefined ? substituteLocalhost(value, local) : `${sorted.contact},${value}`;
        break;
      case MAX_FORWARDS:
        sorted.maxForwards = value;
        break;
      case SESSION_ID:
        sorted.sessionId = value;
        rest.push(field);
        break;
      case ASSERTED_IDENTITY:
        rest.push([usual, place(value, local)]);
        break;
      case CONTENT_TYPE:
        sorted.hasContentType = true;
        rest.push(field);
        break;
      default:
        if (usual !== '') rest.push(field);
    }
  }
  if (draft.body !== '' && !sorted.hasContentType && draft.body.startsWith('v=0')) {
    sorted.hasContentType = true;
    rest.push(SDP_TYPE);
  }
  return sorted;
}

/** @param prefix of the error's message: `Server error: ` within a dialog */
export function requireContentType(draft: Draft, sorted: Sorted, prefix = ''): void {
  if (draft.body !== '' && !sorted.hasContentType) {
    throw new CodedError('REQUEST_INVALID', `${prefix}missing content-type`);
  }
}

/** Where the parameters of a response come from. */
export interface ResponseParts {
  readonly status: number;
  /** Ours; empty: none is added. */
  readonly localTag: string;
  /** Added when the draft has none. */
  readonly contact?: string | undefined;
  readonly extra?: readonly Field[] | undefined;
  /** The Session-ID that we have said last in the dialog. */
  readonly sessionId?: string | undefined;
}

/** The fields of a response: identity from the request (RFC 3261 §8.2.6.2), the rest from the application. */
export function responseFields(request: SipMessage, parts: ResponseParts, sorted?: Sorted): Field[] {
  const { status, localTag } = parts;
  const { head } = request;
  const fields: Field[] = [];
  let heard: string | undefined;
  for (let at = 0; at < head.count; at++) {
    switch (head.number(at)) {
      case VIA:
        fields.push(['Via', head.value(at)]);
        break;
      case FROM:
        fields.push(['From', head.value(at)]);
        break;
      case TO: {
        const value = head.value(at);
        fields.push(['To', localTag === '' || request.toTag !== '' ? value : withTag(value, localTag)]);
        break;
      }
      case CALL_ID:
        fields.push(['Call-ID', head.value(at)]);
        break;
      case CSEQ:
        fields.push(['CSeq', head.value(at)]);
        break;
      case RECORD_ROUTE: // §12.1.1: in the order in which they came
        if (status > 100 && status < 300) fields.push(['Record-Route', head.value(at)]);
        break;
      case TIMESTAMP: // §8.2.6.1
        if (status === 100) fields.push(['Timestamp', head.value(at)]);
        break;
      case SESSION_ID:
        heard = head.value(at);
        break;
    }
  }
  const contact = sorted?.contact ?? parts.contact;
  if (contact !== undefined) fields.push(['Contact', contact]);
  if (parts.extra !== undefined) for (const field of parts.extra) fields.push(field);
  if (sorted !== undefined) for (const field of sorted.rest) fields.push(field);
  // RFC 7989 §7: what its owner does not say, and he need not know of responses of our own.
  if (sorted?.sessionId === undefined && (heard !== undefined || parts.sessionId !== undefined)) {
    const said = answeringSessionId(heard, parts.sessionId);
    if (said !== undefined) fields.push(['Session-ID', said]);
  }
  return fields;
}
