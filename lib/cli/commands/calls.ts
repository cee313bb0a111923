import { type Command, Option } from 'commander';
import { RECORDS_KEY } from '../../store/keys.js';
import { caller, count, instant, member, number, separator } from '../arguments.js';
import { type Context, entriesOf, first, pagesOf, writtenAt } from '../context.js';
import { WrongUsage } from '../exit.js';
import { CALLS, type CallView, readCall } from '../record-view.js';
import type { Session } from '../session.js';

interface Filter {
  readonly pilot?: string;
  readonly member?: string;
  readonly caller?: string;
  /** Of the start, inclusive; milliseconds since 1970. */
  readonly since?: number;
  /** Exclusive. */
  readonly until?: number;
  /** The id of an entry: only older ones. */
  readonly before?: string;
}

interface Options extends Filter {
  readonly limit: number;
  readonly all?: boolean;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly separator: string;
  readonly bom?: boolean;
}

/** What Redis takes at once without being held up. */
const PAGE = 100;

/** The newest first: by the index of one number, or the stream itself. */
function entries(session: Session, filter: Filter) {
  const { before } = filter;
  // Whoever is called the least has the shortest index; the others are looked at in what that gives.
  const role = (['member', 'caller', 'pilot'] as const).find((one) => filter[one] !== undefined);
  return pagesOf(async (behind = before) => {
    if (role !== undefined) {
      const args = [role, filter[role] ?? '', PAGE, ...(behind === undefined ? [] : [behind])];
      return entriesOf(await session.fcall('hunt_calls', RECORDS_KEY, args));
    }
    const from = behind === undefined ? '+' : `(${behind}`;
    return entriesOf(await session.command('XREVRANGE', [RECORDS_KEY, from, '-', 'COUNT', PAGE]));
  });
}

/** The clock of a node may be ahead of Redis's, and what was written that much earlier may have started later. */
const CLOCKS_DIFFER_MS = 3_600_000;

/** A caller who is not to be shown is not found by his number either: that would say who he is. */
const matches = ({ record }: CallView, filter: Filter): boolean =>
  (filter.pilot === undefined || record.pilot === filter.pilot) &&
  (filter.caller === undefined || (record.caller === filter.caller && !record.hidden)) &&
  (filter.since === undefined || record.started >= filter.since) &&
  (filter.until === undefined || record.started < filter.until);

export async function* callsOf(session: Session, filter: Filter): AsyncGenerator<CallView> {
  const { since = Number.NEGATIVE_INFINITY } = filter;
  for await (const entry of entries(session, filter)) {
    // A record is written behind its call's start, so all that is older began earlier.
    if (writtenAt(entry.id) < since - CLOCKS_DIFFER_MS) return;
    const call = readCall(entry);
    if (call !== undefined && matches(call, filter)) yield call;
  }
}

function entryId(text: string): string {
  if (/^\d{1,15}-\d{1,15}$/.test(text)) return text;
  throw new WrongUsage('--before: write the id of a call as it is in the list, as 1764100000000-0');
}

export function addCalls(program: Command, { out, withRedis, clock }: Context): void {
  const time = instant(() => clock.now());
  program
    .command('calls')
    .description('calls that are over, the newest first')
    .option('--pilot <number>', 'of this group', number)
    .option('--member <number>', 'in which this member was considered; a SIP URI, too', member)
    .option('--caller <number>', 'of this caller, unless he was withheld', caller)
    .option('--since <time>', 'begun at this time or later: 2026-11-25T18:00Z, 2026-11-25, or 2h, 3d ago', time)
    .option('--until <time>', 'begun before this time', time)
    .option('--before <id>', 'older than this one: the `id` of the JSON and the CSV', entryId)
    .option('--limit <count>', 'so many', count, 20)
    .addOption(new Option('--all', 'all of them').conflicts('limit'))
    .option('--json', 'as JSON')
    .addOption(new Option('--csv', 'as CSV (RFC 4180)').conflicts('json'))
    .option('--separator <sign>', 'of the CSV', separator, ',')
    .option('--bom', 'the CSV begins with a byte order mark, as Excel likes it')
    .action(async (options: Options) => {
      const csv = options.csv ? { separator: options.separator, bom: options.bom === true } : undefined;
      await withRedis((session) => {
        const calls = callsOf(session, options);
        return out.list(options.all ? calls : first(calls, options.limit), CALLS, { json: options.json, csv });
      });
    });
}
