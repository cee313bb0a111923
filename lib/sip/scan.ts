import { COLON, CR, isTokenCode, LF, parseDigits, SPACE, TAB } from './chars.js';
import { badRequest, type Defect, type Limits } from './defect.js';
import { canonicalName } from './headers.js';

/** A header field: the name as written, the value unfolded and trimmed. */
export type Field = readonly [name: string, value: string];

/** The head of a message. Whatever could be read is here, whatever could not is named by `fault`. */
export interface Head {
  readonly startFrom: number;
  readonly startTo: number;
  readonly fields: readonly Field[];
  /** The canonical name of each field. */
  readonly names: readonly string[];
  /** Where the first Via value stands as written: `[viaFrom, viaTo)`; -1 without Via. */
  readonly viaFrom: number;
  readonly viaTo: number;
  /** -1 when absent, NaN when it is no number. */
  readonly contentLength: number;
  /** The position behind the empty line. */
  readonly bodyFrom: number;
  /** The first thing that is wrong. */
  readonly fault: Defect | undefined;
}

const isBlank = (code: number): boolean => code === SPACE || code === TAB;

/** RFC 3261 §7.3.1: a folded line break and the white space behind it count as one space. */
const unfold = (value: string): string => value.replace(/\r?\n[ \t]+/g, ' ');

/**
 * Scans start line and header fields in one pass. Lines end with CR LF (RFC 3261 §7). A bare LF is read as a line end, too, so
 * that a 400 can be sent, but it is a fault: another element takes what stands behind it for a part of the value, so accepting
 * it would let headers be smuggled past it. RFC 4475 has no message that asks for more.
 */
export function scanHead(text: string, limits: Limits): Head {
  const fields: Field[] = [];
  const names: string[] = [];
  let fault: Defect | undefined;
  let viaFrom = -1;
  let viaTo = -1;
  let contentLength = -1;
  let startTo = -1;
  /** The next CR: kept, because looking for one that is not there from each line would take quadratic time. */
  let cr = -1;

  let position = 0;
  // RFC 3261 §7.5: CRLF before the start line is ignored.
  while (text.charCodeAt(position) === CR || text.charCodeAt(position) === LF) position++;
  const startFrom = position;

  for (;;) {
    // One line, with its continuations.
    const lineFrom = position;
    let folded = false;
    let lineTo: number;
    for (let from = lineFrom; ; from = position) {
      const lf = text.indexOf('\n', from);
      if (lf < 0) {
        fault ??= badRequest('Header section is not ended by an empty line');
        lineTo = text.length;
        position = lineTo;
        break;
      }
      lineTo = lf > from && text.charCodeAt(lf - 1) === CR ? lf - 1 : lf;
      if (cr < from) {
        cr = text.indexOf('\r', from);
        if (cr < 0) cr = text.length;
      }
      if (lineTo === lf || cr !== lineTo) fault ??= badRequest('Line ends are not CRLF');
      position = lf + 1;
      if (lineTo === from || !isBlank(text.charCodeAt(position))) break;
      folded = true;
    }
    if (lineTo - lineFrom > limits.line) {
      fault ??=
        startTo < 0
          ? { status: 414, reason: 'Request-URI is too long' }
          : { status: 513, reason: 'Header line is too long' };
    }

    if (startTo < 0) {
      startTo = lineTo;
      if (folded) fault ??= badRequest('Start line is folded');
      if (position >= text.length) break;
      continue;
    }
    if (lineTo === lineFrom) break;

    let nameTo = lineFrom;
    while (nameTo < lineTo && isTokenCode(text.charCodeAt(nameTo))) nameTo++;
    let colon = nameTo;
    while (colon < lineTo && isBlank(text.charCodeAt(colon))) colon++;
    if (nameTo === lineFrom || text.charCodeAt(colon) !== COLON || colon >= lineTo) {
      fault ??= badRequest('Header line is malformed');
    } else if (fields.length >= limits.fields) {
      fault ??= { status: 513, reason: 'Too many header fields' };
      break;
    } else {
      let from = colon + 1;
      let to = lineTo;
      while (from < to && text.charCodeAt(from) <= SPACE && isFoldOrBlank(text.charCodeAt(from))) from++;
      while (to > from && text.charCodeAt(to - 1) <= SPACE && isFoldOrBlank(text.charCodeAt(to - 1))) to--;
      const name = text.slice(lineFrom, nameTo);
      const canonical = canonicalName(name);
      const slice = text.slice(from, to);
      const value = folded ? unfold(slice) : slice;
      fields.push([name, value]);
      names.push(canonical);
      if (canonical === 'via') {
        if (viaFrom < 0) {
          viaFrom = from;
          viaTo = to;
        }
      } else if (canonical === 'content-length') {
        const length = parseDigits(value);
        if (contentLength !== -1) fault ??= badRequest('Content-Length appears more than once');
        else if (Number.isNaN(length)) fault ??= badRequest('Content-Length is no number');
        contentLength = contentLength === -1 || contentLength === length ? length : Number.NaN;
      }
    }
    if (position >= text.length) {
      fault ??= badRequest('Header section is not ended by an empty line');
      break;
    }
  }
  return { startFrom, startTo, fields, names, viaFrom, viaTo, contentLength, bodyFrom: position, fault };
}

const isFoldOrBlank = (code: number): boolean => isBlank(code) || code === CR || code === LF;
