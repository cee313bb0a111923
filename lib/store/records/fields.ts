import type { AttemptRecord, CallRecord, Policy } from '../types.js';

/** The fields of an entry of the `records` stream, in the order in which record_add takes them. What did not happen is empty. */
export const RECORD_FIELDS = [
  'call',
  'pilot',
  'caller',
  'started',
  'answered',
  'ended',
  'status',
  'by',
  'released',
  'policy',
  'turn',
  'version',
  'attempts',
] as const;

/** Appends the record's values to `args`. */
export function pushRecord(args: (string | number)[], record: CallRecord): void {
  args.push(
    record.call,
    record.pilot,
    record.caller,
    record.started,
    record.answered ?? '',
    record.ended,
    record.status,
    record.by ?? '',
    record.released ?? '',
    record.policy ?? '',
    record.turn,
    record.version,
    JSON.stringify(record.attempts),
  );
}

/** Reads the fields of a stream entry, a flat list of name and value; undefined when it is no call record. */
export function readRecord(flat: readonly string[]): CallRecord | undefined {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i] as string, flat[i + 1] as string);
  const text = (name: string): string => fields.get(name) ?? '';
  const orNull = (name: string): string | null => text(name) || null;
  const attempts = parseAttempts(text('attempts'));
  if (text('call') === '' || attempts === undefined) return undefined;
  return {
    call: text('call'),
    pilot: text('pilot'),
    caller: text('caller'),
    started: Number(text('started')),
    answered: text('answered') === '' ? null : Number(text('answered')),
    ended: Number(text('ended')),
    status: Number(text('status')),
    by: orNull('by'),
    released: orNull('released') as CallRecord['released'],
    policy: orNull('policy') as Policy | null,
    turn: Number(text('turn')),
    version: Number(text('version')),
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
