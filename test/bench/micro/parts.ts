/** The parts that every message passes, without any I/O. */
import { createRequire } from 'node:module';
import { encodeFrame, FrameReader } from '../../../lib/base/frames.js';
import { serverKey } from '../../../lib/engine/transaction/matching.js';
import { responseTo, stampReceived } from '../../../lib/sip/build.js';
import { type Field, SipMessage } from '../../../lib/sip/message.js';
import { parseMessage } from '../../../lib/sip/parse.js';
import { scanHead } from '../../../lib/sip/scan.js';
import { defectOf } from '../../../lib/sip/validate.js';
import { answerBody, inviteText } from '../../../lib/warm-up/messages.js';
import { type Timed, time } from './timing.js';

type Constructor = new (text: string) => unknown;

/** The parser that drachtio-srf itself uses; it has no types of its own. */
const DrachtioMessage = createRequire(import.meta.url)('drachtio-srf/lib/sip-parser/message') as Constructor;

const COPIES = 256;
const OPEN_TRANSACTIONS = 20_000;

/** What a phone answers to an INVITE of ours. */
const okText = (call: number): string =>
  [
    'SIP/2.0 200 OK',
    `Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK7a8f6b5c4d3e${call};rport=5060;received=10.0.0.1`,
    'Record-Route: <sip:10.2.0.1;lr>',
    `From: "Janis Berzins" <sip:+37120000009@10.1.0.1;user=phone>;tag=gK0c${call}`,
    `To: <sip:+37167000000@10.0.0.1;user=phone>;tag=as5f2c${call}`,
    `Call-ID: 1234567_${call}@10.1.0.1`,
    'CSeq: 8821 INVITE',
    'Contact: <sip:+37120000001@10.2.0.9:5060>',
    'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS',
    'Content-Type: application/sdp',
    `Content-Length: ${answerBody.length}`,
    '',
    answerBody,
  ].join('\r\n');

const byeText = (call: number): string =>
  [
    'BYE sip:+37167000000@10.0.0.1:5060 SIP/2.0',
    `Via: SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bK8a8f6b5c4d3e${call};rport`,
    'Max-Forwards: 70',
    `From: "Janis Berzins" <sip:+37120000009@10.1.0.1;user=phone>;tag=gK0c${call}`,
    `To: <sip:+37167000000@10.0.0.1;user=phone>;tag=as5f2c${call}`,
    `Call-ID: 1234567_${call}@10.1.0.1`,
    'CSeq: 8822 BYE',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');

/** As from a socket, a fresh one each time: V8 must not have its hash or its slices. */
const copies = (text: (call: number) => string): string[] =>
  Array.from({ length: COPIES }, (_, i) => Buffer.from(text(i), 'latin1').toString('latin1'));

export function parts(): (() => Timed)[] {
  const texts = copies(inviteText);
  const oks = copies(okText);
  const byes = copies(byeText);
  let turn = 0;
  const next = (list: readonly string[]): string => list[turn++ % COPIES] as string;
  const fresh = (): string => next(texts);
  const parsed = (): SipMessage => parseMessage(fresh()) as SipMessage;
  const invites = Array.from({ length: COPIES }, parsed);
  const invite = (): SipMessage => invites[turn++ % COPIES] as SipMessage;
  // The fields of a request of ours, as the engine puts them together for each.
  const built = invites.map(({ uri, fields, body }) => ({
    uri,
    fields: fields.map(([name, value]): Field => [name, value]),
    body,
  }));
  const build = (): SipMessage => {
    const { uri, fields, body } = built[turn++ % COPIES] as (typeof built)[number];
    return SipMessage.request('INVITE', uri, fields, body);
  };
  const bytes = Buffer.from(inviteText(0), 'latin1');

  const open = new Map<string, number>();
  for (let i = 0; i < OPEN_TRANSACTIONS; i++) {
    open.set(serverKey(parseMessage(inviteText(i)) as SipMessage, 'INVITE'), i);
  }
  const reader = new FrameReader();
  const frames = texts.map(encodeFrame);

  return [
    () => time('bytes → text', () => bytes.toString('latin1')),
    () => time('scan INVITE', () => scanHead(fresh())),
    () => time('parse INVITE (scan, canonical names)', parsed),
    () => time('parse INVITE, defectOf', () => defectOf(parsed())),
    () => time('parse INVITE, defectOf, stampReceived', () => judged(parsed())),
    () => time('parse 200, defectOf', () => defectOf(parseMessage(next(oks)) as SipMessage)),
    () => time('parse BYE, defectOf', () => defectOf(parseMessage(next(byes)) as SipMessage)),
    () => time('drachtio-srf parses INVITE', () => new DrachtioMessage(fresh())),
    () => time('180 to INVITE, serialised', () => responseTo(invite(), 180, 'Ringing', { toTag: 'f3a9c1' }).text),
    () => time('INVITE of ours, serialised', () => build().text),
    () => time('transaction match among 20,000', () => open.get(serverKey(invite(), 'INVITE'))),
    () => time('frame encode', () => encodeFrame(fresh())),
    () => time('frame decode', () => reader.read(frames[turn++ % COPIES] as string, () => {})),
  ];
}

function judged(message: SipMessage): SipMessage {
  defectOf(message);
  return stampReceived(message, '10.1.0.1', 5060);
}
