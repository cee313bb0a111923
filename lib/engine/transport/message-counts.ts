/** Requests and responses by method and class, as they are on the wire: every message passes here. */
import type { Count, Meter } from '../../base/meter.js';
import type { Tap } from './tapped.js';

/** In the order of how often they come. */
const METHODS = [
  ...[
    'INVITE',
    'ACK',
    'BYE',
    'CANCEL',
    'OPTIONS',
    'PRACK',
    'UPDATE',
    'INFO',
    'NOTIFY',
    'REGISTER',
    'SUBSCRIBE',
    'REFER',
  ],
  ...['MESSAGE', 'PUBLISH'],
];
const OTHER = METHODS.length;
const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', '6xx'];
const STATUS_LINE = 'SIP/2.0 ';
/** As we write it, and nearly everybody; the others as RFC 3261 §7.3.1 allows. */
const CSEQ = '\r\nCSeq: ';
const ANY_CSEQ = /\r\ncseq[ \t]*:\s*/i;
const [ZERO, NINE, SPACE, TAB] = [48, 57, 32, 9];

/** By method; of responses, by method and class. */
interface Direction {
  readonly requests: readonly Count[];
  readonly responses: readonly (readonly Count[])[];
}

export class MessageCounts implements Tap {
  readonly #in: Direction;
  readonly #out: Direction;

  constructor(meter: Meter) {
    this.#in = directionOf(meter, 'in');
    this.#out = directionOf(meter, 'out');
  }

  received(text: string): void {
    count(this.#in, text);
  }

  sent(text: string): void {
    count(this.#out, text);
  }
}

function directionOf(meter: Meter, direction: string): Direction {
  const methods = [...METHODS, 'other'];
  return {
    requests: methods.map((method) => meter.counter('sip_requests_total', { direction, method })),
    responses: methods.map((method) =>
      CLASSES.map((name) => meter.counter('sip_responses_total', { direction, method, class: name })),
    ),
  };
}

function count({ requests, responses }: Direction, text: string): void {
  if (!text.startsWith(STATUS_LINE)) requests[methodAt(text, 0, SPACE)]?.add();
  // What has no class is malformed, and counted as that.
  else responses[methodAt(text, methodInSequence(text), 0)]?.[text.charCodeAt(STATUS_LINE.length) - ZERO - 1]?.add();
}

/** @param end what must follow it; 0: anything that does not belong to a token */
function methodAt(text: string, at: number, end: number): number {
  for (let i = 0; i < OTHER; i++) {
    const method = METHODS[i] as string;
    if (!text.startsWith(method, at)) continue;
    const next = text.charCodeAt(at + method.length);
    return next === end || (end === 0 && !(next > SPACE)) ? i : OTHER;
  }
  return OTHER;
}

/** Where the method of CSeq begins: behind the number and white space. */
function methodInSequence(text: string): number {
  const usual = text.indexOf(CSEQ);
  const found = usual < 0 ? ANY_CSEQ.exec(text) : null;
  let at = usual < 0 ? (found === null ? text.length : found.index + found[0].length) : usual + CSEQ.length;
  while (isDigit(text.charCodeAt(at))) at++;
  while (isBlank(text.charCodeAt(at))) at++;
  return at;
}

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;
const isBlank = (code: number): boolean => code === SPACE || code === TAB;
