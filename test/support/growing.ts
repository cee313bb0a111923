/** Messages in which one thing grows, and all that engine and service read of them: for the test and the table of growth. */

import { agreedEvents } from '../../lib/call/events.js';
import { evidenceOf } from '../../lib/call/forwarding.js';
import { HeaderRules } from '../../lib/call/headers.js';
import { answerHeaders, memberHeaders, trustIn } from '../../lib/call/identity.js';
import { admit, isRefusal } from '../../lib/call/intake.js';
import { Numbers } from '../../lib/call/numbers.js';
import { sessionExpires, supportsTimer } from '../../lib/engine/dialog/session-expires.js';
import { legible } from '../../lib/engine/uac/legible.js';
import { responseTo, stampReceived } from '../../lib/sip/build.js';
import { descriptionIn } from '../../lib/sip/description.js';
import { MessageFramer } from '../../lib/sip/framer.js';
import type { SipMessage } from '../../lib/sip/message.js';
import { parseMessage } from '../../lib/sip/parse.js';
import { defectOf } from '../../lib/sip/validate.js';
import { parseChallenges } from '../../lib/sip-server/auth/challenge.js';
import { ReceivedMessage } from '../../lib/sip-server/embedded/messages.js';
import { CALL_SETTINGS } from './defaults.js';

/** A line of a message is 8,192 bytes at most: what is longer takes several fields, where those are allowed. */
const LINE = 8_000;
export const LARGEST = 64_000;
/** As many values as a header may have, nearly. */
const MANY = 49;

/** `piece` tells what is added, the i-th time. */
type Piece = (i: number) => string;

export interface Grows {
  readonly what: string;
  /** It is a list, and grows by values. */
  readonly isList?: true;
  /** The whole message of about so many bytes, as INVITE or as the 200 to one. */
  text(isRequest: boolean, bytes: number): string;
}

const number = (i: number): string => `+3712${String(i % 10_000_000).padStart(7, '0')}`;

const LISTS: Readonly<Record<string, Piece>> = {
  Diversion: (i) => `<sip:${number(i)}@a.lv>;reason=busy`,
  'History-Info': (i) => `<sip:${number(i)}@a.lv;cause=302>;index=1;mp=1;virkne`,
  'P-Asserted-Identity': (i) => `<sip:${number(i)}@a.lv>`,
  'P-Preferred-Identity': (i) => `<tel:${number(i)}>`,
  Contact: (i) => `<sip:${i}@192.0.2.1>`,
  Route: (i) => `<sip:${i}.lv;lr>`,
  'Record-Route': (i) => `<sip:${i}.lv;lr>`,
  Path: (i) => `<sip:${i}.lv;lr>`,
  'Service-Route': (i) => `<sip:${i}.lv;lr>`,
  Via: (i) => `SIP/2.0/UDP a.lv;branch=z9hG4bK${i}`,
  Require: (i) => `o${i}`,
  'Proxy-Require': (i) => `o${i}`,
  Supported: (i) => `o${i}`,
  Unsupported: (i) => `o${i}`,
  Allow: (i) => `M${i}`,
  'Allow-Events': (i) => `e${i}`,
  'Recv-Info': (i) => `p${i}`,
  Accept: (i) => `a/b${i}`,
  'Accept-Contact': () => '*;audio',
  'Reject-Contact': () => '*;actor="msg-taker"',
  'Request-Disposition': () => 'no-fork',
  Privacy: () => 'x',
  Reason: () => 'Q.850;cause=16',
  Warning: () => '301 a "b"',
  'Call-Info': (i) => `<sip:a>;method="NOTIFY;Event=e${i}"`,
  'Alert-Info': () => '<urn:a:b>',
  'Error-Info': () => '<urn:a:b>',
  Geolocation: () => '<cid:a>',
  Identity: () => 'a;info=<urn:a:b>',
  'User-to-User': () => '00;encoding=hex',
  'In-Reply-To': (i) => `${i}@a`,
  'Feature-Caps': () => '*;+a',
  'P-Access-Network-Info': () => '3GPP',
  'WWW-Authenticate': (i) => `Digest realm="r${i}",nonce="n",algorithm=MD5`,
  'Proxy-Authenticate': (i) => `Digest realm="r${i}",nonce="n",qop="auth"`,
  'X-Unknown': (i) => `${i}`,
};

/** What begins one value, what is repeated within it, and what ends it; in one field, so up to its longest line. */
const VALUES: readonly (readonly [what: string, header: string, begin: string, piece: string, end: string])[] = [
  ['parameters of From', 'From', '<sip:a@b>;tag=1', ';a=1', ''],
  ['parameters without value of From', 'From', '<sip:a@b>;tag=1', ';a', ''],
  ['escapes in a display name', 'From', '"', '\\"', '" <sip:a@b>;tag=1'],
  ['words of a display name', 'From', '', 'a ', '<sip:a@b>;tag=1'],
  ['spaces behind an address', 'From', '<sip:a@b>', ' ', ';tag=1'],
  ['spaces that end in nothing', 'To', '<sip:a@b>', ' ', 'x'],
  ['angle brackets', 'To', '', '<', 'sip:a@b>'],
  ['quotes that close nothing', 'To', '', '"<', ''],
  ['tags that are none', 'To', '<sip:a@b', ';tag ', ''],
  ['parameters of a URI', 'Contact', '<sip:a@b', ';a=1', '>'],
  ['headers of a URI', 'Contact', '<sip:a@b?x', '&reason=cause%3D300', '>'],
  ['escapes in a user part', 'Contact', '<sip:', '%41', '@b>'],
  ['colons of a host', 'Contact', '<sip:[', ':', ']>'],
  ['parameters of a Via', 'Via', 'SIP/2.0/UDP a;branch=z9hG4bKa', ';a=1', ''],
  ['spaces in a Via', 'Via', 'SIP/2.0/UDP', ' ', 'a;branch=z9hG4bKa'],
  ['folded lines', 'Subject', 'a', '\r\n b', ''],
  ['folded lines of a Contact', 'Contact', '<sip:a@b>', '\r\n ;a', ''],
  ['digits of a number', 'P-Asserted-Identity', '<sip:+', '3', '@b>'],
  ['digits of a tel URI', 'P-Asserted-Identity', '<tel:+', '3', '>'],
  ['context of a number', 'P-Asserted-Identity', '<tel:1234567;phone-context=+', '3', '>'],
  ['parameters of a user part', 'P-Asserted-Identity', '<sip:1', ';a=1', '@b>'],
  ['digits of Session-Expires', 'Session-Expires', '', '9', ''],
  ['parameters of Session-Expires', 'Session-Expires', '1800', ';a', ''],
  ['words of Retry-After', 'Retry-After', '5 ', '(', ''],
  ['words of RAck', 'RAck', '1', ' 1', ' INVITE'],
  ['spaces of a Content-Type', 'Content-Type', 'application', ' ', '/sdp'],
  ['parameters of a Content-Type', 'Content-Type', 'multipart/mixed', ';a=b', ''],
  ['words of a Privacy', 'Privacy', 'x', ';x', ''],
  ['events that are none', 'Call-Info', '<sip:a>;a="', 'notify ', '"'],
  ['cookies of a challenge', 'WWW-Authenticate', 'Digest realm="r",nonce="n"', ',a="b"', ''],
  ['escapes in a nonce', 'WWW-Authenticate', 'Digest realm="r",nonce="', '\\"', '"'],
  ['dashes of an algorithm', 'WWW-Authenticate', 'Digest realm="r",nonce="n",algorithm=MD5', '-sess', ''],
];

const BODIES: readonly (readonly [what: string, type: string, begin: string, piece: string])[] = [
  ['lines of an SDP', 'application/sdp', 'v=0\r\no=- 1 1 IN IP4 a\r\n', 'a=b\r\n'],
  ['media of an SDP', 'application/sdp', 'v=0\r\no=- 1 1 IN IP4 a\r\n', 'm=audio 4 RTP/AVP 0\r\n'],
  ['origins of an SDP', 'application/sdp', 'v=0\r\n', 'o='],
  ['parts of a body', 'multipart/mixed;boundary=b', '', '--b\r\nContent-Type: application/sd\r\n\r\n\r\n'],
  ['dashes of a body', 'multipart/mixed;boundary=b', '', '-'],
];

/** No messages: what is repeated behind a beginning, line ends and signs in places where they are hardest to understand. */
const HEADS = [
  '',
  'INVITE sip:a SIP/2.0\r\n',
  'INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a',
  'INVITE sip:a SIP/2.0\r\nTo: <sip:a>',
];
const PIECES = ['x\n', ' \n', '\r', ':\n', '"', '\\', ',', ';', '<', 'Via: a,', ';a="', '\r\n ', 'v:\r\n', 'a:\r\n\t'];

/** Repeated up to so many bytes. */
function grown(piece: Piece, bytes: number, separator = ''): string {
  let text = '';
  for (let i = 0; text.length < bytes; i++) text += (i > 0 ? separator : '') + piece(i);
  return text;
}

/** Fields of one name, with so many bytes of values in all. */
function fields(name: string, piece: Piece, bytes: number): string {
  let text = '';
  for (let left = bytes, from = 0; left > 0; left -= LINE, from += LINE)
    text += `${name}: ${grown((i) => piece(from + i), Math.min(left, LINE), ',')}\r\n`;
  return text;
}

function message(isRequest: boolean, named: string, extra: string, type = 'application/sdp', body = 'v=0\r\n'): string {
  const start = isRequest ? 'INVITE sip:+37167000000@10.0.0.1 SIP/2.0' : 'SIP/2.0 200 OK';
  const usual: Record<string, string> = {
    Via: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa;rport',
    From: '<sip:+37120000009@192.0.2.1>;tag=1',
    To: `<sip:+37167000000@10.0.0.1>${isRequest ? '' : ';tag=2'}`,
    'Call-ID': 'a',
    CSeq: '1 INVITE',
    Contact: '<sip:a@192.0.2.1>',
    'Content-Type': type,
  };
  const repeated = named === 'Via' ? extra.replace('Via: ', `Via: ${usual.Via},`) : extra;
  const head = Object.entries(usual).flatMap(([name, value]) => (name === named ? [] : `${name}: ${value}\r\n`));
  return `${start}\r\n${head.join('')}${repeated}Content-Length: ${body.length}\r\n\r\n${body}`;
}

export const GROWING: readonly Grows[] = [
  ...Object.entries(LISTS).map(
    ([name, piece]): Grows => ({
      what: name,
      isList: true,
      text: (isRequest, bytes) => message(isRequest, name, fields(name, piece, bytes)),
    }),
  ),
  ...['Diversion', 'Require', 'Call-Info'].map(
    (name): Grows => ({
      what: `empty values of ${name}`,
      isList: true,
      text: (isRequest, bytes) =>
        message(
          isRequest,
          name,
          fields(name, () => '', bytes),
        ),
    }),
  ),
  ...['History-Info', 'P-Asserted-Identity'].map(
    (name): Grows => ({
      what: `parameters of ${MANY} URIs of ${name}`,
      text: (isRequest, bytes) => {
        const uri = `sip:+37120000001@a.lv${';a=1'.repeat(bytes / MANY / 4.7)}`;
        return message(isRequest, name, `${name}: <${uri}>;index=1;mp=1;virkne\r\n`.repeat(MANY));
      },
    }),
  ),
  ...['History-Info', 'P-Asserted-Identity', 'Call-Info', 'Contact', 'Record-Route', 'Reject-Contact'].map(
    (name): Grows => ({
      what: `parameters of ${MANY} values of ${name}`,
      text: (isRequest, bytes) => {
        const parameters = ';a=1'.repeat(bytes / MANY / 4.7);
        const value = name === 'Reject-Contact' ? '*' : '<sip:+37120000001@a.lv>;index=1;mp=1;virkne';
        return message(isRequest, name, `${name}: ${value}${parameters}\r\n`.repeat(MANY));
      },
    }),
  ),
  ...VALUES.map(
    ([what, name, begin, piece, end]): Grows => ({
      what,
      text: (isRequest, bytes) => {
        const room = Math.min(bytes, LINE) - begin.length - end.length;
        const field = `${name}: ${begin}${piece.repeat(Math.floor(room / piece.length))}${end}\r\n`;
        const isOnce = /^(From|To|Via|Content-Type|Contact)$/.test(name);
        return message(isRequest, name, isOnce ? field : field.repeat(Math.max(1, Math.floor(bytes / LINE))));
      },
    }),
  ),
  ...BODIES.map(
    ([what, type, begin, piece]): Grows => ({
      what,
      text: (isRequest, bytes) =>
        message(isRequest, '', '', type, begin + piece.repeat(Math.ceil(bytes / piece.length))),
    }),
  ),
  ...HEADS.flatMap((head) =>
    PIECES.map(
      (piece): Grows => ({
        what: JSON.stringify(head + piece),
        text: (_isRequest, bytes) => (head + piece.repeat(Math.ceil(bytes / piece.length))).slice(0, bytes),
      }),
    ),
  ),
  { what: 'fields of other names', text: (isRequest, bytes) => message(isRequest, '', 'X: y\r\n'.repeat(bytes / 6)) },
  {
    what: 'the Request-URI or the reason phrase',
    text: (isRequest, bytes) =>
      message(isRequest, '', '').replace(
        isRequest ? /@\S+/ : 'OK',
        (old) => old + ';a=1'.repeat(Math.min(bytes, LINE) / 4),
      ),
  },
];

const LONGEST = CALL_SETTINGS.longestSessionSeconds;
const numbers = new Numbers(CALL_SETTINGS.defaultCountry);
const numberOf = (uri: string): string | undefined => numbers.fromUri(uri);
const rules = new HeaderRules(CALL_SETTINGS.headers, 'X-CID');
const invite = parseMessage(message(true, '', '')) as SipMessage;
const asked = {
  member: '+37120000001',
  diversion: '<sip:+37167000000@a>',
  history: '<sip:+37167000000@a>;index=1',
  numberOf,
};

/** Reads it as one that arrived in a datagram, and once more in pieces over TCP; whether it was taken. */
export function readWhole(text: string): boolean {
  const framer = new MessageFramer(65_535);
  for (let at = 0; at < text.length; at += 1_400) framer.push(text.slice(at, at + 1_400));
  const parsed = parseMessage(text);
  return parsed !== undefined && (parsed.isRequest ? readRequest(parsed) : readResponse(parsed));
}

function readRequest(request: SipMessage): boolean {
  const defect = defectOf(request);
  const stamped = stampReceived(request, '192.0.2.9', 5062);
  if (defect !== undefined) {
    responseTo(stamped, defect.status, defect.reason, { toTag: 'x' }).text.toString();
    return false;
  }
  readInDialog(stamped);
  const { headers } = new ReceivedMessage(stamped);
  const arrival = { isToContact: true, calledFrom: undefined };
  const settings = { ...CALL_SETTINGS, domain: undefined, refusalHeader: 'x-no-metadata', retryAfterSeconds: 1 };
  const decision = admit(
    { method: 'INVITE', uri: stamped.uri, headers, body: stamped.body } as Parameters<typeof admit>[0],
    { numbers, settings },
    { arrival, answersReliably: true, draining: false, full: false },
  );
  const wishes = { askForNoVoicemail: true, correlates: true };
  const trust = { trusted: false, least: undefined, ...wishes, rules, longestSession: LONGEST };
  const attempt = { pilot: '+37167000000', domain: 'a.lv', position: 2, memberUri: 'sip:b@c', numberOf };
  memberHeaders({ ...attempt, ...trust, received: headers, maxForwards: 69, previous: undefined });
  return !isRefusal(decision);
}

function readResponse(response: SipMessage): boolean {
  const defect = defectOf(response);
  const used = defect === undefined ? response : legible(response, invite);
  readInDialog(used);
  const { headers } = new ReceivedMessage(used);
  evidenceOf(headers, asked);
  agreedEvents(headers, headers);
  for (const name of ['www-authenticate', 'proxy-authenticate']) parseChallenges(headers[name] ?? '');
  answerHeaders(headers, headers, CALL_SETTINGS, rules, trustIn(false, headers));
  return defect === undefined;
}

function readInDialog(message: SipMessage): void {
  message.values('record-route');
  message.contactUri?.toString();
  descriptionIn(message);
  sessionExpires(message, LONGEST);
  supportsTimer(message);
}
