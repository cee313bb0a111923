import { SPACE, TAB } from './chars.js';
import { type Codes, messageCodes } from './codes.js';
import { badRequest, type Defect } from './defect.js';
import { IndexedFields } from './fields.js';
import { SipMessage, type Start } from './message.js';
import { methodIn } from './methods.js';
import { digitsIn, find, findEither, runEnd, TOKEN, trimmedEnd } from './runs.js';
import { type Head, scanHead } from './scan.js';

/**
 * Parses one whole message. Undefined only when the text is no SIP message at all: it has no start line that names SIP. A
 * malformed message keeps what could be read, so that it can be answered, and carries a `fault`; ask `defectOf` before using it.
 * What stands behind the body (RFC 3261 §18.3) and CRLF before the start line (§7.5) are not part of the message's text.
 */
export function parseMessage(text: string): SipMessage | undefined {
  const head = scanHead(text);
  const codes = messageCodes.ofOwned(text, head.index);
  return text.startsWith('SIP/', head.startFrom) ? parseResponse(text, codes, head) : parseRequest(text, codes, head);
}

const VERSION_UNSUPPORTED: Defect = { status: 505, reason: 'Version Not Supported' };
const USUAL_STATUS = 'SIP/2.0 ';
const STATUS_DIGITS = 3;

function parseResponse(text: string, codes: Codes, head: Head): SipMessage | undefined {
  const { startFrom, startTo } = head;
  // The usual status line needs no regular expression.
  const statusAt = startFrom + USUAL_STATUS.length;
  const statusTo = statusAt + STATUS_DIGITS;
  if (
    text.startsWith(USUAL_STATUS, startFrom) &&
    (statusTo === startTo || (statusTo < startTo && codes[statusTo] === SPACE))
  ) {
    const status = digitsIn(codes, statusAt, statusTo);
    if (status >= 100 && status <= 699)
      return finish(text, head, undefined, statusLine(status, text.slice(statusTo + 1, startTo)));
  }
  const match = /^(\S+) (\d{1,16})(?: ([\s\S]*))?$/.exec(text.slice(startFrom, startTo));
  const status = Number(match?.[2]);
  if (!(status > 0)) return undefined;
  let fault: Defect | undefined;
  if (match?.[1] !== 'SIP/2.0') fault = VERSION_UNSUPPORTED;
  else if (!(status >= 100 && status <= 699) || match[2]?.length !== STATUS_DIGITS)
    fault = badRequest('Status code is out of range');
  return finish(text, head, fault, statusLine(status, match?.[3] ?? ''));
}

const statusLine = (status: number, reason: string): Start => ({ method: '', uri: '', status, reason });

const VERSION = ' SIP/2.0';

function parseRequest(text: string, codes: Codes, head: Head): SipMessage | undefined {
  const { startFrom, startTo } = head;
  const to = trimmedEnd(codes, startFrom, startTo);
  const first = find(codes, startFrom, to, SPACE);
  let last = to - 1;
  while (last > first && codes[last] !== SPACE) last--;
  if (first === startFrom || first >= to) return undefined;
  // RFC 3261 §7.1: the version has no case.
  const isUsual = to - last === VERSION.length && text.startsWith(VERSION, last);
  const version = isUsual ? VERSION : text.slice(last, to).toUpperCase();
  if (!version.startsWith(' SIP/')) return undefined;
  const method = methodIn(text, codes, startFrom, first);
  const uri = last > first ? text.slice(first + 1, last) : '';
  let fault: Defect | undefined;
  if (version !== VERSION) fault = VERSION_UNSUPPORTED;
  else if (to !== startTo) fault = badRequest('White space behind the SIP-Version');
  else if (runEnd(codes, startFrom, first, TOKEN) < first) fault = badRequest('Method is no token');
  else if (uri === '' || findEither(codes, first + 1, last, SPACE, TAB) < last)
    fault = badRequest('White space in the Request-URI');
  return finish(text, head, fault, { method, uri, status: 0, reason: '' });
}

function finish(text: string, head: Head, startFault: Defect | undefined, start: Start): SipMessage {
  const { startFrom, bodyFrom, contentLength } = head;
  let fault = startFault ?? head.fault;
  // A datagram without Content-Length ends with its body (RFC 3261 §18.3).
  const bodyTo = contentLength >= 0 ? Math.min(bodyFrom + contentLength, text.length) : text.length;
  if (bodyFrom + contentLength > text.length) fault ??= badRequest('Content-Length is larger than the message');
  const fields = new IndexedFields(text, startFrom, bodyTo, head);
  return SipMessage.parsed(start, fields, text.slice(bodyFrom, bodyTo), fault);
}
