/** A number that had another holder: of what was before the present one, he is shown nothing. */
import { namedOf } from '../store/flat.js';
import { auditKey, groupKey } from '../store/keys.js';
import type { SubjectExport } from './export.js';
import type { Asked } from './redis.js';

type Redis = Pick<Asked, 'command'>;

const PAGE = 200;

/**
 * Since when the group is that of its present owner: ISO 8601, null where nobody else was ever named. Time without an owner belongs to
 * who is named next. Read from the audit, the newest change first.
 */
export async function ownedSince(redis: Redis, pilot: string): Promise<string | null> {
  const owner = ((await redis.command('HGET', [groupKey(pilot), 'owner'])) as string | null) ?? '';
  if (owner === '') return null;
  let [behind, named] = ['+', ''];
  for (;;) {
    const page = (await redis.command('XREVRANGE', [auditKey(pilot), behind, '-', 'COUNT', PAGE])) as [
      string,
      string[],
    ][];
    for (const [id, fields] of page) {
      const entry = namedOf(fields);
      for (const name of ['after', 'before']) {
        const was = ownerIn(entry.get(name) ?? '');
        if (was === owner) named = id;
        else if (was !== '' && named !== '') return new Date(Number.parseInt(named, 10)).toISOString();
      }
    }
    const last = page.at(-1)?.[0];
    if (page.length < PAGE || last === undefined) return null;
    behind = `(${last}`;
  }
}

function ownerIn(group: string): string {
  try {
    const { owner } = JSON.parse(group) as { owner?: unknown };
    return typeof owner === 'string' ? owner : '';
  } catch {
    return '';
  }
}

/** The later one; null: never. */
export const laterOf = (one: string | null, other: string | null): string | null =>
  one === null || (other !== null && other > one) ? other : one;

/** @param begins when the present holder got the number; null: he always had it */
const isOwn = (moment: string | null, begins: string | null): boolean =>
  begins === null || (moment !== null && moment >= begins);

/** What is of the present holder. */
export function since(records: SubjectExport, begins: string | null): SubjectExport {
  return {
    ...records,
    calls: records.calls.filter(({ started }) => isOwn(started, begins)),
    live: records.live.filter(({ started }) => isOwn(started, begins)),
    groups: records.groups.map((group) => ({
      ...group,
      changes: group.changes.filter(({ at }) => isOwn(at, begins)),
      turns: group.turns.filter(({ at }) => isOwn(at, begins)),
    })),
  };
}
