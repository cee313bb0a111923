/** A call as it is shown: times as people read them, and nothing of a caller who asked not to be shown. */
import { readRecord } from '../store/records/fields.js';
import type { AttemptRecord, CallRecord } from '../store/types.js';
import type { Entry } from './entries.js';

export interface CallView {
  /** In the stream: whoever goes on behind it names it. */
  readonly id: string;
  readonly record: CallRecord;
}

/** Undefined for what somebody else has put into the stream. */
export function readCall({ id, fields }: Entry): CallView | undefined {
  const record = readRecord(fields);
  return record === undefined ? undefined : { id, record };
}

/** ISO 8601 in UTC; empty for what did not happen. */
export const isoTime = (milliseconds: number | null): string =>
  milliseconds === null || !Number.isFinite(milliseconds) ? '' : new Date(milliseconds).toISOString();

export const timeOrNull = (milliseconds: number | null): string | null => isoTime(milliseconds) || null;

/** As JSON: the record's names, times in ISO 8601, UTC; `waited` and `talked` are milliseconds. */
export function callJson({ id, record }: CallView) {
  const { started, answered, ended, attempts, hidden } = record;
  return {
    id,
    ...record,
    ...(hidden && { caller: null, presented: null }),
    started: timeOrNull(started),
    answered: timeOrNull(answered),
    ended: timeOrNull(ended),
    attempts: attempts.map((attempt) => ({
      ...attempt,
      started: timeOrNull(attempt.started),
      rang: timeOrNull(attempt.rang),
      ended: timeOrNull(attempt.ended),
    })),
  };
}

export const WITHHELD = 'withheld';
export const callerOf = ({ hidden, caller }: Pick<CallRecord, 'hidden' | 'caller'>): string =>
  hidden ? WITHHELD : caller;
const result = ({ member, why }: AttemptRecord): string => `${member} ${why}`;
const text = (value: string | number | null | undefined): string =>
  value === null || value === undefined ? '' : String(value);

/** The columns of calls as CSV. */
export const CALL_COLUMNS: readonly { readonly name: string; readonly of: (call: CallView) => string }[] = [
  { name: 'id', of: ({ id }) => id },
  column('call', ({ call }) => call),
  column('pilot', ({ pilot }) => pilot),
  column('caller', callerOf),
  column('presented', ({ hidden, presented }) => (hidden ? '' : presented)),
  column('hidden', ({ hidden }) => (hidden ? 'yes' : 'no')),
  column('started', ({ started }) => isoTime(started)),
  column('answered', ({ answered }) => isoTime(answered)),
  column('ended', ({ ended }) => isoTime(ended)),
  column('waited_ms', ({ waited }) => text(waited)),
  column('talked_ms', ({ talked }) => text(talked)),
  column('status', ({ status }) => text(status)),
  column('cause', ({ cause }) => text(cause)),
  column('refused', ({ refused }) => text(refused)),
  column('by', ({ by }) => text(by)),
  column('released', ({ released }) => text(released)),
  column('end_reason', ({ endReason }) => text(endReason)),
  column('end_estimated', ({ endEstimated }) => (endEstimated ? 'yes' : 'no')),
  column('policy', ({ policy }) => text(policy)),
  column('turn', ({ turn }) => text(turn)),
  column('version', ({ version }) => text(version)),
  column('owner', ({ owner }) => text(owner)),
  column('node', ({ node }) => node),
  column('call_id', ({ callId }) => callId),
  column('diverted', ({ diverted }) => diverted.join(' ')),
  column('attempts', ({ attempts }) => attempts.map(result).join('; ')),
];

function column(name: string, of: (record: CallRecord) => string) {
  return { name, of: ({ record }: CallView) => of(record) };
}
