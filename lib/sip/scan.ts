import { COLON, CR, LF, parseDigits, SPACE, TAB } from './chars.js';
import { messageCodes } from './codes.js';
import { badRequest, type Defect, LIMITS } from './defect.js';
import { IS_LIST } from './list-names.js';
import { CONTENT_LENGTH, numberIn } from './names.js';
import { digitsIn, find, lineEnd, runEnd, spaceEnd, TOKEN, trimmedEnd } from './runs.js';

/**
 * Where the fields of a message stand in its text, three numbers a field: the number of its name (`names.ts`), with `ODD` as
 * there and with `FOLDED` when its value reaches over several lines, and `[from, to)` of its value as written, without white space around it.
 */
export type Index = readonly number[];

export const STRIDE = 3;
export const FOLDED = 256;
/** What is left without either. */
export const NUMBER = 255;

/** What is known of the fields behind the start line. */
export interface IndexedHead {
  readonly index: Index;
  /** Chars of their values as written. */
  readonly bytes: number;
  /** Of those that are lists, one added for each. */
  readonly listBytes: number;
}

/** The head of a message. Whatever could be read is here, whatever could not is named by `fault`. */
export interface Head extends IndexedHead {
  readonly startFrom: number;
  readonly startTo: number;
  /** -1 when absent, NaN when it is no number. */
  readonly contentLength: number;
  /** The position behind the empty line. */
  readonly bodyFrom: number;
  /** The first thing that is wrong. */
  readonly fault: Defect | undefined;
}

const isBlank = (code: number | undefined): boolean => code === SPACE || code === TAB;

/** RFC 3261 §7.3.1: a folded line break and the white space behind it count as one space. */
export const unfold = (value: string): string => value.replace(/\r?\n[ \t]+/g, ' ');

/** Where the index of the message being scanned grows; kept, so that growing costs no memory. */
const growing: number[] = [];

/**
 * Scans start line and header fields in one pass. Lines end with CR LF (RFC 3261 §7). A bare LF is read as a line end, too, so
 * that a 400 can be sent, but it is a fault: another element takes what stands behind it for a part of the value, so accepting
 * it would let headers be smuggled past it. RFC 4475 has no message that asks for more.
 */
export function scanHead(text: string): Head {
  const codes = messageCodes.of(text);
  const end = text.length;
  let size = 0;
  let bytes = 0;
  let listBytes = 0;
  let fault: Defect | undefined;
  let contentLength = -1;
  let startTo = -1;

  let position = 0;
  // RFC 3261 §7.5: CRLF before the start line is ignored.
  while (position < end && (codes[position] === CR || codes[position] === LF)) position++;
  const startFrom = position;

  for (;;) {
    const lineFrom = position;
    const nameTo = runEnd(codes, lineFrom, end, TOKEN);
    // The rest of the line, with its continuations.
    let folded = false;
    let lineTo = nameTo;
    for (let from = lineFrom; ; from = position) {
      lineTo = lineEnd(codes, lineTo, end);
      const isClean = codes[lineTo] === CR && codes[lineTo + 1] === LF;
      const lf = isClean ? lineTo + 1 : find(codes, lineTo, end, LF);
      if (lf >= end) {
        fault ??= badRequest('Header section is not ended by an empty line');
        lineTo = end;
        position = end;
        break;
      }
      if (!isClean) {
        lineTo = lf > from && codes[lf - 1] === CR ? lf - 1 : lf;
        fault ??= badRequest('Line ends are not CRLF');
      }
      position = lf + 1;
      if (lineTo === from || position >= end || (codes[position] as number) > SPACE || !isBlank(codes[position])) break;
      folded = true;
      lineTo = position;
    }
    if (lineTo - lineFrom > LIMITS.line) {
      fault ??=
        startTo < 0
          ? { status: 414, reason: 'Request-URI is too long' }
          : { status: 513, reason: 'Header line is too long' };
    }

    if (startTo < 0) {
      startTo = lineTo;
      if (folded) fault ??= badRequest('Start line is folded');
      if (position >= end) break;
      continue;
    }
    if (lineTo === lineFrom) break;

    let colon = nameTo;
    if (codes[colon] !== COLON) while (colon < lineTo && isBlank(codes[colon])) colon++;
    if (nameTo === lineFrom || colon >= lineTo || codes[colon] !== COLON) {
      fault ??= badRequest('Header line is malformed');
    } else if (size >= LIMITS.fields * STRIDE) {
      fault ??= { status: 513, reason: 'Too many header fields' };
      break;
    } else {
      // Nearly always there is one space, and none behind.
      const isUsual = colon + 2 < lineTo && codes[colon + 1] === SPACE && (codes[colon + 2] as number) > SPACE;
      const from = isUsual ? colon + 2 : spaceEnd(codes, colon + 1, lineTo);
      const to = (codes[lineTo - 1] as number) > SPACE ? lineTo : trimmedEnd(codes, from, lineTo);
      const name = numberIn(codes, lineFrom, nameTo);
      bytes += to - from;
      if (IS_LIST[name & NUMBER] === 1) listBytes += to - from + 1;
      growing[size] = folded ? name | FOLDED : name;
      growing[size + 1] = from;
      growing[size + 2] = to;
      size += STRIDE;
      if ((name & NUMBER) === CONTENT_LENGTH) {
        const length = folded ? parseDigits(unfold(text.slice(from, to))) : digitsIn(codes, from, to);
        if (contentLength !== -1) fault ??= badRequest('Content-Length appears more than once');
        else if (Number.isNaN(length)) fault ??= badRequest('Content-Length is no number');
        contentLength = contentLength === -1 || contentLength === length ? length : Number.NaN;
      }
    }
    if (position >= end) {
      fault ??= badRequest('Header section is not ended by an empty line');
      break;
    }
  }
  const index = growing.slice(0, size);
  messageCodes.own(index);
  return { startFrom, startTo, index, bytes, listBytes, contentLength, bodyFrom: position, fault };
}
