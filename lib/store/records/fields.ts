import type { AttemptRecord, CallRecord, Policy } from '../types.js';

const text = (value: string | number | null): string => (value === null ? '' : String(value));

/**
 * The record as record_add takes it: one JSON document, the values in the order of RECORD in functions/records.lua. An array of
 * texts, because Redis reads names, and makes a text of a number, at a price; what did not happen is empty.
 */
export const documentOf = (record: CallRecord): string =>
  JSON.stringify([
    record.call,
    record.pilot,
    record.caller,
    text(record.started),
    text(record.answered),
    text(record.ended),
    text(record.status),
    text(record.by),
    text(record.released),
    text(record.policy),
    text(record.turn),
    text(record.version),
    JSON.stringify(record.attempts),
  ]);

/** Reads the fields of a stream entry, a flat list of name and value; undefined when it is no call record. */
export function readRecord(flat: readonly string[]): CallRecord | undefined {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i] as string, flat[i + 1] as string);
  const field = (name: string): string => fields.get(name) ?? '';
  const orNull = (name: string): string | null => field(name) || null;
  const attempts = parseAttempts(field('attempts'));
  if (field('call') === '' || attempts === undefined) return undefined;
  return {
    call: field('call'),
    pilot: field('pilot'),
    caller: field('caller'),
    started: Number(field('started')),
    answered: field('answered') === '' ? null : Number(field('answered')),
    ended: Number(field('ended')),
    status: Number(field('status')),
    by: orNull('by'),
    released: orNull('released') as CallRecord['released'],
    policy: orNull('policy') as Policy | null,
    turn: Number(field('turn')),
    version: Number(field('version')),
    attempts,
  };
}

function parseAttempts(text: string): AttemptRecord[] | undefined {
  try {
    const attempts: unknown = JSON.parse(text);
    return Array.isArray(attempts) ? (attempts as AttemptRecord[]) : undefined;
  } catch {
    return undefined;
  }
}
