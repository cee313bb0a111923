import type { Span } from './codes.js';
import { methodIn } from './methods.js';
import { digitsIn, runEnd, spaceEnd, TOKEN, trimmedEnd, wordEnd } from './runs.js';

export interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** RFC 3261 §8.1.1.5: below 2^31. */
const LIMIT = 2 ** 31;

/** Undefined when malformed. */
export function readCSeq({ text, codes, from, to }: Span): CSeq | undefined {
  const numberTo = wordEnd(codes, from, to);
  const number = digitsIn(codes, from, numberTo);
  const methodFrom = spaceEnd(codes, numberTo, to);
  const methodTo = trimmedEnd(codes, methodFrom, to);
  const isToken = methodFrom < methodTo && runEnd(codes, methodFrom, methodTo, TOKEN) === methodTo;
  if (!(number < LIMIT) || !isToken) return undefined;
  return { number, method: methodIn(text, codes, methodFrom, methodTo) };
}
