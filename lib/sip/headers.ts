import { BACKSLASH, COMMA, GREATER, isTokenCode, LESS, QUOTE, trim } from './chars.js';
import { LIMITS } from './defect.js';
import { canonicalName } from './names.js';
import { NO_PARAMS, type Params, parseParams } from './params.js';

export { canonicalName };

/** The end of the comma-separated value that begins at `from`; commas in quotes and angle brackets do not count. */
export function valueEnd(text: string, from: number): number {
  if (text.indexOf(',', from) < 0) return text.length;
  let quoted = false;
  let bracketed = false;
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (quoted) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) quoted = false;
    } else if (code === COMMA) {
      if (!bracketed) return i;
    } else if (code === QUOTE) quoted = !bracketed;
    else if (code === LESS) bracketed = true;
    else if (code === GREATER) bracketed = false;
  }
  return text.length;
}

/**
 * Takes a comma-separated header value apart, respecting quotes and angle brackets. Comments are not respected: no header that
 * is a list has them (RFC 3261 §25.1), and a parenthesis in a URI must not hide a comma. Of more values than an honest message
 * has, which the embedded engine refuses, the rest is left out.
 */
export function splitValues(value: string): string[] {
  const values: string[] = [];
  for (let start = 0; start <= value.length && values.length < LIMITS.values; ) {
    const end = valueEnd(value, start);
    values.push(trim(value.slice(start, end)));
    start = end + 1;
  }
  return values;
}

/** What stands before the parameters, where that is a token or two, as in Content-Type, Reason and Session-Expires. */
export function mainValue(value: string): string {
  const end = value.indexOf(';');
  return trim(end < 0 ? value : value.slice(0, end));
}

/** The parameters behind such a value. */
export function paramsOf(value: string): Params {
  const start = value.indexOf(';');
  return start < 0 ? NO_PARAMS : parseParams(value.slice(start));
}

/** Whether an Allow has this method, whose name has a case (RFC 3261 §7.1). */
export function allows(list: string, method: string): boolean {
  for (let at = list.indexOf(method); at >= 0; at = list.indexOf(method, at + 1)) {
    if (isBetween(list.charCodeAt(at - 1)) && isBetween(list.charCodeAt(at + method.length))) return true;
  }
  return false;
}

/** What stands between tokens, or NaN: behind the last one, before the first. */
const isBetween = (code: number): boolean => !isTokenCode(code);

/** Whether a list of tokens, such as Require and Request-Disposition, has this one, given in lower case. */
export const hasOption = (value: string, option: string): boolean =>
  splitValues(value).some((one) => one.toLowerCase() === option);
