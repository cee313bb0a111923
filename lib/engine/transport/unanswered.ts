import type { Clock } from '../../base/clock.js';

/** A request as it was written to a connection. */
export interface Written {
  readonly text: string;
  readonly failed: (error: Error) => void;
  /** On another connection before, which was closed as well. */
  readonly isRepeated: boolean;
  readonly at: number;
}

/** 64 × T1: by then its transaction is over (RFC 3261 §17). */
export const ANSWER_MS = 32_000;
/** Of a peer that answers nothing. */
const MOST = 1000;

/** Requests that nothing has come back for. A peer that closes the connection may never have read them. */
export class Unanswered {
  readonly #clock: Clock;
  /** By branch: a CANCEL leaves only when its INVITE has been heard. */
  readonly #written = new Map<string, Written>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns whether it is one, and no ACK */
  note(text: string, failed: (error: Error) => void, isRepeated: boolean): boolean {
    if (!expectsAnswer(text)) return false;
    const branch = branchIn(text);
    if (branch === '') return true;
    this.#written.set(branch, { text, failed, isRepeated, at: this.#clock.now() });
    for (const oldest of this.#written.keys()) {
      if (this.#written.size <= MOST) break;
      this.#written.delete(oldest);
    }
    return true;
  }

  /** @param text a message that has come */
  heard(text: string): void {
    if (this.#written.size > 0 && text.startsWith('SIP/2.0')) this.#written.delete(branchIn(text));
  }

  has(text: string): boolean {
    return this.#written.get(branchIn(text))?.text === text;
  }

  /** Those whose transactions may still wait. They are the caller's from now on. */
  take(): readonly Written[] {
    const oldest = this.#clock.now() - ANSWER_MS;
    const all = [...this.#written.values()].filter(({ at }) => at > oldest);
    this.#written.clear();
    return all;
  }
}

const expectsAnswer = (text: string): boolean =>
  !text.startsWith('SIP/2.0') && !text.startsWith('ACK ') && !text.startsWith('\r');

/** Of the topmost Via, as its writer wrote it and everybody else repeats it; empty where there is none. */
function branchIn(text: string): string {
  const at = text.indexOf('branch=', text.indexOf('\r\n'));
  if (at < 0) return '';
  let end = at;
  while (end < text.length && !';,\r \t'.includes(text.charAt(end))) end++;
  return text.slice(at, end);
}
