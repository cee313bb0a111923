/** A peer that is careless: real call flows against whatever an engine last sent, of which the fuzzer mutates some. */
import { ackFor, cancelFor, responseTo } from '../../lib/sip/build.js';
import { type Field, SipMessage } from '../../lib/sip/message.js';
import { parseMessage } from '../../lib/sip/parse.js';
import { SDP } from '../support/sip-peer.js';
import { pick, type Random } from './mutate.js';

const REMEMBERED = 64;
const STATUSES = [100, 180, 183, 181, 200, 200, 200, 202, 302, 401, 407, 422, 480, 486, 487, 491, 500, 503, 603];
const OUTSIDE = [
  'OPTIONS',
  'REGISTER',
  'MESSAGE',
  'SUBSCRIBE',
  'NOTIFY',
  'INFO',
  'REFER',
  'BYE',
  'UPDATE',
  'PRACK',
  'FOO',
];
const INSIDE = ['ACK', 'ACK', 'BYE', 'INVITE', 'UPDATE', 'INFO', 'PRACK', 'OPTIONS', 'NOTIFY', 'MESSAGE', 'CANCEL'];
const CONTACTS = [
  '<sip:x@10.0.0.9:5060>',
  '<sip:x@10.0.0.9;transport=tcp>',
  '<sip:x@member.example.net>',
  '<sip:x@[2001:db8::9]:5066>',
  '<sips:x@10.0.0.9>',
  '<sip:x@10.0.0.1:5060>',
  '"A, B" <sip:x@10.0.0.8:0;maddr=10.0.0.7>',
  'sip:x@10.0.0.9',
];
const OPTIONAL: readonly Field[] = [
  ['Supported', '100rel, timer'],
  ['Require', '100rel'],
  ['Session-Expires', '90;refresher=uac'],
  ['Session-Expires', '1800;refresher=uas'],
  ['Session-Expires', '10'],
  ['Record-Route', '<sip:10.0.0.5;lr>, <sip:proxy.example.net>'],
  ['Max-Forwards', '0'],
  ['Expires', '3'],
  ['Event', 'presence'],
  ['Subscription-State', 'terminated'],
  ['RSeq', '1'],
  ['RSeq', '4294967295'],
  ['RAck', '1 1 INVITE'],
  ['Retry-After', '1'],
  ['Via', 'SIP/2.0/UDP 10.0.0.66;branch=z9hG4bKsecond'],
];

export class CarelessPeer {
  readonly #random: Random;
  /** What the engine sent last, oldest first. */
  readonly heard: string[] = [];
  #calls = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  hear(text: string): void {
    this.heard.push(text);
    if (this.heard.length > REMEMBERED) this.heard.shift();
  }

  /** A message of a real flow. */
  next(): string {
    const roll = this.#random(10);
    const heard = this.heard.length === 0 ? undefined : parseMessage(pick(this.heard, this.#random));
    if (heard === undefined || roll < 3) return this.#opening().text;
    if (heard.isRequest) return this.#response(heard).text;
    return this.#follow(heard).text;
  }

  #some(): Field[] {
    return OPTIONAL.filter(() => this.#random(12) === 0);
  }

  #opening(): SipMessage {
    const method = this.#random(3) > 0 ? 'INVITE' : pick(OUTSIDE, this.#random);
    const again = this.#random(8) === 0;
    const call = again ? this.#random(this.#calls + 1) : ++this.#calls;
    const fields: Field[] = [
      ['Via', `SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKpeer${this.#random(9) === 0 ? 'same' : call}`],
      ['From', `<sip:caller@10.0.0.9>;tag=f${call}`],
      ['To', '<sip:service@10.0.0.1>'],
      ['Call-ID', `fuzz-${call}`],
      ['CSeq', `${1 + this.#random(3)} ${method}`],
      ['Contact', pick(CONTACTS, this.#random)],
      ...this.#some(),
    ];
    const body = method === 'INVITE' ? SDP : '';
    return SipMessage.request(method, 'sip:service@10.0.0.1', [...fields, ['Content-Type', 'application/sdp']], body);
  }

  #response(request: SipMessage): SipMessage {
    const status = pick(STATUSES, this.#random);
    const fields: Field[] = [['Contact', pick(CONTACTS, this.#random)], ...this.#some()];
    const toTag = `t${this.#random(3)}`;
    return responseTo(request, status, 'Whatever', { toTag, fields, body: this.#random(2) === 0 ? SDP : '' });
  }

  /** What comes behind a response: an ACK or CANCEL of its transaction, a request within its dialog, or the engine's own again. */
  #follow(response: SipMessage): SipMessage {
    const { method, number } = cseqOf(response);
    const uri = response.contactUri ?? 'sip:service@10.0.0.1';
    const request = SipMessage.request(method || 'INVITE', uri, headOf(response, `${number} ${method || 'INVITE'}`));
    if (method === 'INVITE' && this.#random(4) === 0) {
      return this.#random(2) === 0 ? cancelFor(request) : ackFor(request, response);
    }
    const next = pick(INSIDE, this.#random);
    const sequence = next === 'ACK' ? number : number + this.#random(4);
    const fields = headOf(response, `${sequence} ${next}`).map(
      (field): Field => (field[0] === 'Via' ? ['Via', this.#via()] : field),
    );
    const rack: Field = ['RAck', `${response.first('rseq') ?? 1} ${number} INVITE`];
    const contact: Field = ['Contact', pick(CONTACTS, this.#random)];
    return SipMessage.request(next, uri, [...fields, contact, rack, ...this.#some()], '');
  }

  #via(): string {
    return `SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKin${this.#random(50_000)}`;
  }
}

/** The engine's own messages may name no method that we know: then they say nothing. */
function cseqOf(message: SipMessage): { method: string; number: number } {
  try {
    return message.cseq;
  } catch {
    return { method: '', number: 1 };
  }
}

const headOf = (response: SipMessage, cseq: string): Field[] => [
  ['Via', response.first('via') ?? 'SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKnone'],
  ['From', response.first('from') ?? '<sip:a@10.0.0.9>;tag=a'],
  ['To', response.first('to') ?? '<sip:b@10.0.0.1>'],
  ['Call-ID', response.callId],
  ['CSeq', cseq],
];
