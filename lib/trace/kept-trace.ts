/** A call's trace as it is kept: one JSON document. Its words are those of the machines; lib/explain translates them. */

export const TRACE_VERSION = 1;

/** Milliseconds since it began; the machine (`hunt`, `attempt 2`); its state, what came, the next state, what was done (or empty). */
export type KeptStep = readonly [
  at: number,
  machine: string,
  state: string,
  input: string,
  next: string,
  action: string,
];

/**
 * Milliseconds since it began; the leg, 0 is the caller's; `>` sent by us or `<` received; its status, 0 for a request; the method;
 * the sequence number; how many times; `body` where it has one.
 */
export type KeptMessage = readonly [
  at: number,
  leg: number,
  way: string,
  status: number,
  method: string,
  sequence: number,
  times: number,
  body: string,
];

export type KeptRow = KeptStep | KeptMessage;

export interface KeptTrace {
  /** The version of this form. */
  readonly trace: number;
  /** Milliseconds since 1970, as the node's clock said. */
  readonly began: number;
  /** How many rows there were. */
  readonly of: number;
  /** Those in the middle of a long call are not kept: the row before which they stood; 0: all are there. */
  readonly gap: number;
  /** The SIP Call-ID of each leg, the caller's first. */
  readonly legs: readonly string[];
  readonly rows: readonly KeptRow[];
}

export const isMessage = (row: KeptRow): row is KeptMessage => typeof row[1] === 'number';

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** Undefined: it is none, or of a form that we do not know. */
export function readTrace(text: string): KeptTrace | undefined {
  try {
    const kept = JSON.parse(text) as Partial<KeptTrace> | null;
    const isKnown = kept?.trace === TRACE_VERSION && [kept.began, kept.of, kept.gap].every(isNumber);
    const isSound = Array.isArray(kept?.legs) && kept.legs.every(isText) && Array.isArray(kept.rows);
    return isKnown && isSound && kept.rows?.every(isRow) ? (kept as KeptTrace) : undefined;
  } catch {
    return undefined;
  }
}

function isRow(row: unknown): row is KeptRow {
  if (!Array.isArray(row) || !isNumber(row[0])) return false;
  const [, who, second, third, fourth, fifth, sixth, seventh] = row as unknown[];
  if (isText(who)) return [second, third, fourth, fifth].every(isText);
  return [who, third, fifth, sixth].every(isNumber) && [second, fourth, seventh].every(isText);
}
