import { EQUALS, QUOTE, SEMICOLON, unquote } from './chars.js';
import { type Codes, valueCodes } from './codes.js';
import { find, isWordIn, PARAM, PARAM_NAME, quotedEnd, runEnd, spaceEnd } from './runs.js';

/** Header or URI parameters; names are lower-case, a parameter without a value maps to null. */
export type Params = ReadonlyMap<string, string | null>;

export const NO_PARAMS: Params = new Map();

/** The parameter that `readParam` read last: `[from, to)` is from its semicolon to the next one, without white space at its end. */
export const param = {
  from: 0,
  nameFrom: 0,
  nameTo: 0,
  /** Equal to `to` when there is no value. */
  valueFrom: 0,
  to: 0,
  wellFormed: true,
};

/**
 * Reads the parameter whose semicolon is at `at` into `param`; returns where the next one begins. White space is passed over only
 * where something else than expected stands: nearly never is there any.
 */
export function readParam(codes: Codes, at: number, to: number): number {
  let nameFrom = at + 1;
  let i = runEnd(codes, nameFrom, to, PARAM_NAME);
  if (i === nameFrom) {
    nameFrom = spaceEnd(codes, nameFrom, to);
    i = runEnd(codes, nameFrom, to, PARAM_NAME);
  }
  param.from = at;
  param.nameFrom = nameFrom;
  param.nameTo = i;
  param.valueFrom = i;
  param.to = i;
  let wellFormed = i > nameFrom;
  if (i < to && codes[i] !== SEMICOLON) {
    if (codes[i] !== EQUALS) i = spaceEnd(codes, i, to);
    if (i < to && codes[i] === EQUALS) {
      let valueFrom = i + 1;
      i = runEnd(codes, valueFrom, to, PARAM);
      if (i === valueFrom) {
        valueFrom = spaceEnd(codes, valueFrom, to);
        i = codes[valueFrom] === QUOTE ? quotedEnd(codes, valueFrom, to) : runEnd(codes, valueFrom, to, PARAM);
        if (i <= valueFrom) wellFormed = false;
        if (i < 0) i = to;
      }
      param.valueFrom = valueFrom;
      param.to = i;
      if (i < to && codes[i] !== SEMICOLON) i = spaceEnd(codes, i, to);
    }
    if (i < to && codes[i] !== SEMICOLON) {
      wellFormed = false;
      i = find(codes, i, to, SEMICOLON);
      param.to = i;
    }
  }
  param.wellFormed = wellFormed;
  return i;
}

/** Whether the parameter that was read last has this name, see `isWordIn`. */
export const isParam = (codes: Codes, name: Uint8Array): boolean =>
  param.nameTo - param.nameFrom === name.length && isWordIn(codes, param.nameFrom, param.nameTo, name);

/** The value that stands in `[from, to)`: without its quotes; empty where there is none. */
export function valueText(text: string, from: number, to: number): string {
  if (from >= to) return '';
  const value = text.slice(from, to);
  return value.charCodeAt(0) === QUOTE ? unquote(value) : value;
}

/** No honest value has more. Those behind them are passed over, as they stand. */
const MOST_PARAMS = 64;

/**
 * The parameters of `text`, whose codes are given, from the semicolon at `from` on. What is malformed is left out, and of two
 * with one name the first stays.
 */
export function collectParams(text: string, codes: Codes, from: number, to: number): Params {
  const params = new Map<string, string | null>();
  for (let at = from, read = 0; at < to && read < MOST_PARAMS; read++) {
    at = readParam(codes, at, to);
    if (!param.wellFormed) continue;
    const name = text.slice(param.nameFrom, param.nameTo).toLowerCase();
    if (params.has(name)) continue;
    params.set(name, param.valueFrom === param.nameTo ? null : valueText(text, param.valueFrom, param.to));
  }
  return params;
}

/** The parameters behind an address or a host that was found well formed. */
export function tailParams(text: string, codes: Codes, from: number, to: number): Params {
  const at = spaceEnd(codes, from, to);
  return at < to ? collectParams(text, codes, at, to) : NO_PARAMS;
}

/** Parses `;a=1;lr` (with or without the leading semicolon); quoted values lose their quotes, malformed ones are left out. */
export function parseParams(text: string): Params {
  const codes = valueCodes.of(text);
  const from = spaceEnd(codes, 0, text.length);
  if (from >= text.length) return NO_PARAMS;
  return collectParams(text, codes, codes[from] === SEMICOLON ? from : from - 1, text.length);
}
