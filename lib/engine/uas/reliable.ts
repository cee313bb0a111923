import { randomInt } from 'node:crypto';
import type { SipMessage } from '../../sip/message.js';
import { MOST_SEQUENCE, numberWithin } from '../../sip/number.js';
import type { Context } from '../context.js';
import { Repetition, type RepetitionUser } from './repetition.js';

interface Provisional {
  readonly number: number;
  readonly text: string;
  /** The application asked for it and answers the PRACK; otherwise the engine does. */
  readonly asked: boolean;
}

/** So that a number never wraps within a call (RFC 3262 §3: start below 2**31). */
const FIRST_NUMBER_LIMIT = 2 ** 31;

/** RFC 3262 §3: the reliable provisional responses of one INVITE, one at a time, each until its PRACK. */
export class ReliableProvisionals {
  readonly #context: Context;
  readonly #cseq: number;
  readonly #transmit: (text: string) => void;
  readonly #unacknowledged: () => void;
  readonly #user: RepetitionUser;
  readonly #waiting: Provisional[] = [];
  #number = randomInt(1, FIRST_NUMBER_LIMIT);
  #current: Provisional | undefined;
  #repetition: Repetition | undefined;
  #whenIdle: (() => void) | undefined;

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

  send(number: number, text: string, asked: boolean): void {
    this.#waiting.push({ number, text, asked });
    this.#advance();
  }

  /** Runs `action` when every response has its PRACK: a 2xx must wait for that. */
  whenIdle(action: () => void): void {
    if (this.#current === undefined) action();
    else this.#whenIdle = action;
  }

  /** Whether the RAck names the open response, and who answers this PRACK. */
  acknowledged(prack: SipMessage): 'asked' | 'automatic' | 'unknown' {
    const [number, cseq, method] = (prack.first('rack') ?? '').trim().split(/\s+/);
    const current = this.#current;
    const read = (text: string | undefined): number | undefined => numberWithin(text, 0, MOST_SEQUENCE);
    const matches = current !== undefined && read(number) === current.number && read(cseq) === this.#cseq;
    if (!matches || method !== 'INVITE') return 'unknown';
    this.stop();
    this.#current = undefined;
    return current.asked ? 'asked' : 'automatic';
  }

  /** Goes on behind a PRACK, once that is on its way to the application. */
  proceed(): void {
    this.#advance();
    if (this.#current !== undefined) return;
    const action = this.#whenIdle;
    this.#whenIdle = undefined;
    action?.();
  }

  stop(): void {
    this.#repetition?.stop();
  }

  #advance(): void {
    if (this.#current !== undefined) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#current = next;
    const { clock, timers } = this.#context;
    const send = () => this.#transmit(next.text);
    this.#repetition = new Repetition(clock, timers, Number.POSITIVE_INFINITY, send, this.#unacknowledged, this.#user);
  }
}

/** Whether a message names `100rel` in Require or, where allowed, in Supported. */
export const wants100rel = (message: SipMessage, header: 'require' | 'supported'): boolean =>
  message.has(header) && message.values(header).some((option) => option.toLowerCase() === '100rel');
