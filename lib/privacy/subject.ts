/** Whose data it is: a number in E.164, or the SIP URI of a member. Pure. */
import { maskNumber } from '../base/log.js';

/** In place of a number that was erased. */
export const ERASED = 'erased';
/** In place of a caller who asked not to be shown. */
export const WITHHELD = 'withheld';

const E164 = /^\+[1-9]\d{6,14}$/;
const SIP_URI = /^sips?:[^\s@]+@[^\s@]+$/i;
const PUNCTUATION = /[.*+?^${}()|[\]\\]/g;

/** Of whom something is kept. */
export class Subject {
  readonly number: string;
  readonly #pattern: RegExp;

  /** @param number in E.164, or a SIP URI; see {@link isSubject} */
  constructor(number: string) {
    this.number = number;
    const literal = (text: string): string => text.replace(PUNCTUATION, '\\$&');
    const pattern = E164.test(number)
      ? `(?<![\\d+])\\+?${literal(number.slice(1))}(?!\\d)`
      : `${literal(number)}(?![\\w.-])`;
    this.#pattern = new RegExp(pattern, 'g');
  }

  /** Whether the text is the subject's number, in whatever form, and nothing else. */
  is(text: string): boolean {
    return text !== '' && this.erasedFrom(text) === ERASED;
  }

  isIn(text: string): boolean {
    return text.search(this.#pattern) >= 0;
  }

  erasedFrom(text: string): string {
    return text.replace(this.#pattern, ERASED);
  }

  /** As others are shown in an export: the subject's own number whole, that of anybody else masked. */
  shown(party: string): string {
    if (this.is(party)) return this.number;
    return party.startsWith('+') || !party.includes(':') ? maskNumber(party) : 'sip:***';
  }
}

export const isSubject = (number: string): boolean => E164.test(number) || SIP_URI.test(number);
