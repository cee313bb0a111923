import { randomInt } from 'node:crypto';
import { CodedError } from '../../base/errors.js';
import { canonicalName, hasOption } from '../../sip/headers.js';
import type { SipMessage } from '../../sip/message.js';
import { MOST_SEQUENCE, numberWithin } from '../../sip/number.js';
import { ResponseOrder } from '../../sip/response-order.js';
import type { ResponseDraft } from '../api.js';
import type { Context } from '../context.js';
import { Repetition, type RepetitionUser } from './repetition.js';

/** The application asked for a reliable response, and answers the PRACK; otherwise the engine does. */
export type PrackAnswerer = 'asked' | 'automatic';

interface Provisional {
  readonly number: number;
  readonly message: SipMessage;
  readonly answerer: PrackAnswerer;
  readonly sent: (() => void) | undefined;
}

/** So that a number never wraps within a call (RFC 3262 §3: start below 2**31). */
const FIRST_NUMBER_LIMIT = 2 ** 31;

/** RFC 3262 §3: the reliable provisional responses of one INVITE, each repeated until its PRACK, and the 2xx behind them. */
export class ReliableProvisionals {
  readonly #context: Context;
  readonly #cseq: number;
  readonly #transmit: (text: string) => void;
  readonly #unacknowledged: () => void;
  readonly #user: RepetitionUser;
  readonly #order = new ResponseOrder();
  #number = randomInt(1, FIRST_NUMBER_LIMIT);
  #current: Provisional | undefined;
  #repetition: Repetition | undefined;

  /** @param unacknowledged called when no PRACK came within 64·T1 */
  constructor(
    context: Context,
    cseq: number,
    transmit: (text: string) => void,
    unacknowledged: () => void,
    user: RepetitionUser,
  ) {
    this.#context = context;
    this.#cseq = cseq;
    this.#transmit = transmit;
    this.#unacknowledged = unacknowledged;
    this.#user = user;
  }

  /** The RSeq of the next response. */
  nextNumber(): number {
    return this.#number++;
  }

  /** A 2xx is decided but waits. */
  get holdsAnswer(): boolean {
    return this.#order.holdsAnswer;
  }

  send(provisional: Provisional): void {
    this.#order.submit('reliable', provisional.message.body !== '', () => this.#repeat(provisional));
  }

  /** Sends the 2xx when it may go. */
  answer(send: () => void): void {
    this.#order.submit('acceptance', true, send);
  }

  /** Whether the RAck names the open response, and who answers this PRACK. */
  acknowledged(prack: SipMessage): PrackAnswerer | 'unknown' {
    const [number, cseq, method] = (prack.first('rack') ?? '').trim().split(/\s+/);
    const current = this.#current;
    const read = (text: string | undefined): number | undefined => numberWithin(text, 0, MOST_SEQUENCE);
    const matches = current !== undefined && read(number) === current.number && read(cseq) === this.#cseq;
    if (!matches || method !== 'INVITE') return 'unknown';
    this.stop();
    this.#current = undefined;
    return current.answerer;
  }

  /** Goes on behind a PRACK, once that is on its way to the application. */
  proceed(): void {
    this.#order.acknowledged();
  }

  /** The INVITE has its final response. */
  end(): void {
    this.#order.end();
    this.stop();
  }

  stop(): void {
    this.#repetition?.stop();
  }

  #repeat(provisional: Provisional): void {
    this.#current = provisional;
    const { bareClock, timers } = this.#context;
    const repeated = { send: () => this.#transmit(provisional.message.text), expired: this.#unacknowledged };
    this.#repetition = new Repetition(bareClock, timers, Number.POSITIVE_INFINITY, repeated, this.#user);
    provisional.sent?.();
  }
}

/** It has no compact form. */
const REQUIRE = 'require';

/** Whether a provisional response goes reliably, and who answers its PRACK then. Throws where the caller does not support it. */
export function reliabilityOf(invite: SipMessage, { fields, reliable }: ResponseDraft): PrackAnswerer | undefined {
  const isAsked = fields.some(
    ([name, value]) => name.length === REQUIRE.length && canonicalName(name) === REQUIRE && hasOption(value, '100rel'),
  );
  const isDemanded = wants100rel(invite, 'require');
  if (!isAsked && !isDemanded && reliable !== true) return undefined;
  if (!isDemanded && !wants100rel(invite, 'supported')) {
    throw new CodedError('REQUEST_INVALID', 'Remote endpoint does not support 100rel');
  }
  return isAsked ? 'asked' : 'automatic';
}

const wants100rel = (message: SipMessage, header: 'require' | 'supported'): boolean =>
  message.has(header) && message.values(header).some((option) => option.toLowerCase() === '100rel');
