import type { Command } from 'commander';
import { type Change, readChange } from '../../lookups/audit.js';
import { type Entry, entriesOf, pagesOf } from '../../lookups/entries.js';
import { groupKey } from '../../store/keys.js';
import { count, number } from '../arguments.js';
import type { Context } from '../context.js';
import type { Listing } from '../output.js';
import type { Session } from '../session.js';

const PAGE = 100;

/** Who changed what, the newest first. */
export const auditOf = (session: Session, pilot: string, page = PAGE): AsyncGenerator<Entry> =>
  pagesOf(async (behind) =>
    entriesOf(await session.fcall('hunt_audit', groupKey(pilot), behind === undefined ? [page] : [page, behind])),
  );

/** Set by the change itself: no news. */
const COUNTED = ['version', 'since'];
const shown = (value: unknown): string => (Array.isArray(value) ? value.join(',') : String(value ?? '–'));

function inWords({ before, after, away }: Change): string {
  if (away !== null) return `${away.member} ${away.until === null ? 'is back' : `away until ${away.until}`}`;
  if (after === null) return 'deleted';
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after)])].filter(
    (name) => !COUNTED.includes(name),
  );
  const changed = names.sort().filter((name) => shown(before?.[name]) !== shown(after[name]));
  if (before === null) return `created: ${changed.map((name) => `${name} ${shown(after[name])}`).join('; ')}`;
  return changed.map((name) => `${name} ${shown(before[name])} → ${shown(after[name])}`).join('; ') || 'nothing';
}

const LISTING: Listing<Change> = {
  none: 'no change is known',
  counted: ['change', 'changes'],
  json: (change) => change,
  columns: [
    { name: 'when', of: ({ at }) => at },
    { name: 'by', of: ({ by }) => by || '–' },
    { name: 'what', of: ({ what }) => what },
    { name: 'changed', of: inWords },
  ],
};

async function* changes(entries: AsyncIterable<Entry>): AsyncGenerator<Change> {
  for await (const entry of entries) yield readChange(entry);
}

export function addAudit(group: Command, { out, withRedis }: Context): void {
  group
    .command('audit')
    .description('who changed what of a group, the newest first; also of one that was deleted')
    .argument('<pilot>', 'the number of the group', number)
    .option('--limit <count>', 'so many', count, 20)
    .option('--json', 'as JSON')
    .action(async (pilot: string, { limit, json }: { limit: number; json?: boolean }) => {
      await withRedis((session) =>
        out.list(changes(auditOf(session, pilot, Math.min(limit + 1, PAGE))), LISTING, { json, most: limit }),
      );
    });
}
