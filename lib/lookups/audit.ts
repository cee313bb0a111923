/** Who changed what of a group, read. */
import { fieldReader } from '../store/flat.js';
import { groupKey } from '../store/keys.js';
import { timeOrNull } from './call-view.js';
import { type Entry, entriesOf, writtenAt } from './entries.js';
import type { Asked } from './redis.js';

type GroupDocument = Readonly<Record<string, unknown>>;

/** Who was said to be away. */
interface Absence {
  readonly member: string;
  /** Null: he is back. */
  readonly until: string | null;
}

export interface Change {
  readonly id: string;
  readonly at: string;
  readonly by: string;
  readonly what: string;
  /** Null where there was no group. */
  readonly before: GroupDocument | null;
  readonly after: GroupDocument | null;
  /** Of hunt_away and hunt_back, else null. */
  readonly away: Absence | null;
}

export function readChange({ id, fields }: Entry): Change {
  const field = fieldReader(fields);
  const document = (name: string): GroupDocument | null => {
    const text = field(name);
    return text === '' ? null : (JSON.parse(text) as GroupDocument);
  };
  return {
    id,
    at: timeOrNull(writtenAt(id)) ?? '',
    by: field('by'),
    what: field('what'),
    before: document('before'),
    after: document('after'),
    away: absenceIn(document('away')),
  };
}

function absenceIn(away: GroupDocument | null): Absence | null {
  if (typeof away?.member !== 'string') return null;
  return { member: away.member, until: typeof away.until === 'string' ? away.until : null };
}

/** The newest first. @param behind the id of the oldest that was seen */
export async function changesOf(
  redis: Asked,
  pilot: string,
  count: number,
  behind: string | undefined,
): Promise<Change[]> {
  const args = behind === undefined ? [count] : [count, behind];
  return entriesOf(await redis.fcall('hunt_audit', groupKey(pilot), args)).map(readChange);
}
