import { isToken, trimEnd } from './chars.js';
import { badRequest, DEFAULT_LIMITS, type Defect, type Limits } from './defect.js';
import { SipMessage } from './message.js';
import { type Head, scanHead } from './scan.js';

/**
 * Parses one whole message. Undefined only when the text is no SIP message at all: it has no start line that names SIP. A
 * malformed message keeps what could be read, so that it can be answered, and carries a `fault`; ask `defectOf` before using it.
 * What stands behind the body (RFC 3261 §18.3) and CRLF before the start line (§7.5) are not part of the message's text.
 */
export function parseMessage(text: string, limits: Limits = DEFAULT_LIMITS): SipMessage | undefined {
  const head = scanHead(text, limits);
  const start = text.slice(head.startFrom, head.startTo);
  return start.startsWith('SIP/') ? parseResponse(text, start, head, limits) : parseRequest(text, start, head, limits);
}

function parseResponse(text: string, start: string, head: Head, limits: Limits): SipMessage | undefined {
  const match = /^(\S+) (\d{1,16})(?: ([\s\S]*))?$/.exec(start);
  const status = Number(match?.[2]);
  if (!(status > 0)) return undefined;
  let fault: Defect | undefined;
  if (match?.[1] !== 'SIP/2.0') fault = { status: 505, reason: 'Version Not Supported' };
  else if (!(status >= 100 && status <= 699) || match[2]?.length !== 3)
    fault = badRequest('Status code is out of range');
  return finish(text, head, limits, fault, { method: '', uri: '', status, reason: match?.[3] ?? '' });
}

const VERSION = ' SIP/2.0';

function parseRequest(text: string, start: string, head: Head, limits: Limits): SipMessage | undefined {
  const line = start.endsWith(VERSION) ? start : start.slice(0, trimEnd(start, 0, start.length));
  const first = line.indexOf(' ');
  const last = line.lastIndexOf(' ');
  // RFC 3261 §7.1: the version has no case.
  const version = line.slice(last).toUpperCase();
  if (first <= 0 || !version.startsWith(' SIP/')) return undefined;
  const method = line.slice(0, first);
  const uri = last > first ? line.slice(first + 1, last) : '';
  let fault: Defect | undefined;
  if (version !== VERSION) fault = { status: 505, reason: 'Version Not Supported' };
  else if (line !== start) fault = badRequest('White space behind the SIP-Version');
  else if (!isToken(method)) fault = badRequest('Method is no token');
  else if (uri === '' || uri.includes(' ') || uri.includes('\t')) fault = badRequest('White space in the Request-URI');
  return finish(text, head, limits, fault, { method, uri, status: 0, reason: '' });
}

interface Start {
  readonly method: string;
  readonly uri: string;
  readonly status: number;
  readonly reason: string;
}

function finish(text: string, head: Head, limits: Limits, startFault: Defect | undefined, start: Start): SipMessage {
  const { bodyFrom, contentLength } = head;
  let fault = startFault ?? head.fault;
  // A datagram without Content-Length ends with its body (RFC 3261 §18.3).
  const bodyTo = contentLength >= 0 ? Math.min(bodyFrom + contentLength, text.length) : text.length;
  if (bodyFrom + contentLength > text.length) fault ??= badRequest('Content-Length is larger than the message');
  if (bodyTo - head.startFrom > limits.message) fault ??= { status: 513, reason: 'Message Too Large' };
  return SipMessage.parsed({
    // Written out: spreading an object costs more here than the whole scan.
    method: start.method,
    uri: start.uri,
    status: start.status,
    reason: start.reason,
    fields: head.fields,
    names: head.names,
    body: text.slice(bodyFrom, bodyTo),
    text: head.startFrom === 0 && bodyTo === text.length ? text : text.slice(head.startFrom, bodyTo),
    viaFrom: head.viaFrom < 0 ? -1 : head.viaFrom - head.startFrom,
    viaTo: head.viaTo - head.startFrom,
    fault,
  });
}
