/**
 * Numbers that somebody wrote who is not us. All that are not read with the message they stand in (digitsIn of runs.ts) are read
 * here: decimal digits and nothing else (RFC 3261 §25.1), so no sign, fraction, exponent or other base, and never without bounds.
 */
const ZERO = 48;
const NINE = 57;
/** What may stand behind one: parameters, a comment, another value. */
const BEHIND = ' \t;(,';

/** Without bounds; NaN where there is none. */
function digitsOf(text: string): number {
  let value = 0;
  let at = 0;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) break;
    value = value * 10 + code - ZERO;
  }
  if (at === 0) return Number.NaN;
  return at === text.length || BEHIND.includes(text.charAt(at)) ? value : Number.NaN;
}

/** For what identifies or chooses. Undefined where there is none, or it is out of bounds. */
export function numberWithin(text: string | undefined, least: number, most: number): number | undefined {
  const value = digitsOf(text ?? '');
  return value >= least && value <= most ? value : undefined;
}

/** For what is measured, as seconds and counts are: out of bounds it counts as the bound. Undefined where there is none. */
export function numberHeld(text: string | undefined, least: number, most: number): number | undefined {
  const value = digitsOf(text ?? '');
  return Number.isNaN(value) ? undefined : Math.min(Math.max(value, least), most);
}

/** Of RSeq (RFC 3262 §7.1), and of CSeq, which is smaller. */
export const MOST_SEQUENCE = 2 ** 32 - 1;
/** Seconds; nobody is waited for longer than an hour because he says so. */
export const MOST_RETRY_AFTER = 3600;
