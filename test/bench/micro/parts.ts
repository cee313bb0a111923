/** The parts that every message passes, without any I/O. */
import { createRequire } from 'node:module';
import { encodeFrame, FrameReader } from '../../../lib/drachtio/frames.js';
import { serverKey } from '../../../lib/engine/transaction/matching.js';
import { inviteText } from '../../../lib/rehearsal/messages.js';
import { responseTo, stampReceived } from '../../../lib/sip/build.js';
import { DEFAULT_LIMITS } from '../../../lib/sip/defect.js';
import type { SipMessage } from '../../../lib/sip/message.js';
import { parseMessage } from '../../../lib/sip/parse.js';
import { scanHead } from '../../../lib/sip/scan.js';
import { defectOf } from '../../../lib/sip/validate.js';
import { type Timed, time } from './timing.js';

type Constructor = new (text: string) => unknown;

/** The parser that drachtio-srf itself uses; it has no types of its own. */
const DrachtioMessage = createRequire(import.meta.url)('drachtio-srf/lib/sip-parser/message') as Constructor;

const COPIES = 256;
const OPEN_TRANSACTIONS = 20_000;

export function parts(): (() => Timed)[] {
  // As from a socket, a fresh one each time: V8 must not have its hash or its slices.
  const texts = Array.from({ length: COPIES }, (_, i) => Buffer.from(inviteText(i), 'latin1').toString('latin1'));
  let turn = 0;
  const fresh = (): string => texts[turn++ % COPIES] as string;
  const parsed = (): SipMessage => parseMessage(fresh()) as SipMessage;
  const invites = Array.from({ length: COPIES }, parsed);
  const invite = (): SipMessage => invites[turn++ % COPIES] as SipMessage;
  const bytes = Buffer.from(inviteText(0), 'latin1');

  const open = new Map<string, number>();
  for (let i = 0; i < OPEN_TRANSACTIONS; i++) {
    open.set(serverKey(parseMessage(inviteText(i)) as SipMessage, 'INVITE'), i);
  }
  const reader = new FrameReader();
  const frames = texts.map(encodeFrame);

  return [
    () => time('bytes → text', () => bytes.toString('latin1')),
    () => time('scan INVITE', () => scanHead(fresh(), DEFAULT_LIMITS)),
    () => time('parse INVITE (scan, canonical names)', parsed),
    () => time('parse INVITE, defectOf', () => defectOf(parsed())),
    () => time('parse INVITE, defectOf, stampReceived', () => judged(parsed())),
    () => time('drachtio-srf parses INVITE', () => new DrachtioMessage(fresh())),
    () => time('180 to INVITE, serialised', () => responseTo(invite(), 180, 'Ringing', { toTag: 'f3a9c1' }).text),
    () => time('transaction match among 20,000', () => open.get(serverKey(invite(), 'INVITE'))),
    () => time('frame encode', () => encodeFrame(fresh())),
    () => time('frame decode', () => reader.read(frames[turn++ % COPIES] as string, () => {})),
  ];
}

function judged(message: SipMessage): SipMessage {
  defectOf(message);
  return stampReceived(message, '10.1.0.1', 5060);
}
